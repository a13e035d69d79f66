"""What tests of activities share."""

from tests.support.recorded import services

__all__ = ["services"]
