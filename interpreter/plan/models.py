"""Checks of the nodes that ask a model: that it, and the agent, are ones that may be named."""

from collections.abc import Iterator, Mapping
from typing import Any

from interpreter.catalogue import Models
from interpreter.plan.draft import Draft, did_you_mean
from interpreter.problems import PathPart, Problem


def check_models(draft: Draft) -> Iterator[Problem]:
    """What is wrong with the models and agents that nodes, and what undoes them, name."""
    for index, node in enumerate(draft.outline.nodes):
        yield from _asked(draft, index, node.type, node.with_, ("with",))
        if (undo := node.compensate) is not None:
            yield from _asked(draft, index, undo.type, undo.with_, ("compensate", "with"))


def models_named(kind: str, said: Mapping[str, Any]) -> Iterator[tuple[str, tuple[PathPart, ...]]]:
    """The references in the parameters of a node that asks a model itself, each with its place in them; templates of
    one are left out: what they come to is known when the node runs.
    """
    if kind == "llm":
        fallback = said.get("fallback")
        places: list[tuple[Any, tuple[PathPart, ...]]] = [(said.get("model"), ("model",))]
        places += [(each, ("fallback", n)) for n, each in enumerate(fallback if isinstance(fallback, list) else ())]
        yield from ((each, place) for each, place in places if isinstance(each, str) and "{{" not in each)


def misnamed(reference: str, models: Models) -> tuple[str, str] | None:
    """Why a reference names no model, and how to mend it; None where it names one."""
    name, colon, model = models.aliases.get(reference, reference).partition(":")
    provider = models.providers.get(name)
    if not colon:
        otherwise = f"Write `provider:model`, or say what it stands for: plait models alias {reference} openai:MODEL."
        return f"There is no model `{reference}`.", did_you_mean(reference, models.aliases, otherwise)
    if provider is None:
        otherwise = f"Write one of {', '.join(sorted(models.providers))}, or store it: plait models set {name} …"
        return f"There is no provider of models `{name}`.", did_you_mean(name, models.providers, otherwise)
    if not model or (provider.models is not None and model not in provider.models):
        known = (provider.models or ("MODEL",))[0]
        return f"The provider {name} has no model `{model}`.", f"Write `{name}:{known}`."
    return None


def _asked(
    draft: Draft, index: int, kind: str, said: Mapping[str, Any], path: tuple[PathPart, ...]
) -> Iterator[Problem]:
    models, agents = draft.catalogue.models, draft.catalogue.agents
    for reference, place in models_named(kind, said):
        if models is not None and (wrong := misnamed(reference, models)):
            message, fix = wrong
            yield draft.at_node("unknown_model", index, message, fix, *path, *place)
    name = said.get("agent")
    if kind == "agent_call" and isinstance(name, str) and agents is not None and name not in agents:
        fix = did_you_mean(name, agents, "Store it with `plait agents put`, or start a worker that has it.")
        yield draft.at_node("unknown_agent", index, f"There is no agent `{name}`.", fix, *path, "agent")
