"""Checking workflows without storing them: every problem at once, with its place and its mend."""

import os
from collections.abc import Iterator
from dataclasses import dataclass, replace
from enum import StrEnum
from typing import TYPE_CHECKING, Annotated, Any, NoReturn

import typer
from rich.console import Console

from interpreter.document.spans import Spans
from interpreter.problems import Problem
from plait.cli.authoring.problems import Level, told
from plait.cli.authoring.sources import Source, Unreadable, sources_of
from plait.cli.output import AsJson, console, show_json, width_of_output
from plait.cli.remote import Refused, Server, connected
from plait.errors import NotReady

if TYPE_CHECKING:
    from plait.cli.authoring.checks import Check, Report

VALID, INVALID, UNREADABLE = 0, 1, 2
GUTTER = 12


class Colour(StrEnum):
    """When messages are coloured."""

    AUTO = "auto"
    ALWAYS = "always"
    NEVER = "never"


@dataclass(frozen=True, slots=True)
class Checked:
    """A source and what was said about it."""

    source: Source
    report: "Report"

    @property
    def findings(self) -> Iterator[tuple[Level, Problem]]:
        """Problems and warnings as they stand in the text, then notes."""
        report = self.report
        placed: list[tuple[Level, Problem]] = [
            *(("error", each) for each in report.problems),
            *(("warning", each) for each in report.warnings),
        ]
        yield from sorted(placed, key=lambda found: (found[1].line or 0, found[1].column or 0))
        for each in report.notes:
            yield "note", each


def validate(
    files: Annotated[
        list[str], typer.Argument(metavar="FILE...", help="Workflows in YAML or JSON, folders of them, or - for stdin.")
    ],
    *,
    server: Server = None,
    warnings_as_errors: Annotated[bool, typer.Option("--warnings-as-errors", help="A warning fails, too.")] = False,
    color: Annotated[Colour, typer.Option(help="Colours: on a terminal, always or never.")] = Colour.AUTO,
    as_json: AsJson = False,
) -> None:
    """Check workflows without saving them. Exit codes: 0 valid, 1 problems, 2 something could not be checked."""
    from plait.cli.authoring.checks import choose_check

    with connected() as api:
        try:
            check, url = choose_check(api, server=server)
            results = list(check_all(files, check))
        except (Refused, NotReady) as error:
            give_up(error, as_json=as_json)
    if warnings_as_errors:
        results = [strictly(each) for each in results]
    if as_json:
        show_json(as_data(results, url))
    else:
        show(results, url, console_for(color))
    raise typer.Exit(code_of(results))


def check_all(files: list[str], check: "Check") -> Iterator[Checked | Unreadable]:
    """Every source with what is said about it."""
    for source in sources_of(files):
        yield source if isinstance(source, Unreadable) else Checked(source, check(source))


def strictly(result: Checked | Unreadable) -> Checked | Unreadable:
    """The same with warnings as problems."""
    if isinstance(result, Unreadable):
        return result
    report = result.report
    return replace(result, report=replace(report, problems=report.problems + report.warnings, warnings=(), order=()))


def give_up(error: Refused | NotReady, *, as_json: bool) -> NoReturn:
    """Nothing could be checked at all."""
    if as_json:
        show_json(error.problem if isinstance(error, Refused) else {"code": error.code, "detail": str(error)})
    else:
        typer.echo(f"Error: {error}", err=True)
    raise typer.Exit(UNREADABLE)


def code_of(results: list[Checked | Unreadable]) -> int:
    """The exit code: what could not be read comes before what is wrong."""
    if any(isinstance(each, Unreadable) for each in results):
        return UNREADABLE
    return INVALID if any(isinstance(each, Checked) and each.report.problems for each in results) else VALID


def show(results: list[Checked | Unreadable], url: str | None, screen: Console) -> None:
    """All messages, a line for each valid file, and the count."""
    for result in results:
        match result:
            case Unreadable(_, reason):
                typer.echo(f"Error: {reason}", err=True)
            case Checked(source, report):
                spans = Spans(source.text, source.media_type) if any(result.findings) else None
                for level, problem in result.findings:
                    assert spans is not None
                    screen.print(told(level, problem, source.name, spans, screen.width - GUTTER), end="\n\n")
                if not report.problems:
                    screen.print(f"{source.name}: ", end="", markup=False)
                    screen.print(f"[green]valid[/], {counted(len(report.order), 'node')}.")
    screen.print(summary(results, url))


def summary(results: list[Checked | Unreadable], url: str | None) -> str:
    """`3 files checked without a server: 2 problems, 1 warning.`"""
    reports = [each.report for each in results if isinstance(each, Checked)]
    problems = counted(sum(len(each.problems) for each in reports), "problem")
    warnings = counted(sum(len(each.warnings) for each in reports), "warning")
    unread = len(results) - len(reports)
    whom = f"by {url}" if url else "without a server"
    return f"{counted(len(reports), 'file')} checked {whom}: {problems}, {warnings}" + (
        f"; {unread} could not be read." if unread else "."
    )


def counted(number: int, what: str) -> str:
    """`no problems`, `1 problem`, `12 problems`."""
    return f"{number or 'no'} {what}{'' if number == 1 else 's'}"


def console_for(colour: Colour) -> Console:
    """A console that colours as it is told; by itself on a terminal, unless NO_COLOR is set."""
    match colour:
        case Colour.ALWAYS:
            return Console(highlight=False, soft_wrap=True, width=width_of_output(), force_terminal=True)
        case Colour.AUTO if not os.environ.get("NO_COLOR"):
            return console
        case _:
            return Console(highlight=False, soft_wrap=True, width=width_of_output(), color_system=None)


def as_data(results: list[Checked | Unreadable], url: str | None) -> dict[str, Any]:
    """The whole for machines."""
    files = [file_data(each) for each in results]
    return {"valid": all(each["valid"] for each in files), "server": url, "files": files}


def file_data(result: Checked | Unreadable) -> dict[str, Any]:
    """One file: the entries are those of the API, with what to underline."""
    if isinstance(result, Unreadable):
        return {
            "file": result.name,
            "valid": False,
            "error": result.reason,
            "problems": [],
            "warnings": [],
            "notes": [],
        }
    source, report = result.source, result.report
    spans = Spans(source.text, source.media_type)
    return {
        "file": source.name,
        "valid": not report.problems,
        "error": None,
        **{
            part: [finding_data(each, spans) for each in found]
            for part, found in (("problems", report.problems), ("warnings", report.warnings), ("notes", report.notes))
        },
    }


def finding_data(problem: Problem, spans: Spans) -> dict[str, Any]:
    """A problem with its span: line and column from 1, length in characters."""
    from api.http.problems import problem_json

    span = spans.of(problem)
    place = {"line": span.line, "column": span.column, "length": span.length} if span else None
    return problem_json(problem) | {"span": place}
