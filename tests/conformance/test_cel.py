"""CEL's own conformance cases: an expression means what it means in CEL, or departs as the list of departures says."""

import json
import re
from collections.abc import Mapping
from itertools import groupby
from pathlib import Path
from typing import Any

import pytest
from cel_expr_python import cel

from interpreter.expressions import ExpressionError, ExpressionProblem, Fuel, Scope, evaluate, parse
from interpreter.expressions.operations import equal

FOLDER = Path(__file__).parent / "cel"
CASES: list[dict[str, Any]] = [json.loads(line) for line in (FOLDER / "cases.jsonl").read_text().splitlines()]
DEPARTURES: list[dict[str, Any]] = json.loads((FOLDER / "departures.json").read_text())
DEPARTING = {name: given for departure in DEPARTURES for name, given in departure.get("cases", {}).items()}
REFUSED = [departure["refused"] for departure in DEPARTURES if "refused" in departure]
SHOWN = [(source, given) for departure in DEPARTURES for source, given in departure.get("shown", {}).items()]


def section(case: Mapping[str, Any]) -> str:
    return case["case"].rpartition("/")[0]


SECTIONS = {name: list(cases) for name, cases in groupby(CASES, section)}


def answer(case: Mapping[str, Any]) -> dict[str, Any]:
    """What the expression gives. `dyn` changes nothing where no types are declared, so it is left out."""
    try:
        tree = parse(case["expression"].replace("dyn(", "("))
        return {"value": evaluate(tree, Scope(case.get("names", {})))}
    except (ExpressionError, ExpressionProblem):
        return {"error": True}


def alike(given: Mapping[str, Any], expected: Mapping[str, Any]) -> bool:
    if "value" in given and "value" in expected:
        return equal(given["value"], expected["value"], Fuel())
    return "error" in given and "error" in expected


def may_be_refused(case: Mapping[str, Any]) -> bool:
    return any(re.search(pattern, case["expression"]) for pattern in REFUSED)


@pytest.mark.parametrize("name", SECTIONS)
def test_an_expression_means_what_it_means_in_cel_or_departs_as_is_said(name: str) -> None:
    for case in SECTIONS[name]:
        given = answer(case)
        departs = DEPARTING.get(case["case"]) or ({"error": True} if may_be_refused(case) else {})
        assert alike(given, case) or alike(given, departs), (case, given)


def test_no_case_is_listed_as_departing_that_does_what_cel_does() -> None:
    cases = {case["case"]: case for case in CASES}
    assert [name for name in DEPARTING if alike(answer(cases[name]), cases[name])] == []


@pytest.mark.parametrize("pattern", REFUSED)
def test_what_the_profile_leaves_out_is_refused_in_a_case_that_has_a_value_in_cel(pattern: str) -> None:
    covered = [case for case in CASES if re.search(pattern, case["expression"]) and "error" not in case]
    assert [case for case in covered if "error" in answer(case)]


@pytest.mark.parametrize(("source", "given"), SHOWN)
def test_a_departure_that_no_case_shows_is_one(source: str, given: Any) -> None:
    assert alike(answer({"expression": source}), given)
    try:
        theirs = cel.NewEnv().compile(source, disable_check=True).eval(data={})
    except (RuntimeError, ValueError):
        return
    assert theirs.type() == cel.Type.ERROR or theirs.plain_value() != given["value"]
