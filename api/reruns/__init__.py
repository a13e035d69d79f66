"""Reruns: begun, foreseen, listed by their root, compared."""
