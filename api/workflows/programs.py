"""The programs of a document's `code` nodes: whether they can be read, and their inputs be variables."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from activities.catalogue import CODE
from interpreter.catalogue import Catalogue
from interpreter.document.model import Document
from interpreter.plan.outline import outline_of
from interpreter.problems import PathPart, Problem

Path = tuple[PathPart, ...]


@dataclass(frozen=True, slots=True)
class Written:
    """The parameters of one program, where they stand, and in which node."""

    said: dict[str, Any]
    path: Path
    node: str


def invalid_programs(document: Document, catalogue: Catalogue) -> Iterator[Problem]:
    """What is wrong with the programs. Nothing heavy is imported for a document without any."""
    written = list(programs_in(document, catalogue))
    if not written:
        return
    from activities.code.check import flaws_in
    from activities.code.node import are_names

    for each, flaw in zip(written, flaws_in(each.said["source"] for each in written), strict=True):
        if flaw is not None:
            place = f" Line {flaw.line} of the program." if flaw.line else ""
            fix = "Write what Python writes, within the subset that `code` runs: no `import` of packages, no classes that inherit, no `yield`, no `del`."
            yield Problem("invalid_code", f"{flaw.message}.{place}", (*each.path, "source"), each.node, fix)
        inputs = each.said.get("inputs")
        if isinstance(inputs, dict) and not are_names(inputs):
            name = next(name for name in inputs if not are_names([name]))
            message = f"`{name}` cannot be a variable of the program."
            fix = "Use letters, digits and _ for the names under `inputs`, and no word of Python's own."
            yield Problem("wrong_parameter", message, (*each.path, "inputs", name), each.node, fix)


def programs_in(document: Document, catalogue: Catalogue) -> Iterator[Written]:
    """Every program of the document, also those that undo a node."""
    outline = outline_of(document, catalogue)
    for index, node in enumerate(outline.nodes):
        path = outline.node_path(index)
        if node.type == CODE.name:
            yield Written(node.with_, (*path, "with"), node.id)
        if node.compensate is not None and node.compensate.type == CODE.name:
            yield Written(node.compensate.with_, (*path, "compensate", "with"), node.id)
