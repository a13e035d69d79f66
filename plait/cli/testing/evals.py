"""Evaluations on the command line: a workflow on every row of a file, its scores, and a threshold for CI."""

import re
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Annotated, Any

import typer
from rich.markup import escape

from plait.cli.authoring.documents import read_local
from plait.cli.operations import show_operation, watch_operation
from plait.cli.output import AsJson, console, duration_text, money_text, show_json, show_table
from plait.cli.remote import Refused, Remote, connected

NAMED = re.compile(r"([a-z][a-z0-9_]{0,62})=(?!=)(.+)", re.DOTALL)
SHOWN = 20
PAGE = 200


def evaluate(
    workflow: Annotated[str, typer.Argument(metavar="REF|FILE", help="A stored workflow's slug or id, or a file.")],
    data: Annotated[
        Path, typer.Option("--data", "-d", help="JSON lines, each with `input`, and `expected` and `meta` if you like.")
    ],
    score: Annotated[
        list[str] | None,
        typer.Option(metavar="[NAME=]EXPRESSION", help="Over input, expected, output, meta; may be repeated."),
    ] = None,
    judge: Annotated[
        list[str] | None,
        typer.Option(metavar="[NAME=]CRITERIA", help="A model gives points by these criteria; may be repeated."),
    ] = None,
    judge_model: Annotated[str, typer.Option(help="The judges' model or alias.")] = "smart",
    scale: Annotated[int, typer.Option(min=1, max=100, help="The points that a judge may give.")] = 5,
    version: Annotated[int | None, typer.Option(help="A version other than the one that the environment runs.")] = None,
    against: Annotated[int | None, typer.Option(help="A second version, to hold the first against.")] = None,
    env: Annotated[str, typer.Option("--env", help="The environment of the runs.")] = "dev",
    concurrency: Annotated[int, typer.Option(min=1, max=32, help="So many rows at once.")] = 4,
    budget: Annotated[float | None, typer.Option(help="Dollars; once they are spent no further row begins.")] = None,
    least: Annotated[
        list[str] | None,
        typer.Option("--min", metavar="NAME=MEAN", help="Exit code 1 below this mean; may be repeated."),
    ] = None,
    *,
    as_json: AsJson = False,
) -> None:
    """Run a workflow on every row of a dataset and score what comes out. The runs are real, side effects and all."""
    scores = [*scores_of(score, "score"), *judges_of(judge, judge_model, scale)]
    thresholds = dict(thresholds_of(least, [each["name"] for each in scores]))
    said = {"version": version, "against": against, "environment": env, "concurrency": concurrency}
    body = what_runs(workflow) | said | {"scores": scores, "budget_usd": budget}
    content = read_data(data)
    with connected() as api:
        file = api.send("POST", "/files", content=content, headers={"content-type": "application/x-ndjson"})
        operation = watch_operation(api, api.post("/evals", body | {"file": file["id"]}), as_json=as_json)
        found = api.get(f"/evals/{operation['id']}")
        if as_json:
            show_json(found | {"rows": list(rows_of(api, found["id"]))})
        else:
            show_operation(operation, as_json=False)
            show_eval(api, found)
    low = list(too_low(found, thresholds))
    if not as_json:
        for sentence in low:
            console.print(f"[red]{sentence}[/]")
    if low or found["status"] != "completed" or found["failed_total"]:
        raise typer.Exit(1)


def what_runs(workflow: str) -> dict[str, Any]:
    """The stored workflow, or the document in a file as a candidate of the one that is stored."""
    if not Path(workflow).is_file():
        return {"workflow": workflow}
    (local,) = read_local([workflow])
    return {"workflow": local.slug, "document": local.document}


def read_data(path: Path) -> bytes:
    """The file's bytes; what is wrong in them the API says by line."""
    try:
        return path.read_bytes()
    except OSError as error:
        raise Refused({"code": "input", "detail": f"{path} cannot be read: {error.strerror}."}) from None


def scores_of(given: Sequence[str] | None, name: str) -> Iterator[dict[str, Any]]:
    """Scores by expression; those without a name are called `score`, `score_2` and so on."""
    for number, text in enumerate(given or (), start=1):
        named = NAMED.fullmatch(text)
        own = name if number == 1 else f"{name}_{number}"
        yield {"name": named[1], "expression": named[2]} if named else {"name": own, "expression": text}


