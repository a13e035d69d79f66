"""The workflows that a document runs as sub-workflows, as the compiler knows them."""

import json
from typing import Any

from interpreter.catalogue import Workflow
from interpreter.document.dump import document_json
from interpreter.document.model import REPEATING
from interpreter.document.read import MediaType, read_document
from plait.store import workflows as store
from plait.store.runs import Database

MARKS = (b"subworkflow", b"on_failure")
"""Where neither stands in a source, it runs no other workflow."""


def slugs_in(source: bytes, media_type: MediaType) -> list[str]:
    """The workflows that a source names; none where it cannot be read."""
    document = read_document(source, media_type).document
    return [] if document is None else called_in(document_json(document))


async def read_callees(db: Database, project: str, slugs: list[str]) -> dict[str, Workflow]:
    """Every workflow of the project by its slug; of these, and of all that they run, also what they take."""
    known = {row["slug"]: Workflow(version=row["version"]) for row in await store.list_slugs(db, project)}
    found: set[str] = set()
    waiting = [slug for slug in slugs if slug in known]
    while waiting:
        found.update(waiting)
        used: list[str] = []
        for row in await store.list_definitions(db, project, waiting):
            callee = callee_of(json.loads(row["definition"])["document"], row["version"])
            known[row["slug"]] = callee
            used += callee.uses
        waiting = [slug for slug in dict.fromkeys(used) if slug in known and slug not in found]
    return known


def callee_of(document: dict[str, Any], version: int) -> Workflow:
    """What the compiler knows of a workflow that others may run."""
    taken = document.get("input")
    return Workflow(
        version=version,
        input_schema=taken if isinstance(taken, dict) else None,
        uses=tuple(called_in(document)),
    )


def called_in(graph: dict[str, Any]) -> list[str]:
    """The slugs of the sub-workflows of a graph, those in bodies too, each once."""
    slugs: dict[str, None] = {}
    graphs = [graph]
    for one in graphs:
        for node in one.get("chain") or one.get("nodes") or ():
            if node["type"] == "subworkflow":
                slugs[str(node.get("with", {}).get("workflow"))] = None
            elif node["type"] in REPEATING:
                graphs.append(node["with"])
    return list(slugs)
