"""What a person says of a stored tool, made into tools: checked, its document read, its server asked."""

from collections.abc import Iterable
from dataclasses import replace

import orjson

from api.resources import Resources
from api.tools.asking import ask_listed
from api.tools.schemas import PutTool
from api.workflows.reader import COMPILE_SECONDS, SMALL
from interpreter.problems import Problem
from plait.auth import Caller
from plait.errors import Conflict, Invalid
from plait.store import catalogue
from plait.store.tools import NewSource
from plait.tools.check import wrong_name, wrong_source
from plait.tools.listing import asks_server, tools_in, tools_in_text
from plait.tools.model import HttpSource, McpSource, OpenApiSource


async def prepare(held: Resources, name: str, order: PutTool, caller: Caller) -> NewSource:
    """The source with its tools. Raises Invalid with everything that is wrong."""
    source = order.source
    problems = [*wrong_name(name, source), *in_source(wrong_source(source))]
    if problems:
        raise Invalid("The tool cannot be so.", problems=problems)
    try:
        new = await made_of(held, name, source, order.environment, caller)
    except Invalid as error:
        raise Invalid(str(error), code=error.code, problems=in_source(error.problems)) from None
    if found := await catalogue.find_tools(held.pool, [each.entry.name for each in new.listing.tools]):
        raise Conflict(f"A function of a worker is called {found[0].name}. Choose another name.", code="name_taken")
    return new


def in_source(problems: Iterable[Problem]) -> list[Problem]:
    """The problems of a source, where the order has it."""
    return [replace(each, path=("source", *each.path)) for each in problems]


async def made_of(
    held: Resources, name: str, source: HttpSource | OpenApiSource | McpSource, environment: str, caller: Caller
) -> NewSource:
    """The source with its tools; whoever has to be asked is asked, and a document is read aside. Raises Invalid."""
    listed = None
    if asks_server(source):
        listed = await ask_listed(held, caller.project, name, source.model_dump(mode="json"), environment)
    if not isinstance(source, OpenApiSource):
        return NewSource(name, source, listed, tools_in(name, source, listed))
    said, bare = listed or source.document, source.model_copy(update={"document": None})
    text = said if isinstance(said, str) else orjson.dumps(said).decode()
    if len(text) <= SMALL:
        return NewSource(name, bare, *tools_in_text(name, bare, text))
    return NewSource(name, bare, *await held.computer.compute(COMPILE_SECONDS, tools_in_text, name, bare, text))


def taken(name: str) -> Conflict:
    """Something else that the project stored has the name, or that of one of its tools."""
    message = f"The project has a tool {name} already, or one with the name of a tool that this makes."
    message += " Say it anew (PUT, on the command line --replace), or choose another name."
    return Conflict(message, code="name_taken")
