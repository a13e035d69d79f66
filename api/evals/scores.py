"""What an output is worth: values of expressions, the share of a judge's points, and which of two is better. Pure."""

import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Any, Literal

from interpreter.expressions import ExpressionError, Fuel, Scope, evaluate, parse
from interpreter.problems import Problem
from plait.values.mapping import problems_of_expression

if TYPE_CHECKING:
    from api.evals.schemas import ScoreOrder

Change = Literal["better", "same", "worse"]
NAMES = ("input", "expected", "output", "meta")


@dataclass(frozen=True, slots=True)
class Score:
    """One score of one output. Without a value it did not pass, and `because` says why."""

    value: float | None
    passed: bool = False
    because: str | None = None
    run_id: str | None = None
    cost_usd: str | None = None

    def json(self) -> dict[str, Any]:
        """As the row's result keeps it."""
        return asdict(self)


def problems_of_scores(scores: "Sequence[ScoreOrder]") -> Iterator[Problem]:
    """What is wrong with scores as they are asked for."""
    names = [score.name for score in scores]
    for index, score in enumerate(scores):
        if score.name in names[:index]:
            yield Problem("duplicate", f"There are two scores {score.name}.", ("scores", index, "name"))
        if score.expression is not None:
            yield from problems_of_expression(score.expression, NAMES, ("scores", index, "expression"))


def measure(expressions: Mapping[str, tuple[str, float]], names: Mapping[str, Any]) -> dict[str, Score]:
    """Each score by its name; an expression comes with the value from which a row passes."""
    return {score: value_of(source, accept, names) for score, (source, accept) in expressions.items()}


def value_of(source: str, accept: float, names: Mapping[str, Any]) -> Score:
    """The value of one expression over a row."""
    try:
        found = evaluate(parse(source), Scope(names), Fuel())
    except ExpressionError as error:
        return Score(None, because=str(error))
    if not isinstance(found, bool | int | float) or not math.isfinite(found):
        return Score(None, because="the expression gives neither a boolean nor a number")
    return Score(float(found), passed=found >= accept)


def judged(output: Any, scale: int, accept: float, run_id: str, cost_usd: str | None) -> Score:
    """What a judge's answer `{because, points}` is worth: the share of the points that there are."""
    share = output["points"] / scale
    return Score(share, passed=share >= accept, because=output["because"], run_id=run_id, cost_usd=cost_usd)


def changes(first: Mapping[str, Score], second: Mapping[str, Score]) -> dict[str, Change]:
    """By score, whether the first version did better than the second. What has no value is worth nothing."""
    return {name: change(first[name].value or 0.0, second[name].value or 0.0) for name in first}


def change(first: float, second: float) -> Change:
    """How one value stands to the other."""
    if math.isclose(first, second, abs_tol=1e-9):
        return "same"
    return "better" if first > second else "worse"
