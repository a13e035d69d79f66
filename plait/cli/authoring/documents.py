"""Workflows in files, as commands that store or compare them take them."""

from collections.abc import Iterable
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from plait.cli.authoring.sources import Source, Unreadable, sources_of
from plait.cli.remote import Refused
from plait.projects import MANIFEST, WORKFLOWS

if TYPE_CHECKING:
    from interpreter.document.read import Reading


@dataclass(frozen=True, slots=True)
class LocalWorkflow:
    """A file's bytes, and the document in them."""

    source: Source
    slug: str
    document: dict[str, Any]

    @property
    def headers(self) -> dict[str, str]:
        """What the bytes are."""
        return {"content-type": self.source.media_type}


def read_local(names: Iterable[str]) -> list[LocalWorkflow]:
    """The workflows in files and folders, in order. Raises Refused for what is none, and for a slug that comes twice.

    Of an exported project only its workflows are meant.
    """
    found: dict[str, LocalWorkflow] = {}
    for source in sources_of(map(workflows_in, names)):
        if isinstance(source, Unreadable):
            raise Refused({"code": "not_found", "detail": source.reason})
        workflow = parsed(source)
        if (other := found.get(workflow.slug)) is not None:
            detail = f"{other.source.name} and {source.name} are both {workflow.slug}: name one of them."
            raise Refused({"code": "input", "detail": detail})
        found[workflow.slug] = workflow
    return list(found.values())


def workflows_in(name: str) -> str:
    """The folder of workflows where an exported project is named."""
    return str(Path(name) / WORKFLOWS) if (Path(name) / MANIFEST).is_file() else name


def parsed(source: Source) -> LocalWorkflow:
    """The document in a source."""
    from interpreter.document.dump import document_json
    from interpreter.document.read import read_document

    reading = read_document(source.content, source.media_type)
    if reading.document is None:
        raise not_a_workflow(source.name, reading)
    return LocalWorkflow(source, reading.document.slug, document_json(reading.document))


def not_a_workflow(name: str, reading: "Reading") -> Refused:
    """Why a source cannot be read."""
    errors = [asdict(found) | {"path": found.dotted} for found in reading.problems]
    return Refused({"code": "workflow_invalid", "detail": f"{name} is not a workflow.", "errors": errors})
