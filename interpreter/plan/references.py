"""Checks of the names in expressions: that they exist, are upstream, and may stand where they do."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from interpreter.document.model import NODE_ID
from interpreter.expressions import RESERVED, children
from interpreter.expressions.tree import Expression, Index, Macro, Member, Name
from interpreter.plan.draft import Draft, did_you_mean, listed
from interpreter.plan.outline import item_names
from interpreter.plan.sites import Role, Site
from interpreter.problems import Problem

OF_A_NODE = ("output", "status", "outcome", "error", "input", "meta")
OF_A_RUN = ("id", "started_at", "environment")
EVERYWHERE = ("input", "vars", "env", "run", "nodes")
ROOTS: dict[Role, tuple[str, ...]] = {
    "guard": (*EVERYWHERE, "arrived"),
    "edge": (*EVERYWHERE, "arrived"),
    "case": (*EVERYWHERE, "arrived"),
    "key": (*EVERYWHERE, "arrived"),
    "parameter": (*EVERYWHERE, "arrived"),
    "accept": (*EVERYWHERE, "arrived", "output"),
    "compensate": EVERYWHERE,
    "until": EVERYWHERE,
    "output": EVERYWHERE,
    "run": (*EVERYWHERE, "error"),
    "slot": ("input", "vars", "env"),
}
DECIDED_BY_THE_WORKFLOW: frozenset[Role] = frozenset({"guard", "edge", "case", "key"})
PLAIN = frozenset({"input", "nodes", "vars"})
NO_NAMES_OF_ITEMS = frozenset({*EVERYWHERE, "arrived", "secrets", "output", "error", "lap", "prev"})
"""What `as` cannot call an item: it means something already."""


def check_references(draft: Draft) -> Iterator[Problem]:
    """What is wrong with the names in all expressions, and with those that maps give their items."""
    yield from _names_of_items(draft)
    for site in draft.sites:
        looking = _Looking(draft, site)
        if not looking.is_plain():
            for expression in site.expressions:
                yield from looking.check(expression, frozenset())


def _names_of_items(draft: Draft) -> Iterator[Problem]:
    """`as` says a name that is free: of the language's, and of those that maps around this one give."""
    outline = draft.outline
    for number, area in enumerate(outline.areas):
        if area.owner is None or outline.behaviour(area.owner) != "map":
            continue
        said = outline.nodes[area.owner].with_.get("as")
        if said is not None and not (isinstance(said, str) and is_free_name(said)):
            message = f"`{said}` cannot be what the body calls an item."
            fix = "Begin with a lower-case letter, go on with a-z, 0-9 and _, and take no name of the language."
            yield draft.at_node("wrong_parameter", area.owner, message, fix, "with", "as")
            continue
        outer = outline.names_in[outline.area_of[area.owner]]
        if hidden := [name for name in item_names(outline, number) if name in outer]:
            message = f"`{hidden[0]}` already means something here: a map around this one gives it."
            fix = "Give the items of this map a name of their own, such as `as: row`."
            field = ("with", "as") if said is not None else ("with",)
            yield draft.at_node("shadowed_name", area.owner, message, fix, *field)


def is_free_name(name: str) -> bool:
    """Whether `as` may call an item so."""
    return NODE_ID.fullmatch(name) is not None and name not in RESERVED and name not in NO_NAMES_OF_ITEMS


