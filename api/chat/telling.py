"""What is said back: sentences about proposals, runs and gates. Pure."""

from collections.abc import Sequence
from typing import Any

import orjson

from api.chat.filling import Filled
from api.gates.schemas import Gate
from api.offers.offered import Offered
from api.runs.schemas import Run
from interpreter.state import FINAL_RUN

LONGEST = 2000
MOST_NAMED = 10


def told_of_offers(offers: Sequence[Offered], between: Sequence[str] = ()) -> str:
    """What can be started here, or which of several is meant."""
    if not offers:
        return "No workflow is offered in chats here. One is that says `expose: {chat: true}`."
    chosen = [each for each in offers if each.slug in between] or list(offers)
    lines = [f"- {each.name} ({each.slug}): {each.description}" for each in chosen[:MOST_NAMED]]
    more = [f"- and {len(chosen) - MOST_NAMED} more"] if len(chosen) > MOST_NAMED else []
    return "\n".join(["Which of these do you mean?" if between else "I can start:", *lines, *more])


def told_of_proposal(offered: Offered, known: Filled) -> str:
    """What would be started, or what is missing for that."""
    lines = [*known.wrong]
    if known.input:
        lines += [f"{offered.name}, with:", *(f"- {name}: {text_of(value)}" for name, value in known.input.items())]
    else:
        lines.append(f"{offered.name}.")
    if known.missing:
        fields = offered.arguments.get("properties", {})
        lines.append(f"I still need {', '.join(asked(name, fields.get(name)) for name in known.missing)}.")
    elif known.ready:
        lines.append("Say yes to start it.")
    return "\n".join(lines)


def asked(name: str, schema: Any) -> str:
    """A field, with what the schema says that it is."""
    said = schema if isinstance(schema, dict) else {}
    told = said.get("description") or said.get("title") or ""
    choices = ", ".join(map(text_of, said.get("enum", ())))
    about = "; ".join(part for part in (told.rstrip("."), f"one of {choices}" if choices else "") if part)
    return f"`{name}` ({about})" if about else f"`{name}`"


def told_of_run(run: Run, gates: Sequence[Gate]) -> str:
    """How a run stands, whom it waits for, and its output once it has completed."""
    lines = [f"{run.workflow.name}: {run.message}"]
    if run.status not in FINAL_RUN:
        lines.append(f"{run.completed_nodes} of {run.total_nodes} steps are done.")
    lines += [told_of_gate(each) for each in gates]
    if run.status == "completed" and run.output is not None:
        lines.append(f"It gave: {text_of(run.output)}")
    elif run.output_ref is not None:
        lines.append(f"Its output is at {run.output_ref.url}.")
    return "\n".join(lines)


def told_of_gate(gate: Gate) -> str:
    """Who may decide a gate, and where."""
    where = f"/api/v1/gates/{gate.id}"
    shown = "".join(f"\n- {each.label}: {text_of(each.value)}" for each in gate.show)
    if not gate.my.can_decide:
        return f"{gate.title} is for {', '.join(gate.approvers)} to decide, at {where}.{shown}"
    if gate.form_schema is not None:
        return f"{gate.title} waits for you, with a form to fill in, at {where}.{shown}"
    choices = " or ".join({"approved": "approve", "rejected": "reject"}.get(each, each) for each in gate.outcomes)
    return f"{gate.title} waits for you: say {choices}. It is at {where}.{shown}"


def text_of(value: Any) -> str:
    """A value as people read it, cut where it is long."""
    text = value if isinstance(value, str) else orjson.dumps(value).decode()
    return text if len(text) <= LONGEST else f"{text[:LONGEST]}…"
