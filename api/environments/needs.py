"""What a version needs of the environment that is to run it, and what of that is missing there. Pure."""

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from api.workflows.compiler import problems_of
from interpreter.catalogue import Catalogue, Models
from interpreter.document.model import Document, Variable
from interpreter.expressions import walk
from interpreter.expressions.tree import Member, Name
from interpreter.plan.models import models_named
from interpreter.plan.outline import Outline, outline_of
from interpreter.plan.sites import sites_of
from interpreter.problems import PathPart, Problem
from plait.settings import SECRET_PREFIX, secrets_for
from plait.values.variables import lacking


@dataclass(frozen=True, slots=True)
class Need:
    """A secret or a workflow, where the document names it; a workflow in the `environment` it is to run in."""

    name: str
    node: str | None
    path: tuple[PathPart, ...]
    environment: str = ""


@dataclass(frozen=True, slots=True)
class Needs:
    """All that a version needs. `problems` are what would stop it from being saved today: tools and types that went."""

    problems: tuple[Problem, ...]
    variables: Mapping[str, Variable]
    secrets: tuple[Need, ...]
    workflows: tuple[Need, ...]


@dataclass(frozen=True, slots=True)
class There:
    """What an environment has: its variables, the names of the secrets that running workers have, and the workflows
    that run there, as (environment, slug).
    """

    environment: str
    variables: Mapping[str, Any]
    secrets: frozenset[str]
    promoted: frozenset[tuple[str, str]]


def needs_of(definition: str, catalogue: Catalogue, environment: str) -> Needs:
    """What the stored definition needs of this environment."""
    document = Document.model_validate(json.loads(definition)["document"])
    outline = outline_of(document, catalogue)
    return Needs(
        problems_of(definition, catalogue),
        document.env,
        (*secrets_in(outline, catalogue), *keys_in(outline, catalogue)),
        tuple(workflows_in(outline, environment)),
    )


def secrets_in(outline: Outline, catalogue: Catalogue) -> Iterator[Need]:
    """Each secret once, where it is read first."""
    seen: set[str] = set()
    for site in sites_of(outline, catalogue):
        for expression in site.expressions if site.secret else ():
            for part in walk(expression):
                match part:
                    case Member(Name("secrets"), name) if name not in seen:
                        seen.add(name)
                        yield Need(name, None if site.node is None else outline.nodes[site.node].id, site.path)
                    case _:
                        pass


def keys_in(outline: Outline, catalogue: Catalogue) -> Iterator[Need]:
    """The keys of the models and agents that nodes name, each once; what a template names is seen in the run."""
    seen: set[str] = set()
    for index, node in enumerate(outline.nodes):
        asked = [(model, place) for model, place in models_named(node.type, node.with_)]
        agent = (catalogue.agents or {}).get(str(node.with_.get("agent"))) if node.type == "agent_call" else None
        keys = [(agent.secret, ("agent",))] if agent else []
        asked += [(agent.model, ("agent",))] if agent and agent.model else []
        keys += [(key_of(model, catalogue), place) for model, place in asked]
        for key, place in keys:
            if key is not None and key not in seen:
                seen.add(key)
                yield Need(key, node.id, (*outline.node_path(index), "with", *place))


def key_of(reference: str, catalogue: Catalogue) -> str | None:
    """The name of the key that a model wants."""
    models = catalogue.models or Models()
    provider = models.providers.get(models.aliases.get(reference, reference).partition(":")[0])
    return provider.secret if provider else None


def workflows_in(outline: Outline, environment: str) -> Iterator[Need]:
    """The sub-workflows that run what their environment runs; one with a `version` needs no pointer."""
    for index, node in enumerate(outline.nodes):
        if node.type == "subworkflow" and node.with_.get("version") is None:
            path = (*outline.node_path(index), "with", "workflow")
            there = str(node.with_.get("environment") or environment)
            yield Need(str(node.with_.get("workflow")), node.id, path, there)


def missing(needs: Needs, there: There) -> Iterator[Problem]:
    """Everything that is missing, each with its mend."""
    yield from needs.problems
    yield from lacking(needs.variables, there.variables, there.environment)
    known = secrets_for(there.environment, dict.fromkeys(there.secrets, ""))
    for need in needs.secrets:
        if need.name not in known:
            message = f"No worker that is running now has the secret {need.name}."
            fix = f"Set {SECRET_PREFIX}{need.name} for the workers."
            yield Problem("secret_not_set", message, need.path, need.node, fix)
    for need in needs.workflows:
        if (need.environment, need.name) not in there.promoted:
            message = f"No version of the workflow {need.name} was promoted to {need.environment}."
            fix = f"Promote it first: plait promote {need.name} --to {need.environment}."
            yield Problem("workflow_not_promoted", message, need.path, need.node, fix)
