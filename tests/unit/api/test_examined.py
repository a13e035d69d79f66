"""What saving a document says beyond what compiling does."""

from api.workflows.compiler import examine
from interpreter.catalogue import CORE, Catalogue

SOURCE = b"""
plait: 1
slug: x
input: {type: object, properties: {code: {type: string, pattern: "("}}}
nodes:
  - {id: a, type: transform, with: {value: 1}}
"""


def test_a_schema_that_no_validator_takes_is_a_problem_where_it_stands() -> None:
    examined = examine(SOURCE, "application/yaml", Catalogue(node_types=CORE))
    assert [(one.code, one.dotted, one.line) for one in examined.problems] == [("invalid_schema", "input", 4)]
    assert "pattern" in examined.problems[0].message
    assert examined.version is None
