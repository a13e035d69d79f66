"""Evaluations: a workflow run on every row of a dataset, scored, and two versions of it held side by side."""
