"""Checks of the names in expressions: that they exist, are upstream, and may stand where they do."""

from collections.abc import Iterator
from dataclasses import dataclass

from interpreter.expressions import children
from interpreter.expressions.tree import Expression, Index, Macro, Member, Name
from interpreter.plan.draft import Draft, did_you_mean, listed
from interpreter.plan.sites import Role, Site
from interpreter.problems import Problem

OF_A_NODE = ("output", "status", "outcome", "error", "input", "meta")
OF_A_RUN = ("id", "started_at", "environment")
EVERYWHERE = ("input", "vars", "env", "run", "nodes")
ROOTS: dict[Role, tuple[str, ...]] = {
    "guard": (*EVERYWHERE, "arrived"),
    "edge": (*EVERYWHERE, "arrived"),
    "case": (*EVERYWHERE, "arrived"),
    "parameter": (*EVERYWHERE, "arrived"),
    "accept": (*EVERYWHERE, "arrived", "output"),
    "compensate": EVERYWHERE,
    "output": EVERYWHERE,
    "run": (*EVERYWHERE, "error"),
}
DECIDED_BY_THE_WORKFLOW: frozenset[Role] = frozenset({"guard", "edge", "case"})


def check_references(draft: Draft) -> Iterator[Problem]:
    """What is wrong with the names in all expressions."""
    for site in draft.sites:
        looking = _Looking(draft, site)
        for expression in site.expressions:
            yield from looking.check(expression, frozenset())


@dataclass(slots=True)
class _Looking:
    """The names of one site; `arrivals` are the variables that stand for one of the edges in `arrived`."""

    draft: Draft
    site: Site
    arrivals: frozenset[str] = frozenset()

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
        if macro.variable in (*EVERYWHERE, "arrived", "secrets"):
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
        roots = ROOTS[self.site.role]
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
            reader = self.site.node
            assert reader is not None
            own = index == reader
            message = (
                f"`{node}` cannot read itself."
                if own
                else f"`{node}` is not upstream of `{outline.nodes[reader].id}`: no edges lead from it to here."
            )
            fix = (
                "Read a node before it." if own else f"Add edges on a way from `{node}` to here, or read another node."
            )
            yield self._problem("not_upstream", message, fix)

    def _is_visible(self, index: int) -> bool:
        reader = self.site.node
        if reader is None:
            return True
        upstream = self.draft.ancestors[reader]
        if self.site.role in {"edge", "compensate"}:
            upstream |= 1 << reader
        return bool(upstream >> index & 1)

    def _problem(self, code: str, message: str, fix: str) -> Problem:
        node = None if self.site.node is None else self.draft.outline.nodes[self.site.node].id
        return Problem(code, message, self.site.path, node, fix)
