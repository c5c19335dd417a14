"""The index: one SQLite file that holds everything. All SQL of the project is in this package."""

from mllm_mine.index.index import Index

__all__ = ["Index"]
