"""Workflows: their definitions, versions, drafts, and what they would do."""
