"""The lines that a node's function writes."""

from activities.shell.log import LONGEST, MOST_LINES, NodeLog


class Lines:
    """What was recorded."""

    def __init__(self, *secrets: str) -> None:
        self.kept: list[tuple[str, str]] = []
        self.log = NodeLog(lambda level, message: self.kept.append((level, message)), secrets)


def test_a_line_is_kept_with_its_level() -> None:
    lines = Lines()
    lines.log.say("begun")
    lines.log.say("odd", level="warning")
    assert lines.kept == [("info", "begun"), ("warning", "odd")]


def test_the_value_of_a_secret_is_not_kept() -> None:
    lines = Lines("hunter2", "hunter")
    lines.log.say("with hunter2 and hunter")
    assert lines.kept == [("info", "with *** and ***")]


def test_a_line_is_cut_and_has_nothing_that_no_store_takes() -> None:
    lines = Lines()
    lines.log.say("\0" + "a" * 3_000)
    assert len(lines.kept[0][1]) == LONGEST


def test_of_too_many_lines_one_says_that_the_rest_is_not_kept() -> None:
    lines = Lines()
    for number in range(MOST_LINES + 50):
        lines.log.say(str(number))
    assert len(lines.kept) == MOST_LINES + 1
    assert lines.kept[-1] == ("warning", "There are more than 1000 lines; the rest is not kept.")
