"""The taxonomy a survey files its papers into: data read from one TOML file."""

from mllm_mine.taxonomy.taxonomy import (
    SCOPE,
    Dimension,
    Group,
    Label,
    Taxonomy,
    WordClass,
    builtin_taxonomy,
    load_taxonomy,
    parse_taxonomy,
)

__all__ = [
    "SCOPE",
    "Dimension",
    "Group",
    "Label",
    "Taxonomy",
    "WordClass",
    "builtin_taxonomy",
    "load_taxonomy",
    "parse_taxonomy",
]
