"""The language as a JSON Schema, for editors."""

import sys
from pathlib import Path
from typing import Annotated

import orjson
import typer

from plait.cli.files import write_file
from plait.cli.remote import Refused, Remote, Server, connected


def schema(
    output: Annotated[Path | None, typer.Option("--output", "-o", help="The file to write.")] = None,
    *,
    server: Server = None,
) -> None:
    """Print the JSON Schema of workflows, with the node types and tools that are known: for editors."""
    with connected() as api:
        text = schema_text_of(api, server=server)
    if output is None:
        sys.stdout.buffer.write(text)
        return
    write_file(output, text)


def schema_text_of(api: Remote, *, server: bool | None) -> bytes:
    """A server's schema, or that of this machine; None stands for the server's if it answers."""
    from plait.cli.authoring.catalogue import local_catalogue
    from plait.language.schema import schema_text

    if server is not False:
        try:
            return orjson.dumps(api.get("/schema/workflow.json"), option=orjson.OPT_INDENT_2) + b"\n"
        except Refused:
            if server:
                raise
    return schema_text(local_catalogue())
