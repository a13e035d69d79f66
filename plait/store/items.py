"""The items of maps, kept in pages, so that who works on one item never loads the whole list."""

from collections import OrderedDict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

import orjson
from asyncpg import Record

from plait.store.payloads import VALUE_BYTES, ResultTooLarge
from plait.store.pool import Pool
from plait.store.sql import load
from plait.store.values import encode

PAGE_ITEMS = 200
PAGE_BYTES = 64 * 1024
"""A page has no more items and bytes than this, but for a single item that is larger."""
KEPT_PAGES = 256
KEPT_BYTES = 32 * 1024 * 1024

queries = load("items")


@dataclass(frozen=True, slots=True)
class ItemsOf:
    """A map of a run: its path and generation."""

    project: str
    run_id: UUID
    path: str
    generation: int


@dataclass(frozen=True, slots=True)
class _Page:
    """Neighbouring items as JSON: whoever asks for one gets it anew, and may change it."""

    of: ItemsOf
    first: int
    items: list[bytes]
    size: int

    @property
    def stop(self) -> int:
        return self.first + len(self.items)


class Items:
    """The items of all maps; the pages read last are kept in memory."""

    def __init__(self, pool: Pool) -> None:
        self._pool = pool
        self._pages: OrderedDict[tuple[ItemsOf, int], _Page] = OrderedDict()

    async def store(self, of: ItemsOf, items: Sequence[Any]) -> None:
        """Keep the items of a map, unless they are kept already. Raises ResultTooLarge above 16 MiB."""
        lines = [encode(item) for item in items]
        size = sum(map(len, lines))
        if size > VALUE_BYTES:
            raise ResultTooLarge(
                f"The items are {size} bytes, more than the {VALUE_BYTES // 1024**2} MiB of one value."
            )
        pages = list(pages_of(lines))
        if pages:
            firsts, data = zip(*((first, b"\n".join(page)) for first, page in pages), strict=True)
            await self._pool.execute(
                queries.insert_pages, of.run_id, of.path, of.generation, of.project, list(firsts), list(data)
            )

    async def load(self, of: ItemsOf, first: int, stop: int) -> list[Any]:
        """The items from `first` to before `stop`, as far as there are any."""
        found: list[Any] = []
        while first < stop:
            page = self._kept(of, first) or await self._read(of, first, stop)
            if page is None:
                break
            part = page.items[first - page.first : stop - page.first]
            found += map(orjson.loads, part)
            first = page.stop
        return found

    async def ends(self, of: ItemsOf, first: int, stop: int) -> list[Record | None]:
        """The rows of the items from `first` to before `stop`; None for one that never began."""
        paths = [f"{of.path}.{index}" for index in range(first, stop)]
        rows = await self._pool.fetch(queries.read_ends, of.run_id, of.generation, paths, of.path)
        by_path = {row["path"]: row for row in rows}
        return [by_path.get(path) for path in paths]

    def _kept(self, of: ItemsOf, index: int) -> _Page | None:
        for key, page in self._pages.items():
            if key[0] == of and page.first <= index < page.stop:
                self._pages.move_to_end(key)
                return page
        return None

    async def _read(self, of: ItemsOf, first: int, stop: int) -> _Page | None:
        """The page with this item; the pages behind it that are wanted too are kept."""
        rows = await self._pool.fetch(queries.read_pages, of.project, of.run_id, of.path, of.generation, first, stop)
        pages = [_Page(of, row["first"], row["data"].split(b"\n"), len(row["data"])) for row in rows]
        for page in pages:
            self._keep(page)
        return next((page for page in pages if page.first <= first < page.stop), None)

    def _keep(self, page: _Page) -> None:
        self._pages[page.of, page.first] = page
        while len(self._pages) > KEPT_PAGES or sum(each.size for each in self._pages.values()) > KEPT_BYTES:
            self._pages.popitem(last=False)


def pages_of(lines: Sequence[bytes]) -> Iterator[tuple[int, list[bytes]]]:
    """The pages of a list: the number of the first item of each, and its items."""
    first, page, size = 0, list[bytes](), 0
    for index, line in enumerate(lines):
        if page and (len(page) == PAGE_ITEMS or size + len(line) > PAGE_BYTES):
            yield first, page
            first, page, size = index, [], 0
        page.append(line)
        size += len(line)
    if page:
        yield first, page
