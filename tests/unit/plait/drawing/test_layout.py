"""What every drawing keeps to, whatever the graph."""

from hypothesis import given
from hypothesis import strategies as st

from plait.drawing.layout import Layout, Link, Point, Size, lay_out
from plait.drawing.ordering import crossings, note, order
from plait.drawing.ranks import forward, ranks
from plait.drawing.rows import rows_of
from plait.drawing.spacing import fit

ITEMS = st.lists(st.tuples(st.floats(20, 200), st.floats(20, 90)), min_size=1, max_size=14)


@st.composite
def graphs(draw: st.DrawFn) -> tuple[list[Size], list[Link]]:
    """Any graph, circles and links from an item to itself included."""
    sizes = draw(ITEMS)
    ends = st.integers(0, len(sizes) - 1)
    label = st.just((0.0, 0.0)) | st.tuples(st.floats(10, 90), st.floats(10, 30))
    return sizes, draw(st.lists(st.builds(Link, ends, ends, label), max_size=24))


def overlap(one: Point, one_size: Size, other: Point, other_size: Size) -> bool:
    return all(abs(one[axis] - other[axis]) < (one_size[axis] + other_size[axis]) / 2 - 0.01 for axis in (0, 1))


def things(layout: Layout, sizes: list[Size], links: list[Link]) -> list[tuple[Point, Size]]:
    """All boxes and labels: where, and how large."""
    labels = [
        (route.label, link.label)
        for route, link in zip(layout.routes, links, strict=True)
        if route.points and link.label[0]
    ]
    return [*zip(layout.items, sizes, strict=True), *labels]


@given(graphs())
def test_no_box_and_no_label_lies_upon_another(graph: tuple[list[Size], list[Link]]) -> None:
    sizes, links = graph
    placed = things(lay_out(sizes, links), sizes, links)
    for at, one in enumerate(placed):
        for other in placed[at + 1 :]:
            assert not overlap(*one, *other)


@given(graphs())
def test_everything_lies_inside_the_drawing(graph: tuple[list[Size], list[Link]]) -> None:
    sizes, links = graph
    layout = lay_out(sizes, links)
    for (x, y), (width, height) in things(layout, sizes, links):
        assert -0.01 <= x - width / 2 <= x + width / 2 <= layout.size[0] + 0.01
        assert -0.01 <= y - height / 2 <= y + height / 2 <= layout.size[1] + 0.01


@given(graphs())
def test_a_link_begins_and_ends_at_the_edges_of_what_it_joins(graph: tuple[list[Size], list[Link]]) -> None:
    sizes, links = graph
    layout = lay_out(sizes, links)
    for link, route in zip(links, layout.routes, strict=True):
        if not route.points:
            assert link.source == link.target
            continue
        for item, (x, y) in ((link.source, route.points[0]), (link.target, route.points[-1])):
            middle, size = layout.items[item], sizes[item]
            assert abs(x - middle[0]) <= size[0] / 2
            assert abs(abs(y - middle[1]) - size[1] / 2) < 0.01


@given(graphs())
def test_the_same_graph_is_drawn_the_same_way(graph: tuple[list[Size], list[Link]]) -> None:
    assert lay_out(*graph) == lay_out(*graph)


@given(graphs())
def test_a_graph_without_its_backward_links_leads_downward(graph: tuple[list[Size], list[Link]]) -> None:
    pairs = [(link.source, link.target) for link in graph[1] if link.source != link.target]
    kept = [pair for pair, leads in zip(pairs, forward(len(graph[0]), pairs), strict=True) if leads]
    rows = ranks(len(graph[0]), kept)
    assert all(rows[source] < rows[target] for source, target in kept)


def test_a_graph_without_circles_has_no_backward_link() -> None:
    assert all(forward(4, [(2, 0), (0, 1), (2, 3), (3, 1)]))


def test_crossings_are_taken_out() -> None:
    pairs = [(0, 5), (1, 4), (2, 3)]
    graph = rows_of(ranks(6, pairs), pairs)
    place = [0] * len(graph.row_of)
    graph.rows[2] = [3, 4, 5]
    note(graph, place)
    assert crossings(graph, place) > 0
    order(graph)
    note(graph, place)
    assert crossings(graph, place) == 0


@given(
    st.lists(st.tuples(st.floats(-500, 500), st.floats(0.1, 9), st.floats(0, 80)), min_size=1, max_size=12),
    st.floats(-3, 3),
)
def test_places_in_a_row_are_the_nearest_that_keep_their_distances(
    wishes: list[tuple[float, float, float]], nudge: float
) -> None:
    wanted, weights, gaps = (list(part) for part in zip(*wishes, strict=True))
    found = fit(wanted, weights, gaps[1:])

    def cost(places: list[float]) -> float:
        return sum(weight * (at - want) ** 2 for at, want, weight in zip(places, wanted, weights, strict=True))

    assert all(right - left >= gap - 1e-6 for left, right, gap in zip(found, found[1:], gaps[1:], strict=False))
    for place in range(len(found)):  # moving any tail of the row aside, where there is room, makes it no better
        moved = [at + (nudge if other >= place else 0) for other, at in enumerate(found)]
        if place == 0 or moved[place] - moved[place - 1] >= gaps[place]:
            assert cost(moved) >= cost(found) - 1e-6


def test_a_link_over_very_many_rows_gets_one_knot() -> None:
    count = 200
    pairs = [*zip(range(count), range(1, count), strict=False), (0, count - 1)]
    graph = rows_of(ranks(count, pairs), pairs)
    assert len(graph.knots[-1]) == 1
    sizes = [(50.0, 20.0)] * count
    assert len(lay_out(sizes, [Link(*pair) for pair in pairs]).routes[-1].points) >= 4


def test_nothing_is_a_drawing_too() -> None:
    assert lay_out([], []).size == (0.0, 0.0)


def test_two_links_between_the_same_items_take_two_ways() -> None:
    link = Link(0, 1, (40.0, 12.0))
    one, other = lay_out([(50.0, 20.0)] * 2, [link, link]).routes
    assert one.points != other.points
    assert not overlap(one.label, link.label, other.label, link.label)
