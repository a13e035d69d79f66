"""Drawing workflows: as Mermaid for Markdown, as SVG for everything else."""

import sys
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, assert_never

import typer

from plait.cli.authoring.sources import ENDINGS, STDIN, Source, Unreadable, from_stdin, read_source
from plait.cli.files import write_file
from plait.cli.remote import Refused, connected

if TYPE_CHECKING:
    from interpreter.document.model import Document


class Format(StrEnum):
    """What a drawing is written as."""

    MERMAID = "mermaid"
    SVG = "svg"


def graph(
    workflow: Annotated[str, typer.Argument(metavar="FILE|REF", help="A workflow's file, -, or its slug or id.")],
    version: Annotated[int | None, typer.Option(help="Of a stored workflow, a version other than the newest.")] = None,
    format_: Annotated[
        Format | None,
        typer.Option("--format", "-f", help="As what; by the ending of --output, else mermaid.", show_default=False),
    ] = None,
    output: Annotated[Path | None, typer.Option("--output", "-o", help="The file to write.")] = None,
) -> None:
    """Draw a workflow: plait graph invoice.yaml -o invoice.svg. What a save would refuse is drawn, too."""
    from activities.catalogue import NODE_TYPES
    from interpreter.catalogue import Catalogue
    from plait.drawing.document import picture_of
    from plait.drawing.mermaid import mermaid
    from plait.drawing.svg import svg

    document = document_of(workflow, version)
    picture = picture_of(document, Catalogue(node_types=dict(NODE_TYPES)))
    title = document.name or document.slug
    match format_ or (Format.SVG if output and output.suffix == ".svg" else Format.MERMAID):
        case Format.MERMAID:
            drawn = mermaid(picture, title)
        case Format.SVG:
            drawn = svg(picture, title)
        case unknown:
            assert_never(unknown)
    if output is None:
        sys.stdout.write(drawn)
        return
    write_file(output, drawn.encode())


def document_of(workflow: str, version: int | None) -> "Document":
    """The document in a file, on standard input, or stored. Raises Refused with all that keeps it from being one."""
    from interpreter.document.model import Document

    if workflow == STDIN:
        return read(from_stdin())
    if Path(workflow).is_file() or workflow.endswith(ENDINGS):
        source = read_source(Path(workflow))
        if isinstance(source, Unreadable):
            raise Refused({"code": "not_found", "detail": source.reason})
        return read(source)
    return Document.model_validate(stored(workflow, version), by_alias=True, by_name=False)


def read(source: Source) -> "Document":
    """A source as a document."""
    from interpreter.document.read import read_document

    reading = read_document(source.content, source.media_type)
    if reading.document is None:
        detail = f"{source.name} is not a workflow; `plait validate` shows where."
        raise Refused(
            {
                "code": "workflow_invalid",
                "detail": detail,
                "errors": [
                    {"path": each.dotted, "message": each.message, "fix": each.fix, "line": each.line}
                    for each in reading.problems
                ],
            }
        )
    return reading.document


def stored(ref: str, version: int | None) -> Any:
    """The definition that a server holds."""
    with connected() as api:
        if version is None:
            return api.get(f"/workflows/{ref}/definition")
        return api.get(f"/workflows/{ref}/versions/{version}")["definition"]
