"""Agents over HTTP: those of the project, with their versions, and those that workers offer."""
