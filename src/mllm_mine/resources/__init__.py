"""Data sets, benchmarks, leaderboards, models and code that papers release or use."""

from mllm_mine.resources.reading import Resource, ResourceFilter, find_resources, read_pending

__all__ = ["Resource", "ResourceFilter", "find_resources", "read_pending"]
