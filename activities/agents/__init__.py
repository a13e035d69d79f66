"""Agents: those that code offers, those that come with Plait, and the way to those that answer elsewhere."""
