"""What a version is stored and sent as: its document with the part of the catalogue that it uses."""

import json
from dataclasses import dataclass, field
from functools import lru_cache
from typing import NamedTuple

from interpreter.catalogue import Catalogue
from interpreter.document.dump import document_json
from interpreter.document.model import Document
from interpreter.plan.build import build_plan
from interpreter.plan.collector import collector_paused
from interpreter.plan.model import Plan
from interpreter.values import canonical, digest

PLANS_KEPT = 64


class Definition(NamedTuple):
    """A definition's canonical text, and its SHA-256, which is the plan's hash; then that of the document alone."""

    text: str
    hash: str
    document_hash: str


def definition_of(document: Document, catalogue: Catalogue) -> Definition:
    """The document and its part of the catalogue.

    Descriptions of types and tools are left out: rewording one makes no new version.
    """
    described = {"__all__": {"description": True, "parameters": {"__all__": {"description"}}}}
    used = slice_of(document, catalogue).model_dump(
        mode="json", exclude_defaults=True, exclude={"node_types": described, "tools": {"__all__": {"description"}}}
    )
    said = canonical(document_json(document))
    text = f'{{"catalogue":{canonical(used)},"document":{said}}}'
    return Definition(text, digest(text), digest(said))


def slice_of(document: Document, catalogue: Catalogue) -> Catalogue:
    """The types and tools that the document names."""
    nodes = list(document.every())
    called = [(node.type, node.with_) for node in nodes]
    called += [(node.compensate.type, node.compensate.with_) for node in nodes if node.compensate]
    types = {kind for kind, _ in called}
    tools = {str(parameters.get("tool")) for kind, parameters in called if kind == "tool_call"}
    return Catalogue(
        node_types={name: entry for name, entry in catalogue.node_types.items() if name in types},
        tools={name: tool for name, tool in catalogue.tools.items() if name in tools},
    )


def load_plan(definition: str, hash: str) -> Plan:  # noqa: A002 - the plan's own word
    """The plan of a definition that was compiled before. The last ones used are kept by their hash."""
    return _load(_Stored(hash, definition))


@dataclass(frozen=True, slots=True)
class _Stored:
    """A definition that is compared by its hash alone."""

    hash: str
    definition: str = field(compare=False)


@lru_cache(maxsize=PLANS_KEPT)
@collector_paused()
def _load(stored: _Stored) -> Plan:
    parts = json.loads(stored.definition)
    document = Document.model_validate(parts["document"])
    return build_plan(document, Catalogue.model_validate(parts["catalogue"]), stored.hash)
