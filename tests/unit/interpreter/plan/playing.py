"""Every choice of a small random graph, played through: what presence is held against.

A graph is a list of nodes and one of edges `(source, target, outcomes, guard)`; a guard is the
number of a text that is true or false.
"""

# pyright: reportArgumentType=false, reportMissingParameterType=false, reportOptionalMemberAccess=false, reportAttributeAccessIssue=false

from hypothesis import strategies as st

MODES = ("settled", "settled", "settled", "all", "any", "always")


@st.composite
def graphs(draw, least=2, most=6, texts=2, kinds=("task", "task", "condition")):
    """A few nodes: calls, loops, conditions with two ways, some with guards or handled failures."""
    size = draw(st.integers(least, most))
    nodes, edges = [], []
    for index in range(size):
        kind = draw(st.sampled_from(kinds)) if index < size - 1 else "task"
        nodes.append(
            {
                "kind": kind,
                "test": draw(st.integers(0, texts - 1)),
                "when": draw(st.sampled_from([None, None, *range(texts)])),
                "mode": draw(st.sampled_from(MODES)) if index else "settled",
                "continue": draw(st.integers(0, 4)) == 0,
            }
        )
        sources = draw(st.lists(st.integers(0, index - 1), unique=True, min_size=1, max_size=3)) if index else []
        for source in sources:
            if nodes[source]["kind"] == "condition":
                on = draw(st.sampled_from([["yes"], ["no"], ["yes", "no"], ["skipped", "no"]]))
            else:
                laps = [["exhausted"], ["success", "exhausted"]] if nodes[source]["kind"] == "loop" else []
                on = draw(st.sampled_from([*3 * [["success"]], ["success", "skipped"], ["error"], ["ended"], *laps]))
            edges.append((source, index, on, draw(st.sampled_from([None, None, None, *range(texts)]))))
    return nodes, edges


def graph_json(nodes, edges, *, prefix="n", guards=("input.g0", "input.g1"), bodies=None):
    """The graph as `nodes` and `edges`; `bodies` are what certain nodes are instead of tasks."""
    listed = []
    for index, node in enumerate(nodes):
        said = {"id": f"{prefix}{index}"}
        if node["mode"] != "settled":
            said["join"] = {"mode": node["mode"]}
        if node["when"] is not None:
            said["when"] = guards[node["when"]]
        if node["kind"] == "condition":
            cases = [{"name": "yes", "when": guards[node["test"]]}]
            said |= {"type": "condition", "with": {"cases": cases, "default": "no"}}
        else:
            said |= (bodies or {}).get(index) or {"type": "tool_call", "with": {"tool": "work"}}
            said |= {"on_error": "continue"} if node["continue"] else {}
        listed.append(said)
    drawn = [
        {"from": f"{prefix}{a}", "to": f"{prefix}{b}", "on": on, **({} if guard is None else {"when": guards[guard]})}
        for a, b, on, guard in edges
    ]
    return {"nodes": listed, "edges": drawn}


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
            joined and fails[index] in ("work", "guard") and (guard or fails[index] == "guard")
        ):
            state[index] = "failed"
        else:
            state[index] = "completed" if ran[index] else "skipped"
        reached = bool(arrived) or not incoming
        taken |= follow(nodes, edges, guards, outgoing, state, index, reached, fails[index] if joined else None)
    return state, seen, ran


def follow(nodes, edges, guards, outgoing, state, index, reached, way):
    """How the out-edges of a node settle."""
    node, end = nodes[index], state[index]
    passes = {at: edges[at][3] is None or guards[edges[at][3]] for at in outgoing}
    if end == "failed":
        by_error = [at for at in outgoing if "error" in edges[at][2] and passes[at]]
        wins = [at for at in outgoing if "success" in edges[at][2]]
        races = [at for at in wins if nodes[edges[at][1]]["mode"] == "any"]
        goes_on = node["continue"] and node["kind"] != "condition" and way != "guard"
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
        named = "exhausted" if way == "exhausted" else "success"
        outcomes = {("yes" if guards[node["test"]] else "no") if node["kind"] == "condition" else named, "ended"}
    return {at: "taken" if passes[at] and set(edges[at][2]) & outcomes else "dead" for at in outgoing}


def choices(nodes, edges):
    """For each node how it may end if it is run, and which of its in-edges is taken to be first."""
    ways = []
    for index, node in enumerate(nodes):
        fails = ("work", *(("guard",) if node["when"] is not None else ())) if handled(nodes, edges, index) else ()
        exhausted = any(a == index and "exhausted" in on for a, _, on, _ in edges)
        ways.append((None, *fails, *(("exhausted",) if exhausted else ())))
    return ways, [range(3) if node["mode"] == "any" else (0,) for node in nodes]


def upstream_of(edges, reader):
    found, waiting = set(), [reader]
    while waiting:
        current = waiting.pop()
        waiting += [a for a, b, _, _ in edges if b == current and a not in found]
        found |= {a for a, b, _, _ in edges if b == current}
    return found
