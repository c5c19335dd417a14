"""The files that ``mine init`` writes, and the function that writes them."""

from mllm_mine.scaffold.create import create_folder

__all__ = ["create_folder"]
