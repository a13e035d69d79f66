"""Every place of a document where an expression stands, parsed once."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, Literal

from interpreter.catalogue import Catalogue, NodeType, Parameter, Tool
from interpreter.document.model import Node
from interpreter.expressions import ExpressionProblem, parse, parse_template, walk
from interpreter.expressions.tree import Constant, Expression, Member, Name, Template
from interpreter.plan.outline import Outline
from interpreter.problems import PathPart, Problem
from interpreter.values import canonical

Path = tuple[PathPart, ...]
Role = Literal["guard", "edge", "case", "accept", "parameter", "compensate", "output", "run"]
MERGES = frozenset({"object", "list", "first"})
"""What `merge` may say instead of an expression."""


@dataclass(frozen=True, slots=True)
class Site:
    """A field that holds an expression, or text with templates.

    `node` is the node in whose view it is evaluated (for an edge its source), None for the run's.
    `nodes` are the ids that it names, each as often as it does; `roots` all names that it begins with
    or binds. In a `secret` one `secrets.NAME` may stand.
    """

    path: Path
    node: int | None
    role: Role
    text: str
    expressions: tuple[Expression, ...]
    nodes: tuple[str, ...]
    roots: frozenset[str]
    secret: bool = False


@dataclass(slots=True)
class NodeSites:
    """What stands in one node."""

    when: Site | None
    cases: tuple[tuple[str, Site], ...]
    accept: Site | None
    parameters: tuple[Site, ...]
    compensate: tuple[Site, ...]


@dataclass(slots=True)
class Sites:
    """What stands in a document; `problems` are of what did not parse and so is missing.

    `templates` are the texts that were parsed, so that nobody parses them again.
    """

    nodes: list[NodeSites]
    edges: list[Site | None]
    output: tuple[Site, ...]
    run: tuple[Site, ...]
    problems: list[Problem]
    templates: dict[str, Template]

    def of_node(self, index: int) -> Iterator[Site]:
        """All sites of a node, in the order of its fields."""
        sites = self.nodes[index]
        if sites.when:
            yield sites.when
        for _, case in sites.cases:
            yield case
        yield from sites.parameters
        if sites.accept:
            yield sites.accept
        yield from sites.compensate

    def __iter__(self) -> Iterator[Site]:
        for index in range(len(self.nodes)):
            yield from self.of_node(index)
        yield from (site for site in self.edges if site)
        yield from self.output
        yield from self.run


def sites_of(outline: Outline, catalogue: Catalogue) -> Sites:
    """All sites of the document."""
    return _Reader(outline, catalogue).read()


class _Reader:
    """Walks over a document once and keeps what does not parse as problems."""

    def __init__(self, outline: Outline, catalogue: Catalogue) -> None:
        self.outline = outline
        self.catalogue = catalogue
        self.problems: list[Problem] = []
        self.templates: dict[str, Template] = {}

    def read(self) -> Sites:
        document = self.outline.document
        nodes = [self._node(index, node) for index, node in enumerate(self.outline.nodes)]
        edges = [self._edge(index) for index in range(len(self.outline.edges))]
        output = tuple(self._templates(document.output, ("output",), None, "output"))
        return Sites(nodes, edges, output, tuple(self._run()), self.problems, self.templates)

    def _run(self) -> Iterator[Site]:
        document = self.outline.document
        if document.concurrency and document.concurrency.key is not None:
            key = self._expression(document.concurrency.key, ("concurrency", "key"), None, "run")
            if key:
                yield key
        if document.on_failure:
            yield from self._templates(document.on_failure.input, ("on_failure", "input"), None, "run")

    def _edge(self, index: int) -> Site | None:
        when, ends = self.outline.edges[index].when, self.outline.ends[index]
        if when is None:
            return None
        path = (*self.outline.edge_path(index), "when")
        return self._expression(when, path, ends[0] if ends else None, "edge")

    def _node(self, index: int, node: Node) -> NodeSites:
        path, kind = self.outline.node_path(index), self.outline.kinds[index]
        when = self._maybe(node.when, (*path, "when"), index, "guard")
        accept = self._maybe(node.accept, (*path, "accept"), index, "accept")
        if kind and kind.behaviour == "condition":
            return NodeSites(when, tuple(self._cases(index, node)), accept, (), ())
        called = (kind, tool_of(node, self.catalogue))
        parameters = tuple(self._parameters(index, node.with_, (*path, "with"), called, role="parameter"))
        compensate: tuple[Site, ...] = ()
        if node.compensate:
            undo = self.catalogue.node_types.get(node.compensate.type)
            undo_tool = self.catalogue.tools.get(str(node.compensate.with_.get("tool")))
            where = (*path, "compensate", "with")
            compensate = tuple(
                self._parameters(index, node.compensate.with_, where, (undo, undo_tool), role="compensate")
            )
        return NodeSites(when, (), accept, parameters, compensate)

    def _cases(self, index: int, node: Node) -> Iterator[tuple[str, Site]]:
        cases = node.with_.get("cases")
        for at, case in enumerate(cases if isinstance(cases, list) else ()):
            if isinstance(case, dict) and "when" in case:
                path = (*self.outline.node_path(index), "with", "cases", at, "when")
                site = self._expression(case["when"], path, index, "case")
                if site:
                    yield str(case.get("name")), site

    def _parameters(
        self, index: int, values: dict[str, Any], path: Path, called: "_Called", *, role: Role
    ) -> Iterator[Site]:
        kind, tool = called
        for key, value in values.items():
            parameter = kind.parameters.get(key, ANY) if kind else ANY
            where = (*path, key)
            if parameter.literal:
                continue
            if parameter.type == "expression" or is_bare(kind, key, value):
                site = self._expression(value, where, index, role)
                if site:
                    yield site
            elif tool and key == "args" and isinstance(value, dict):
                for name, argument in value.items():
                    secret = is_write_only(tool, name)
                    yield from self._templates(argument, (*where, name), index, role, secret=secret)
            else:
                yield from self._templates(value, where, index, role, secret=parameter.secret)

    def _maybe(self, value: Any, path: Path, node: int, role: Role) -> Site | None:
        return None if value is None else self._expression(value, path, node, role)

    def _expression(self, value: Any, path: Path, node: int | None, role: Role) -> Site | None:
        try:
            tree = expression_of(value)
        except ExpressionProblem as problem:
            self.problems.append(self._unparsed(problem, path, node))
            return None
        return site_at(path, node, role, text_of(value), (tree,))

    def _templates(
        self, value: Any, path: Path, node: int | None, role: Role, *, secret: bool = False
    ) -> Iterator[Site]:
        for where, text in strings_in(value, path):
            try:
                template = self._template(text)
            except ExpressionProblem as problem:
                self.problems.append(self._unparsed(problem, where, node))
                continue
            yield site_at(where, node, role, text, expressions_in(template), secret=secret)

    def _template(self, text: str) -> Template:
        if text not in self.templates:
            template = parse_template(text)
            assert template is not None, "strings_in gives only texts with braces"
            self.templates[text] = template
        return self.templates[text]

    def _unparsed(self, problem: ExpressionProblem, path: Path, node: int | None) -> Problem:
        return Problem(
            "expression",
            f"The expression cannot be read: {problem.message} (at character {problem.at + 1}).",
            path,
            None if node is None else self.outline.nodes[node].id,
            problem.fix or "Write one expression of the language; text around it goes outside of {{ … }}.",
        )


ANY = Parameter()
_Called = tuple[NodeType | None, Tool | None]


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


def tool_of(node: Node, catalogue: Catalogue) -> Tool | None:
    """The tool that a `tool_call` names, if the catalogue knows it."""
    return catalogue.tools.get(str(node.with_.get("tool"))) if node.type == "tool_call" else None


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


def expressions_in(template: Template) -> tuple[Expression, ...]:
    """The expressions of a template."""
    return tuple(part for part in template.parts if not isinstance(part, str))


def site_at(
    path: Path, node: int | None, role: Role, text: str, expressions: tuple[Expression, ...], *, secret: bool = False
) -> Site:
    """The site, with the names that it reads: each expression is walked once for all who ask."""
    nodes: list[str] = []
    roots: set[str] = set()
    for expression in expressions:
        for part in walk(expression):
            if isinstance(part, Name):
                roots.add(part.name)
            elif isinstance(part, Member) and isinstance(part.of, Name) and part.of.name == "nodes":
                nodes.append(part.field)
    return Site(path, node, role, text, expressions, tuple(nodes), frozenset(roots), secret)


def names(expression: Expression, name: str) -> bool:
    """Whether the expression reads this root of the scope."""
    return any(isinstance(part, Name) and part.name == name for part in walk(expression))
