"""No change of workflow code goes unnoticed: the histories were held against the source as it is."""

import re
from pathlib import Path

from tests.support.fingerprint import fingerprint, modules, noted, shape_of
from tests.support.histories import stored

SCENARIOS = Path(__file__).parents[1] / "integration" / "shell"
CASE = re.compile(r'replayed\([^"]*"(\w+)"\)')


def test_the_histories_were_held_against_the_workflow_code_as_it_is() -> None:
    assert noted() == fingerprint(), "workflow code has changed: run `make histories`, and commit what it writes"


def test_every_scenario_has_a_stored_history() -> None:
    told = {case for file in SCENARIOS.glob("*.py") for case in CASE.findall(file.read_text())}
    assert told - {file.stem for file in stored()} == set(), "run `make histories`"


def test_comments_docstrings_and_layout_change_no_fingerprint() -> None:
    plain = 'def f(a):\n    return g(a, "x")\n'
    told = (
        '"""What it is."""\n\n\ndef f(a):\n    """Why."""\n    # how\n    return g(\n        a,\n        "x",\n    )\n'
    )
    assert shape_of(told) == shape_of(plain)


def test_another_value_changes_the_fingerprint() -> None:
    assert shape_of("LIMIT = 64") != shape_of("LIMIT = 65")


def test_the_fingerprint_is_of_all_that_the_workflow_imports_and_of_nothing_else() -> None:
    found = set(modules())
    assert {"interpreter.rules.cascade", "interpreter.snapshot", "interpreter.expressions.evaluate"} <= found
    assert {name for name in found if name.startswith("interpreter.simulate")} == set()
