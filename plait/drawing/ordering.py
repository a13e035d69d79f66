"""Who stands left of whom in each row, so that few links cross: the barycentre heuristic."""

from bisect import bisect_right, insort

from plait.drawing.rows import Rows

LARGE = 4_000
ROUNDS, ROUNDS_OF_LARGE = 12, 3


def order(graph: Rows) -> None:
    """Put each row in order: the best of several sweeps down and up. The same graph gives the same order."""
    place = [0] * len(graph.row_of)
    note(graph, place)
    best, fewest = [list(row) for row in graph.rows], crossings(graph, place)
    for turn in range(ROUNDS if len(place) <= LARGE else ROUNDS_OF_LARGE):
        if not fewest:
            break
        down = turn % 2 == 0
        near = graph.above if down else graph.below
        for row in graph.rows if down else reversed(graph.rows):
            row.sort(key=lambda vertex: centre(vertex, near, place))
            for at, vertex in enumerate(row):
                place[vertex] = at
        if (count := crossings(graph, place)) < fewest:
            best, fewest = [list(row) for row in graph.rows], count
    graph.rows[:] = best


def note(graph: Rows, place: list[int]) -> None:
    """Write down where in its row each vertex stands."""
    for row in graph.rows:
        for at, vertex in enumerate(row):
            place[vertex] = at


def centre(vertex: int, near: list[list[int]], place: list[int]) -> float:
    """Where the neighbours are on average; without any, where it is."""
    others = near[vertex]
    return sum(place[other] for other in others) / len(others) if others else place[vertex]


def crossings(graph: Rows, place: list[int]) -> int:
    """How many pairs of links between neighbouring rows cross."""
    found = 0
    for row in graph.rows:
        ends: list[int] = []
        for vertex in row:
            lower = sorted(place[other] for other in graph.below[vertex])
            found += sum(len(ends) - bisect_right(ends, end) for end in lower)
            for end in lower:
                insort(ends, end)
    return found
