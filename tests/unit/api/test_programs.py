"""What saving a document says of the programs in it."""

import subprocess
import sys
from textwrap import indent

import pytest

from activities.catalogue import NODE_TYPES
from api.workflows.compiler import Examined, examine
from interpreter.catalogue import Catalogue

CATALOGUE = Catalogue(node_types=dict(NODE_TYPES))


def saved(source: str, more: str = "") -> Examined:
    document = f"""plait: 1
slug: x
nodes:
  - id: a
    type: code
    with:
      source: |
{indent(source, "        ")}
{more}
"""
    return examine(document.encode(), "application/yaml", CATALOGUE)


def test_a_program_that_can_be_read_is_saved() -> None:
    examined = saved("rows = [1, 2]\nsum(rows)")
    assert examined.problems == ()
    assert examined.version is not None


@pytest.mark.parametrize(
    ("source", "message"),
    [
        ("x = 1\ny = )", "Expected an expression. Line 2 of the program."),
        ("def rows():\n    yield 1", "this Python does not yet support yield expressions. Line 2 of the program."),
    ],
)
def test_a_program_that_cannot_be_read_is_a_problem_with_its_line(source: str, message: str) -> None:
    (problem,) = saved(source).problems
    assert (problem.code, problem.dotted, problem.node) == ("invalid_code", "nodes[0].with.source", "a")
    assert problem.message == message


def test_a_program_that_undoes_a_node_is_read_too() -> None:
    (problem,) = saved("1", "    compensate: {type: code, with: {source: 'x ='}}").problems
    assert (problem.code, problem.dotted) == ("invalid_code", "nodes[0].compensate.with.source")


def test_an_input_that_cannot_be_a_variable_is_a_problem() -> None:
    (problem,) = saved("1", "      inputs: {first: 1, 2nd: 2}").problems
    assert (problem.code, problem.path) == ("wrong_parameter", ("nodes", 0, "with", "inputs", "2nd"))


def test_what_looks_like_a_template_in_a_program_is_its_own_text() -> None:
    assert saved("f'{{ nodes.b.output }} {{'").problems == ()


def test_no_interpreter_is_loaded_for_a_document_without_programs() -> None:
    code = """
import sys
from api.workflows.compiler import examine
from interpreter.catalogue import CORE, Catalogue
source = b'{"plait": 1, "slug": "x", "nodes": [{"id": "a", "type": "transform", "with": {"value": 1}}]}'
assert examine(source, "application/json", Catalogue(node_types=CORE)).problems == ()
sys.exit("pydantic_monty" in sys.modules)
"""
    assert subprocess.run([sys.executable, "-c", code], check=False, timeout=60).returncode == 0
