"""Workflows to begin with, printed by `plait new`. Each file's first line says what it is for."""
