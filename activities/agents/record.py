"""What is on record of an agent: what it was given, its turns so far, and what became of the calls that they asked for."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, cast
from uuid import UUID

from activities.agents.trimming import MOST_SHOWN, cut
from activities.models.messages import Message, tool, user
from activities.patience import NotYetRecorded, patiently
from activities.services import Services
from interpreter.shell.wire import NodeTask
from interpreter.state import FINAL_NODE, NodeStatus
from interpreter.values import Json, canonical
from plait.store.changes import StoredValue
from plait.store.tasks import NodeFound, look_up

APPROVAL = "approval"
READ_WHOLE = 256 * 1024
"""Bytes of a result that are loaded to be shown in part; of a larger one only the beginning is read."""
TURN = ".turn~"


@dataclass(frozen=True, slots=True)
class TurnsSoFar:
    """What an agent was opened with, and its turns: what each said with what came back, and who speaks next."""

    given: dict[str, Any]
    rounds: Sequence[Sequence[Message]]
    speaker: str | None
    refused: int
    """How often an answer was not accepted."""


def agent_at(path: str) -> str:
    """The path of the agent whose turn this is, or a call of that turn."""
    return path.rpartition(TURN)[0]


def is_called(path: str) -> bool:
    """Whether the turn is one of an agent that another one called."""
    return path.count(TURN) > 1


def number_of(path: str) -> int:
    """The number of the turn of this path."""
    return int(path.rpartition(TURN)[2])


async def rows_at(services: Services, task: NodeTask, paths: Sequence[str]) -> Mapping[str, NodeFound]:
    """The rows of these paths, of the task's generation."""
    wanted = [(path, task.generation) for path in paths]
    found = await patiently(lambda: look_up(services.pool, task.project, UUID(task.run_id), wanted, with_input=False))
    return {} if found is None else found.nodes


async def value_of(services: Services, project: str, stored: StoredValue | None) -> Json:
    """A value on record; null where there is none."""
    return None if stored is None else await patiently(lambda: services.payloads.value(project, stored))


async def values_of(services: Services, project: str, stored: Sequence[StoredValue | None]) -> list[Any]:
    """Those of the values that there are, in one query."""
    found = [each for each in stored if each is not None]
    return await patiently(lambda: services.payloads.values(project, found))


async def turns_so_far(services: Services, task: NodeTask, agent: str, number: int) -> TurnsSoFar:
    """What the agent's turns before this number came to."""
    paths = [agent, *(f"{agent}{TURN}{each}" for each in range(1, number))]
    rows = await rows_at(services, task, paths)
    stored = [rows[agent].input, *(rows[path].output for path in paths[1:])]
    given, *turns = await values_of(services, task.project, stored)
    rows = await patiently(lambda: _calls_of(services, task, turns))
    rounds = [await _round(services, task.project, turn, rows) for turn in turns]
    speakers = [turn["hand_over"] for turn in turns if turn["hand_over"] is not None]
    refused = sum(turn["refused"] is not None for turn in turns)
    return TurnsSoFar(given, rounds, speakers[-1] if speakers else None, refused)


async def _calls_of(services: Services, task: NodeTask, turns: Sequence[dict[str, Any]]) -> Mapping[str, NodeFound]:
    """The rows of all calls, which have ended, and of their approvals. Raises NotYetRecorded."""
    paths = [call["path"] for turn in turns for call in turn["calls"] if call["path"] is not None]
    if not paths:
        return {}
    rows = await rows_at(services, task, [each for path in paths for each in (path, f"{path}.{APPROVAL}")])
    for path in paths:
        if path not in rows or rows[path].status not in FINAL_NODE:
            raise NotYetRecorded(path)
    return rows


async def _round(
    services: Services, project: str, turn: dict[str, Any], rows: Mapping[str, NodeFound]
) -> list[Message]:
    """What the model said in a turn, and what it is told of its calls or of its answer."""
    said = [turn["message"]]
    for call in turn["calls"]:
        told = call["problem"]
        if told is None:
            gate = rows.get(f"{call['path']}.{APPROVAL}")
            told = await _result(services, project, rows[call["path"]], gate)
            told = f"{await _changed(services, project, call['args'], gate)}{told}"
        said.append(tool({"id": call["id"], "name": call["tool"], "args": call["args"]}, told))
    return said if turn["refused"] is None else [*said, user(turn["refused"])]


async def _changed(services: Services, project: str, args: dict[str, Any], gate: NodeFound | None) -> str:
    """That a person approved the call with other arguments than the model's, and with which; empty where nobody did."""
    output = cast("dict[str, Any] | None", await value_of(services, project, gate.output if gate else None))
    if output is None or output["outcome"] != "approved" or output["form"] in (None, args):
        return ""
    return cut(f"A person changed the arguments to {canonical(output['form'])}. ")


async def _result(services: Services, project: str, row: NodeFound, gate: NodeFound | None) -> str:
    """What a call came to, as the model is told."""
    if row.status == NodeStatus.COMPLETED and row.output is not None:
        return await shown(services, project, row.output)
    if gate is not None and gate.outcome in {"rejected", "expired"}:
        return await _refusal(services, project, gate)
    if row.error is not None:
        return cut(f"The call failed: {row.error['type']}: {row.error['message']}")
    why = gate.error if gate is not None else None
    return "The call was not made." if why is None else cut(f"The call was not made: {why['type']}: {why['message']}")


async def _refusal(services: Services, project: str, gate: NodeFound) -> str:
    if gate.outcome == "expired":
        return "The call was not made: nobody agreed to it in time."
    output = cast("dict[str, Any]", await value_of(services, project, gate.output))
    comments = [vote["comment"] for vote in output["votes"] if vote["decision"] == "rejected" and vote["comment"]]
    return cut(" ".join(["The call was not made: a person rejected it.", *comments]))


async def shown(services: Services, project: str, stored: StoredValue) -> str:
    """A result as text, of a large one its beginning."""
    if stored.ref is None or stored.size <= READ_WHOLE:
        value = await value_of(services, project, stored)
        return cut(value if isinstance(value, str) else canonical(value))
    ref = stored.ref
    parts = [part async for part in services.payloads.stream(project, ref, 0, MOST_SHOWN)]
    return cut(b"".join(parts).decode(errors="ignore"), stored.size)
