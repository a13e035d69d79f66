"""A picture as SVG, for any browser and any reader: no script, no font from elsewhere, light and dark."""

from collections.abc import Iterator
from dataclasses import dataclass
from xml.sax.saxutils import escape, quoteattr

from plait.drawing.layout import Layout, Link, Point, Route, Size, lay_out
from plait.drawing.measure import fitted, text_width, wrapped
from plait.drawing.picture import Arrow, Box, Picture
from plait.drawing.shapes import ICON, POINT, icon, outline
from plait.drawing.sheet import STYLE

MARGIN = 24.0
PADDING_X, PADDING_Y = 16.0, 10.0

WIDEST, NARROWEST = 220.0, 84.0
INSIDE = 18.0
TITLE, KIND, LABEL = 14.0, 11.0, 12.0
LEADING = 1.3
LONGEST_LABEL = 180.0


@dataclass(frozen=True, slots=True)
class Line:
    """One line of text: its class, its size, what it says."""

    role: str
    size: float
    text: str


@dataclass(frozen=True, slots=True)
class Figure:
    """A box with its text, its size and what is inside it."""

    box: Box
    lines: tuple[Line, ...]
    size: Size
    inner: "Drawn | None" = None

    @property
    def head(self) -> float:
        """How high the text is, its padding included."""
        return sum(line.size * LEADING for line in self.lines) + 2 * PADDING_Y


@dataclass(frozen=True, slots=True)
class Drawn:
    """A picture with the places of all that is in it."""

    picture: Picture
    figures: tuple[Figure, ...]
    labels: tuple[tuple[Line, ...], ...]
    layout: Layout


def svg(picture: Picture, title: str) -> str:
    """The whole drawing. What is written on it is cut where it is long, and whole in the tooltips."""
    drawn = draw(picture)
    width, height = (number(side + 2 * MARGIN) for side in drawn.layout.size)
    size = f'viewBox="0 0 {width} {height}" width="{width}" height="{height}"'
    return "\n".join(
        [
            f'<svg xmlns="http://www.w3.org/2000/svg" {size} role="img" aria-labelledby="plait-name plait-summary">',
            f'<title id="plait-name">{text(title)}</title>',
            f'<desc id="plait-summary">{text(picture.summary())}</desc>',
            f"<style>\n{STYLE}\n</style>",
            "<defs>",
            *(
                f'<marker id="{name}" viewBox="0 0 10 10" refX="9" refY="5" markerWidth="8" markerHeight="8" '
                f'markerUnits="userSpaceOnUse" orient="auto"><path class="{name}" d="M0 1L10 5L0 9z"/></marker>'
                for name in ("tip", "error-tip")
            ),
            "</defs>",
            '<rect class="paper" width="100%" height="100%"/>',
            f'<g transform="translate({number(MARGIN)} {number(MARGIN)})">',
            *graph(drawn),
            "</g>",
            "</svg>",
            "",
        ]
    )


def draw(picture: Picture) -> Drawn:
    """Measure the text, lay out the insides, then the whole."""
    figures = tuple(map(figure, picture.boxes))
    labels = tuple(map(label_lines, picture.arrows))
    links = [
        Link(arrow.source, arrow.target, size_of(lines)) for arrow, lines in zip(picture.arrows, labels, strict=True)
    ]
    return Drawn(picture, figures, labels, lay_out([each.size for each in figures], links))


def figure(box: Box) -> Figure:
    """A box, as large as what is in it."""
    lines = [Line("title", TITLE, line) for line in wrapped(box.title, TITLE, WIDEST, 2)]
    lines.append(Line("kind", KIND, fitted(box.kind, KIND, WIDEST)))
    if box.guard:
        lines.append(Line("guard", KIND, fitted(f"when {box.guard}", KIND, WIDEST)))
    width, height = size_of(lines)
    width += 2 * PADDING_X + (2 * POINT if box.shape == "decision" else 0) + (ICON + 8 if icon(box.shape) else 0)
    width, height = max(width, NARROWEST), height + 2 * PADDING_Y
    if box.body is None:
        return Figure(box, tuple(lines), (width, height))
    inner = draw(box.body)
    size = max(width, inner.layout.size[0] + 2 * INSIDE), height + inner.layout.size[1] + INSIDE
    return Figure(box, tuple(lines), size, inner)


