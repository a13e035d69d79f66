"""Every place of a document where an expression stands, parsed once."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Literal, NamedTuple

from interpreter.catalogue import Catalogue, NodeType, Parameter, Tool
from interpreter.document.model import Node
from interpreter.expressions import ExpressionProblem, parse, parse_template, walk
from interpreter.expressions.tree import Constant, Expression, Name, Template
from interpreter.plan.outline import Area, Outline
from interpreter.plan.reads import Reads, reads_of
from interpreter.problems import PathPart, Problem
from interpreter.records import record
from interpreter.values import canonical

Path = tuple[PathPart, ...]
Role = Literal["guard", "edge", "case", "key", "accept", "parameter", "compensate", "until", "output", "run", "slot"]
MERGES = frozenset({"object", "list", "first"})
"""What `merge` may say instead of an expression."""


@record
class Site:
    """A field that holds an expression, or text with templates.

    `node` is the node in whose view it is evaluated (for an edge its source), None for what is
    evaluated at the end of an `area`. A `sole` expression has no text around it. In a `secret` one
    `secrets.NAME` may stand.
    """

    path: Path
    node: int | None
    role: Role
    text: str
    expressions: tuple[Expression, ...]
    reads: Reads
    area: int = 0
    sole: bool = True
    secret: bool = False


@record
class NodeSites:
    """What stands in one node."""

    when: Site | None = None
    cases: tuple[tuple[str, Site], ...] = ()
    key: Site | None = None
    accept: Site | None = None
    parameters: tuple[Site, ...] = ()
    compensate: tuple[Site, ...] = ()


NO_SITES = NodeSites()


@record
class AreaSites:
    """What is evaluated when all nodes of an area have ended."""

    until: Site | None = None
    output: tuple[Site, ...] = ()


@dataclass(slots=True)
class Sites:
    """What stands in a document; `problems` are of what did not parse and so is missing.

    `templates` are the texts that were parsed, so that nobody parses them again.
    """

    nodes: list[NodeSites]
    edges: list[Site | None]
    areas: list[AreaSites]
    run: tuple[Site, ...]
    problems: list[Problem]
    templates: dict[str, Template]

    def of_node(self, index: int) -> tuple[Site, ...]:
        """All sites of a node."""
        return (*self.of_decision(index), *self.of_afterwards(index))

    def of_decision(self, index: int) -> tuple[Site, ...]:
        """What is evaluated until the node has its parameters."""
        sites = self.nodes[index]
        if sites is NO_SITES:
            return ()
        cases = (case for _, case in sites.cases)
        return tuple(site for site in (sites.when, *cases, sites.key, *sites.parameters) if site)

    def of_afterwards(self, index: int) -> tuple[Site, ...]:
        """What is evaluated when the node has an output."""
        sites = self.nodes[index]
        return sites.compensate if sites.accept is None else (sites.accept, *sites.compensate)

    def of_end(self, area: int) -> Iterator[Site]:
        """What is evaluated when all nodes of an area have ended."""
        sites = self.areas[area]
        if sites.until:
            yield sites.until
        yield from sites.output

    def __iter__(self) -> Iterator[Site]:
        for index, sites in enumerate(self.nodes):
            if sites is not NO_SITES:
                yield from self.of_node(index)
        yield from (site for site in self.edges if site)
        for area in range(len(self.areas)):
            yield from self.of_end(area)
        yield from self.run


def sites_of(outline: Outline, catalogue: Catalogue, *, whole: bool = True) -> Sites:
    """All sites of the document; or, if not the `whole` of it is asked for, without those that activities evaluate."""
    return _Reader(outline, catalogue, whole).read()


class _Reader:
    """Walks over a document once and keeps what does not parse as problems."""

    def __init__(self, outline: Outline, catalogue: Catalogue, whole: bool) -> None:  # noqa: FBT001
        self.outline = outline
        self.catalogue = catalogue
        self.whole = whole
        self.problems: list[Problem] = []
        self.templates: dict[str, Template] = {}

    def read(self) -> Sites:
        document = self.outline.document
        nodes = [self._node(index, node) for index, node in enumerate(self.outline.nodes)]
        edges = [self._edge(index) for index in range(len(self.outline.edges))]
        areas = [AreaSites(output=tuple(self._templates(document.output, ("output",), _Where(None, "output"))))]
        areas += [self._end(number, area) for number, area in enumerate(self.outline.areas) if number]
        return Sites(nodes, edges, areas, tuple(self._run()), self.problems, self.templates)

    def _end(self, number: int, area: Area) -> AreaSites:
        """The parameters of a map or a loop that see what their body sees at its end."""
        assert area.owner is not None
        said = self.outline.nodes[area.owner].with_
        until = None
        if said.get("until") is not None:
            until = self._expression(said["until"], (*area.path, "until"), _Where(None, "until", number))
        output = self._templates(said.get("output"), (*area.path, "output"), _Where(None, "output", number))
        return AreaSites(until, tuple(output))

    def _run(self) -> Iterator[Site]:
        document = self.outline.document
        if document.concurrency and document.concurrency.key is not None:
            key = self._expression(document.concurrency.key, ("concurrency", "key"), _Where(None, "slot"))
            if key:
                yield key
        if document.on_failure:
            yield from self._templates(document.on_failure.input, ("on_failure", "input"), _Where(None, "run"))

    def _edge(self, index: int) -> Site | None:
        when, ends = self.outline.edges[index].when, self.outline.ends[index]
        if when is None:
            return None
        path = (*self.outline.edge_path(index), "when")
        area = self.outline.area_of_edge[index]
        return self._expression(when, path, _Where(ends[0] if ends else None, "edge", area))

    def _node(self, index: int, node: Node) -> NodeSites:
        kind = self.outline.kinds[index]
        behaviour = kind.behaviour if kind else None
        when = self._maybe(node.when, index, "guard", "when")
        if not self.whole and behaviour == "activity":
            return NodeSites(when) if when else NO_SITES
        accept = self._maybe(node.accept, index, "accept", "accept")
        if behaviour == "condition":
            return NodeSites(when, tuple(self._cases(index, node)), accept=accept)
        if behaviour == "event":
            return NodeSites(when, key=self._maybe(node.with_.get("key"), index, "key", "with", "key"))
        parameters = tuple(
            self._parameters(node.type, node.with_, _Where(index, "parameter", self._area(index)), "with")
        )
        compensate: tuple[Site, ...] = ()
        if node.compensate:
            where = _Where(index, "compensate", self._area(index))
            undo = node.compensate
            compensate = tuple(self._parameters(undo.type, undo.with_, where, "compensate", "with"))
        if when is None and accept is None and not parameters and not compensate:
            return NO_SITES
        return NodeSites(when, accept=accept, parameters=parameters, compensate=compensate)

    def _area(self, node: int) -> int:
        return self.outline.area_of[node]

    def _cases(self, index: int, node: Node) -> Iterator[tuple[str, Site]]:
        cases = node.with_.get("cases")
        for at, case in enumerate(cases if isinstance(cases, list) else ()):
            if isinstance(case, dict) and "when" in case:
                path = (*self.outline.node_path(index), "with", "cases", at, "when")
                site = self._expression(case["when"], path, _Where(index, "case", self._area(index)))
                if site:
                    yield str(case.get("name")), site

    def _parameters(self, name: str, values: dict[str, Any], where: "_Where", *field: PathPart) -> Iterator[Site]:
        """What stands in the parameters of a type, for a node itself or for what undoes it."""
        assert where.node is not None
        kind, tool = self.catalogue.node_types.get(name), tool_of(name, values, self.catalogue)
        for key, value in values.items():
            parameter = kind.parameters.get(key, ANY) if kind else ANY
            if value is None or parameter.literal or parameter.inside:
                continue
            is_expression = parameter.type == "expression" or is_bare(kind, key, value)
            if not value and not is_expression:
                continue
            path = (*self.outline.node_path(where.node), *field, key)
            if is_expression:
                site = self._expression(value, path, where)
                if site:
                    yield site
            elif tool and key == "args" and isinstance(value, dict):
                for argument, said in value.items():
                    secret = is_write_only(tool, argument)
                    yield from self._templates(said, (*path, argument), where, secret=secret)
            else:
                yield from self._templates(value, path, where, secret=parameter.secret)

    def _maybe(self, value: Any, node: int, role: Role, *field: PathPart) -> Site | None:
        if value is None:
            return None
        return self._expression(value, (*self.outline.node_path(node), *field), _Where(node, role, self._area(node)))

    def _expression(self, value: Any, path: Path, where: "_Where") -> Site | None:
        try:
            tree = expression_of(value)
        except ExpressionProblem as problem:
            self.problems.append(self._unparsed(problem, path, where))
            return None
        return site_at(path, where, text_of(value), (tree,))

    def _templates(self, value: Any, path: Path, where: "_Where", *, secret: bool = False) -> Iterator[Site]:
        for field, text in strings_in(value, path):
            try:
                template = self._template(text)
            except ExpressionProblem as problem:
                self.problems.append(self._unparsed(problem, field, where))
                continue
            yield site_at(field, where, text, template.parts, secret=secret)

    def _template(self, text: str) -> Template:
        if text not in self.templates:
            template = parse_template(text)
            assert template is not None, "strings_in gives only texts with braces"
            self.templates[text] = template
        return self.templates[text]

    def _unparsed(self, problem: ExpressionProblem, path: Path, where: "_Where") -> Problem:
        node = self.outline.areas[where.area].owner if where.node is None else where.node
        return Problem(
            "expression",
            f"The expression cannot be read: {problem.message} (at character {problem.at + 1}).",
            path,
            None if node is None else self.outline.nodes[node].id,
            problem.fix or "Write one expression of the language; text around it goes outside of {{ … }}.",
        )


class _Where(NamedTuple):
    """In whose view a site is evaluated, and what for."""

    node: int | None
    role: Role
    area: int = 0


ANY = Parameter()


def expression_of(value: Any) -> Expression:
    """A field that is an expression by nature: text is parsed, any other value stands for itself."""
    return parse(value) if isinstance(value, str) else Constant(value)


def text_of(value: Any) -> str:
    """Such a field as people wrote it."""
    return value if isinstance(value, str) else canonical(value)


def is_bare(kind: NodeType | None, key: str, value: Any) -> bool:
    """Whether a join's `merge` is an expression without braces around it."""
    is_merge = kind is not None and kind.behaviour == "join" and key == "merge"
    return is_merge and isinstance(value, str) and value not in MERGES and "{{" not in value


