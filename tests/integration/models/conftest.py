"""What asks models in these tests is in tests/support/asking.py."""

import activities.models.calling
import activities.models.providers.openai  # noqa: F401 - what they load takes seconds, and no test is to wait for that
