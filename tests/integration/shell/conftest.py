"""Fixtures of the tests that run whole workflows."""

from tests.support.engine import engine

__all__ = ["engine"]