def is_write_only(tool: Tool, argument: str) -> bool:
    """Whether the tool marks the argument as one that may hold a secret."""
    schema = tool.parameters.get("properties", {}).get(argument)
    return isinstance(schema, dict) and schema.get("writeOnly") is True


def tool_of(kind: str, said: Mapping[str, Any], catalogue: Catalogue) -> Tool | None:
    """The tool that a `tool_call` with these parameters names, if the catalogue knows it."""
    return catalogue.tools.get(str(said.get("tool"))) if kind == "tool_call" else None


def strings_in(value: Any, path: Path) -> Iterator[tuple[Path, str]]:
    """The texts inside a JSON value that may hold a template, without recursion."""
    waiting: list[tuple[Path, Any]] = [(path, value)]
    while waiting:
        where, part = waiting.pop()
        if isinstance(part, str):
            if "{{" in part:
                yield where, part
        elif isinstance(part, dict):
            waiting += [((*where, str(key)), item) for key, item in reversed(part.items())]
        elif isinstance(part, list | tuple):
            waiting += [((*where, at), item) for at, item in reversed(list(enumerate(part)))]


def site_at(path: Path, where: _Where, text: str, parts: tuple[str | Expression, ...], *, secret: bool = False) -> Site:
    """The site, with what its expressions read."""
    expressions = tuple(part for part in parts if not isinstance(part, str))
    reads = reads_of(expressions)
    return Site(path, where.node, where.role, text, expressions, reads, where.area, len(parts) == 1, secret)


def roots_of(expression: Expression) -> frozenset[str]:
    """All names that an expression begins with or binds."""
    return frozenset(part.name for part in walk(expression) if isinstance(part, Name))
