"""How far from the left everything stands: as near to its neighbours as order and distances allow."""

from collections.abc import Sequence
from itertools import pairwise

from plait.drawing.ordering import LARGE
from plait.drawing.rows import Rows

ROUNDS, ROUNDS_OF_LARGE = 24, 4
STRAIGHT = 8.0
"""How much more a long link is kept straight than a short one."""
IDLE = 0.01


def spread(graph: Rows, widths: Sequence[float], gap: float, knot_gap: float) -> list[float]:
    """The middle of each vertex, from 0 on.

    Each row by itself is the least-squares fit to where the neighbours stand; the rows are gone
    through down and up in turn, then once more with the neighbours on both sides.
    """
    distances = [
        [
            (widths[one] + widths[other]) / 2 + (knot_gap if graph.is_knot(one) or graph.is_knot(other) else gap)
            for one, other in pairwise(row)
        ]
        for row in graph.rows
    ]
    middles = [0.0] * len(graph.row_of)
    for row, between in zip(graph.rows, distances, strict=True):
        at = -sum(between) / 2
        for vertex, step in zip(row, [*between, 0.0], strict=True):
            middles[vertex] = at
            at += step
    numbers = range(len(graph.rows))
    for turn in range(ROUNDS if len(middles) <= LARGE else ROUNDS_OF_LARGE):
        down, last = turn % 2 == 0, turn >= 8
        for number in numbers if down else reversed(numbers):
            place_row(graph, number, distances[number], middles, above=down or last, below=not down or last)
    left = min((middles[vertex] - widths[vertex] / 2 for vertex in range(len(middles))), default=0.0)
    return [middle - left for middle in middles]


def place_row(
    graph: Rows, number: int, distances: Sequence[float], middles: list[float], *, above: bool, below: bool
) -> None:
    """Move one row's vertices toward their neighbours."""
    row = graph.rows[number]
    wanted: list[float] = []
    weights: list[float] = []
    for vertex in row:
        total, weight = middles[vertex] * IDLE, IDLE
        for other in (*(graph.above[vertex] if above else ()), *(graph.below[vertex] if below else ())):
            pull = STRAIGHT if graph.is_knot(vertex) and graph.is_knot(other) else 1.0
            total += pull * middles[other]
            weight += pull
        wanted.append(total / weight)
        weights.append(weight)
    for vertex, middle in zip(row, fit(wanted, weights, distances), strict=True):
        middles[vertex] = middle


def fit(wanted: Sequence[float], weights: Sequence[float], distances: Sequence[float]) -> list[float]:
    """The places nearest to the wanted ones, weighted, that keep the order and the distances.

    Without the distances it is isotonic regression; neighbours that want to pass each other are
    pooled and share their mean.
    """
    offsets = [0.0]
    for distance in distances:
        offsets.append(offsets[-1] + distance)
    pools: list[tuple[float, float, int]] = []  # mean, weight, how many
    for want, weight, offset in zip(wanted, weights, offsets, strict=True):
        mean, heavy, size = want - offset, weight, 1
        while pools and pools[-1][0] > mean:
            other, more, many = pools.pop()
            mean = (mean * heavy + other * more) / (heavy + more)
            heavy, size = heavy + more, size + many
        pools.append((mean, heavy, size))
    means = [mean for mean, _, size in pools for _ in range(size)]
    return [mean + offset for mean, offset in zip(means, offsets, strict=True)]
