"""Presence against brute force: every choice of a small random document is played through."""

# pyright: reportArgumentType=false, reportMissingParameterType=false, reportOptionalMemberAccess=false, reportAttributeAccessIssue=false

from itertools import product

from hypothesis import HealthCheck, given, note, settings
from hypothesis import strategies as st

from interpreter.plan.compile import compile_document
from tests.support.documents import CATALOGUE, a_document

MODES = ("settled", "settled", "settled", "all", "any", "always")


@st.composite
def graphs(draw):
    """Up to six nodes: calls, conditions with two ways, some with guards or handled failures."""
    size = draw(st.integers(2, 6))
    nodes, edges = [], []
    for index in range(size):
        kind = draw(st.sampled_from(["task", "task", "condition"])) if index < size - 1 else "task"
        nodes.append(
            {
                "kind": kind,
                "test": draw(st.integers(0, 1)),
                "when": draw(st.sampled_from([None, None, 0, 1])),
                "mode": draw(st.sampled_from(MODES)) if index else "settled",
                "continue": draw(st.integers(0, 4)) == 0,
            }
        )
        sources = draw(st.lists(st.integers(0, index - 1), unique=True, min_size=1, max_size=3)) if index else []
        for source in sources:
            if nodes[source]["kind"] == "condition":
                on = draw(st.sampled_from([["yes"], ["no"], ["yes", "no"], ["skipped", "no"]]))
            else:
                on = draw(
                    st.sampled_from(
                        [["success"], ["success"], ["success"], ["success", "skipped"], ["error"], ["ended"]]
                    )
                )
            edges.append((source, index, on, draw(st.sampled_from([None, None, None, 0, 1]))))
    return nodes, edges


def document(nodes, edges, reader, read):
    listed = []
    for index, node in enumerate(nodes):
        said = {"join": {"mode": node["mode"]}} if node["mode"] != "settled" else {}
        if node["when"] is not None:
            said["when"] = f"input.g{node['when']}"
        if node["kind"] == "condition":
            cases = [{"name": "yes", "when": f"input.g{node['test']}"}]
            said |= {"type": "condition", "with": {"cases": cases, "default": "no"}}
        else:
            said |= {
                "type": "tool_call",
                "with": {"tool": "work"},
                **({"on_error": "continue"} if node["continue"] else {}),
            }
        if index == reader:
            expression = f"{{{{ nodes.n{read}.output }}}}"
            said["with"] = {"tool": "work", "args": {"x": expression}}
        listed.append({"id": f"n{index}", **said})
    drawn = [
        {"from": f"n{a}", "to": f"n{b}", "on": on, **({} if guard is None else {"when": f"input.g{guard}"})}
        for a, b, on, guard in edges
    ]
    return a_document("", nodes={node.pop("id"): node for node in listed}, edges=drawn)


def handled(nodes, edges, node):
    """Whether a failure of the node may leave the region alive."""
    if nodes[node]["kind"] == "condition":
        return False
    return nodes[node]["continue"] or any(
        a == node and (set(on) & {"error"} or ("success" in on and nodes[b]["mode"] == "any")) for a, b, on, _ in edges
    )


def play(nodes, edges, guards, fails, first):
    """One run: how each node ended, what it could see, and whether it ran.

    `None` is a node that is never decided, since one before it failed and nothing handles that.
    """
    state, seen, ran, taken = {}, {}, {}, {}
    for index, node in enumerate(nodes):
        incoming = [at for at, edge in enumerate(edges) if edge[1] == index]
        outgoing = [at for at, edge in enumerate(edges) if edge[0] == index]
        arrived = [at for at in incoming if taken[at] == "taken"]
        race = node["mode"] == "any" and bool(incoming)
        joined = not incoming or (len(arrived) == len(incoming) if node["mode"] == "all" else bool(arrived))
        undecided = any(taken[at] is None for at in incoming) and not (race and joined)
        # As little as possible had settled at a race: only the one that is taken to be first.
        visible = (
            [edges[arrived[first[index] % len(arrived)]][0]] if race and joined else [edges[at][0] for at in incoming]
        )
        seen[index] = set().union(*(seen[source] | {source} for source in visible))
        guard = node["when"] is None or guards[node["when"]]
        ran[index] = joined and guard and not undecided
        if undecided:
            state[index] = None
        elif (race and not joined and any(taken[at] == "failed" for at in incoming)) or (
            joined and fails[index] and (guard or fails[index] == "guard")
        ):
            state[index] = "failed"
        else:
            state[index] = "completed" if ran[index] else "skipped"
        reached = bool(arrived) or not incoming
        taken |= follow(nodes, edges, guards, outgoing, state, index, reached, fails[index] == "guard" and joined)
    return state, seen, ran


