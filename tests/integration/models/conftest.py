"""What asks models in these tests is in tests/support/asking.py."""

import activities.models.calling  # noqa: F401 - what it loads takes seconds, and no test is to wait for that
