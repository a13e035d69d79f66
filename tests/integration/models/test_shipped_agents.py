"""The agents that come with Plait, on answers as models give them."""

from pathlib import Path
from typing import Any

import pytest

from activities.agents.code import code_agents
from plait.agents import ModelAgent, Uses
from plait.values.schema import compiled
from tests.support.agents import asks, offer_agents
from tests.support.engine import Engine, Run
from tests.support.model_server import ModelServer
from tests.support.model_steps import calls, gives

SHIPPED = code_agents()
MATERIAL = "Our notebook is guaranteed to double your income. Price: 19 EUR, costs: 21 EUR."
ANSWERS: dict[str, dict[str, Any]] = {
    "content": {
        "title": "A notebook for people who plan",
        "text": "The notebook costs 19 EUR.\n\nIt has 120 pages.",
        "summary": "A notebook for 19 EUR.",
        "open_questions": ["The material promises a doubled income and names no source: it was left out."],
    },
    "financial": {
        "summary": "Each notebook sold loses 2 EUR.",
        "figures": [
            {"name": "price", "value": 19, "unit": "EUR", "source": "material.md"},
            {"name": "margin", "value": -2.0, "unit": "EUR", "source": "price less costs, material.md"},
        ],
        "risks": [{"what": "Sold below cost", "severity": "high", "because": "19 EUR against 21 EUR"}],
        "recommendation": "reject",
        "conditions": [],
        "missing": ["How many are to be sold."],
    },
    "compliance": {
        "verdict": "fail",
        "score": 0.5,
        "findings": [
            {
                "rule": "No promises of returns",
                "quote": "guaranteed to double your income",
                "severity": "high",
                "because": "It promises a return.",
                "fix": "Take the sentence out.",
            }
        ],
        "not_checked": [],
    },
    "market": {
        "answer": "The material does not say who else sells notebooks.",
        "signals": [
            {
                "what": "It is sold for 19 EUR.",
                "so_what": "Below its costs.",
                "confidence": "medium",
                "sources": ["material.md"],
            }
        ],
        "against": ["One source alone."],
        "next_steps": ["Read the price lists of three competitors."],
    },
}


async def begun(engine: Engine, tmp_path: Path, name: str) -> Run:
    """A run of one of them, with a file to read."""
    (tmp_path / "material.md").write_text(MATERIAL)
    agent = SHIPPED[name]
    assert isinstance(agent, ModelAgent)
    await offer_agents(engine, **{name: {field: getattr(agent, field) for field in type(agent).model_fields}})
    engine.uses = Uses({"smart": "acme:small"}, engine.uses.agents)
    return await engine.start("work", nodes={"work": asks(name, "Work on material.md.")})


@pytest.mark.parametrize("name", sorted(SHIPPED))
async def test_it_reads_the_material_under_its_instructions_and_gives_what_its_schema_says(
    asking: Engine, models: ModelServer, tmp_path: Path, name: str
) -> None:
    models.then(calls(("read_text", {"path": "material.md"})), gives(ANSWERS[name]))
    run = await begun(asking, tmp_path, name)
    assert await run.ended() == "completed"
    assert (await run.nodes())["work"]["output"] == ANSWERS[name]

    agent = SHIPPED[name]
    assert isinstance(agent, ModelAgent)
    first, second = (asked.body for asked in models.asked)
    assert first["messages"][0]["content"] == agent.instructions
    assert {tool["function"]["name"] for tool in first["tools"]} == set(agent.tools)
    assert MATERIAL in second["messages"][-1]["content"]


@pytest.mark.parametrize("name", sorted(SHIPPED))
async def test_an_answer_that_lacks_a_field_is_set_right_by_the_model(
    asking: Engine, models: ModelServer, tmp_path: Path, name: str
) -> None:
    lacking = dict(list(ANSWERS[name].items())[1:])
    models.then(gives(lacking), gives(ANSWERS[name]))
    run = await begun(asking, tmp_path, name)
    assert await run.ended() == "completed"
    assert (await run.nodes())["work"]["output"] == ANSWERS[name]


def test_the_four_are_there_with_a_schema_that_takes_their_answers_and_refuses_others() -> None:
    assert SHIPPED.keys() == ANSWERS.keys()
    for name, answer in ANSWERS.items():
        schema = compiled(SHIPPED[name].output_schema or {})
        assert schema.accepts(answer)
        assert not any(schema.accepts({key: answer[key] for key in answer if key != left}) for left in answer)
