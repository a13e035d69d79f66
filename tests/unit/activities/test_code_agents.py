"""Agents that modules define with `plait.sdk.agent`."""

import sys
from pathlib import Path
from types import ModuleType

import pytest
from pydantic import BaseModel

from activities.agents.code import agents_in, code_agents
from activities.agents.definition import AgentInvalid
from plait.agents import ModelAgent, hash_of
from plait.errors import NotReady
from plait.sdk import agent, tool


class Clauses(BaseModel):
    """What is unusual."""

    clauses: list[str]


@tool
def find_customer(name: str) -> str:
    """The customer's number."""
    return name


def test_functions_agents_and_names_are_tools_by_the_names_that_the_registry_knows() -> None:
    inner = agent("inner", model="fast")
    outer = agent(
        "outer",
        model="fast",
        tools=[find_customer, inner, "workflow:w"],
        needs_approval=[find_customer],
        hand_over=[inner],
    )
    said = outer.definition
    assert said.tools == ("find_customer", "agent:inner", "workflow:w")
    assert (said.needs_approval, said.hand_over, said.agents) == (("find_customer",), ("inner",), ("inner",))


def test_the_output_is_a_type_or_a_schema() -> None:
    typed = agent("a", model="fast", output=Clauses).definition.output_schema
    assert typed is not None
    assert typed["required"] == ["clauses"]
    assert agent("a", model="fast", output={"type": "string"}).definition.output_schema == {"type": "string"}
    assert agent("a", model="fast").definition.output_schema is None


def test_instructions_are_text_as_it_stands() -> None:
    assert agent("a", model="fast", instructions="\nSay {{ this }}.\n").definition.instructions == "Say {{ this }}."


def test_a_version_is_the_hash_of_what_is_said() -> None:
    one, same, other = (hash_of(agent("a", model="fast", max_turns=n).definition) for n in (3, 3, 4))
    assert one == same != other


@pytest.mark.parametrize(
    ("said", "because"),
    [
        ({"name": "Reader"}, "cannot be an agent's name"),
        ({"tools": [len]}, "is no tool"),
        ({"max_turns": 0}, "max_turns"),
        ({"output": object()}, "JSON cannot say"),
    ],
)
def test_what_cannot_be_an_agent_says_why(said: dict, because: str) -> None:
    with pytest.raises(AgentInvalid, match=because):
        agent(**{"name": "a", "model": "fast", **said})


def written(folder: Path, name: str, text: str) -> str:
    (folder / f"{name}.py").write_text(f"from plait.sdk import agent\n{text}\n")
    return name


def test_agents_of_modules_are_offered_beside_those_of_plait_and_take_the_place_of_one_of_its(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.syspath_prepend(str(tmp_path))
    module = written(
        tmp_path, "agents_of_ours", 'ours = agent("ours", model="a:b")\nit = agent("content", model="a:b")'
    )
    found = code_agents(module)
    assert found.keys() == {"content", "financial", "compliance", "market", "ours"}
    assert isinstance(found["content"], ModelAgent)
    assert found["content"].model == "a:b"


def test_two_different_agents_of_one_name_stop_the_worker(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.syspath_prepend(str(tmp_path))
    names = [written(tmp_path, f"agents_{model}", f'one = agent("one", model="x:{model}")') for model in "pq"]
    with pytest.raises(NotReady, match="two agents are called one: in agents_p and agents_q"):
        code_agents(",".join(names))


def test_an_agent_that_a_module_imports_counts_as_its_own() -> None:
    module = ModuleType("imports")
    one = agent("one", model="fast")
    vars(module).update(one=one, again=one, other=1)
    assert agents_in(module) == [one, one]
    assert "imports" not in sys.modules
