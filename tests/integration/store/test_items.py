"""Items of maps: kept once, in pages, and read a page at a time."""

from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from plait.clock import new_id
from plait.store.items import KEPT_PAGES, PAGE_BYTES, PAGE_ITEMS, Items, ItemsOf, pages_of
from plait.store.payloads import ResultTooLarge
from plait.store.pool import Pool
from tests.support.runs import PROJECT, a_run


@pytest.fixture
async def of(pool: Pool) -> ItemsOf:
    return ItemsOf(PROJECT, await a_run(pool), "each", 1)


async def pages(pool: Pool) -> int:
    return await pool.fetchval("select count(*) from map_items")


@given(st.lists(st.binary(max_size=3 * PAGE_BYTES // 4), max_size=30))
def test_pages_hold_all_items_in_order_and_no_more_than_they_may(lines: list[bytes]) -> None:
    found = list(pages_of(lines))
    assert [line for _, page in found for line in page] == lines
    assert [first for first, _ in found] == [sum(len(page) for _, page in found[:n]) for n in range(len(found))]
    assert all(len(page) == 1 or sum(map(len, page)) <= PAGE_BYTES for _, page in found)


async def test_one_item_needs_one_page(pool: Pool, of: ItemsOf) -> None:
    await Items(pool).store(of, list(range(1_000)))
    assert await pages(pool) == 1_000 // PAGE_ITEMS
    items = Items(pool)
    assert await items.load(of, 777, 778) == [777]
    assert await items.load(of, 600, 800) == list(range(600, 800))
    await pool.execute("delete from map_items")
    assert await items.load(of, 799, 800) == [799]


async def test_a_window_reaches_over_pages_and_ends_with_the_list(pool: Pool, of: ItemsOf) -> None:
    await Items(pool).store(of, list(range(450)))
    assert await Items(pool).load(of, 150, 900) == list(range(150, 450))
    assert await Items(pool).load(of, 450, 900) == []


async def test_large_items_stand_in_pages_of_their_own(pool: Pool, of: ItemsOf) -> None:
    values: list[Any] = ["x" * 100_000, 1, 2, {"text": "line\nbreak", "é": None}, "y" * 100_000]
    await Items(pool).store(of, values)
    assert await pages(pool) == 3
    assert await Items(pool).load(of, 0, 5) == values


async def test_what_was_stored_first_stays(pool: Pool, of: ItemsOf) -> None:
    await Items(pool).store(of, [1, 2])
    await Items(pool).store(of, [8, 9])
    assert await Items(pool).load(of, 0, 2) == [1, 2]


async def test_each_map_run_and_generation_has_its_own(pool: Pool, of: ItemsOf) -> None:
    items = Items(pool)
    others = [replace(of, path="each.1.inner"), replace(of, generation=2), replace(of, run_id=await a_run(pool))]
    for n, each in enumerate((of, *others)):
        await items.store(each, [n])
    assert [await items.load(each, 0, 1) for each in (of, *others)] == [[0], [1], [2], [3]]
    assert await items.load(replace(of, project="other"), 0, 1) == []
    assert await items.load(replace(of, run_id=new_id()), 0, 1) == []


async def test_they_go_with_their_run(pool: Pool, of: ItemsOf) -> None:
    await Items(pool).store(of, [1])
    await pool.execute("delete from workflow_runs where id = $1", of.run_id)
    assert await pages(pool) == 0


async def test_more_than_one_value_may_have_is_refused(pool: Pool, of: ItemsOf) -> None:
    with pytest.raises(ResultTooLarge, match="16 MiB"):
        await Items(pool).store(of, ["x" * 9 * 1024 * 1024] * 2)
    assert await pages(pool) == 0


async def test_the_memory_for_pages_is_bounded(pool: Pool, of: ItemsOf) -> None:
    items = Items(pool)
    for n in range(KEPT_PAGES + 5):
        await items.store(replace(of, path=f"m{n}"), [n])
        assert await items.load(replace(of, path=f"m{n}"), 0, 1) == [n]
    await pool.execute("delete from map_items")
    assert await items.load(replace(of, path="m0"), 0, 1) == []
    assert await items.load(replace(of, path=f"m{KEPT_PAGES}"), 0, 1) == [KEPT_PAGES]