def label_lines(arrow: Arrow) -> tuple[Line, ...]:
    """What is written on an arrow: its outcomes, and below them its guard."""
    lines: list[Line] = []
    if arrow.label:
        lines.append(Line(f"label {arrow.tone}", LABEL, fitted(arrow.label, LABEL, LONGEST_LABEL)))
    if arrow.guard:
        lines.append(Line("guard on-way", KIND, fitted(f"when {arrow.guard}", KIND, LONGEST_LABEL)))
    return tuple(lines)


def size_of(lines: tuple[Line, ...] | list[Line]) -> Size:
    """The room that lines below each other take."""
    width = max((text_width(line.text, line.size) for line in lines), default=0.0)
    return width, sum(line.size * LEADING for line in lines)


def graph(drawn: Drawn) -> Iterator[str]:
    """Arrows first, so that their ends lie below what they lead to; labels last, above everything."""
    for arrow, route in zip(drawn.picture.arrows, drawn.layout.routes, strict=True):
        yield from way(arrow, route)
    for each, middle in zip(drawn.figures, drawn.layout.items, strict=True):
        yield from box(each, middle)
    for arrow, lines, route in zip(drawn.picture.arrows, drawn.labels, drawn.layout.routes, strict=True):
        if lines and route.points:
            left = route.label[0], route.label[1] - size_of(lines)[1] / 2
            yield from written(lines, left, " · ".join(filter(None, (arrow.label, arrow.guard))))


def way(arrow: Arrow, route: Route) -> Iterator[str]:
    """The line of an arrow: straight through rows, curved between them."""
    if not route.points:
        return
    path = f"M{point(route.points[0])}"
    for place, (before, here) in enumerate(zip(route.points, route.points[1:], strict=False)):
        if place % 2 == 0 or before[0] == here[0]:
            path += f"L{point(here)}" if before != here else ""
        else:
            half = (before[1] + here[1]) / 2
            path += f"C{point((before[0], half))} {point((here[0], half))} {point(here)}"
    yield f'<path class="way {arrow.tone}" d="{path}"/>'


def box(each: Figure, middle: Point) -> Iterator[str]:
    """A box at its place, with its text, its icon and its inside."""
    (width, height), shape = each.size, each.box.shape
    left, top = middle[0] - width / 2, middle[1] - height / 2
    classes = [shape, *(["guarded"] if each.box.guard else []), *(["body"] if each.inner else [])]
    yield f'<g class="{" ".join(classes)}" transform="translate({number(left)} {number(top)})">'
    yield f"<title>{text(tooltip(each.box))}</title>"
    yield from outline(shape, width, height)
    aside = (ICON + 8) / 2 if icon(shape) else 0.0
    if drawing := icon(shape):
        wide = size_of(each.lines)[0]
        yield f'<path class="mark" transform="translate({number(width / 2 - wide / 2 - aside)} {number(each.head / 2 - ICON / 2)})" d="{drawing}"/>'
    yield from written(each.lines, (width / 2 + aside, PADDING_Y))
    if each.inner is not None:
        inset = (width - each.inner.layout.size[0]) / 2
        yield f'<g transform="translate({number(inset)} {number(each.head)})">'
        yield from graph(each.inner)
        yield "</g>"
    yield "</g>"


def written(lines: tuple[Line, ...], top: Point, whole: str | None = None) -> Iterator[str]:
    """Lines of text below each other, their middle at `top`; with a tooltip where one is given."""
    across, at = top
    for line in lines:
        at += line.size * LEADING
        shown = f"<title>{text(whole)}</title>{text(line.text)}" if whole else text(line.text)
        yield f'<text class={quoteattr(line.role)} x="{number(across)}" y="{number(at - line.size * 0.32)}">{shown}</text>'


def tooltip(each: Box) -> str:
    """All that is to be said of a box, uncut."""
    return f"{each.title} ({each.kind})" + (f", when {each.guard}" if each.guard else "")


def text(said: str) -> str:
    """Text as XML may hold it: marks escaped, control characters left out."""
    return escape("".join(letter if letter >= " " and not "\ufffe" <= letter <= "\uffff" else " " for letter in said))


def point(at: Point) -> str:
    """A point of a path."""
    return f"{number(at[0])} {number(at[1])}"


def number(value: float) -> str:
    """A length with one digit behind the point, if that is not 0."""
    return f"{value:.1f}".removesuffix(".0")
