"""An audit as Markdown: the text of a pull request, with lines ready to paste into the list."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING

from mllm_mine.audit.findings import Finding
from mllm_mine.audit.line_style import PLAIN, LineStyle, learn_style
from mllm_mine.audit.missing import MissingPaper, MissingResource
from mllm_mine.audit.row_style import row
from mllm_mine.audit.survey_list import BUILTIN
from mllm_mine.paper import abstract_url
from mllm_mine.reports import bibtex_report, ris_report

if TYPE_CHECKING:
    from mllm_mine.audit.audit import Audit
    from mllm_mine.audit.survey_list import SurveyList
    from mllm_mine.taxonomy import Taxonomy

_FINDINGS = {
    "duplicate": ("Listed more than once", ""),
    "wrong-id": ("Ids that seem wrong", ""),
    "no-paper": ("Without a paper", ""),
    "superseded": ("Out of date", ""),
    "mis-filed": ("Perhaps filed under the wrong section", "By the model's judgement."),
    "out-of-scope": ("Perhaps out of scope", "By the model's judgement."),
}
_UNFILED = "No section of the list"
_UNLABELLED = "without a label"
_FENCES = {"bibtex": "bibtex", "ris": "", "csv": "csv"}


def pull_request(audit: Audit, taxonomy: Taxonomy) -> str:
    """The audit as Markdown, sections in the list's order and lines in its style."""
    parts = [
        *_head(audit),
        *_papers(audit, taxonomy),
        *_resources(audit),
        *_findings(audit),
        *_why(audit),
    ]
    return "\n".join(parts).rstrip() + "\n"


def _head(audit: Audit) -> Iterator[str]:
    entries = audit.survey_list.entries
    since = f" from {audit.since} on" if audit.since else ""
    yield f"# Audit of {_plain(audit.survey_list.name)}"
    yield ""
    yield (
        f"{len(entries):,} entries. The index holds {_number(audit.papers_in_all, 'paper')} in "
        f"scope{since} that the list lacks, and {_number(audit.resources_in_all, 'resource')} "
        f"that they release. {_number(len(audit.findings), 'remark')} on its entries."
    )
    if audit.unchecked:
        yield ""
        yield (
            f"Not checked: {_number(len(audit.unchecked), 'paper')} of the list that the index "
            "does not hold; `mine fetch --ids $(mine audit --unchecked)` brings them in."
        )
    if audit.unread:
        yield ""
        yield (
            f"Not read for resources: {_number(audit.unread, 'paper')} in scope; `mine resources` "
            "reads them."
        )
    if audit.unidentified:
        yield ""
        yield (
            f"{_number(audit.unidentified, 'entry', 'entries')} without an arXiv id match no "
            "paper of the index."
        )
    if audit.survey_list.unmapped:
        named = ", ".join(_plain(each) for each in audit.survey_list.unmapped)
        yield ""
        yield f"Sections that stand for no label: {named}. `--mapping` says what they hold."


def _papers(audit: Audit, taxonomy: Taxonomy) -> Iterator[str]:
    if not audit.papers:
        return
    yield from ("", "## Papers to add", "")
    shown = len(audit.papers)
    if shown < audit.papers_in_all:
        yield f"The first {shown} of {audit.papers_in_all:,}. What speaks for each stands below."
    else:
        yield "What speaks for each stands below."
    write = _line_writer(audit.survey_list, taxonomy)
    fence = None if _is_builtin(audit) else _FENCES.get(audit.survey_list.format)
    for title, papers in _by_section(audit, taxonomy):
        label = taxonomy.by_id.get(title)
        heading = _plain(label.title if label else title)
        yield from ("", f"### {heading}", "") if title else ("",)
        lines = [line for missing in papers for line in write(missing, title)]
        yield from lines if fence is None else (f"```{fence}", *lines, "```")


def _by_section(audit: Audit, taxonomy: Taxonomy) -> Iterator[tuple[str, list[MissingPaper]]]:
    """Sections of the list in its order, then labels without one in the taxonomy's."""
    if not audit.survey_list.one_section_each or not any(audit.survey_list.sections):
        yield "", list(audit.papers)
        return
    found: dict[str, list[MissingPaper]] = {section: [] for section in audit.survey_list.sections}
    for label in (*taxonomy.label_ids, ""):
        found[_unfiled(label, taxonomy)] = []
    for missing in audit.papers:
        found[missing.section or _unfiled(missing.label, taxonomy)].append(missing)
    yield from ((title, papers) for title, papers in found.items() if papers)


