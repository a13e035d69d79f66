"""What a case expects, held against what came of the run."""

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass
from difflib import unified_diff
from typing import Any

from interpreter.expressions import Expression, ExpressionError, Scope, evaluate, parse, source_of, walk
from interpreter.expressions.tree import Member, Name
from interpreter.simulate import Simulation, Step
from interpreter.values import Json
from plait.testing.fixture import Expectation

MILLISECOND = 0.001
EXACT = 2**53
ABSENT = object()

Place = tuple[str | int, ...]


@dataclass(frozen=True, slots=True)
class Mismatch:
    """An expectation that was not met: where it stands below `expect`, what is wrong, and how the two differ.

    A line of `diff` begins with `-` for what was expected, with `+` for what came.
    """

    place: Place
    message: str
    diff: tuple[str, ...] = ()


def mismatches(expect: Expectation, found: Simulation, names: Mapping[str, Json]) -> list[Mismatch]:
    """Every expectation that was not met. `names` are what checks read besides `run` and `nodes`."""
    return [
        *_status(expect, found),
        *_output(expect, found),
        *_nodes(expect, found),
        *_checks(expect, {**names, **names_of(found)}),
    ]


def names_of(found: Simulation) -> dict[str, Any]:
    """The run and its nodes as checks read them."""
    run = {
        "status": found.status,
        "output": found.output,
        "error": asdict(found.error) if found.error else None,
        "flags": list(found.flags),
        "skipped": list(found.skipped),
        "duration": found.seconds,
    }
    nodes: dict[str, Any] = {}
    for step in found.path:
        entry: dict[str, Any] = {
            "status": step.status,
            "outcome": step.outcome,
            "attempts": step.attempts,
            "why": step.why,
            "ended_at": step.at,
            "error": asdict(step.error) if step.error else None,
            "input": step.input,
        }
        if step.status == "completed":
            entry["output"] = step.output
        nodes[step.path] = {name: value for name, value in entry.items() if value is not None or name == "output"}
    return {"run": run, "nodes": nodes}


def _status(expect: Expectation, found: Simulation) -> Iterator[Mismatch]:
    if expect.said("status") or not expect.said("error"):
        wanted = expect.status or "completed"
        if found.status != wanted:
            yield Mismatch(("status",), f"the run should be {wanted}, and is {found.status}{_because(found)}")
    if expect.said("error"):
        came = found.error.type if found.error else None
        if came != expect.error:
            yield Mismatch(("error",), f"the error should be {expect.error}, and is {came}{_because(found)}")
    if expect.said("flags") and sorted(expect.flags) != sorted(found.flags):
        yield Mismatch(("flags",), "the run has other flags", difference(sorted(expect.flags), sorted(found.flags)))
    if expect.duration is not None and abs(expect.duration - found.seconds) >= MILLISECOND:
        yield Mismatch(("duration",), f"the run should take {expect.duration:g} s, and takes {found.seconds:g} s")


def _because(found: Simulation) -> str:
    """Why the run did not end well, or what it waits for."""
    if found.error is not None:
        at = f" at {found.error.node}" if found.error.node else ""
        return f": {found.error.type}{at}: {found.error.message}"
    waits = [wait.path for wait in found.waits if wait.until is None]
    return f": it waits for {', '.join(waits)}" if found.status == "waiting" and waits else ""


def _output(expect: Expectation, found: Simulation) -> Iterator[Mismatch]:
    if expect.said("output") and not equal(expect.output, found.output):
        place = first_difference(expect.output, found.output)
        yield Mismatch(("output", *place), "the output is another one", difference(expect.output, found.output))
    if expect.said("output_contains"):
        came = part_of(found.output, expect.output_contains)
        if not equal(expect.output_contains, came):
            place = first_difference(expect.output_contains, came)
            message = "the output does not contain this"
            yield Mismatch(("output_contains", *place), message, difference(expect.output_contains, came))


def _nodes(expect: Expectation, found: Simulation) -> Iterator[Mismatch]:
    completed = [step.path for step in found.path if step.status == "completed" and is_node(step)]
    if expect.said("path") and list(expect.path) != completed:
        place = first_difference(list(expect.path), completed)
        yield Mismatch(("path", *place), "the run took another path", difference(list(expect.path), completed))
    if (missing := first_missing(expect.path_contains, completed)) is not None:
        message = f"{expect.path_contains[missing]} did not complete{_behind(expect.path_contains[:missing])}"
        yield Mismatch(("path_contains", missing), message, difference(list(expect.path_contains), completed))
    if expect.said("skipped"):
        yield from _skipped(expect.skipped, found)
    told = [(event["type"], event["path"]) for event in found.events]
    wanted = [(event.type, event.path) for event in expect.events]
    if (missing := first_missing(wanted, told)) is not None:
        event = expect.events[missing]
        behind = _behind(f"{each.path} {each.type}" for each in expect.events[:missing])
        yield Mismatch(("events", missing), f"there is no event {event.type} of {event.path}{behind}")


