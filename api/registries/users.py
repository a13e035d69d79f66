"""Who names a model or an agent: the workflows in use, and agents. What is named is not taken away under them."""

import json
from collections.abc import Callable, Iterator, Mapping
from typing import Any, Literal

from api.http.models import View
from interpreter.document.model import Document, Node
from interpreter.plan.models import models_named
from plait.agents import AgentVersion, ModelAgent
from plait.errors import Conflict
from plait.store.models import list_definitions_with
from plait.store.runs import Database

Names = Callable[[str, Mapping[str, Any]], bool]
"""Whether a node of this type with these parameters names it."""


class UserView(View):
    """A workflow, an agent or an alias that names it. An alias has no version, and an agent from code neither."""

    kind: Literal["workflow", "agent", "alias"]
    name: str
    version: int | None


class UserList(View):
    """All who name it."""

    items: list[UserView]
    next_cursor: None = None


async def workflows_naming(db: Database, project: str, text: str, names: Names) -> list[UserView]:
    """The versions in use that have a node which `names` it; `text` stands in each such document."""
    rows = await list_definitions_with(db, project, text)
    return [
        UserView(kind="workflow", name=row["slug"], version=row["version"])
        for row in rows
        if any(names(kind, said) for kind, said in asked_in(row["definition"]))
    ]


def asked_in(definition: str) -> Iterator[tuple[str, Mapping[str, Any]]]:
    """Type and parameters of every node, and of what undoes it."""
    document = Document.model_validate(json.loads(definition)["document"])
    for node in document.every():
        yield from asked_by(node)


def asked_by(node: Node) -> Iterator[tuple[str, Mapping[str, Any]]]:
    """What a node runs, and what undoes it."""
    yield node.type, node.with_
    if node.compensate is not None:
        yield node.compensate.type, node.compensate.with_


def names_model(matches: Callable[[str], bool]) -> Names:
    """Whether a node names a model of these."""
    return lambda kind, said: any(matches(reference) for reference, _ in models_named(kind, said))


def names_agent(name: str) -> Names:
    """Whether a node has this agent do something."""
    return lambda kind, said: kind == "agent_call" and said.get("agent") == name


def agents_that(agents: Mapping[str, AgentVersion], use: Callable[[ModelAgent], bool]) -> list[UserView]:
    """The agents of which that is so."""
    return [
        UserView(kind="agent", name=name, version=agent.version)
        for name, agent in sorted(agents.items())
        if isinstance(agent.definition, ModelAgent) and use(agent.definition)
    ]


def refuse_used(what: str, users: list[UserView]) -> None:
    """Refuse to take away what somebody names."""
    if users:
        named = ", ".join(dict.fromkeys(f"the {each.kind} {each.name}" for each in users[:20]))
        message = f"{what} is used by {named}; change them first."
        raise Conflict(message, code="in_use", used_by=[each.model_dump(mode="json") for each in users[:20]])
