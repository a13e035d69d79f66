"""The shipped examples and templates are tested by fixtures of their own, which leave nothing out."""

import time
from pathlib import Path

import pytest

from docs.patterns import PATTERNS
from plait import templates
from plait.cli.authoring.catalogue import local_catalogue, with_assumed
from plait.testing.collect import fixtures_in
from plait.testing.suite import Suite, read_all
from plait.testing.workflow import Workflows

EXAMPLES = Path(__file__).parents[4] / "examples"
TEMPLATES = Path(templates.__path__[0])
WORKFLOWS = [*sorted(EXAMPLES.glob("*/workflow.yaml")), *PATTERNS.values(), *sorted(TEMPLATES.glob("*/workflow.yaml"))]


@pytest.mark.parametrize("workflow", WORKFLOWS, ids=lambda path: "/".join(path.with_suffix("").parts[-2:]))
def test_an_example_passes_its_cases_and_they_take_all_of_it(workflow: Path) -> None:
    catalogue = local_catalogue()
    suite = Suite(Workflows(lambda document: with_assumed(catalogue, document)), time.perf_counter)
    findings = [finding for result in suite.run(read_all(fixtures_in([workflow]))) for finding in result.findings]
    assert (findings, bool(suite.results)) == ([], True)
    assert [found.missed for found in suite.coverage()] == [()]
