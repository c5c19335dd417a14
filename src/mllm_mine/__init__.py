"""mllm-mine: literature mining for living surveys.

Data flows one way: ``source`` → ``index`` → ``fulltext`` → ``classifier`` → ``reports``.
Each stage reads and writes the index; only ``pipeline`` knows them all.
"""

__version__ = "0.1.0"