@dataclass(slots=True)
class _Looking:
    """The names of one site; `arrivals` are the variables that stand for one of the edges in `arrived`."""

    draft: Draft
    site: Site
    arrivals: frozenset[str] = frozenset()

    @property
    def given(self) -> Mapping[str, int]:
        """The names of items and laps here."""
        return self.draft.outline.names_in[self.site.area]

    def is_plain(self) -> bool:
        """Whether all names are fields of the input, of constants, or of nodes upstream, as most are."""
        reads, constants = self.site.reads, self.draft.outline.document.vars
        return (
            not reads.binds
            and reads.roots <= PLAIN
            and all(root == "input" or (root == "vars" and field in constants) for root, field in reads.members)
            and all(self._is_plain(node, field) for node, field in reads.nodes)
        )

    def _is_plain(self, node: str, field: str) -> bool:
        index = self.draft.outline.index_of.get(node) if "nodes" in ROOTS[self.site.role] else None
        return index is not None and field in OF_A_NODE and self.draft.acyclic and self._is_visible(index)

    def check(self, expression: Expression, bound: frozenset[str]) -> Iterator[Problem]:
        match expression:
            case Name(name) if name not in bound:
                yield from self._root(name)
            case Member(Member(Name("nodes"), node), field) if "nodes" not in bound:
                yield from self._node(node, field)
            case Member(Name("vars" | "env" | "run" | "secrets" as root), field) if root not in bound:
                yield from self._member(root, field)
            case Macro():
                yield from self._macro(expression, bound)
            case Member(of, "output") if self.site.role in DECIDED_BY_THE_WORKFLOW and self._is_arrived(of):
                message = "The outputs of `arrived` are not at hand where the workflow itself decides."
                yield self._problem("arrived_output", message, "Read it in a `transform` before this node.")
            case _:
                for part in children(expression):
                    yield from self.check(part, bound)

    def _macro(self, macro: Macro, bound: frozenset[str]) -> Iterator[Problem]:
        yield from self.check(macro.over, bound)
        if macro.variable in (*EVERYWHERE, "arrived", "secrets", *self.given):
            message = f"`{macro.variable}` already means something here."
            yield self._problem("shadowed_name", message, "Give the variable another name.")
            return
        if isinstance(macro.over, Name) and macro.over.name == "arrived":
            self.arrivals |= {macro.variable}
        for part in children(macro):
            if part is not macro.over:
                yield from self.check(part, bound | {macro.variable})
        self.arrivals -= {macro.variable}

    def _is_arrived(self, of: Expression) -> bool:
        """Whether this is one of the edges in `arrived`."""
        if isinstance(of, Name):
            return of.name in self.arrivals
        return isinstance(of, Index) and isinstance(of.of, Name) and of.of.name == "arrived"

    def _root(self, name: str) -> Iterator[Problem]:
        roots = (*ROOTS[self.site.role], *self.given)
        if name == "nodes":
            message = "`nodes` stands only before the id of a node and what is read of it."
            yield self._problem("bad_reference", message, "Write `nodes.<id>.output`.")
        elif name == "secrets":
            message = "`secrets` stands only before the name of a secret."
            yield self._problem("bad_reference", message, "Write `secrets.<NAME>`.")
        elif name not in roots:
            message = f"There is no `{name}` here."
            fix = self._fix_of_root(name, roots)
            yield self._problem("unknown_name", message, fix)

    def _fix_of_root(self, name: str, roots: tuple[str, ...]) -> str:
        if name in self.draft.outline.index_of:
            return f"Did you mean `nodes.{name}.output`?"
        if name in self.draft.outline.document.vars:
            return f"Did you mean `vars.{name}`?"
        return did_you_mean(name, roots, f"Known are {listed(roots)}.")

    def _member(self, root: str, field: str) -> Iterator[Problem]:
        document = self.draft.outline.document
        if root == "secrets":
            if not self.site.secret:
                message = "A secret may not stand here."
                fix = "Put it in a parameter that may hold secrets: url, headers, query, json or body of an http_request, or a tool's `writeOnly` argument."
                yield self._problem("secret_not_allowed", message, fix)
            return
        known = {"vars": document.vars, "env": document.env, "run": OF_A_RUN}[root]
        if field not in known:
            message = f"There is no `{root}.{field}`."
            otherwise = f"Declare it under `{root}`." if root != "run" else f"Known are {listed(OF_A_RUN)}."
            yield self._problem("unknown_name", message, did_you_mean(field, known, otherwise))

    def _node(self, node: str, field: str) -> Iterator[Problem]:
        outline = self.draft.outline
        index = outline.index_of.get(node)
        if index is None:
            message = f"There is no node `{node}`."
            fix = did_you_mean(node, outline.index_of, "Name a node of this document.")
            yield self._problem("unknown_reference", message, fix)
        elif field not in OF_A_NODE:
            message = f"A node has no `{field}`."
            fix = did_you_mean(field, OF_A_NODE, f"Did you mean `nodes.{node}.output.{field}`?")
            yield self._problem("unknown_name", message, fix)
        elif self.draft.acyclic and not self._is_visible(index):
            yield self._not_visible(index)

    def _is_visible(self, index: int) -> bool:
        outline, reader = self.draft.outline, self.site.node
        if reader is None:
            owner = outline.areas[self.site.area].owner
            own = outline.area_of[index] == self.site.area
            return own or (owner is not None and bool(self.draft.ancestors[owner] >> index & 1))
        upstream = self.draft.ancestors[reader]
        if self.site.role in {"edge", "compensate"}:
            upstream |= 1 << reader
        return bool(upstream >> index & 1)

    def _not_visible(self, index: int) -> Problem:
        outline = self.draft.outline
        name = outline.nodes[index].id
        here = (self.site.area, *(area for area, _ in outline.around(self.site.area)))
        if outline.area_of[index] not in here:
            owner = next(owner for area, owner in outline.around(outline.area_of[index]) if area in here)
            repeats = outline.nodes[owner].id
            message = f"`{name}` is inside `{repeats}`: outside, only what `{repeats}` itself gives is seen."
            return self._problem("inside_body", message, f"Read `nodes.{repeats}.output`.")
        reader = outline.areas[self.site.area].owner if self.site.node is None else self.site.node
        assert reader is not None, "the end of the run sees all nodes of its graph"
        if index == reader and self.site.node is not None:
            return self._problem("not_upstream", f"`{name}` cannot read itself.", "Read a node before it.")
        if any(owner == index for _, owner in outline.around(self.site.area)):
            message = f"`{name}` has no output yet where its own body is."
            return self._problem("not_upstream", message, "Read a node of the body, or one before it.")
        message = f"`{name}` is not upstream of `{outline.nodes[reader].id}`: no edges lead from it to here."
        fix = f"Add edges on a way from `{name}` to here, or read another node."
        return self._problem("not_upstream", message, fix)

    def _problem(self, code: str, message: str, fix: str) -> Problem:
        return self.draft.at_site(code, self.site, message, fix)
