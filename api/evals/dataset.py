"""The rows of a dataset, read and checked before anything runs. Pure, and done in a process aside."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from pydantic import ValidationError

from api.evals.schemas import MOST_ROWS, DatasetRow
from api.http.bodies import parse_json
from api.http.errors import Refusal
from interpreter.plan.definition import load_plan
from interpreter.plan.model import Plan
from interpreter.problems import Problem
from plait.errors import Invalid
from plait.values.inputs import complete_input

DATASET_BYTES = 32 * 1024 * 1024
MOST_PROBLEMS = 20


def read_rows(given: bytes | Sequence[Mapping[str, Any]], versions: Sequence[tuple[str, str]]) -> list[dict[str, Any]]:
    """The rows as `{input, expected, meta}`. `versions` are (definition, hash) of what is to run on each of them.

    Raises Invalid with the first lines that are no rows, or whose input a version does not take.
    """
    lines = list(rows_in(given)) if isinstance(given, bytes) else list(enumerate(given, start=1))
    if not 0 < len(lines) <= MOST_ROWS:
        raise Invalid(f"A dataset has 1 to {MOST_ROWS:,} rows; this one has {len(lines):,}.")
    plans = [load_plan(definition, plan_hash) for definition, plan_hash in versions]
    problems = [problem for line, row in lines for problem in problems_of(line, row, plans)]
    if problems:
        raise refusal(problems)
    return [dict(row) for _, row in lines]


def rows_in(content: bytes) -> Iterator[tuple[int, dict[str, Any]]]:
    """Each line that is not blank, by its number from 1."""
    for number, line in enumerate(content.splitlines(), start=1):
        if line.strip():
            yield number, row_of(number, line)


def row_of(number: int, line: bytes) -> dict[str, Any]:
    """One line as a row."""
    try:
        return DatasetRow.model_validate(parse_json(line)).model_dump()
    except Refusal as error:
        raise refusal([Problem(error.code, f"Line {number}: {error}", ("line", number))]) from None
    except ValidationError as error:
        said = error.errors()[0]
        message = f"Line {number} is no row: {'.'.join(map(str, said['loc'])) or 'it'}: {said['msg']}."
        fix = 'A row is {"input": …, "expected": …, "meta": …}; only `input` is needed.'
        raise refusal([Problem("request_invalid", message, ("line", number), fix=fix)]) from None


def problems_of(number: int, row: Mapping[str, Any], plans: Sequence[Plan]) -> Iterator[Problem]:
    """What is wrong with a row's input for the versions that are to take it."""
    for plan in plans:
        try:
            complete_input(plan, row["input"])
        except Invalid as error:
            first = error.problems[0] if error.problems else None
            message = f"Row {number}: {first.dotted + ': ' if first else ''}{first.message if first else error}"
            yield Problem("input_invalid", message, ("rows", number - 1, *(first.path if first else ("input",))))
            return


def refusal(problems: Sequence[Problem]) -> Invalid:
    """The answer to a dataset that cannot be used."""
    counted = "one row" if len(problems) == 1 else f"{len(problems)} rows"
    return Invalid(f"The dataset has {counted} that cannot be used.", problems=problems[:MOST_PROBLEMS])
