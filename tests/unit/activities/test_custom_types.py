"""A function with a model becomes a node type: its schema, its calls, its errors."""

import asyncio
from collections.abc import Callable
from pathlib import Path
from typing import Annotated, Any

import pytest
from pydantic import BaseModel, Field, create_model

from activities.catalogue import NODE_TYPES
from activities.custom.definition import CustomType, NodeTypeInvalid, custom_type_of
from activities.custom.parameters import parameters_of
from activities.custom.registry import CustomTypes
from activities.kind import NodeError
from interpreter.catalogue import Catalogue, Parameter
from interpreter.document.read import read_document
from interpreter.plan.compile import compile_document
from plait.errors import NotReady
from plait.sdk import NodeContext, ToolError, node_type
from tests.support.node_types import STOPPED, custom_types
from tests.support.nodes import RUN, Node

CATALOGUE = Catalogue(node_types={**NODE_TYPES, **custom_types().catalogue()})


class Word(BaseModel):
    word: str


def a_type(function: Callable[..., Any]) -> CustomType:
    found = custom_type_of(function)
    assert found is not None
    return found


def node_of(function: Callable[..., Any]) -> Node:
    found = a_type(function)
    return Node(found.entry.name, custom=CustomTypes([found]))


# What it says of itself


def test_the_model_gives_the_parameters() -> None:
    assert CATALOGUE.node_types["shop.order"].parameters == {
        "lines": Parameter(type="list", required=True, description="What is ordered."),
        "express": Parameter(type="boolean"),
        "region": Parameter(type="string", enum=("eu", "us")),
        "note": Parameter(type="string"),
        "token": Parameter(type="string", secret=True),
        "layout": Parameter(type="string", literal=True),
    }


def test_the_function_gives_the_description_the_output_and_the_limits() -> None:
    found = CATALOGUE.node_types["shop.order"]
    assert (found.behaviour, found.timeout, found.max_attempts) == ("activity", 20, 3)
    assert found.description == "Orders what is in the lines."
    assert found.output_schema is not None
    assert found.output_schema["required"] == ["count", "note", "attempt"]


@pytest.mark.parametrize(
    ("annotation", "parameter"),
    [
        (int, Parameter(type="integer", required=True)),
        (float, Parameter(type="number", required=True)),
        (Annotated[int, Field(alias="of")], Parameter(type="integer", required=True)),
        (dict[str, int], Parameter(type="object", required=True)),
        (Word, Parameter(type="object", required=True)),
        (int | str, Parameter(type="any", required=True)),
        (int | None, Parameter(type="any", required=True)),
        (Any, Parameter(type="any", required=True)),
    ],
)
def test_each_field_says_as_much_as_can_be_checked_before_a_run(annotation: Any, parameter: Parameter) -> None:
    assert parameters_of(create_model("Model", of=annotation)) == {"of": parameter}


def test_a_type_that_is_not_idempotent_is_tried_once() -> None:
    found = CATALOGUE.node_types["flaky_once"]
    assert (found.idempotent, found.max_attempts) == (False, 1)


def test_the_decorated_function_stays_what_it_was() -> None:
    @node_type
    def double(params: Word) -> str:
        return params.word * 2

    assert double(Word(word="x")) == "xx"


def problems(body: str) -> list[tuple[str, str]]:
    reading = read_document(f"plait: 1\nslug: x\nnodes:\n  - {body}\n".encode(), "application/yaml")
    assert reading.document is not None
    return [(each.code, each.dotted) for each in compile_document(reading.document, CATALOGUE).problems]


@pytest.mark.parametrize(
    ("said", "found"),
    [
        ("{lines: [{sku: a}]}", []),
        ("{lines: '{{ [{\"sku\": \"a\"}] }}', token: '{{ secrets.KEY }}'}", []),
        ("{lines: [], layout: '{{ not an expression'}", []),
        ("{}", [("missing_parameter", "nodes[0].with")]),
        ("{lines: text}", [("wrong_parameter", "nodes[0].with.lines")]),
        ("{lines: [], region: asia}", [("wrong_parameter", "nodes[0].with.region")]),
        ("{lines: [], linse: []}", [("unknown_parameter", "nodes[0].with.linse")]),
        ("{lines: [], note: '{{ secrets.KEY }}'}", [("secret_not_allowed", "nodes[0].with.note")]),
    ],
)
def test_the_compiler_checks_the_parameters(said: str, found: list[tuple[str, str]]) -> None:
    assert problems(f"{{id: a, type: shop.order, with: {said}}}") == found


def test_the_compiler_knows_the_output_of_a_type() -> None:
    nodes = (
        "{id: a, type: shop.order, with: {lines: []}}\n"
        "  - {id: b, type: transform, with: {value: '{{ nodes.a.output.cuont }}'}}\n"
        "edges: [{from: a, to: b}]"
    )
    assert [code for code, _ in problems(nodes)] == ["unknown_field"]


# What cannot be one


def two_models(one: Word, other: Word) -> None: ...
def no_model(word: str) -> None: ...
def untyped(word) -> None: ...  # pyright: ignore[reportMissingParameterType]
def odd_result(params: Word) -> asyncio.Event: ...


@pytest.mark.parametrize("function", [two_models, no_model, untyped, odd_result])
def test_a_function_that_cannot_be_a_node_type_is_refused_in_one_sentence(function: Callable[..., Any]) -> None:
    with pytest.raises(NodeTypeInvalid, match=f"node type {function.__name__}") as refused:
        node_type(function)
    assert "\n" not in str(refused.value)


