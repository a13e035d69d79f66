"""Checks of the nodes that run others or wait for them: maps, loops, agents, sub-workflows, events, and ends in bodies."""

from collections.abc import Iterator
from typing import Any

from interpreter.catalogue import Workflow
from interpreter.document.model import Node
from interpreter.plan.draft import Draft, did_you_mean, listed
from interpreter.plan.schemas import misfits
from interpreter.problems import Problem

MOST_LAPS, MOST_AT_ONCE, MOST_WORKFLOWS, MOST_TURNS = 10_000, 1_000, 8, 100


def check_bodies(draft: Draft) -> Iterator[Problem]:
    """What is wrong with the parameters of these types, beyond their types."""
    for index, node in enumerate(draft.outline.nodes):
        match draft.outline.behaviour(index):
            case "map":
                yield from _within(draft, index, "max_concurrency", MOST_AT_ONCE)
            case "loop":
                yield from _within(draft, index, "max_iterations", MOST_LAPS)
            case "event" if node.with_.get("name") == "":
                message = "An event has a name, by which it is sent."
                yield draft.at_node("wrong_parameter", index, message, "Write `name: paid`.", "with", "name")
            case "subworkflow":
                yield from _workflow(draft, index, node)
            case "agent":
                yield from _within(draft, index, "max_turns", MOST_TURNS)
                if node.with_.get("task") is None and node.with_.get("messages") is None:
                    message = f"`{node.id}` has nothing to do."
                    yield draft.at_node("missing_parameter", index, message, "Add `task` under `with`.", "with")
            case "end" if draft.outline.owner_of(index) is not None:
                message = "An `end` ends the run, and a body is only a part of it."
                fix = "Take it out; an `until`, a `when` or a failure ends a body."
                yield draft.at_node("end_in_body", index, message, fix)
            case _:
                pass
    yield from _on_failure(draft)


def _on_failure(draft: Draft) -> Iterator[Problem]:
    """The workflow that a failure starts is one of the project, or this one."""
    document, known = draft.outline.document, draft.catalogue.workflows
    wish = document.on_failure
    if wish is not None and known is not None and wish.workflow not in {*known, document.slug}:
        fix = did_you_mean(wish.workflow, known, "Save that workflow first.")
        message = f"There is no workflow `{wish.workflow}`."
        yield Problem("unknown_workflow", message, ("on_failure", "workflow"), fix=fix)


def _within(draft: Draft, index: int, name: str, most: int) -> Iterator[Problem]:
    said = draft.outline.nodes[index].with_.get(name)
    if isinstance(said, int) and not isinstance(said, bool) and not 1 <= said <= most:
        message = f"`{name}` is {said}; it can be from 1 to {most:,}."
        yield draft.at_node("wrong_parameter", index, message, f"Write a number from 1 to {most:,}.", "with", name)


def _workflow(draft: Draft, index: int, node: Node) -> Iterator[Problem]:
    slug, known = node.with_.get("workflow"), draft.catalogue.workflows
    if not isinstance(slug, str):
        return
    if node.with_.get("version") is not None and node.with_.get("environment") is not None:
        message = "A sub-workflow has either a `version` or an `environment`, whose version it is."
        yield draft.at_node("wrong_parameter", index, message, "Take one of them out.", "with", "environment")
    if slug == draft.outline.document.slug:
        yield _recursion(draft, index, (slug,))
    elif known is not None and slug not in known:
        fix = did_you_mean(slug, known, "Save that workflow first.")
        yield draft.at_node("unknown_workflow", index, f"There is no workflow `{slug}`.", fix, "with", "workflow")
    elif known is not None:
        yield from _chain_of_workflows(draft, index, slug, known)
        if (workflow := draft.workflow_of(index)) is not None:
            yield from _input(draft, index, node.with_.get("input"), slug, workflow)


def _recursion(draft: Draft, index: int, way: tuple[str, ...]) -> Problem:
    named = " -> ".join((draft.outline.document.slug, *way))
    message = f"The workflow would run itself: {named}."
    return draft.at_node("recursion", index, message, "Use a `loop`, or take one of them out.", "with", "workflow")


def _chain_of_workflows(draft: Draft, index: int, slug: str, known: dict[str, Workflow]) -> Iterator[Problem]:
    """Who runs whom, breadth first: by the shortest way back to this workflow, or to one too deep."""
    ways: dict[str, tuple[str, ...]] = {slug: (slug,)}
    waiting = [slug]
    for name in waiting:
        for used in known[name].uses if name in known else ():
            if used == draft.outline.document.slug:
                yield _recursion(draft, index, (*ways[name], used))
                return
            if used not in ways:
                ways[used] = (*ways[name], used)
                waiting.append(used)
    deepest = ways[waiting[-1]]
    if len(deepest) > MOST_WORKFLOWS:
        message = f"Sub-workflows run at most {MOST_WORKFLOWS} deep in each other; here it is {listed(deepest)}."
        yield draft.at_node("too_deep_workflows", index, message, "Let one of them do more itself.", "with", "workflow")


def _input(draft: Draft, index: int, said: Any, slug: str, workflow: Workflow) -> Iterator[Problem]:
    """A literal input against the schema of the workflow; a template may become anything."""
    if workflow.input_schema is None or not (said is None or isinstance(said, dict)):
        return
    for misfit in misfits(said or {}, workflow.input_schema):
        yield draft.at_node(misfit.code, index, f"{slug}: {misfit.message}", misfit.fix, "with", "input", *misfit.path)
