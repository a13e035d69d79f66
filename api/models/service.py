"""The models of a project: reading them with what is usable now, storing providers and aliases, and taking them away."""

from collections.abc import Callable
from dataclasses import dataclass

from api.http.editing import editing
from api.models.schemas import AliasView, ModelList, PriceView, ProviderView, PutProvider
from api.registries.users import UserView, agents_that, names_model, refuse_used, workflows_naming
from api.resources import Resources
from interpreter.problems import Problem
from plait.auth import Caller
from plait.clock import now
from plait.errors import Invalid, NotFound
from plait.models import KNOWN, Provider, RateLimits, Registry, UnknownModel, resolve
from plait.settings import SECRET_PREFIX
from plait.store import models as store
from plait.store.agents import read_agents
from plait.store.catalogue import read_workers
from plait.store.runs import Database


@dataclass(frozen=True, slots=True)
class Standing:
    """What a project may name at one moment, what of it is its own, and the secrets that running workers have."""

    registry: Registry
    own: Registry
    secrets: frozenset[str]

    def why_not(self, provider: Provider) -> str | None:
        """Why the provider cannot be asked now; None if it can."""
        if provider.secret is None or provider.secret in self.secrets:
            return None
        return f"No worker that is running now has the secret {provider.secret}: set {SECRET_PREFIX}{provider.secret}."


async def read_standing(held: Resources, db: Database, project: str) -> Standing:
    """How it stands."""
    own = await store.read_own(db, project)
    workers = await read_workers(db, now=now())
    secrets = frozenset(secret for worker in workers for secret in worker.info.get("secrets", ()))
    return Standing(held.models.defaults.with_own(own), own, secrets)


async def list_models(held: Resources, caller: Caller) -> ModelList:
    """All providers and aliases, by name."""
    standing = await read_standing(held, held.pool, caller.project)
    registry = standing.registry
    return ModelList(
        items=[provider_view(standing, registry.providers[name]) for name in sorted(registry.providers)],
        aliases=[alias_view(standing, name) for name in sorted(registry.aliases)],
    )


async def find_provider(held: Resources, name: str, caller: Caller) -> ProviderView:
    """One provider that the project may name."""
    standing = await read_standing(held, held.pool, caller.project)
    if name not in standing.registry.providers:
        raise NotFound(f"There is no provider {name!r}.")
    return provider_view(standing, standing.registry.providers[name])


async def find_alias(held: Resources, name: str, caller: Caller) -> AliasView:
    """One alias that the project may name."""
    standing = await read_standing(held, held.pool, caller.project)
    if name not in standing.registry.aliases:
        raise NotFound(f"There is no alias {name!r}.")
    return alias_view(standing, name)


async def put_provider(
    held: Resources, name: str, order: PutProvider, caller: Caller, if_match: str | None
) -> ProviderView:
    """Store a provider, or say one anew. A known one keeps its protocol."""
    known = KNOWN.get(name)
    if known is not None and known.kind != order.kind:
        message = f"The provider {name} speaks the protocol {known.kind}; choose another name."
        raise Invalid(message, problems=[Problem("provider_known", message, ("kind",))])

    async def read(db: Database) -> ProviderView | None:
        standing = await read_standing(held, db, caller.project)
        return provider_view(standing, standing.own.providers[name]) if name in standing.own.providers else None

    async with editing(held.pool, caller.project, "provider", name, if_match=if_match, read=read) as db:
        await store.put_provider(db, caller.project, provider_of(name, order), caller.actor.json(), now())
    return await find_provider(held, name, caller)


async def delete_provider(held: Resources, name: str, caller: Caller) -> None:
    """Forget a provider of the project's own, if nothing needs it. A known one is again what it is for everybody."""
    async with held.pool.acquire() as db, db.transaction():
        if name not in held.models.defaults.providers:
            refuse_used(f"The provider {name}", await users_of_provider(db, name, caller.project))
        if not await store.delete_provider(db, caller.project, name):
            raise NotFound(f"The project has no provider {name!r} of its own.")


