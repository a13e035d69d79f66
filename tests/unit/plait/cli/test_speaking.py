"""What a terminal shows of what nodes say."""

from collections.abc import Iterator
from typing import Any

import pytest

from plait.cli.running.timeline import show_timeline

START = "2026-11-21T09:12:00.000000Z"


def words(path: str, offset: int, text: str, kind: str = "output_delta") -> dict[str, Any]:
    return {"type": kind, "path": path, "attempt": 1, "offset": offset, "text": text, "cut": False, "redacted": False}


def event(path: str, verb: str) -> dict[str, Any]:
    return {"type": f"workflow.node.{verb}", "time": START, "path": path, "attempt": 1, "data": {}, "seq": 1}


def shown(capsys: pytest.CaptureFixture[str], *told: dict[str, Any]) -> list[str]:
    """The lines that a terminal has in the end; those of the timeline by what they say."""

    def coming() -> Iterator[dict[str, Any]]:
        yield from told

    show_timeline(coming())
    lines = capsys.readouterr().out.splitlines()
    return [" ".join(line.split()[3:]) if " s  " in line else line for line in lines]


def test_words_stand_where_they_were_said_and_a_line_of_the_timeline_begins_anew(
    capsys: pytest.CaptureFixture[str],
) -> None:
    said = shown(
        capsys,
        event("draft", "started"),
        words("draft", 0, "Once "),
        words("draft", 5, "upon a time"),
        event("other", "started"),
        event("other", "completed"),
        words("draft", 16, " there was"),
        event("draft", "completed"),
    )
    assert said == [
        "draft started",
        "Once upon a time",
        "other started",
        "other completed",
        " there was",
        "draft completed",
    ]


def test_of_two_that_speak_at_once_one_is_shown_after_the_other(capsys: pytest.CaptureFixture[str]) -> None:
    said = shown(
        capsys,
        words("a", 0, "first "),
        words("b", 0, "second"),
        words("a", 6, "to speak"),
        event("a", "completed"),
        words("b", 6, " too"),
        event("b", "completed"),
    )
    assert said == ["first to speak", "a completed", "second too", "b completed"]


def test_a_text_that_begins_anew_is_shown_from_its_beginning(capsys: pytest.CaptureFixture[str]) -> None:
    said = shown(capsys, words("a", 0, "half an ans"), words("a", 0, "An answer"), event("a", "completed"))
    assert said == ["half an ans", "An answer", "a completed"]


def test_after_a_cut_connection_the_snapshot_shows_only_what_is_new(capsys: pytest.CaptureFixture[str]) -> None:
    said = shown(
        capsys, words("a", 0, "Once "), words("a", 0, "Once upon", "output_snapshot"), words("a", 9, " a time")
    )
    assert said == ["Once upon a time"]


def test_words_that_would_steer_the_terminal_do_not(capsys: pytest.CaptureFixture[str]) -> None:
    assert shown(capsys, words("a", 0, "\x1b[2J[bold]x[/]\r")) == ["\ufffd[2J[bold]x[/]\ufffd"]


def test_what_may_not_be_read_shows_nothing(capsys: pytest.CaptureFixture[str]) -> None:
    assert shown(capsys, words("a", 0, None), event("a", "completed")) == ["a completed"]  # pyright: ignore[reportArgumentType]
