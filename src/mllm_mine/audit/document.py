"""An audit as plain data, for JSON."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from mllm_mine.reports.record import detailed_record, probability

if TYPE_CHECKING:
    from mllm_mine.audit.audit import Audit
    from mllm_mine.taxonomy import Taxonomy


def as_document(audit: Audit, taxonomy: Taxonomy) -> dict[str, Any]:
    """Everything an audit found; the papers are the records of the JSON report and more."""
    survey_list = audit.survey_list
    return {
        "list": survey_list.name,
        "format": survey_list.format,
        "entries": len(survey_list.entries),
        "since": audit.since,
        "sections": {section: list(labels) for section, labels in survey_list.sections.items()},
        "missing_papers": audit.papers_in_all,
        "papers": [
            {
                "rank": rank,
                "section": missing.section,
                "label": missing.label,
                "confidence": probability(missing.confidence),
                "cited_by": missing.cited_by,
                "code": missing.code,
                **detailed_record(missing.classified, taxonomy),
            }
            for rank, missing in enumerate(audit.papers, 1)
        ],
        "missing_resources": audit.resources_in_all,
        "resources": [
            {
                "name": missing.resource.name,
                "kind": missing.resource.kind,
                "url": missing.resource.url,
                "stage": missing.resource.stage,
                "origin": missing.resource.origin,
                "section": missing.section,
                "released_by": missing.resource.released_by,
                "evidence": missing.resource.papers[0].evidence,
            }
            for missing in audit.resources
        ],
        "findings": [
            {
                "kind": finding.kind,
                "lines": list(finding.lines),
                "title": finding.title,
                "arxiv_id": finding.arxiv_id,
                "section": finding.section,
                "message": finding.message,
                "labels": list(finding.labels),
                "probability": probability(finding.probability),
            }
            for finding in audit.findings
        ],
        "unchecked": list(audit.unchecked),
        "unidentified": audit.unidentified,
        "unread": audit.unread,
        "unmapped_sections": list(survey_list.unmapped),
    }
