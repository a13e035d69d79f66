"""The plan of what stands in maps and loops, and what is read there."""

# pyright: reportMissingParameterType=false, reportOptionalMemberAccess=false, reportAttributeAccessIssue=false

from hypothesis import given
from hypothesis import strategies as st

from interpreter.expressions import parse_template, source_of
from interpreter.plan.compile import compile_document
from interpreter.plan.definition import definition_of, load_plan
from interpreter.plan.model import INPUT
from interpreter.plan.reads import names_in, reads_of
from tests.support.documents import CATALOGUE, a_document, a_plan
from tests.unit.interpreter.expressions.grammar import expressions
from tests.unit.interpreter.plan.checking import a_loop, a_map, calls, catalogue_in, transform

SCORE = {
    "seed": transform({"n": 2}),
    "each": a_map(
        "one -> refine",
        nodes={
            "one": transform("{{ row.x + nodes.seed.output.n }}"),
            "refine": a_loop(
                "draft",
                nodes={"draft": calls(a="{{ prev }}", b="{{ nodes.one.output + nodes.seed.output.n }}")},
                until="nodes.draft.output.score > 3",
                initial="{{ row }}",
                output="{{ nodes.draft.output }}",
            ),
        },
        called="row",
        output="{{ nodes.refine.output.score }}",
    ),
}


def scored():
    return a_plan("seed -> each", nodes=SCORE)


def test_each_body_is_a_region_with_numbers_of_its_own():
    plan = scored()
    assert [(region.index, region.owner, region.depth) for region in plan.regions] == [
        (0, None, 0),
        (1, (0, 1), 1),
        (2, (1, 1), 2),
    ]
    assert [[node.id for node in region.nodes] for region in plan.regions] == [
        ["seed", "each"],
        ["one", "refine"],
        ["draft"],
    ]
    assert [node.index for region in plan.regions for node in region.nodes] == [0, 1, 0, 1, 0]
    assert plan.region(1).edges[0].source == 0
    assert (plan.find("draft").region, plan.find("each").body, plan.find("refine").body) == (2, 1, 2)
    assert plan.region(1).names == ("row", "row_index")


def test_a_node_reads_its_own_region_and_those_around_it():
    plan = scored()
    assert (plan.find("one").reads, plan.find("one").outer) == ((), ((1, 0),))
    assert (plan.find("draft").reads, plan.find("draft").outer) == ((), ((1, 0), (2, 0)))
    assert plan.find("refine").seen == (0,)
    assert plan.find("each").seen == (0,)


def test_facts_belong_to_the_region_of_what_they_read():
    plan = scored()
    assert [(fact.text, fact.source) for fact in plan.region(1).given] == [("row.x", INPUT)]
    assert [fact.text for fact in plan.find("seed").facts] == ["nodes.seed.output.n"]
    assert plan.region(2).until.facts == tuple(
        fact.id for fact in plan.find("draft").facts if fact.text == "nodes.draft.output.score > 3"
    )
    assert plan.find("each").facts_read == tuple(fact.id for fact in plan.find("seed").facts)


def test_a_definition_with_bodies_loads_as_the_plan_that_was_compiled():
    document = a_document("seed -> each", nodes=SCORE)
    text, digest, _ = definition_of(document, CATALOGUE)
    found = compile_document(document, catalogue_in(text))
    assert found.problems == ()
    assert load_plan(text, digest) == found.plan


def test_the_undoing_of_a_node_reads_what_it_names():
    undo = {"compensate": {"type": "tool_call", "with": {"tool": "work", "args": {"x": "{{ nodes.a.output }}"}}}}
    plan = a_plan("a -> b", nodes={"b": undo})
    assert (plan.find("b").undo.reads, plan.find("b").undo.reads_input, plan.compensates) == ((0,), False, True)
    inner = a_plan("each", nodes={"each": a_map("a -> b", nodes={"b": undo})})
    assert [region.compensates for region in inner.regions] == [True, True]


@given(expressions, st.sampled_from(["", "see ", "nodes."]))
def test_the_names_in_a_text_are_all_that_its_expressions_read(expression, before):
    text = f"{before}{{{{ {source_of(expression)} }}}}"
    parts = [part for part in parse_template(text).parts if not isinstance(part, str)]
    reads = reads_of(parts)
    found = set(names_in(text))
    assert {("nodes", node) for node in reads.ids} <= found
    assert {(name, None) for name in reads.roots & {"input", "arrived"}} <= found


def test_spaces_and_comments_may_stand_in_a_name():
    assert list(names_in("{{ nodes // why\n . a.output + input.x + my_input + nodes.b .output }}")) == [
        ("nodes", "a"),
        ("input", None),
        ("nodes", "b"),
    ]
