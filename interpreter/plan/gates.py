"""Checks of the nodes to which the language itself gives a meaning: gates, conditions, waits, ends."""

from collections.abc import Iterator, Sequence
from typing import Any

from interpreter.document.model import NODE_ID, Node, duration_seconds, point_in_time
from interpreter.plan.draft import Draft, did_you_mean
from interpreter.plan.outcomes import EVERY
from interpreter.problems import PathPart, Problem

OF_EVERY_GATE = frozenset({"approved", "rejected", "expired", "success", *EVERY})
APPROVER_KINDS = ("user:", "group:", "role:")
TIME_FIX = {
    "for": "Write a duration such as 90s, 5m, 72h or 3d.",
    "at": "Write an RFC 3339 time with its offset, such as 2026-01-31T09:00:00Z.",
}
NAME_FIX = "Use lower-case letters, digits and _, a letter first, and no outcome that every node has."


def check_gates(draft: Draft) -> Iterator[Problem]:
    """What is wrong with the parameters of the language's own types, beyond their types."""
    for index, (node, kind) in enumerate(zip(draft.outline.nodes, draft.outline.kinds, strict=True)):
        match kind and kind.behaviour:
            case "gate":
                yield from _approvers(draft, index, node)
                yield from _quorum(draft, index, node)
                yield from _names(draft, index, node.with_.get("outcomes"), OF_EVERY_GATE, ("with", "outcomes"))
                yield from _form(draft, index, node)
            case "condition":
                yield from _cases(draft, index, node)
            case "wait":
                yield from _wait(draft, index, node)
            case _:
                pass


def _approvers(draft: Draft, index: int, node: Node) -> Iterator[Problem]:
    said = node.with_.get("approvers")
    if said in (None, "", [], ()):
        message = f"Nobody may decide `{node.id}`."
        fix = "Add `approvers`, such as `[group:legal]` or `[user:ann]`."
        yield draft.at_node("gate_without_approvers", index, message, fix, "with", "approvers")
        return
    for at, approver in enumerate(said if isinstance(said, list) else [said]):
        field: tuple[PathPart, ...] = ("with", "approvers", at) if isinstance(said, list) else ("with", "approvers")
        if not isinstance(approver, str) or ("{{" not in approver and not _is_approver(approver)):
            message = f"`{approver}` does not say who may decide."
            yield draft.at_node("wrong_parameter", index, message, "Write `user:…`, `group:…` or `role:…`.", *field)


def _is_approver(text: str) -> bool:
    return any(text.startswith(kind) and len(text) > len(kind) for kind in APPROVER_KINDS)


def _quorum(draft: Draft, index: int, node: Node) -> Iterator[Problem]:
    quorum, approvers = node.with_.get("quorum"), node.with_.get("approvers")
    if quorum is None:
        return
    numbers = list(quorum.values()) if isinstance(quorum, dict) else [quorum]
    if not numbers or not all(isinstance(one, int) and not isinstance(one, bool) and one >= 1 for one in numbers):
        message = "`quorum` is how many votes decide: a number from 1, or one for each group."
        yield draft.at_node("wrong_parameter", index, message, "Write `quorum: 2`.", "with", "quorum")
    elif (
        isinstance(quorum, int)
        and isinstance(approvers, list)
        and _are_users(approvers)
        and quorum > len(set(approvers))
    ):
        message = f"{quorum} votes decide, and only {len(set(approvers))} may vote."
        yield draft.at_node("quorum_too_high", index, message, "Lower `quorum` or add approvers.", "with", "quorum")


def _are_users(approvers: list[Any]) -> bool:
    return all(isinstance(one, str) and one.startswith("user:") and "{{" not in one for one in approvers)


def _form(draft: Draft, index: int, node: Node) -> Iterator[Problem]:
    form = node.with_.get("form")
    if not isinstance(form, dict):
        return
    if form.get("type", "object") != "object":
        message = "A form's answer is an object."
        yield draft.at_node("wrong_parameter", index, message, "Write `type: object`.", "with", "form", "type")
    properties, required = form.get("properties", {}), form.get("required", [])
    if not isinstance(properties, dict) or not isinstance(required, list):
        return  # check_schemas says it
    for name in required:
        if isinstance(name, str) and name not in properties:
            message = f"The form requires `{name}` and has no such field."
            fix = did_you_mean(name, properties, "Add it under `properties`.")
            yield draft.at_node("unknown_field", index, message, fix, "with", "form", "required")


def _cases(draft: Draft, index: int, node: Node) -> Iterator[Problem]:
    cases = node.with_.get("cases")
    if not isinstance(cases, list):
        return
    if not cases:
        message = "A condition needs at least one case."
        yield draft.at_node("missing_parameter", index, message, "Add `{name: …, when: …}`.", "with", "cases")
    names: list[Any] = []
    for at, case in enumerate(cases):
        field = ("with", "cases", at)
        if not isinstance(case, dict) or not {"name", "when"} <= case.keys():
            message = "A case has a name and a `when`."
            yield draft.at_node("wrong_parameter", index, message, "Write `{name: …, when: …}`.", *field)
            continue
        names.append(case["name"])
        for key in case.keys() - {"name", "when"}:
            fix = did_you_mean(key, ("name", "when"), "A case has `name` and `when`.")
            yield draft.at_node("unknown_field", index, f"A case has no `{key}`.", fix, *field, key)
    yield from _names(draft, index, names, frozenset(EVERY), ("with", "cases"))
    default = node.with_.get("default")
    if isinstance(default, str):
        yield from _names(draft, index, [default], frozenset(EVERY), ("with", "default"))


def _names(draft: Draft, index: int, names: Any, taken: frozenset[str], field: Sequence[PathPart]) -> Iterator[Problem]:
    seen: set[str] = set()
    for at, name in enumerate(names if isinstance(names, list) else ()):
        path = (*field, at) if len(names) > 1 else field
        if not isinstance(name, str) or not NODE_ID.fullmatch(name) or name in taken:
            yield draft.at_node("invalid_outcome", index, f"`{name}` cannot be an outcome.", NAME_FIX, *path)
        elif name in seen:
            message = f"The outcome `{name}` stands here twice."
            yield draft.at_node("duplicate_outcome", index, message, "Give one of them another name.", *path)
        else:
            seen.add(name)


def _wait(draft: Draft, index: int, node: Node) -> Iterator[Problem]:
    said = [name for name in ("for", "at") if node.with_.get(name) is not None]
    if len(said) != 1:
        message = "A wait has either `for`, a duration, or `at`, a time."
        fix = "Take one of them out." if said else "Write `for: 90s`, or `at` with an RFC 3339 time."
        yield draft.at_node("missing_parameter" if not said else "wrong_parameter", index, message, fix, "with")
        return
    (name,) = said
    if (message := _wrong_time(name, node.with_[name])) is not None:
        yield draft.at_node("wrong_parameter", index, message, TIME_FIX[name], "with", name)


def _wrong_time(name: str, value: Any) -> str | None:
    """What is wrong with a time that does not depend on the run."""
    if isinstance(value, str) and "{{" in value:
        return None
    try:
        duration_seconds(value) if name == "for" else point_in_time(value)
    except ValueError:
        return "`for` is not a duration." if name == "for" else "`at` is not a time with its offset."
    return None
