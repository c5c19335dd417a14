"""Verbs by which papers say what they do, and words too common to say anything.

A cue and any other word of its sentence make a term (``release ~ corpus``), wherever in the
sentence they stand: "we release a corpus" and "the corpus that we release" are one.
"""

from __future__ import annotations

_FORMS = {
    "release": "release releases released releasing publish published publicly opensource "
    "available",
    "introduce": "introduce introduces introduced introducing present presents presented",
    "propose": "propose proposes proposed",
    "construct": "construct constructs constructed constructing build builds built building "
    "create creates created creating develop develops developed developing curate curated "
    "collect collected collecting compile compiled annotate annotated",
    "train": "train trains trained training",
    "tune": "tune tuned tuning finetune finetuned finetuning",
    "evaluate": "evaluate evaluates evaluated evaluating assess assesses assessed assessing "
    "benchmark benchmarks benchmarking compare compares compared comparing",
    "prompt": "prompt prompts prompted prompting",
    "study": "study studies investigate investigates investigated examine examines analyze "
    "analyse explore explores",
    "survey": "survey surveys review reviews",
    "we": "we our",
    "adapt": "adapt adapts adapted adapting adaptation transfer",
    "generate": "generate generates generated generating synthesize synthetic",
    "translate": "translate translated translating",
}

CUES = {form: cue for cue, forms in _FORMS.items() for form in forms.split()}
"""The cue of each of its forms."""

_FUNCTION_WORDS = (
    "the a an of to in and for on with is are that this by as from at or be it its which we our "
    "their these those have has can such than more not also both into while but however using use "
    "used between across through over under when where they been was were how what all other"
)

FUNCTION_WORDS = frozenset(_FUNCTION_WORDS.split())
"""Words that no cue is paired with."""
