"""A check of documents: a budget of dollars holds only where prices are known, or where tokens are limited too."""

from collections.abc import Iterator
from typing import Any, cast

from interpreter.catalogue import Catalogue, Models
from interpreter.document.model import Document
from interpreter.plan.models import models_named
from interpreter.plan.outline import outline_of
from interpreter.problems import PathPart, Problem
from plait.models import ProviderKind, Resolved
from plait.money.prices import is_priced

FIX = "Set `budget.tokens` too, or say what the model costs: plait models set PROVIDER --price MODEL=IN/OUT."


def unpriced_models(document: Document, catalogue: Catalogue) -> Iterator[Problem]:
    """The models whose price is not known, in a document with a budget of dollars alone. Of a catalogue without models
    nothing is said.
    """
    budget, models = document.budget, catalogue.models
    if budget is None or budget.cost_usd is None or budget.tokens is not None or models is None:
        return
    outline = outline_of(document, catalogue)
    for index, node in enumerate(outline.nodes):
        for reference, place in _asked(node.type, node.with_, catalogue):
            if not _is_priced(reference, models):
                message = f"The price of `{reference}` is not known, so `budget.cost_usd` cannot hold."
                path = (*outline.node_path(index), "with", *place)
                yield Problem("price_unknown", message, path, node.id, FIX)


def _asked(kind: str, said: dict[str, Any], catalogue: Catalogue) -> Iterator[tuple[str, tuple[PathPart, ...]]]:
    yield from models_named(kind, said)
    agent = (catalogue.agents or {}).get(str(said.get("agent"))) if kind == "agent_call" else None
    if agent is not None and agent.model is not None:
        yield agent.model, ("agent",)


def _is_priced(reference: str, models: Models) -> bool:
    """Whether the price is known; of a model that is not there other checks tell."""
    spelled = models.aliases.get(reference, reference)
    name, _, model = spelled.partition(":")
    offered = models.providers.get(name)
    if offered is None or model in offered.priced:
        return True
    return is_priced(Resolved(spelled, name, cast("ProviderKind", offered.kind), model, offered.base_url))