def judges_of(given: Sequence[str] | None, model: str, scale: int) -> Iterator[dict[str, Any]]:
    """Scores by a judge; those without a name are called `judge`, `judge_2` and so on."""
    for each in scores_of(given, "judge"):
        yield {"name": each["name"], "judge": {"model": model, "criteria": each["expression"], "scale": scale}}


def thresholds_of(given: Sequence[str] | None, names: Sequence[str]) -> Iterator[tuple[str, float]]:
    """The least means by the scores' names."""
    for text in given or ():
        name, _, number = text.partition("=")
        if name not in names:
            known = ", ".join(names) or "none"
            raise Refused({"code": "input", "detail": f"--min names no score {name!r}; the scores are {known}."})
        try:
            yield name, float(number)
        except ValueError:
            raise Refused({"code": "input", "detail": f"--min {text}: write it as {name}=0.8."}) from None


def too_low(found: dict[str, Any], thresholds: dict[str, float]) -> Iterator[str]:
    """A sentence for each threshold that the first version does not reach."""
    means = {score["name"]: score["mean"] for score in found["summary"][0]["scores"]}
    for name, least in thresholds.items():
        if (mean := means.get(name, 0.0)) < least:
            yield f"{name} is {mean:.3f}, less than {least:g}."


def rows_of(api: Remote, eval_id: str, **said: Any) -> Iterator[dict[str, Any]]:
    """Every row, page by page."""
    cursor = None
    while True:
        page = api.get(f"/evals/{eval_id}/rows", limit=PAGE, cursor=cursor, **said)
        yield from page["items"]
        if (cursor := page["next_cursor"]) is None:
            return


def show_eval(api: Remote, found: dict[str, Any]) -> None:
    """The scores and the cost of each version, how they compare, and the rows to look at."""
    console.print()
    show_table(
        ("SCORE", "VERSION", "MEAN", "PASSED", "P10", "P50", "P90", "LACKING"),
        [
            (
                score["name"], f"v{summary['version']}", f"{score['mean']:.3f}", f"{score['passed']:.0%}",
                f"{score['p10']:.2f}", f"{score['p50']:.2f}", f"{score['p90']:.2f}", str(score["lacking"] or ""),
            )
            for name in (score["name"] for score in found["scores"])
            for summary in found["summary"]
            for score in summary["scores"]
            if score["name"] == name
        ],
        empty="No row is done.",
    )  # fmt: skip
    console.print()
    show_table(
        ("VERSION", "COMPLETED", "COST", "A ROW", "JUDGES", "TOKENS", "P50", "P95"),
        [
            (
                f"v{each['version']}", f"{each['completed']}/{each['rows']}", money_text(each["cost_usd"]),
                money_text(each["cost_usd_per_row"]), money_text(each["judges_cost_usd"]), str(each["tokens"]),
                duration_text(each["duration_ms_p50"]), duration_text(each["duration_ms_p95"]),
            )
            for each in found["summary"]
        ],
        empty="",
    )  # fmt: skip
    for each in found["comparison"] or ():
        console.print(f"{each['name']}: {each['better']} better, {each['same']} the same, {each['worse']} worse")
    show_rows(api, found)


def show_rows(api: Remote, found: dict[str, Any]) -> None:
    """The first rows to look at: those that got worse, or, of one version, those that did not pass."""
    chosen = {"change": "worse"} if found["comparison"] else {}
    lines = [
        (str(row["n"]), name, value_text(score["value"]), row["outcomes"][0]["run_id"], escape(score["because"] or ""))
        for row in rows_of(api, found["id"], **chosen)
        for name, score in (row["outcomes"][0]["scores"].items() if row["outcomes"] else ())
        if (row["change"][name] == "worse" if chosen else not score["passed"])
    ]
    if lines:
        console.print()
        console.print("Worse:" if chosen else "Not passed:")
        show_table(("ROW", "SCORE", "VALUE", "RUN", "BECAUSE"), lines[:SHOWN], empty="")
    if len(lines) > SHOWN:
        console.print(f"and {len(lines) - SHOWN} more: --json has them all")


def value_text(value: float | None) -> str:
    """A score's value; a dash where there is none."""
    return "-" if value is None else f"{value:g}"
