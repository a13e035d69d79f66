"""The routes of models."""

from typing import Annotated

from fastapi import Path, Response

from api.http.editing import tagged
from api.http.etag import IfMatch
from api.http.routing import problems, slice_router
from api.http.security import CanManageModels, CanReadRegistries
from api.models import service
from api.models.schemas import AliasView, ModelList, ProviderView, PutAlias, PutProvider
from api.registries.users import UserList
from api.resources import Held
from plait.forms import Name

router = slice_router("models")
ProviderName = Annotated[
    Name, Path(description="The provider's name, before the colon of `provider:model`.", examples=["acme"])
]
EDIT = problems("malformed_json", "precondition_required", "stale")
AliasName = Annotated[Name, Path(description="The alias.", examples=["fast"])]


@router.get("/models")
async def list_models(caller: CanReadRegistries, held: Held) -> ModelList:
    """The providers and aliases that workflows and agents may name, and which of them are usable now."""
    return await service.list_models(held, caller)


@router.get("/models/providers/{name}")
async def get_provider(name: ProviderName, caller: CanReadRegistries, held: Held, response: Response) -> ProviderView:
    """One provider. Its ETag is what `If-Match` wants."""
    return tagged(await service.find_provider(held, name, caller), response)


@router.put("/models/providers/{name}", responses=EDIT)
async def put_provider(
    name: ProviderName,
    order: PutProvider,
    caller: CanManageModels,
    held: Held,
    response: Response,
    if_match: IfMatch = None,
) -> ProviderView:
    """Store a provider, or say a known one anew: its address, key, limits and prices.

    One of the project's own wants `If-Match`.
    """
    return tagged(await service.put_provider(held, name, order, caller, if_match), response)


@router.delete("/models/providers/{name}", status_code=204, responses=problems("in_use"))
async def delete_provider(name: ProviderName, caller: CanManageModels, held: Held) -> None:
    """Forget a provider of the project's own that nothing names."""
    await service.delete_provider(held, name, caller)


@router.get("/models/providers/{name}/used_by")
async def list_provider_users(name: ProviderName, caller: CanReadRegistries, held: Held) -> UserList:
    """The workflows, agents and aliases that name a model of the provider."""
    return UserList(items=await service.users_of_provider(held.pool, name, caller.project))


@router.get("/models/aliases/{name}")
async def get_alias(name: AliasName, caller: CanReadRegistries, held: Held, response: Response) -> AliasView:
    """One alias. Its ETag is what `If-Match` wants."""
    return tagged(await service.find_alias(held, name, caller), response)


@router.put("/models/aliases/{name}", responses=EDIT)
async def put_alias(
    name: AliasName,
    order: PutAlias,
    caller: CanManageModels,
    held: Held,
    response: Response,
    if_match: IfMatch = None,
) -> AliasView:
    """Have an alias stand for a model. Runs that have started keep what it stood for.

    One of the project's own wants `If-Match`.
    """
    return tagged(await service.put_alias(held, name, order.model, caller, if_match), response)


@router.delete("/models/aliases/{name}", status_code=204, responses=problems("in_use"))
async def delete_alias(name: AliasName, caller: CanManageModels, held: Held) -> None:
    """Forget an alias of the project's own that nothing names."""
    await service.delete_alias(held, name, caller)


@router.get("/models/aliases/{name}/used_by")
async def list_alias_users(name: AliasName, caller: CanReadRegistries, held: Held) -> UserList:
    """The workflows and agents that name the alias."""
    return UserList(items=await service.users_of_alias(held.pool, name, caller.project))
