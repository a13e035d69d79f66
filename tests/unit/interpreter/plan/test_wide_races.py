"""Joins that wait for some of very many: what would take too long to find out is never called safe."""

# pyright: reportMissingParameterType=false

import time

import pytest

from interpreter.plan.conditions import MOST_COUNTED
from tests.unit.interpreter.plan.checking import compiled


def race(width, needed, read):
    nodes = {**{f"n{at}": {} for at in range(width)}, "last": {"join": {"mode": "quorum", "n": needed}}}
    edges = [{"from": f"n{at}", "to": "last", "when": f"input.x{at} > 1"} for at in range(width)]
    return compiled("", nodes=nodes, edges=edges, output={"value": f"{{{{ {read} }}}}"})


@pytest.mark.parametrize("width", [300, 400])
def test_a_quorum_that_may_not_come_about_is_told_on_both_sides_of_what_is_counted(width):
    needed = 300
    assert (width * needed > MOST_COUNTED) == (width == 400)
    found = race(width, needed, "nodes.last.output").problems
    assert [problem.code for problem in found] == ["may_be_absent"]
    assert "may be absent: too many decisions bear on it" in found[0].message


def test_a_race_of_thousands_compiles_in_seconds():
    begun = time.process_time()
    race(9_999, 5_000, "nodes.last.output")
    assert time.process_time() - begun < 10
