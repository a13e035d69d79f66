"""Webhooks that come in: their triggers, and the one open door."""
