"""Controlling a run by hand: pausing it, stepping through it, ending it."""

from collections.abc import Callable
from typing import Annotated, Any

import orjson
import typer

from plait.cli.files import read_input
from plait.cli.output import AsJson, console, show_json
from plait.cli.remote import Refused, connected

RunId = Annotated[str, typer.Argument(help="The run's id.")]
Reason = Annotated[str | None, typer.Option(help="Why, for the record.")]


def cancel(run_id: RunId, reason: Reason = None, *, as_json: AsJson = False) -> None:
    """Ask a run to end; what runs is cancelled, clean-up nodes run."""
    order(run_id, "cancel", {"reason": reason}, as_json=as_json)


def terminate(run_id: RunId, reason: Reason = None, *, as_json: AsJson = False) -> None:
    """End a run at once, without clean-up: for what a cancel cannot end."""
    order(run_id, "terminate", {"reason": reason}, as_json=as_json)


def pause(run_id: RunId, reason: Reason = None, *, as_json: AsJson = False) -> None:
    """Have nothing new begin; what runs goes on."""
    order(run_id, "pause", {"reason": reason}, as_json=as_json)


def resume(run_id: RunId, reason: Reason = None, *, as_json: AsJson = False) -> None:
    """Have a paused run go on."""
    order(run_id, "resume", {"reason": reason}, as_json=as_json)


def continue_(run_id: RunId, reason: Reason = None, *, as_json: AsJson = False) -> None:
    """Go on to the next breakpoint, or to the end."""
    order(run_id, "continue", {"reason": reason}, as_json=as_json)


def step(
    run_id: RunId,
    path: Annotated[str | None, typer.Argument(help="Which node; may be left out where there is only one.")] = None,
    input_: Annotated[
        str | None,
        typer.Option("--input", "-i", help="Other parameters: a JSON file, JSON text, or - for stdin."),
    ] = None,
    reason: Reason = None,
    *,
    as_json: AsJson = False,
) -> None:
    """Run one of the nodes that the run is paused before; it stays paused."""
    given = read_input(input_) if input_ is not None else None
    order(run_id, "step", {"path": path or only_path(run_id), "input": given, "reason": reason}, as_json=as_json)


def breakpoints(
    run_id: RunId,
    nodes: Annotated[list[str] | None, typer.Argument(help="Ids or paths of nodes; none takes all away.")] = None,
    reason: Reason = None,
    *,
    as_json: AsJson = False,
) -> None:
    """Stop before these nodes from now on."""
    order(run_id, "breakpoints", {"nodes": nodes or [], "reason": reason}, as_json=as_json, method="PUT")


def budget(
    run_id: RunId,
    cost_usd: Annotated[str | None, typer.Option(help="US dollars.")] = None,
    tokens: Annotated[int | None, typer.Option(help="Tokens of models, in and out.")] = None,
    seconds: Annotated[float | None, typer.Option(help="Seconds in which something executes.")] = None,
    reason: Reason = None,
    *,
    as_json: AsJson = False,
) -> None:
    """Raise what a run may spend; one that waits for that goes on."""
    said = {"cost_usd": cost_usd, "tokens": tokens, "seconds": seconds, "reason": reason}
    with connected() as api:
        body = orjson.dumps({name: value for name, value in said.items() if value is not None})
        found = api.send("POST", f"/workflow_runs/{run_id}/budget", content=body)
    if as_json:
        show_json(found)
        return
    waits = any(each["kind"] == "budget" for each in found["waiting_for"])
    goes_on = "; it goes on" if waits and found["status"] == "paused" else ""
    console.print(f"The budget of run {run_id} is raised{goes_on}.", markup=False, highlight=False)


VERBS: tuple[Callable[..., None], ...] = (cancel, terminate, pause, resume, step, continue_, breakpoints, budget)
"""The commands; what ends in `_` is a word of Python's."""

GOING_ON = {"resume": "goes on", "continue": "goes on", "step": "runs {path}, and stays paused"}
"""What becomes of a paused run by these."""


def order(run_id: str, verb: str, said: dict[str, Any], *, as_json: bool, method: str = "POST") -> None:
    """Ask for it, and say how the run stands then."""
    body = orjson.dumps({name: value for name, value in said.items() if value is not None})
    with connected() as api:
        found = api.send(method, f"/workflow_runs/{run_id}/{verb}", content=body)
    if as_json:
        show_json(found)
        return
    if verb in GOING_ON and found["status"] == "paused":
        # The answer comes before the workflow's: the run shows still where it was.
        console.print(f"Run {run_id} {GOING_ON[verb].format(**said)}.", markup=False, highlight=False)
        return
    console.print(f"Run {run_id} is {standing_of(found)}.", markup=False, highlight=False)
    for due in found["paused_before"]:
        console.print(f"It is paused before {due['path']}.", markup=False, highlight=False)


def standing_of(found: dict[str, Any]) -> str:
    """Where the run is, or is about to be."""
    if found["completed_at"] is None and found["requested"] is not None:
        return "being cancelled" if found["requested"] == "cancel" else "being paused"
    return str(found["status"])


def only_path(run_id: str) -> str:
    """The one node that the run is paused before."""
    with connected() as api:
        due = [each["path"] for each in api.get(f"/workflow_runs/{run_id}")["paused_before"]]
    if len(due) == 1:
        return due[0]
    say = (
        f"The run is paused before {', '.join(due)}; say which."
        if due
        else "The run shows no node that it is paused before."
    )
    raise Refused({"code": "input", "detail": say})
