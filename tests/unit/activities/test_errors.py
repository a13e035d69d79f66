"""What is on record of an error."""

from activities.kind import NodeError
from activities.shell.errors import failure_of
from tests.support.documents import a_plan


def test_of_a_secret_that_begins_like_another_nothing_is_left() -> None:
    error = NodeError("Refused", "no key abcdef-gh", details={"keys": ["abcdef", "abcdef-gh"]})
    failure = failure_of(error, a_plan("a").find("a"), 1, ["", "abcdef", "abcdef-gh"])
    assert (failure.message, failure.details) == ("no key ***", {"keys": ["***", "***"]})


def test_a_secret_that_is_a_mere_word_makes_no_holes_in_texts() -> None:
    failure = failure_of(NodeError("Refused", "none of it, none"), a_plan("a").find("a"), 1, ["none", "EMPTY"])
    assert failure.message == "none of it, none"
