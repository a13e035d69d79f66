"""The order of a plan, and what stands in its way. Nothing here recurses: a chain may be 10,000 nodes long."""

from collections.abc import Iterator, Sequence
from heapq import heapify, heappop, heappush

Pairs = Sequence[tuple[int, int]]


def successors_of(size: int, edges: Pairs) -> list[list[int]]:
    """For each node those that it leads to, in the order of the edges."""
    successors: list[list[int]] = [[] for _ in range(size)]
    for source, target in edges:
        successors[source].append(target)
    return successors


def topological(size: int, edges: Pairs) -> list[int]:
    """Nodes so that each comes after all that lead to it, ties as they are numbered.

    Nodes on a cycle, and those behind one, are missing.
    """
    successors = successors_of(size, edges)
    waiting = [0] * size
    for _, target in edges:
        waiting[target] += 1
    ready = [node for node in range(size) if not waiting[node]]
    heapify(ready)
    order: list[int] = []
    while ready:
        node = heappop(ready)
        order.append(node)
        for target in successors[node]:
            waiting[target] -= 1
            if not waiting[target]:
                heappush(ready, target)
    return order


def cycles(size: int, edges: Pairs) -> list[list[int]]:
    """One cycle for each knot (nodes that all lead to each other), its nodes in the order of the edges.

    It is a shortest one through the knot's lowest number, and begins there.
    """
    successors = successors_of(size, edges)
    loops = {source for source, target in edges if source == target}
    return sorted(
        _shortest_cycle(min(knot), set(knot), successors)
        for knot in _knots(successors)
        if len(knot) > 1 or knot[0] in loops
    )


def _knots(successors: list[list[int]]) -> Iterator[list[int]]:
    """The strongly connected components, by Tarjan's algorithm with a stack of its own."""
    number: dict[int, int] = {}
    low: dict[int, int] = {}
    held: list[int] = []
    place: dict[int, int] = {}
    for root in range(len(successors)):
        work = [(root, 0)] if root not in number else []
        while work:
            node, next_edge = work.pop()
            if next_edge == 0:
                number[node] = low[node] = len(number)
                place[node] = len(held)
                held.append(node)
            else:
                low[node] = min(low[node], low[successors[node][next_edge - 1]])
            for at in range(next_edge, len(successors[node])):
                target = successors[node][at]
                if target not in number:
                    work += [(node, at + 1), (target, 0)]
                    break
                if target in place:
                    low[node] = min(low[node], number[target])
            else:
                if low[node] == number[node]:
                    knot = held[place[node] :]
                    del held[place[node] :]
                    for member in knot:
                        del place[member]
                    yield knot


def _shortest_cycle(start: int, knot: set[int], successors: list[list[int]]) -> list[int]:
    """By breadth first from `start`; in a knot there is always a way back to it."""
    before: dict[int, int] = {}
    queue = [start]
    for node in queue:
        if start in successors[node]:
            way = [node]
            while way[-1] != start:
                way.append(before[way[-1]])
            return way[::-1]
        for target in successors[node]:
            if target in knot and target not in before:
                before[target] = node
                queue.append(target)
    raise AssertionError("a knot without a way back to where it begins")  # pragma: no cover
