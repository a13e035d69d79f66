"""What `plait test` says: a line a case, what was not met, and the sums."""

from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from typing import Any

from rich.markup import escape
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TimeElapsedColumn

from plait.cli.output import console, show_json
from plait.testing.coverage import Coverage
from plait.testing.run import CaseResult, Finding
from plait.testing.suite import Suite

MARKS = {"passed": "[green]✔[/]", "failed": "[red]✘[/]", "error": "[red]![/]"}
COLOURS = {"-": "red", "+": "green"}


@dataclass(frozen=True, slots=True)
class Report:
    """For people as it happens, or as one JSON object at the end."""

    as_json: bool
    coverage: bool
    fail_under: float | None

    def cases(self, results: Iterable[CaseResult], total: int) -> None:
        """Show each case when it is done, and on a terminal how many are."""
        with progress(total, shown=console.is_terminal and not self.as_json) as advance:
            for result in results:
                if not self.as_json:
                    show_case(result)
                advance()

    def finish(self, suite: Suite, seconds: float) -> bool:
        """Show the sums; whether every case passed and enough was taken."""
        coverage = suite.coverage() if self.coverage else []
        low = [each for each in coverage if self.fail_under is not None and each.percent < self.fail_under]
        if self.as_json:
            show_json(summary(suite, coverage, seconds))
        else:
            for each in coverage:
                show_coverage(each)
            show_notes(suite, low, self.fail_under)
            show_sums(suite.results, seconds)
        return not low and all(result.verdict == "passed" for result in suite.results)


@contextmanager
def progress(total: int, *, shown: bool) -> Iterator[Any]:
    """A bar below the lines, which goes when all is done; a function that moves it on."""
    columns = (BarColumn(), MofNCompleteColumn(), TimeElapsedColumn())
    with Progress(*columns, console=console, transient=True, disable=not shown) as bar:
        task = bar.add_task("", total=total)
        yield lambda: bar.advance(task)


def show_case(result: CaseResult) -> None:
    """One line, and below it what was not met."""
    line = f"{MARKS[result.verdict]} {escape(result.file)}: {escape(result.name)}"
    console.print(f"{line}  [bright_black]{result.seconds * 1000:.1f} ms[/]")
    for finding in result.findings:
        show_finding(finding)


def show_finding(finding: Finding) -> None:
    """Where, what, and how the two differ."""
    where = f"{finding.file}:{finding.line}" if finding.line else finding.file
    console.print(f"    [bold]{escape(where)}[/] {escape(finding.field)}: ", end="")
    console.print(finding.message, markup=False)
    for line in finding.diff:
        console.print(f"      {line}", markup=False, style=COLOURS.get(line[:1], ""))


def show_coverage(found: Coverage) -> None:
    """How much of a workflow was taken, and by name what was not."""
    console.print(
        f"{escape(found.workflow)}: {found.taken} of {found.total} edges, cases and outcomes taken ({found.percent:.0f} %)"
    )
    for name in found.missed:
        console.print(f"    no case took {name}", markup=False, style="yellow")


def show_notes(suite: Suite, low: list[Coverage], wanted: float | None) -> None:
    """What else is worth knowing: what could not be checked here, and what is taken too little."""
    for each in suite.notes():
        console.print(f"[cyan]note[/] {escape(each.file)}:{each.line}: ", end="")
        console.print(each.message, markup=False)
    for each in low:
        console.print(f"[red]{escape(each.workflow)}: {each.percent:.1f} % taken, and {wanted:g} % are wanted[/]")


def show_sums(results: list[CaseResult], seconds: float) -> None:
    """How many there were of each."""
    counted = counts(results)
    told = [f"[green]{counted['passed']} passed[/]"]
    told += [
        f"[red]{counted[name]} {word}[/]"
        for name, word in (("failed", "failed"), ("errors", "not run"))
        if counted[name]
    ]
    total = f"{len(results)} case{'' if len(results) == 1 else 's'}"
    console.print(f"{total} in {seconds:.2f} s: {', '.join(told)}")


def counts(results: list[CaseResult]) -> dict[str, int]:
    """How many passed, failed, and could not be run."""
    verdicts = [result.verdict for result in results]
    return {"passed": verdicts.count("passed"), "failed": verdicts.count("failed"), "errors": verdicts.count("error")}


def summary(suite: Suite, coverage: list[Coverage], seconds: float) -> dict[str, Any]:
    """All of it, for machines."""
    return {
        **counts(suite.results),
        "seconds": round(seconds, 6),
        "cases": [
            {
                "file": result.file,
                "line": result.line,
                "name": result.name,
                "verdict": result.verdict,
                "seconds": round(result.seconds, 6),
                "status": result.simulation.status if result.simulation else None,
                "duration": result.simulation.seconds if result.simulation else None,
                "findings": [asdict(finding) for finding in result.findings],
            }
            for result in suite.results
        ],
        "coverage": [{**asdict(each), "taken": each.taken, "percent": round(each.percent, 2)} for each in coverage],
        "notes": [asdict(note) for note in suite.notes()],
    }