def _skipped(wanted: Mapping[str, str] | Sequence[str], found: Simulation) -> Iterator[Mismatch]:
    came: Any = {step.path: step.why.get("reason") for step in found.path if step.status == "skipped"}
    if not isinstance(wanted, Mapping):
        wanted, came = sorted(wanted), sorted(came)
    if wanted != came:
        place = first_difference(wanted, came)
        yield Mismatch(("skipped", *place), "other nodes were skipped", difference(wanted, came))


def is_node(step: Step) -> bool:
    """Whether this is a node: an item or a lap ends with its number."""
    return step.path.rpartition(".")[2] == step.node


def _behind(before: Any) -> str:
    listed = list(before)
    return f" after {listed[-1]}" if listed else ""


def _checks(expect: Expectation, names: Mapping[str, Json]) -> Iterator[Mismatch]:
    for number, text in enumerate(expect.checks):
        tree = parse(text)
        try:
            verdict = evaluate(tree, Scope(names))
        except ExpressionError as error:
            yield Mismatch(("checks", number), f"`{text}` has no value: {error}", tuple(read_by(tree, names)))
            continue
        if verdict is not True:
            message = f"`{text}` is not true" if isinstance(verdict, bool) else f"`{text}` is neither true nor false"
            yield Mismatch(("checks", number), message, tuple(read_by(tree, names)))


def read_by(tree: Expression, names: Mapping[str, Json]) -> Iterator[str]:
    """The paths in an expression with their values, for people to see why it came to what it did."""
    inner = {id(part.of) for part in walk(tree) if isinstance(part, Member)}
    for part in walk(tree):
        if isinstance(part, Member | Name) and id(part) not in inner:
            try:
                value = evaluate(part, Scope(names))
            except ExpressionError:
                continue
            yield f"+ {source_of(part)} = {json.dumps(plain(value), ensure_ascii=False)[:200]}"


def first_missing(wanted: Sequence[object], came: Sequence[object]) -> int | None:
    """The place of the first that does not follow on those before it; None when all of them do."""
    rest = iter(came)
    return next((place for place, each in enumerate(wanted) if each not in rest), None)


def equal(wanted: Any, came: Any) -> bool:
    """Whether two JSON values are the same; 7 and 7.0 are, true and 1 are not."""
    return lines(wanted) == lines(came)


def part_of(value: Any, shape: Any) -> Any:
    """The value with only those fields that the shape has, at every level where both are objects."""
    if isinstance(value, dict) and isinstance(shape, dict):
        return {name: part_of(value[name], shape[name]) for name in value if name in shape}
    if isinstance(value, list) and isinstance(shape, list) and len(value) == len(shape):
        return [part_of(each, inner) for each, inner in zip(value, shape, strict=True)]
    return value


def first_difference(wanted: Any, came: Any) -> Place:
    """The way to the first part of what is wanted that did not come so."""
    if isinstance(wanted, Mapping) and isinstance(came, Mapping):
        pairs: Any = ((name, each, came.get(name, ABSENT)) for name, each in wanted.items())
    elif isinstance(wanted, list | tuple) and isinstance(came, list | tuple):
        pairs = ((n, each, came[n] if n < len(came) else ABSENT) for n, each in enumerate(wanted))
    else:
        return ()
    for name, each, other in pairs:
        if other is ABSENT:
            return (name,)
        if not equal(each, other):
            return (name, *first_difference(each, other))
    return ()


def difference(wanted: Any, came: Any) -> tuple[str, ...]:
    """How two values differ, line by line: `-` was expected, `+` came, `…` leaves out what is the same."""
    told = list(unified_diff(lines(wanted), lines(came), lineterm="", n=2))[3:]
    return tuple("…" if line.startswith("@@") else line for line in told)


def lines(value: Any) -> list[str]:
    """The value as indented JSON with sorted keys."""
    return json.dumps(plain(value), indent=2, sort_keys=True, ensure_ascii=False).split("\n")


def plain(value: Any) -> Any:
    """The value with whole numbers written as such."""
    match value:
        case float() if value.is_integer() and abs(value) <= EXACT:
            return int(value)
        case Mapping():
            return {str(name): plain(each) for name, each in value.items()}
        case list() | tuple():
            return [plain(each) for each in value]
        case _:
            return value
