"""How the line of a problem is cut and made printable."""

from hypothesis import given
from hypothesis import strategies as st
from rich.cells import cell_len

from interpreter.document.spans import Span, Spans
from interpreter.problems import Problem
from plait.cli.authoring.problems import cut, printable, told, underlined


def lines(text: str, span: Span, width: int = 60) -> list[str]:
    return [line.plain for line in underlined(span, text.splitlines(), 1, "red", width)]


def test_carets_stand_below_what_is_meant_also_behind_tabs_and_wide_letters() -> None:
    assert lines("\tnäme: 漢字 bad", Span(1, 11, 3)) == [
        "  |",
        "1 |     näme: 漢字 bad",
        "  |                ^^^",
    ]


def test_a_very_long_line_is_cut_around_the_place() -> None:
    _, source, carets = lines('{"a": "' + "x" * 5000 + '", "bad": 1, "b": "' + "y" * 5000 + '"}', Span(1, 5012, 3))
    assert source.startswith("1 | …xxx")
    assert source.endswith("yyy…")
    assert source[carets.index("^") : carets.rindex("^") + 1] == "bad"


def test_a_very_long_piece_is_cut_itself() -> None:
    before, piece, after = cut("value: ", "x" * 500, "", 60)
    assert (before, piece, after) == ("value: ", "x" * 30, "…")


def test_every_message_is_a_sentence() -> None:
    spans = Spans("", "application/yaml")
    for message in ("this is not YAML", "This is not YAML."):
        shown = told("error", Problem("invalid_yaml", message), "x.yaml", spans, 60)
        assert shown.plain == "error[invalid_yaml]: This is not YAML.\n  --> x.yaml"


def test_nothing_in_a_document_reaches_the_terminal_as_a_command() -> None:
    text = "slug: \x1b[31mred\u202e\n"
    found = Problem("invalid_slug", "not \x1b[31m this", line=1, column=1)
    shown = told("error", found, "x\x1b.yaml", Spans(text, "application/yaml"), 60).plain
    assert "\x1b" not in shown
    assert "\u202e" not in shown


@given(st.text(max_size=80), st.text(min_size=1, max_size=300), st.text(max_size=300), st.integers(0, 200))
def test_the_parts_together_are_not_much_wider_than_there_is_room(
    before: str, piece: str, after: str, width: int
) -> None:
    shown = cut(before, piece, after, width)
    letters = [len(part.replace("    ", "\t")) for part in shown]
    assert sum(letters) <= max(width, 40) + 3
    assert cell_len(printable(piece)) >= 0
