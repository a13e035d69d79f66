"""The plans of a worker: compiled once, beside everything else that it does."""

import asyncio

import pytest

from activities.plans import Plans
from activities.services import Services
from plait.errors import NotFound
from tests.support.recorded import save
from tests.support.runs import PROJECT


async def test_many_that_ask_at_once_get_the_same_plan(services: Services) -> None:
    _, plan_hash, plan = await save(services, "many", "a -> b")
    plans = Plans(services.pool)
    found = await asyncio.gather(*(plans.find(PROJECT, plan_hash) for _ in range(20)))
    assert {id(each) for each in found} == {id(found[0])}
    assert found[0] == plan


async def test_a_plan_stays_when_its_version_is_deleted(services: Services) -> None:
    _, plan_hash, plan = await save(services, "gone", "a -> b")
    plans = Plans(services.pool)
    await plans.find(PROJECT, plan_hash)
    await services.pool.execute("delete from workflows")
    assert await plans.find(PROJECT, plan_hash) == plan
    with pytest.raises(NotFound):
        await Plans(services.pool).find(PROJECT, plan_hash)


async def test_a_plan_of_another_project_is_not_there(services: Services) -> None:
    _, plan_hash, _ = await save(services, "other", "a -> b")
    with pytest.raises(NotFound):
        await Plans(services.pool).find("other", plan_hash)
