"""Nodes that ask models, on real servers."""
