"""Stored tools between their rows and the files of an export.

`tools/NAME/tool.yaml` is what was said of one; `tools/NAME/listed.json` is what it was made of, where that came from a
server or is a document: an import asks nobody.
"""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Any

import orjson
from asyncpg import Record

from api.projects.parts import Part
from interpreter.problems import Problem
from plait.auth import Caller
from plait.errors import Invalid
from plait.store import tools as store
from plait.store.runs import Database
from plait.store.tools import NewSource
from plait.testing.dump import to_yaml
from plait.tools.check import wrong_name, wrong_source
from plait.tools.listing import tools_in
from plait.tools.model import HttpSource, OpenApiSource, Source


class ToolSaid(Part):
    """What was said of a stored tool."""

    source: Source


@dataclass(slots=True)
class ToolState:
    """A stored tool: what was said, and what it was made of."""

    said: ToolSaid | None = None
    listed: Any = None


def tool_state(row: Record) -> ToolState:
    """That of a row."""
    return ToolState(ToolSaid(source=store.source_in(row)), store.listed_in(row))


def tool_files(name: str, tool: ToolState) -> Iterator[tuple[str, bytes]]:
    """The files of a stored tool."""
    if tool.said is not None:
        said = tool.said.source.model_dump(mode="json", exclude_defaults=True)
        yield f"tools/{name}/tool.yaml", to_yaml({"source": said}).encode()
    if tool.listed is not None:
        yield f"tools/{name}/listed.json", orjson.dumps(tool.listed, option=orjson.OPT_INDENT_2)


def listed_in(text: str) -> Any:
    """What stands in `listed.json`. Raises ValueError for what is no JSON."""
    return orjson.loads(text)


def made(name: str, tool: ToolState) -> NewSource:
    """The tool as it would be stored. Raises Invalid with everything that is wrong, each with its file."""
    file = f"tools/{name}/tool.yaml"
    assert tool.said is not None, "what was read is whole"
    source = tool.said.source
    # A document stands in the other file, so that this one may look as if it lacked it.
    checked = source.model_copy(update={"url": "https://in.listed"}) if is_document(source) else source
    problems = [*wrong_name(name, source), *wrong_source(checked)]
    if not isinstance(source, HttpSource) and tool.listed is None:
        problems.append(Problem("tool_incomplete", "What it was made of is missing: listed.json.", ()))
    try:
        if not problems:
            return NewSource(name, source, tool.listed, tools_in(name, source, tool.listed))
    except Invalid as error:
        problems = list(error.problems)
    located = [replace(each, path=(file, "source", *each.path)) for each in problems]
    raise Invalid("The tool cannot be so.", problems=located)


def is_document(source: Source) -> bool:
    """Whether it was made of a document that was sent."""
    return isinstance(source, OpenApiSource) and source.document is None and source.url is None


async def write_tool(db: Database, caller: Caller, new: NewSource, by: dict[str, str], at: Any) -> bool:
    """Make it, or say it anew; False where it is as it was. Raises Invalid where a name is taken."""
    row = await store.read_source(db, caller.project, new.name)
    if row is None:
        done = await store.insert_source(db, caller.project, new, by, at)
    elif (row["kind"], row["definition"], store.listed_in(row)) == (new.source.kind, new.definition, new.listed):
        return False
    else:
        done = await store.replace_source(db, caller.project, new, row["revision"], at)
    if not done:
        message = f"The name {new.name}, or that of one of its tools, is taken."
        raise Invalid(message, problems=[Problem("name_taken", message, (f"tools/{new.name}/tool.yaml",))])
    return True
