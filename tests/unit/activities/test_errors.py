"""What is on record of an error."""

from activities.kind import NodeError
from activities.shell.errors import failure_of
from tests.support.documents import a_plan


def test_of_a_secret_that_begins_like_another_nothing_is_left() -> None:
    error = NodeError("Refused", "no key abc-def", details={"keys": ["abc", "abc-def"]})
    failure = failure_of(error, a_plan("a").find("a"), 1, ["", "abc", "abc-def"])
    assert (failure.message, failure.details) == ("no key ***", {"keys": ["***", "***"]})