@pytest.mark.parametrize(
    "said",
    [
        {"name": "Order"},
        {"name": "a b"},
        {"name": "plait.flush"},
        {"timeout": 0},
        {"max_attempts": 0, "idempotent": True},
        {"max_attempts": 2},
    ],
)
def test_names_and_limits_that_cannot_be_are_refused(said: dict[str, Any]) -> None:
    def fine(params: Word) -> None: ...

    with pytest.raises(NodeTypeInvalid):
        node_type(**said)(fine)


def test_a_field_is_not_literal_and_secret() -> None:
    class Both(BaseModel):
        token: Annotated[str, Field(json_schema_extra={"writeOnly": True, "x-literal": True})]

    def both(params: Both) -> None: ...

    with pytest.raises(NodeTypeInvalid, match="token is literal"):
        node_type(both)


def test_a_type_with_the_name_of_one_of_plaits_own_is_one_sentence_at_start() -> None:
    def fake(params: Word) -> None: ...

    with pytest.raises(NotReady, match=r"the node type code in .* has the name of one of Plait's own"):
        CustomTypes([a_type(node_type(name="code")(fake))])


def test_two_types_of_one_name_are_one_sentence_at_start() -> None:
    def make() -> CustomType:
        @node_type
        def twin(params: Word) -> None: ...

        return a_type(twin)

    with pytest.raises(NotReady, match="two node types are called twin"):
        CustomTypes([make(), make()])


def test_types_are_found_in_the_modules_that_are_named() -> None:
    assert set(CustomTypes.load("tests.support.node_types").catalogue()) == set(custom_types().catalogue())


def test_a_module_with_a_type_that_cannot_be_is_one_sentence(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    source = "from plait.sdk import node_type\n\n@node_type\ndef f(a: int): ...\n"
    (tmp_path / "broken_types.py").write_text(source)
    monkeypatch.syspath_prepend(tmp_path)
    with pytest.raises(NotReady, match="broken_types cannot be imported: NodeTypeInvalid: node type f") as refused:
        CustomTypes.load("broken_types")
    assert "\n" not in str(refused.value)


# How it runs


async def test_the_function_gets_its_model_and_gives_its_output_as_json() -> None:
    node = Node("shop.order", custom=custom_types())
    given = {"lines": [{"sku": "a", "count": 2}, {"sku": "b"}], "note": "soon"}
    assert await node.run(given) == {"count": 3, "note": "soon", "attempt": 1}
    assert node.heartbeats == [(0.5, "line 1"), (1.0, "line 2")]


async def test_a_type_may_take_nothing_and_promise_nothing() -> None:
    assert await Node("bare", custom=custom_types()).run({}) == {"done": True}


@pytest.mark.parametrize(
    ("given", "place"),
    [
        ({"lines": [{"sku": "a", "count": 0}]}, "lines[0].count"),
        ({"lines": [{"skew": "hunter2"}]}, "lines[0].sku"),
        ({"lines": [{"sku": "a"}], "express": "hunter2"}, "express"),
    ],
)
async def test_values_that_do_not_fit_the_model_are_told_by_their_place_and_not_repeated(
    given: dict[str, Any], place: str
) -> None:
    with pytest.raises(NodeError) as raised:
        await Node("shop.order", custom=custom_types()).run(given)
    error = raised.value
    assert (error.type, error.category, error.retryable) == ("ParametersInvalid", "input", False)
    assert place in error.message
    assert "hunter2" not in f"{error.message} {error.details}"


@pytest.mark.parametrize("result", [{"word": 1}, {}, "hunter2", None])
async def test_a_result_that_is_not_what_was_promised_is_refused(result: Any) -> None:
    @node_type
    def promised() -> Word:
        return result

    with pytest.raises(NodeError) as raised:
        await node_of(promised).run({})
    assert (raised.value.type, raised.value.retryable) == ("OutputInvalid", False)
    assert "hunter2" not in raised.value.message


async def test_a_plain_object_is_held_against_the_model_of_the_output() -> None:
    class Sum(BaseModel):
        total: int
        currency: str = "EUR"

    @node_type
    def priced() -> Sum:
        return {"total": 5}  # pyright: ignore[reportReturnType]

    assert await node_of(priced).run({}) == {"total": 5, "currency": "EUR"}


async def test_an_error_that_the_function_knows_keeps_what_it_says() -> None:
    @node_type
    def fails() -> None:
        raise ToolError("no credit", type="NoCredit", category="business", details={"left": 0})

    with pytest.raises(NodeError) as raised:
        await node_of(fails).run({})
    error = raised.value
    assert (error.type, error.message, error.category, error.details) == (
        "NoCredit",
        "no credit",
        "business",
        {"left": 0},
    )


async def test_a_cancel_is_raised_in_an_async_function() -> None:
    running = asyncio.create_task(Node("wait_async", custom=custom_types()).run({"seconds": 60}))
    await asyncio.sleep(0.05)
    STOPPED.clear()
    running.cancel()
    with pytest.raises(asyncio.CancelledError):
        await running
    assert [f"{RUN}/node"] == STOPPED


async def test_a_function_in_a_thread_asks_whether_it_is_cancelled() -> None:
    node = Node("wait_in_thread", custom=custom_types())
    STOPPED.clear()
    running = asyncio.create_task(node.run({"seconds": 60}))
    await asyncio.sleep(0.05)
    node.is_cancelled = True
    async with asyncio.timeout(5):
        await running
    assert [f"{RUN}/node"] == STOPPED


async def test_a_function_is_told_of_its_run_and_attempt() -> None:
    told: list[NodeContext] = []

    @node_type(name="shop.curious")
    async def curious(context: NodeContext) -> None:
        told.append(context)

    await node_of(curious).run({})
    (context,) = told
    assert (context.run_id, context.path, context.attempt) == (RUN, "node", 1)
    assert context.idempotency_key == f"{RUN}/node/1"
    assert context.logger.name == "plait.node.shop.curious"
