"""Names that the field's papers share: data sets, benchmarks and models, with their spellings."""

from mllm_mine.catalogue.resources import (
    KnownResource,
    Named,
    find_named,
    known_resource,
    known_resources_in,
)

__all__ = ["KnownResource", "Named", "find_named", "known_resource", "known_resources_in"]
