"""From a document's source to a version: read, compile, and everything that is wrong at once.

Pure, so that it can run in a process aside.
"""

import json
import zlib
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Literal

from api.http.problems import problem_json
from api.workflows.programs import invalid_programs
from interpreter.catalogue import Catalogue
from interpreter.document.model import Document
from interpreter.document.read import read_document
from interpreter.plan.compile import compile_document
from interpreter.plan.model import Plan
from interpreter.plan.outline import outline_of as outline_in
from interpreter.plan.wellformed import schemas_in
from interpreter.problems import Problem
from plait.money.checks import unpriced_models
from plait.store.workflows import NewVersion
from plait.values.schema import SchemaInvalid
from plait.values.schema import compiled as compiled_schema

MediaType = Literal["application/json", "application/yaml"]
COMPRESSED_LIMIT = 512 * 1024
"""Every run carries its definition, compressed, in one message to Temporal."""


@dataclass(frozen=True, slots=True)
class Outline:
    """A plan as people see it: the ids of the nodes in plan order, and by level."""

    order: list[str]
    levels: list[list[str]]


@dataclass(frozen=True, slots=True)
class Examined:
    """What is to be said about a source. `version` is there when nothing stops a save."""

    problems: tuple[Problem, ...]
    warnings: tuple[Problem, ...]
    version: NewVersion | None = None
    outline: Outline | None = None


def examine(source: bytes, media_type: MediaType, catalogue: Catalogue) -> Examined:
    """Read and compile a source against a catalogue."""
    reading = read_document(source, media_type)
    document = reading.document
    if document is None:
        return Examined(problems=reading.problems, warnings=())
    compiled = compile_document(document, catalogue)
    found = compiled.problems or tuple(beyond_the_plan(document, catalogue))
    problems = reading.problems + tuple(reading.positions.locate(each) for each in found)
    warnings = tuple(reading.positions.locate(each) for each in compiled.warnings)
    if problems or compiled.plan is None or compiled.definition is None:
        return Examined(problems, warnings)
    definition, plan_hash, document_hash = compiled.definition
    if (packed := len(zlib.compress(definition.encode()))) > COMPRESSED_LIMIT:
        return Examined((too_much(packed),), warnings)
    version = NewVersion(
        slug=document.slug,
        name=document.name,
        description=document.description,
        tags=list(document.tags) if "tags" in document.model_fields_set else None,
        hash=document_hash,
        plan_hash=plan_hash,
        definition=definition,
        source=source.decode(),
        source_type=media_type,
        total_nodes=compiled.plan.counted,
        env={name: each.model_dump(mode="json", exclude_unset=True) for name, each in document.env.items()},
        exposed=[name for name, offered in document.expose.model_dump().items() if offered],
        warnings=[problem_json(each) for each in warnings],
    )
    return Examined((), warnings, version, outline_of(compiled.plan))


def beyond_the_plan(document: Document, catalogue: Catalogue) -> Iterator[Problem]:
    """What is wrong besides the graph: schemas, programs, prices."""
    yield from invalid_schemas(document, catalogue)
    yield from invalid_programs(document, catalogue)
    yield from unpriced_models(document, catalogue)


def invalid_schemas(document: Document, catalogue: Catalogue) -> Iterator[Problem]:
    """Schemas that look like ones and that no validator takes."""
    for path, node, schema in schemas_in(outline_in(document, catalogue)):
        try:
            if isinstance(schema, dict):
                compiled_schema(schema)
        except SchemaInvalid as error:
            message = f"This is not a JSON Schema: {error}."
            yield Problem("invalid_schema", message, path, node, "Write it as JSON Schema 2020-12 says.")


def too_much(packed: int) -> Problem:
    """The problem of a document that no run could carry."""
    message = f"Compressed, the workflow has {packed // 1024} KiB; at most {COMPRESSED_LIMIT // 1024} KiB can run."
    return Problem("document_too_large", message, fix="Move large constants into the run's input or a file.")


def outline_of(plan: Plan) -> Outline:
    """Order and levels by id."""
    names = [node.id for node in plan.nodes]
    return Outline(names, [[names[index] for index in level] for level in plan.levels])


def problems_of(definition: str, catalogue: Catalogue) -> tuple[Problem, ...]:
    """What would stop a stored definition from being saved again: what a changed catalogue broke."""
    document = Document.model_validate(json.loads(definition)["document"])
    return compile_document(document, catalogue).problems
