"""Trying the items of a held map again that did not complete."""

from typing import Any

import pytest

from interpreter.messages import Evaluate, NoteOverride, OpenRegion, StartActivity, StartTimer, StopTimer
from tests.support.bodies import each, work
from tests.support.rules import ARun


def a_held_map(count: int = 3, fails: str = "each.1", *, value: Any = "{{ index }}", **said: Any) -> ARun:
    """A map whose items before the failed one have completed."""
    given = said.pop("given", None)
    run = ARun("each -> last", nodes={"each": each("input", work("a", value)) | {"on_error": "hold"} | said})
    run.open_items("each", count, told=given)
    for item in range(int(fails.partition(".")[2])):
        run.complete(f"each.{item}.a")
    run.fail(f"{fails}.a")
    for item in range(int(fails.partition(".")[2]) + 1, count):
        run.stopped(f"each.{item}.a")
    assert run.known("each").status == "held"
    return run


def started(said: list[Any]) -> list[StartActivity]:
    return [command for command in said if isinstance(command, StartActivity)]


def test_the_map_goes_on_as_its_next_generation_with_the_list_that_it_has() -> None:
    run = a_held_map()
    said = run.override("each", "retry_items")
    assert [command for command in said if isinstance(command, OpenRegion)] == [OpenRegion(0, 2, 1, 1)]
    assert run.known("each").status == "running"
    assert any(isinstance(command, NoteOverride) and command.status == "applied" for command in said)


def test_the_items_that_did_not_complete_begin_and_no_other() -> None:
    run = a_held_map()
    run.override("each", "retry_items")
    run.open_items("each", 3, first=1)
    assert sorted(scope.path for scope in run.state.scopes.values()) == ["each.1", "each.2"]
    assert {scope.generation for scope in run.state.scopes.values()} == {2}
    run.complete("each.1.a")
    said = run.complete("each.2.a")
    assert [command for command in said if isinstance(command, Evaluate)] == [Evaluate(0, 2)]


def test_what_is_told_again_of_an_item_that_completed_is_not_kept() -> None:
    run = ARun("each", nodes={"each": each("input", work("a", 1)) | {"on_error": "hold"}})
    run.open_items("each", 3)
    run.complete("each.1.a")
    run.fail("each.0.a")
    run.stopped("each.2.a")
    run.override("each", "retry_items")
    run.open_items("each", 3, told=[1, 2, 3])
    assert sorted(scope.path for scope in run.state.scopes.values()) == ["each.0", "each.2"]
    assert run.state.repeats[0].facts == {}


def test_a_map_of_which_every_item_completed_puts_its_output_together_again() -> None:
    run = ARun("each", nodes={"each": each("input", work("a", 1)) | {"on_error": "hold"}})
    run.open_items("each", 1)
    run.complete("each.0.a")
    run.fail("each")
    run.override("each", "retry_items")
    assert [command for command in run.open_items("each", 1, first=1) if isinstance(command, Evaluate)] == [
        Evaluate(0, 2)
    ]


def test_an_item_that_fails_again_holds_the_map_again() -> None:
    run = a_held_map(2)
    run.override("each", "retry_items")
    run.open_items("each", 2, first=1)
    run.fail("each.1.a")
    assert (run.known("each").status, run.known("each").generation) == ("held", 2)
    run.override("each", "retry_items", name="o2")
    assert run.known("each").generation == 3


def test_the_deadline_of_the_map_begins_anew() -> None:
    said = a_held_map(deadline="1h").override("each", "retry_items")
    assert [command for command in said if isinstance(command, StartTimer)] == [StartTimer(0, 2, 3600.0, None)]
    assert not any(isinstance(command, StopTimer) for command in said)


def test_a_map_without_items_on_record_is_refused() -> None:
    run = ARun("each", nodes={"each": each("input", work("a", 1)) | {"on_error": "hold"}})
    run.fail("each")
    said = run.override("each", "retry_items")
    assert [command.reason for command in said if isinstance(command, NoteOverride)] == ["no_items"]
    assert run.known("each").status == "held"


@pytest.mark.parametrize("node", ["b", "each"])
def test_what_is_not_a_held_map_is_refused(node: str) -> None:
    run = ARun("(b, each)", nodes={"each": each("input", work("a", 1)), "b": {"on_error": "hold"}})
    run.fail("b")
    said = run.override(node, "retry_items")
    assert [command.status for command in said if isinstance(command, NoteOverride)] == ["refused"]


def test_facts_are_asked_for_from_the_first_item_on_that_is_to_begin() -> None:
    guarded = work("a", 1, when="item > 0")
    run = ARun("each", nodes={"each": {**each("input", guarded, max_concurrency=2), "on_error": "hold"}})
    run.open_items("each", 6, told=[1, 1])
    run.complete("each.0.a")
    run.open_items("each", 6, first=2, told=[1, 1])
    run.complete("each.1.a")
    run.complete("each.2.a")
    run.fail("each.3.a")
    run.open_items("each", 6, first=4, told=[1, 1])
    assert run.known("each").status == "held"
    said = run.override("each", "retry_items")
    assert [(command.first, command.kept) for command in said if isinstance(command, OpenRegion)] == [(3, 1)]
    run.open_items("each", 6, first=3, told=[1, 1])
    assert sorted(scope.path for scope in run.state.scopes.values()) == ["each.3", "each.4"]
