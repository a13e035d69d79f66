"""Who says what is wrong with a source: the compiler on this machine, or a server's."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from interpreter.document.read import LIMIT_BYTES, read_document
from interpreter.problems import PathPart, Problem
from plait.cli.authoring.catalogue import local_catalogue, with_assumed
from plait.cli.authoring.sources import Source
from plait.cli.remote import Refused, Remote


@dataclass(frozen=True, slots=True)
class Report:
    """What is to be said about one source. `order` are its nodes in plan order when nothing is wrong."""

    problems: tuple[Problem, ...]
    warnings: tuple[Problem, ...] = ()
    notes: tuple[Problem, ...] = ()
    order: tuple[str, ...] = ()


Check = Callable[[Source], Report]


def checks_here() -> Check:
    """Checks against what is known on this machine; what only a server knows becomes a note."""
    from api.workflows.compiler import examine

    known = local_catalogue()

    def check(source: Source) -> Report:
        reading = read_document(source.content, source.media_type)
        if reading.document is None:
            return Report(reading.problems)
        catalogue, notes = with_assumed(known, reading.document)
        found = examine(source.content, source.media_type, catalogue)
        located = tuple(reading.positions.locate(each) for each in notes)
        return Report(found.problems, found.warnings, located, tuple(found.outline.order) if found.outline else ())

    return check


def checks_there(api: Remote) -> Check:
    """Checks against a server's catalogue, by the compiler that will store the document."""

    def check(source: Source) -> Report:
        if len(source.content) > LIMIT_BYTES:  # the server would not even read it
            return Report(read_document(source.content, source.media_type).problems)
        headers = {"content-type": source.media_type}
        told = api.send("POST", "/workflows/validate", content=source.content, headers=headers)
        problems, warnings = (tuple(map(problem_of, told[part])) for part in ("problems", "warnings"))
        return Report(problems, warnings, order=tuple(told["plan"]["order"]) if told["plan"] else ())

    return check


def choose_check(api: Remote, *, server: bool | None) -> tuple[Check, str | None]:
    """The check that is asked for, and the server's URL where one is asked: None stands for whichever answers.

    Raises Refused when a server has to be asked and does not answer.
    """
    if server is False:
        return checks_here(), None
    try:
        api.get("/node_types")
    except Refused:
        if server:
            raise
        return checks_here(), None
    return checks_there(api), api.url


def problem_of(told: Mapping[str, Any]) -> Problem:
    """What a server tells of one problem."""
    return Problem(
        told["code"],
        told["message"],
        path_of(told["pointer"] or ""),
        told["node"],
        told["fix"],
        told["line"],
        told["column"],
    )


def path_of(pointer: str) -> tuple[PathPart, ...]:
    """The path that an RFC 6901 pointer writes, numbers taken for places in lists."""
    parts = (part.replace("~1", "/").replace("~0", "~") for part in pointer.split("/")[1:])
    return tuple(int(part) if part.isascii() and part.isdigit() else part for part in parts)
