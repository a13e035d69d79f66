"""The workflow of a fixture: read, and compiled without a server."""

from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

from interpreter.catalogue import Catalogue
from interpreter.document.model import Document
from interpreter.document.read import read_document
from interpreter.plan.compile import compile_document
from interpreter.plan.model import Plan
from interpreter.problems import Problem
from plait.testing.read import unreadable

Offer = Callable[[Document], tuple[Catalogue, tuple[Problem, ...]]]
"""What a document may name here, and a note on each name that was taken for granted."""


@dataclass(frozen=True, slots=True)
class WorkflowFile:
    """A workflow's plan if there is one, what is wrong with it, and what could not be checked here."""

    path: Path
    plan: Plan | None
    problems: tuple[Problem, ...] = ()
    notes: tuple[Problem, ...] = ()


@dataclass(frozen=True, slots=True)
class Workflows:
    """Workflows by file, each compiled once."""

    offer: Offer
    known: dict[Path, WorkflowFile] = field(default_factory=dict)

    def load(self, path: Path) -> WorkflowFile:
        """The workflow in a file."""
        resolved = path.resolve()
        if resolved not in self.known:
            self.known[resolved] = compiled(path, self.offer)
        return self.known[resolved]


def compiled(path: Path, offer: Offer) -> WorkflowFile:
    """Read and compile a file."""
    try:
        source = path.read_bytes()
    except OSError as error:
        return WorkflowFile(path, None, (unreadable(error),))
    reading = read_document(source, "application/json" if path.suffix == ".json" else "application/yaml")
    if reading.document is None:
        return WorkflowFile(path, None, reading.problems)
    catalogue, notes = offer(reading.document)
    found = compile_document(reading.document, catalogue)
    problems, notes = (tuple(map(reading.positions.locate, each)) for each in (found.problems, notes))
    return WorkflowFile(path, found.plan, problems, notes)
