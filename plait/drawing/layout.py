"""Where everything of one graph stands: a layered drawing, from top to bottom.

    forward, ranks   circles are opened, every item gets its row
    rows             long links get knots in the rows that they pass
    order            rows are put in an order with few crossings
    spread           and get their places from left to right

It knows sizes alone: not what is drawn, and not how.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from plait.drawing.ordering import order
from plait.drawing.ranks import forward, ranks
from plait.drawing.rows import Rows, rows_of
from plait.drawing.spacing import spread

GAP, KNOT_GAP = 36.0, 14.0
ROW_GAP, MOST_ROW_GAP = 24.0, 64.0
PORT_GAP = 16.0
Point = tuple[float, float]
Size = tuple[float, float]


@dataclass(frozen=True, slots=True)
class Link:
    """From an item to an item; `label` is the size of what is written on it."""

    source: int
    target: int
    label: Size = (0.0, 0.0)


@dataclass(frozen=True, slots=True)
class Route:
    """Points in pairs of which each is joined by a straight line, and the pairs by curves; a label's middle."""

    points: tuple[Point, ...]
    label: Point


@dataclass(frozen=True, slots=True)
class Layout:
    """The middles of the items and the routes of the links, from (0, 0) on."""

    size: Size
    items: tuple[Point, ...]
    routes: tuple[Route, ...]


def lay_out(sizes: Sequence[Size], links: Sequence[Link]) -> Layout:
    """Place a graph's items and links. A link from an item to itself is not drawn: its route is empty."""
    kept = [place for place, link in enumerate(links) if link.source != link.target]
    ends = [(links[place].source, links[place].target) for place in kept]
    onward = forward(len(sizes), ends)
    pairs = [(one, other) if leads else (other, one) for (one, other), leads in zip(ends, onward, strict=True)]
    graph = rows_of(ranks(len(sizes), pairs), pairs)
    boxes = [*sizes, *([(0.0, 0.0)] * (len(graph.row_of) - len(sizes)))]
    for place, knots in zip(kept, graph.knots, strict=True):
        boxes[knots[0]] = links[place].label
    order(graph)
    middles = spread(graph, [width for width, _ in boxes], GAP, KNOT_GAP)
    tops, heights = heights_of(graph, boxes, middles)
    ports = ports_of(graph, pairs, boxes, middles)
    routes = [Route((), (0.0, 0.0))] * len(links)
    for number, (place, pair, leads) in enumerate(zip(kept, pairs, onward, strict=True)):
        routes[place] = route(graph, pair, number, boxes, middles, (tops, heights), ports, leads=leads)
    items = [(middles[item], tops[row] + heights[row] / 2) for item, row in enumerate(graph.row_of[: len(sizes)])]
    width = max((middles[vertex] + boxes[vertex][0] / 2 for vertex in range(len(boxes))), default=0.0)
    height = tops[-1] + heights[-1] if heights else 0.0
    return Layout((width, height), tuple(items), tuple(routes))


def heights_of(graph: Rows, boxes: Sequence[Size], middles: Sequence[float]) -> tuple[list[float], list[float]]:
    """Top and height of each row. Rows stand further apart where links go far aside."""
    tops: list[float] = []
    heights = [max((boxes[vertex][1] for vertex in row), default=0.0) for row in graph.rows]
    at = 0.0
    for row, height in zip(graph.rows, heights, strict=True):
        tops.append(at)
        aside = max((abs(middles[one] - middles[other]) for one in row for other in graph.below[one]), default=0.0)
        at += height + min(max(ROW_GAP, aside / 10), MOST_ROW_GAP)
    return tops, heights


def ports_of(
    graph: Rows, pairs: Sequence[tuple[int, int]], boxes: Sequence[Size], middles: Sequence[float]
) -> dict[tuple[int, int], float]:
    """Where each link leaves its upper item and meets its lower one, by (link, item).

    The links of one side of an item are spread along it in the order of where they go.
    """
    sides: dict[tuple[int, bool], list[tuple[float, int]]] = {}
    for place, ((upper, lower), knots) in enumerate(zip(pairs, graph.knots, strict=True)):
        last = knots[-1] if graph.row_of[knots[-1]] == graph.row_of[lower] - 1 else upper
        sides.setdefault((upper, True), []).append((middles[knots[0]], place))
        sides.setdefault((lower, False), []).append((middles[last], place))
    found: dict[tuple[int, int], float] = {}
    for (item, _), links in sides.items():
        step = min(PORT_GAP, boxes[item][0] * 0.6 / len(links))
        first = middles[item] - step * (len(links) - 1) / 2
        for at, (_, place) in enumerate(sorted(links)):
            found[place, item] = first + step * at
    return found


def route(
    graph: Rows,
    pair: tuple[int, int],
    place: int,
    boxes: Sequence[Size],
    middles: Sequence[float],
    rows: tuple[Sequence[float], Sequence[float]],
    ports: dict[tuple[int, int], float],
    *,
    leads: bool,
) -> Route:
    """The way of one link: out of its upper item, straight through each row that it passes, into the lower one."""
    tops, heights = rows
    (upper, lower), knots = pair, graph.knots[place]
    row = graph.row_of[upper]
    start = ports[place, upper]
    points: list[Point] = [
        (start, tops[row] + (heights[row] + boxes[upper][1]) / 2),
        (start, tops[row] + heights[row]),
    ]
    for knot in knots:
        row = graph.row_of[knot]
        if not heights[row]:
            continue  # nothing to pass by: one curve looks calmer than two
        points += [(middles[knot], tops[row]), (middles[knot], tops[row] + heights[row])]
    row = graph.row_of[lower]
    end = ports[place, lower]
    points += [(end, tops[row]), (end, tops[row] + (heights[row] - boxes[lower][1]) / 2)]
    row = graph.row_of[knots[0]]
    label = middles[knots[0]], tops[row] + heights[row] / 2
    return Route(tuple(points if leads else reversed(points)), label)