def follow(nodes, edges, guards, outgoing, state, index, reached, in_guard):
    """How the out-edges of a node settle."""
    node, end = nodes[index], state[index]
    passes = {at: edges[at][3] is None or guards[edges[at][3]] for at in outgoing}
    if end == "failed":
        by_error = [at for at in outgoing if "error" in edges[at][2] and passes[at]]
        wins = [at for at in outgoing if "success" in edges[at][2]]
        races = [at for at in wins if nodes[edges[at][1]]["mode"] == "any"]
        goes_on = node["continue"] and node["kind"] == "task" and not in_guard
        if not by_error and not goes_on and not races:
            state[index] = None
            return dict.fromkeys(outgoing)
        found = {at: "taken" if passes[at] and "ended" in edges[at][2] else "dead" for at in outgoing}
        if by_error:
            return found | dict.fromkeys(by_error, "taken")
        if goes_on:
            found |= {at: "taken" for at in wins if passes[at]}
        return found | dict.fromkeys(races, "failed")
    if end is None:
        return dict.fromkeys(outgoing)
    outcomes = {"skipped"} if reached else set()
    if end == "completed":
        outcomes = {("yes" if guards[node["test"]] else "no") if node["kind"] == "condition" else "success", "ended"}
    return {at: "taken" if passes[at] and set(edges[at][2]) & outcomes else "dead" for at in outgoing}


def always_there(nodes, edges, reader, read):
    """Whether the output of `read` is there in every run in which the reader runs."""
    ways = [
        (None, "work", *(("guard",) if node["when"] is not None else ())) if handled(nodes, edges, index) else (None,)
        for index, node in enumerate(nodes)
    ]
    winners = [range(3) if node["mode"] == "any" else (0,) for node in nodes]
    for guards in product((False, True), repeat=2):
        for fails in product(*ways):
            for first in product(*winners):
                state, seen, ran = play(nodes, edges, guards, fails, first)
                if ran[reader] and not (state[read] == "completed" and read in seen[reader]):
                    return False
    return True


@settings(max_examples=250, deadline=None, suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large])
@given(graphs(), st.data())
def test_a_reference_is_safe_exactly_if_it_is_there_in_every_run(graph, data):
    nodes, edges = graph
    readers = [
        index for index, node in enumerate(nodes) if index and node["kind"] == "task" and node["mode"] != "always"
    ]
    if not readers:
        return
    reader = data.draw(st.sampled_from(readers))
    upstream, waiting = set(), [reader]
    while waiting:
        current = waiting.pop()
        waiting += [a for a, b, _, _ in edges if b == current and a not in upstream]
        upstream |= {a for a, b, _, _ in edges if b == current}
    read = data.draw(st.sampled_from(sorted(upstream)))
    problems = compile_document(document(nodes, edges, reader, read), CATALOGUE).problems
    alarmed = any(one.code == "may_be_absent" and one.node == f"n{reader}" for one in problems)
    note((nodes, edges, reader, read, [one.message for one in problems]))
    assert alarmed != always_there(nodes, edges, reader, read)


def test_a_guard_that_fails_is_not_passed_over_by_on_error_continue():
    """What follows a node that goes on after failures ran behind its guard, also if a race follows too."""
    plain = {"kind": "task", "test": 0, "when": None, "mode": "settled", "continue": True}
    nodes = [{**plain, "when": 1}, plain, plain, {**plain, "mode": "any"}]
    edges = [(0, 1, ["success"], None), (0, 2, ["error"], 1), (0, 3, ["success"], None)]
    assert always_there(nodes, edges, 1, 0)
    assert compile_document(document(nodes, edges, 1, 0), CATALOGUE).problems == ()
