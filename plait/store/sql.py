"""Named queries, kept in `.sql` files next to the reason for each.

A file introduces each query by a line `-- name: verb_noun`; the comment below says why it is so.
"""

import re
from collections.abc import Iterable, Mapping
from functools import cache
from importlib import resources
from typing import Any

_NAME = re.compile(r"^-- name: ([a-z_]+)\s*$", re.MULTILINE)


class Queries:
    """The queries of one file; each is an attribute."""

    def __init__(self, file: str, texts: Mapping[str, str]) -> None:
        self._file = file
        self._texts = texts

    def __getattr__(self, name: str) -> str:
        try:
            return self._texts[name]
        except KeyError:
            raise AttributeError(f"queries/{self._file}.sql has no query {name!r}") from None


@cache
def load(name: str) -> Queries:
    """The queries of `plait/store/queries/{name}.sql`."""
    text = (resources.files("plait.store") / "queries" / f"{name}.sql").read_text(encoding="utf-8")
    _, *parts = _NAME.split(text)
    texts: dict[str, str] = {}
    for query, body in zip(parts[::2], parts[1::2], strict=True):
        if query in texts:
            raise ValueError(f"queries/{name}.sql has two queries {query!r}")
        texts[query] = body.strip()
    return Queries(name, texts)


def as_columns(rows: Iterable[tuple[Any, ...]], count: int) -> Iterable[tuple[Any, ...]]:
    """Rows of so many columns as the arrays that `unnest` takes."""
    return tuple(zip(*rows, strict=True)) or ((),) * count
