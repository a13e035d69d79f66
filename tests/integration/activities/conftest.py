"""What tests of activities share."""

from tests.support.children import client, parent, slug
from tests.support.recorded import services

__all__ = ["client", "parent", "services", "slug"]
