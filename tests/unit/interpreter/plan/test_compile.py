"""Whole documents through the compiler."""

# pyright: reportArgumentType=false, reportMissingParameterType=false, reportOptionalMemberAccess=false, reportAttributeAccessIssue=false

from itertools import pairwise

from interpreter.catalogue import Catalogue
from interpreter.document.dump import document_json
from interpreter.document.model import Document, Edge, Node
from interpreter.plan.compile import compile_document
from interpreter.plan.definition import definition_of, load_plan
from interpreter.values import canonical, digest
from tests.support.documents import CATALOGUE, a_document
from tests.unit.interpreter.plan.checking import asks, calls, catalogue_in, compiled, gate, problems, transform

COMPLEX = """
fetch -> (parse, vendors) -> merge -> route
route -[small]-> post
route -[large]-> sign
sign -[approved]-> post
sign -[rejected]-> refuse
(post, refuse) -> report
report -> clean
"""
NODES = {
    "merge": {"type": "join", "with": {"merge": "object"}},
    "route": asks("large", default="small", when="nodes.parse.output.total > 1000"),
    "sign": gate(form={"type": "object"}),
    "report": transform(
        {"post": "{{ coalesce(nodes.post.output, 'refused') }}", "total": "{{ nodes.parse.output.total }}"}
    ),
    "clean": {"join": {"mode": "always"}},
}


def test_a_complex_document_compiles_to_its_plan():
    result = compiled(COMPLEX, nodes=NODES, output="{{ nodes.report.output }}")
    assert result.problems == ()
    assert [node.id for node in result.plan.nodes] == [
        "fetch",
        "parse",
        "vendors",
        "merge",
        "route",
        "sign",
        "post",
        "refuse",
        "report",
        "clean",
    ]


def test_problems_of_every_kind_are_reported_together_in_document_order():
    found = problems(
        "a -> b -> c; b -[good]-> d; lost -> c",
        nodes={
            "b": {"type": "transfrom"},
            "c": {"when": "input.x ==", **calls(x="{{ nodes.zz.output }}")},
            "d": {"join": {"mode": "quorum", "n": 2}},
            "alone": {"with": {"tool": "none"}},
        },
    )
    assert {code for code, _ in found} >= {
        "unknown_type",
        "expression",
        "unknown_reference",
        "isolated_node",
        "unknown_tool",
    }


def test_a_document_with_problems_has_no_plan():
    assert compiled("a -> a").plan is None


def test_a_document_may_have_ten_thousand_nodes_and_no_more():
    many = Document.model_construct(
        plait=1, slug="x", nodes=tuple(Node.model_construct(id=f"n{i}", type="wait") for i in range(10_001))
    )
    assert [one.code for one in compile_document(many, CATALOGUE).problems] == ["too_many_nodes"]
    edges = tuple(Edge.model_construct(from_="a", to="b") for _ in range(50_001))
    crowded = Document.model_construct(plait=1, slug="x", nodes=(), edges=edges)
    assert [one.code for one in compile_document(crowded, CATALOGUE).problems] == ["too_many_edges"]


def test_a_chain_of_thousands_compiles_without_recursion():
    ids = [f"n{i}" for i in range(5_000)]
    nodes = {after: calls(x=f"{{{{ nodes.{before}.output }}}}") for before, after in pairwise(ids)}
    assert compiled(" -> ".join(ids), nodes=nodes).problems == ()


def test_a_compiled_document_carries_what_it_is_stored_as():
    document = a_document(COMPLEX, nodes=NODES)
    found = compile_document(document, CATALOGUE)
    assert found.definition == definition_of(document, CATALOGUE)
    assert found.plan is not None
    assert found.definition.hash == found.plan.hash == digest(found.definition.text)
    assert found.definition.document_hash == digest(canonical(document_json(document)))


def test_a_definition_loads_as_the_plan_that_was_compiled():
    document = a_document(COMPLEX, nodes=NODES)
    text, plan_hash, _ = definition_of(document, CATALOGUE)
    plan = load_plan(text, plan_hash)
    assert plan == compile_document(document, catalogue_in(text)).plan
    assert load_plan(str(text), plan_hash) is plan


def test_a_definition_holds_only_what_it_uses_of_the_catalogue():
    text = definition_of(a_document("a", nodes={"a": {"compensate": {"type": "http_request"}}}), CATALOGUE).text
    assert '"work"' in text
    assert '"http_request"' in text
    assert '"send"' not in text
    assert '"human_gate"' not in text


def test_rewording_a_description_makes_no_new_version():
    reworded = Catalogue(
        node_types={
            name: kind.model_copy(update={"description": "new"}) for name, kind in CATALOGUE.node_types.items()
        },
        tools={name: tool.model_copy(update={"description": "new"}) for name, tool in CATALOGUE.tools.items()},
    )
    document = a_document("a")
    assert definition_of(document, CATALOGUE) == definition_of(document, reworded)


def test_a_guard_with_plain_successes_behind_it_is_warned_of():
    (warning,) = compiled("a -> b -> c -> d; a -> e", nodes={"b": {"when": "input.x == 1"}}).warnings
    assert (warning.code, warning.severity, warning.dotted) == ("when_closes_more", "warning", "nodes[1].when")
    assert "`c` and `d`" in warning.message


def test_a_guard_that_the_graph_goes_on_behind_is_not_warned_of():
    assert compiled("a -> b -[success, skipped]-> c", nodes={"b": {"when": "input.x == 1"}}).warnings == ()


def test_of_many_closed_nodes_the_nearest_are_named():
    (warning,) = compiled("a -> b -> c -> d -> e -> f -> g -> h", nodes={"a": {"when": "input.x == 1"}}).warnings
    assert "and others behind them" in warning.message


def test_a_value_that_nobody_reads_is_warned_of():
    (warning,) = compiled("t -> a", nodes={"t": transform(1)}).warnings
    assert (warning.code, warning.node) == ("unread_node", "t")
    assert (
        compiled("t -> j", nodes={"t": transform(1), "j": {"type": "join", "with": {"merge": "list"}}}).warnings == ()
    )
    assert compiled("t -> a", nodes={"t": transform(1), "a": calls(x="{{ nodes.t.output }}")}).warnings == ()


def test_fields_that_do_nothing_yet_are_told():
    warnings = compiled(
        "a -> g",
        nodes={"g": gate(remind_after="1d")},
        budget={"tokens": 5},
        expect="1h",
        retention="30d",
    ).warnings
    assert [(one.code, one.dotted) for one in warnings] == [
        ("not_in_effect", "nodes[1].with.remind_after"),
    ]


def test_only_a_form_is_an_offer_that_does_nothing_yet():
    assert compiled("a", expose={"mcp": True, "chat": True}).warnings == ()
    (warning,) = compiled("a", expose={"mcp": True, "form": True}).warnings
    assert (warning.code, warning.dotted) == ("not_in_effect", "expose.form")


def test_a_budget_is_in_effect():
    assert compiled("a", budget={"tokens": 5}).warnings == ()
