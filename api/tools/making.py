"""What a person says of a stored tool, made into tools: checked, its document read, its server asked."""

from collections.abc import Iterable
from dataclasses import replace
from typing import Any

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
from plait.tools.listing import asks_server, document_in, tools_in
from plait.tools.model import HttpSource, McpSource, OpenApiSource

QUICK = 64 * 1024
"""Bytes of a document up to which its tools are made in this process: 20 ms."""


async def prepare(held: Resources, name: str, order: PutTool, caller: Caller) -> NewSource:
    """The source with its tools. Raises Invalid with everything that is wrong."""
    source = order.source
    problems = [*wrong_name(name, source), *in_source(wrong_source(source))]
    if problems:
        raise Invalid("The tool cannot be so.", problems=problems)
    try:
        listed = await listed_by(held, name, source, order.environment, caller)
        new = await listing_of(held, name, source, listed)
    except Invalid as error:
        raise Invalid(str(error), code=error.code, problems=in_source(error.problems)) from None
    if await catalogue.find_tools(held.pool, [each.entry.name for each in new.listing.tools]):
        raise taken(name)
    return new


def in_source(problems: Iterable[Problem]) -> list[Problem]:
    """The problems of a source, where the order has it."""
    return [replace(each, path=("source", *each.path)) for each in problems]


async def listed_by(
    held: Resources, name: str, source: HttpSource | OpenApiSource | McpSource, environment: str, caller: Caller
) -> Any:
    """What the tools are made of."""
    if asks_server(source):
        return await ask_listed(held, caller.project, name, source.model_dump(mode="json"), environment)
    match source:
        case OpenApiSource(document=str(text)) if len(text) <= SMALL:
            return document_in(text)
        case OpenApiSource(document=str(text)):
            return await held.computer.compute(COMPILE_SECONDS, document_in, text)
        case OpenApiSource(document=document):
            return document
        case _:
            return None


async def listing_of(
    held: Resources, name: str, source: HttpSource | OpenApiSource | McpSource, listed: Any
) -> NewSource:
    """The source with its tools; those of a document are made aside. Raises Invalid."""
    if not isinstance(source, OpenApiSource):
        return NewSource(name, source, listed, tools_in(name, source, listed))
    bare = source.model_copy(update={"document": None})
    if len(orjson.dumps(listed)) <= QUICK:
        return NewSource(name, bare, listed, tools_in(name, bare, listed))
    return NewSource(name, bare, listed, await held.computer.compute(COMPILE_SECONDS, tools_in, name, bare, listed))


def taken(name: str) -> Conflict:
    """Something else has the name, or that of one of its tools."""
    return Conflict(f"The name {name}, or that of one of its tools, is taken.", code="name_taken")
