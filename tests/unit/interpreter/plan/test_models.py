"""The models and agents that nodes name."""

# pyright: reportMissingParameterType=false

import pytest

from interpreter.catalogue import Agent, ModelProvider, Models
from interpreter.plan.compile import compile_document
from interpreter.plan.models import misnamed
from tests.support.documents import CATALOGUE, a_document

MODELS = Models(
    providers={"openai": ModelProvider(kind="openai"), "local": ModelProvider(kind="local", models=("demo",))},
    aliases={"fast": "openai:gpt", "old": "gone:gpt"},
)
KNOWN = CATALOGUE.model_copy(update={"models": MODELS, "agents": {"reader": Agent()}})


def problems(node, catalogue=KNOWN):
    found = compile_document(a_document("a", nodes={"a": node}), catalogue).problems
    return [(one.code, one.dotted, one.fix) for one in found]


def llm(**said):
    return {"type": "llm", "with": {"prompt": "Hello", **said}}


def agent(name):
    return {"type": "agent_call", "with": {"agent": name, "task": "Read."}}


@pytest.mark.parametrize("model", ["openai:gpt", "openai:org/gpt:free", "local:demo", "fast"])
def test_a_model_of_a_known_provider_and_an_alias_are_models(model):
    assert misnamed(model, MODELS) is None


@pytest.mark.parametrize(
    ("model", "fix"),
    [
        ("fsat", "Did you mean `fast`?"),
        ("quick", "plait models alias quick openai:MODEL"),
        ("opnai:gpt", "Did you mean `openai`?"),
        ("acme:gpt", "plait models set acme"),
        ("openai:", "Write `openai:MODEL`."),
        ("local:other", "Write `local:demo`."),
        ("old", "plait models set gone"),
    ],
)
def test_what_is_no_model_says_how_to_mend_it(model, fix):
    wrong = misnamed(model, MODELS)
    assert wrong is not None
    assert fix in wrong[1]


def test_the_model_and_each_fallback_are_checked_where_they_stand():
    found = problems(llm(model="fsat", fallback=["fast", "opnai:gpt"]))
    assert sorted((code, place) for code, place, _ in found) == [
        ("unknown_model", "nodes[0].with.fallback[1]"),
        ("unknown_model", "nodes[0].with.model"),
    ]


def test_a_model_that_a_template_names_is_left_to_the_run():
    assert problems(llm(model="{{ input.model }}", fallback="{{ input.models }}")) == []


def test_an_agent_is_one_that_is_known():
    assert problems(agent("reader")) == []
    assert problems(agent("raeder")) == [("unknown_agent", "nodes[0].with.agent", "Did you mean `reader`?")]


def test_what_undoes_a_node_names_models_and_agents_too():
    node = {"type": "tool_call", "with": {"tool": "work"}, "compensate": llm(model="fsat")}
    assert [place for _, place, _ in problems(node)] == ["nodes[0].compensate.with.model"]


def test_where_nothing_is_known_of_models_and_agents_any_may_be_named():
    assert problems(llm(model="fsat"), CATALOGUE) == []
    assert problems(agent("anybody"), CATALOGUE) == []
