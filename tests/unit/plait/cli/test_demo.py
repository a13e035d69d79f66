"""The demo, before it starts anything."""

import pytest

from plait.cli.serving.demo import EXAMPLES, MODULES, Example


@pytest.mark.parametrize("example", Example)
def test_the_demo_finds_the_examples_of_its_checkout(example: Example) -> None:
    assert (EXAMPLES / example / "workflow.yaml").is_file()
    assert (EXAMPLES / example / f"{MODULES[example]}.py").is_file()
