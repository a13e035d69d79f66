"""How runs, gates and refusals are said to an agent: as structured content, and the same as text."""

from typing import Any
from uuid import UUID

import orjson
from mcp_types import CallToolResult, TextContent

from api.gates.schemas import Gate
from api.mcp.asked import Asked
from api.offers.gates import open_gates
from api.runs.read import read_run
from api.runs.schemas import Run
from interpreter.state import FINAL_RUN
from plait.errors import PlaitError

MOST_GATES = 20
STATUSES = ("pending", "running", "paused", "stopping", "completed", "failed", "cancelled", "terminated")


def run_schema(output: dict[str, Any]) -> dict[str, Any]:
    """What an answer about a run looks like whose output has this schema."""
    return {
        "type": "object",
        "required": ["run_id", "status", "message"],
        "properties": {
            "run_id": {"type": "string"},
            "status": {"type": "string", "enum": list(STATUSES)},
            "message": {"type": "string", "description": "How the run stands, as a sentence."},
            "output": {**output, "description": "Once it has completed."},
            "output_url": {"type": "string", "description": "Where an output is that is too long to be shown."},
            "error": {"type": "object", "description": "Why it failed."},
            "gates": {"type": "array", "items": {"type": "object"}, "description": "What waits for people."},
            "next": {"type": "string", "description": "What to do now."},
        },
    }


async def answer_with_run(asked: Asked, run_id: UUID) -> CallToolResult:
    """A run as it stands now."""
    return await answer_of(asked, await read_run(asked.held, run_id, asked.caller))


async def answer_of(asked: Asked, run: Run) -> CallToolResult:
    """A run as it was read, with what waits for people; an error where it ended without completing."""
    # A run that is to be cancelled asks nobody any more, though its gates are open for a moment yet.
    asks_nobody = run.status in FINAL_RUN or (run.requested == "cancel" and run.status != "stopping")
    waiting = [] if asks_nobody else await gates_of(asked, run.id)
    return answer(told_of(run, waiting), is_error=run.status in FINAL_RUN and run.status != "completed")


def told_of(run: Run, waiting: list[Gate]) -> dict[str, Any]:
    """A run in the form of `run_schema`."""
    told: dict[str, Any] = {"run_id": str(run.id), "status": run.status, "message": run.message}
    if run.status == "completed" and run.output_ref is not None:
        told["output_url"] = run.output_ref.url
    elif run.status == "completed" and not run.redacted:
        told["output"] = run.output
    if run.error is not None:
        told["error"] = run.error.model_dump(mode="json", include={"type", "message", "path"})
    if waiting:
        told["gates"] = [told_of_gate(each) for each in waiting]
        told["next"] = "It waits for people: show them the gates. Call decide_gate with what a person decided."
    elif run.status not in FINAL_RUN:
        told["next"] = "It goes on by itself: call get_run with its run_id later."
    return told


async def gates_of(asked: Asked, run_id: UUID | None) -> list[Gate]:
    """Open gates of offered workflows, or of one run, the newest first."""
    return await open_gates(asked.held, asked.environment, "mcp", asked.caller, run_id, MOST_GATES)


def told_of_gate(gate: Gate) -> dict[str, Any]:
    """A gate, with all that a person needs to decide it."""
    kept = {"id", "run_id", "status", "title", "instructions", "show", "outcomes", "form_schema", "approvers", "due_at"}
    told = gate.model_dump(mode="json", include=kept)
    return told | {"you_may_decide": gate.my.can_decide, "because": gate.my.because}


def answer(told: dict[str, Any], *, is_error: bool = False) -> CallToolResult:
    """A tool's result, for machines and for models."""
    text = orjson.dumps(told).decode()
    return CallToolResult(content=[TextContent(text=text)], structured_content=told, is_error=is_error)


def refusal(error: PlaitError) -> CallToolResult:
    """A refusal as the tool's error: what is wrong and how to mend it, for a model to read."""
    problems = getattr(error, "problems", ())
    lines = [str(error)]
    for each in problems:
        mend = f" {each.fix}" if each.fix else ""
        lines.append(f"- {each.dotted}: {each.message}{mend}" if each.dotted else f"- {each.message}{mend}")
    return CallToolResult(content=[TextContent(text="\n".join(lines))], is_error=True)