async def put_alias(held: Resources, name: str, model: str, caller: Caller, if_match: str | None) -> AliasView:
    """Have an alias stand for a model. Runs that have started keep what it stood for."""
    registry = await store.read_registry(held.pool, caller.project, held.models.defaults)
    try:
        resolve(model, Registry(registry.providers, {}))
    except UnknownModel as error:
        problem = Problem("unknown_model", error.message, ("model",), fix=error.fix)
        raise Invalid(str(error), problems=[problem]) from None

    async def read(db: Database) -> AliasView | None:
        standing = await read_standing(held, db, caller.project)
        return alias_view(standing, name) if name in standing.own.aliases else None

    async with editing(held.pool, caller.project, "alias", name, if_match=if_match, read=read) as db:
        await store.put_alias(db, caller.project, name, model, caller.actor.json(), now())
    return await find_alias(held, name, caller)


async def delete_alias(held: Resources, name: str, caller: Caller) -> None:
    """Forget an alias of the project's own, if nothing needs it."""
    async with held.pool.acquire() as db, db.transaction():
        if name not in held.models.defaults.aliases:
            refuse_used(f"The alias {name}", await users_of_alias(db, name, caller.project))
        if not await store.delete_alias(db, caller.project, name):
            raise NotFound(f"The project has no alias {name!r} of its own.")


async def users_of_provider(db: Database, name: str, project: str) -> list[UserView]:
    """Who names a model of it: workflows, agents, aliases."""
    start = f"{name}:"
    aliases = [
        UserView(kind="alias", name=row["name"], version=None)
        for row in await store.list_aliases(db, project)
        if row["model"].startswith(start)
    ]
    return aliases + await users(db, project, start, lambda reference: reference.startswith(start))


async def users_of_alias(db: Database, name: str, project: str) -> list[UserView]:
    """Who names it: workflows and agents."""
    return await users(db, project, f'"{name}"', lambda reference: reference == name)


async def users(db: Database, project: str, text: str, matches: Callable[[str], bool]) -> list[UserView]:
    """The workflows and agents that name a model of these; `text` stands in the documents that do."""
    agents = await read_agents(db, project)
    found = await workflows_naming(db, project, text, names_model(matches))
    return found + agents_that(agents, lambda agent: matches(agent.model))


def provider_of(name: str, order: PutProvider) -> Provider:
    """What is stored of an order."""
    return Provider(
        name=name,
        kind=order.kind,
        base_url=order.base_url,
        secret=order.secret,
        limits=RateLimits(order.requests_per_minute, order.tokens_per_minute),
        prices={model: store.price_of(said.model_dump(exclude_none=True)) for model, said in order.prices.items()},
    )


def provider_view(standing: Standing, provider: Provider) -> ProviderView:
    """A provider as it is shown."""
    why_not = standing.why_not(provider)
    return ProviderView(
        name=provider.name,
        kind=provider.kind,
        base_url=provider.base_url,
        secret=provider.secret,
        requests_per_minute=provider.limits.requests_per_minute,
        tokens_per_minute=provider.limits.tokens_per_minute,
        prices={model: PriceView(**store.price_json(price)) for model, price in sorted(provider.prices.items())},
        origin="stored" if provider.name in standing.own.providers else "known",
        usable=why_not is None,
        why_not=why_not,
    )


def alias_view(standing: Standing, name: str) -> AliasView:
    """An alias as it is shown."""
    model = standing.registry.aliases[name]
    try:
        provider = standing.registry.providers[resolve(name, standing.registry).provider]
        why_not = standing.why_not(provider)
    except UnknownModel as error:
        why_not = str(error)
    origin = "stored" if name in standing.own.aliases else "known"
    return AliasView(name=name, model=model, origin=origin, usable=why_not is None, why_not=why_not)