def _unfiled(label: str, taxonomy: Taxonomy) -> str:
    return f"{_UNFILED}: {taxonomy.by_id[label].title if label else _UNLABELLED}"


def _is_builtin(audit: Audit) -> bool:
    """Whether the list is the bundled one, which is a table here and Markdown at its home."""
    return audit.survey_list.name == BUILTIN


def _line_writer(
    survey_list: SurveyList, taxonomy: Taxonomy
) -> Callable[[MissingPaper, str], list[str]]:
    if survey_list.name == BUILTIN:
        return lambda missing, _: [LineStyle(PLAIN).line(missing.classified.paper, missing.code)]
    if survey_list.format == "bibtex":
        return lambda missing, _: bibtex_report.entry(missing.classified).splitlines()
    if survey_list.format == "ris":
        return lambda missing, _: [*ris_report.lines(missing.classified), ""]
    if survey_list.format == "csv":
        return lambda missing, _: [row(missing, survey_list, taxonomy)]
    general = learn_style(survey_list.entries) or LineStyle(PLAIN)
    styles = {}
    for section in survey_list.sections:
        style = learn_style(each for each in survey_list.entries if each.section == section)
        if style and style.without_code != general.without_code:
            styles[section] = style
    return lambda missing, title: [
        styles.get(title, general).line(missing.classified.paper, missing.code)
    ]


def _resources(audit: Audit) -> Iterator[str]:
    if not audit.resources:
        return
    yield from ("", "## Resources to add", "")
    if len(audit.resources) < audit.resources_in_all:
        yield from (f"The first {len(audit.resources)} of {audit.resources_in_all:,}.", "")
    groups: dict[str, list[MissingResource]] = {}
    order = [*audit.survey_list.sections, ""]
    for missing in sorted(audit.resources, key=lambda each: order.index(each.section)):
        groups.setdefault(missing.section, []).append(missing)
    for section, found in groups.items():
        if any(groups):
            yield from (f"### {_plain(section or _UNFILED)}", "")
        for missing in found:
            resource = missing.resource
            name = _plain(resource.name)
            link = f"[{name}]({resource.url})" if resource.url else name
            papers = ", ".join(f"[{each}]({abstract_url(each)})" for each in resource.released_by)
            yield f"- {link}, {resource.kind}, released by {papers}"
        yield ""


def _findings(audit: Audit) -> Iterator[str]:
    for kind, (title, note) in _FINDINGS.items():
        found = [finding for finding in audit.findings if finding.kind == kind]
        if not found:
            continue
        yield from ("", f"## {title}", "")
        yield from (note, "") if note else ()
        yield from (_finding(each, with_lines=not _is_builtin(audit)) for each in found)


def _finding(finding: Finding, *, with_lines: bool) -> str:
    lines = ", ".join(map(str, finding.lines))
    where = [f"line{'s' * (len(finding.lines) > 1)} {lines}"] if with_lines else []
    where += [f"under {_plain(finding.section)}"] if finding.section else []
    chance = "" if finding.probability is None else f" ({finding.probability:.2f} as it stands)"
    told = f"{', '.join(where)}: " if where else ""
    return f"- {told}**{_plain(finding.title)}** {_plain(finding.message)}{chance}"


def _why(audit: Audit) -> Iterator[str]:
    """What speaks for each paper, in order of rank."""
    if not audit.papers:
        return
    yield from ("", "## What speaks for each paper", "")
    yield "| | paper | in scope | label | cited by | published |"
    yield "| --- | --- | --- | --- | --- | --- |"
    for rank, missing in enumerate(audit.papers, 1):
        classified = missing.classified
        paper = classified.paper
        p = "" if classified.p_in_scope is None else f"{classified.p_in_scope:.2f}"
        given = {each.label: each for each in classified.labels}.get(missing.label)
        how = "by hand" if given and given.by_hand else f"{given.probability:.2f}" if given else ""
        url = abstract_url(paper.arxiv_id)
        name = f"[{paper.arxiv_id}]({url})" if url else paper.arxiv_id
        title = _plain(paper.title).replace("|", "\\|")
        yield (
            f"| {rank} | {name} {title} | {p} | {f'{missing.label} {how}'.strip()} "
            f"| {missing.cited_by} | {paper.published[:10]} |"
        )


def _number(number: int, noun: str, plural: str = "") -> str:
    return f"{number:,} {noun if number == 1 else plural or noun + 's'}"


def _plain(text: str) -> str:
    """Text on one line that Markdown shows as it stands."""
    for sign in "\\`*_[]<>":
        text = text.replace(sign, "\\" + sign)
    return " ".join(text.split())
