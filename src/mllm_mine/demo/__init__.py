"""The demonstration: a sample of invented papers, and an arXiv on loopback that serves them."""
