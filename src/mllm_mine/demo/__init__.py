"""The demonstration: the whole pipeline on invented papers, served by an arXiv on loopback."""

from mllm_mine.demo.replay import Demo, run_demo

__all__ = ["Demo", "run_demo"]
