"""A graph cut into rows, so that every link joins neighbouring ones: where a link passes a row, a knot stands.

Steps stand in even rows. The odd rows between them are for the labels of links, so that a label has
room of its own like everything else.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from itertools import pairwise

from plait.drawing.ranks import Pair

LONGEST = 100
"""A link over more rows is drawn straight through: knots for it would make a large graph much larger."""


@dataclass(slots=True)
class Rows:
    """Vertices in rows; numbers below `count` are items, the others knots.

    `above` and `below` are a vertex's neighbours. `knots` are those of each link, from top to bottom.
    """

    count: int
    rows: list[list[int]]
    row_of: list[int]
    above: list[list[int]]
    below: list[list[int]]
    knots: list[list[int]] = field(default_factory=list)

    def is_knot(self, vertex: int) -> bool:
        """Whether a link passes here, rather than an item standing."""
        return vertex >= self.count

    def add(self, row: int) -> int:
        """A new knot in a row."""
        vertex = len(self.row_of)
        self.row_of.append(row)
        self.rows[row].append(vertex)
        self.above.append([])
        self.below.append([])
        return vertex

    def join(self, upper: int, lower: int) -> None:
        """Make two vertices of neighbouring rows neighbours."""
        self.below[upper].append(lower)
        self.above[lower].append(upper)


def rows_of(ranks: Sequence[int], pairs: Sequence[Pair]) -> Rows:
    """The rows; `pairs` lead downward."""
    count = len(ranks)
    rows: list[list[int]] = [[] for _ in range(2 * max(ranks) + 1 if ranks else 0)]
    found = Rows(count, rows, [2 * rank for rank in ranks], [[] for _ in ranks], [[] for _ in ranks])
    for item in walk(count, pairs):
        rows[2 * ranks[item]].append(item)
    for source, target in pairs:
        between = range(2 * ranks[source] + 1, 2 * ranks[target])
        knots = [found.add(row) for row in (between if len(between) <= LONGEST else between[:1])]
        found.knots.append(knots)
        way = [source, *knots, *([target] if len(between) == len(knots) else [])]
        for upper, lower in pairwise(way):
            found.join(upper, lower)
    return found


def walk(count: int, pairs: Sequence[Pair]) -> list[int]:
    """The items as a walk downward meets them: what belongs together comes together."""
    leaving: list[list[int]] = [[] for _ in range(count)]
    reached = [False] * count
    for source, target in pairs:
        leaving[source].append(target)
        reached[target] = True
    seen = [False] * count
    order: list[int] = []
    # The last one is taken first: what nothing leads to, in the order of the document.
    waiting = sorted(range(count), key=lambda item: (not reached[item], -item))
    while waiting:
        item = waiting.pop()
        if not seen[item]:
            seen[item] = True
            order.append(item)
            waiting += reversed(leaving[item])
    return order
