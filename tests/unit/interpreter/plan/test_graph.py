"""Problems of the graph itself."""

# pyright: reportArgumentType=false, reportMissingParameterType=false, reportOptionalMemberAccess=false, reportAttributeAccessIssue=false

from tests.support.documents import a_node
from tests.unit.interpreter.plan.checking import asks, compiled, problems, the_problem


def test_a_circle_is_named_with_its_nodes_in_order():
    problem = the_problem("a -> b -> c -> a")
    assert problem.code == "cycle"
    assert "a -> b -> c -> a" in problem.message
    assert problem.dotted == "edges[2]"


def test_a_node_that_waits_for_itself_is_a_circle():
    assert "b -> b" in the_problem("a -> b -> b").message


def test_each_knot_of_circles_is_named_once_by_its_shortest():
    found = problems("a -> b -> c -> a; c -> b; x -> y -> x; c -> x -> out")
    assert [code for code, _ in found] == ["cycle", "cycle"]


def test_a_node_behind_a_circle_is_not_part_of_it():
    assert "d" not in the_problem("a -> b -> c -> b; c -> d").message.split(":")[1]


def test_a_long_circle_is_found_without_recursion():
    nodes = [f"n{i}" for i in range(5_000)]
    assert the_problem(" -> ".join([*nodes, "n0"])).code == "cycle"


def test_an_edge_to_nothing_names_the_node_that_was_meant():
    problem = the_problem(
        "fetch -> clean", nodes={}, edges=[{"from": "fetch", "to": "claen"}, {"from": "fetch", "to": "clean"}]
    )
    assert (problem.code, problem.dotted, problem.fix) == ("unknown_node", "edges[0].to", "Did you mean `clean`?")


def test_an_edge_from_nothing_is_a_problem_too():
    assert ("unknown_node", "edges[1].from") in problems(
        "a -> b", edges=[{"from": "a", "to": "b"}, {"from": "zzz", "to": "b"}]
    )


def test_two_edges_between_two_nodes_are_a_problem():
    assert problems("a -> b; a -[skipped]-> b") == [("doubled_edge", "edges[1]")]


def test_an_id_stands_once():
    found = problems(nodes={}, chain=[a_node("a"), a_node("a")])
    assert ("duplicate_id", "chain[1].id") in found


def test_a_node_without_edges_among_others_is_isolated():
    assert problems("a -> b", nodes={"lonely": {}}) == [("isolated_node", "nodes[2]")]


def test_a_single_node_needs_no_edges():
    assert problems("a") == []


def test_a_document_without_nodes_is_a_problem():
    assert problems("") == [("no_nodes", "nodes")]


def test_a_node_that_no_edge_can_reach_is_a_problem():
    found = problems(
        "ask -[yes]-> a -> c; ask -[no]-> b -> c; x -> d",
        nodes={"ask": asks("yes", default="no"), "x": {"when": False}},
    )
    assert found == [("unreachable_node", "nodes[4].when")]


def test_only_the_first_node_that_cannot_be_reached_is_named():
    assert problems("a -[skipped]-> b -> c; a -> d") == [("unreachable_node", "nodes[1]")]


def test_a_knot_that_leads_into_another_is_a_cycle_of_its_own():
    found = [one.message for one in compiled("a -> b -> a; c -> d -> c; d -> a; c -> b").problems]
    assert [message.rsplit(": ")[-1] for message in found] == ["a -> b -> a.", "c -> d -> c."]


def test_an_edge_to_nothing_leaves_the_other_edges_to_be_looked_at():
    assert problems(
        "a -> b -> c", edges=[{"from": "a", "to": "b"}, {"from": "b", "to": "z"}, {"from": "b", "to": "c"}]
    ) == [("unknown_node", "edges[1].to")]


def test_a_join_behind_an_edge_from_nothing_counts_the_others():
    edges = [{"from": "a", "to": "j"}, {"from": "z", "to": "j"}]
    nodes = {"a": {}, "j": {"join": {"mode": "quorum", "n": 2}}}
    assert set(problems("", nodes=nodes, edges=edges)) == {
        ("join_never_fires", "nodes[1].join.n"),
        ("unknown_node", "edges[1].from"),
    }
