"""Testing workflows without a server: `plait test`."""

from pathlib import Path
from typing import Annotated

import typer

from plait.cli.files import write_file
from plait.cli.output import AsJson, console
from plait.cli.remote import connected

Places = Annotated[
    list[Path] | None,
    typer.Argument(metavar="PLACE...", help="Fixtures, workflows, or folders of them; by default this folder."),
]
Keyword = Annotated[str | None, typer.Option("-k", help="Only cases whose file or name has this text in it.")]
JUnit = Annotated[Path | None, typer.Option("--junit", metavar="FILE", help="Write JUnit XML too, for CI systems.")]
ShowCoverage = Annotated[bool, typer.Option("--coverage", help="Name the edges, cases and outcomes that no case took.")]
FailUnder = Annotated[
    float | None,
    typer.Option("--fail-under", min=0, max=100, help="Fail when less of a workflow is taken, in percent."),
]
FromRun = Annotated[
    str | None, typer.Option("--from-run", metavar="RUN_ID", help="Make a fixture of a run instead; this asks the API.")
]
Output = Annotated[
    Path | None, typer.Option("--output", "-o", metavar="FILE", help="Where the fixture of a run is written.")
]


def run_tests(
    places: Places = None,
    *,
    keyword: Keyword = None,
    junit: JUnit = None,
    coverage: ShowCoverage = False,
    fail_under: FailUnder = None,
    from_run: FromRun = None,
    output: Output = None,
    as_json: AsJson = False,
) -> None:
    """Run workflows on mocked results in virtual time: the cases of invoice.test.yaml beside invoice.yaml."""
    if from_run is not None:
        write_fixture(from_run, output, as_json=as_json)
        return
    if output is not None:
        raise typer.BadParameter("`--output` belongs to `--from-run`.")
    from plait.cli.testing.cases import run_cases
    from plait.cli.testing.report import Report

    report = Report(as_json=as_json, coverage=coverage or fail_under is not None, fail_under=fail_under)
    passed = run_cases(places or [Path()], keyword or "", report, junit)
    if not passed:
        raise typer.Exit(1)


def write_fixture(run_id: str, output: Path | None, *, as_json: bool) -> None:
    """The fixture of a run, in a file or on standard output."""
    kind = "application/json" if as_json or (output is not None and output.suffix == ".json") else "application/yaml"
    with connected() as api:
        text = api.text("POST", f"/workflow_runs/{run_id}/fixture", accept=kind)
    if output is None:
        typer.echo(text, nl=False)
        return
    write_file(output, text.encode())
    console.print(f"Wrote {output}. Run it: plait test {output}", markup=False)
