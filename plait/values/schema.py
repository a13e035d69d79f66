"""JSON Schema 2020-12, compiled once and checked offline: no `$ref` leads out of the schema, no
pattern takes more than linear time, and no message repeats a value.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

import orjson
from jsonschema_rs import Draft202012Validator, ReferencingError, RegexOptions, ValidationError

from interpreter.problems import PathPart


class SchemaInvalid(ValueError):
    """The schema itself is not one."""


@dataclass(frozen=True, slots=True)
class Violation:
    """Where a value breaks its schema, and how."""

    path: tuple[PathPart, ...]
    message: str

    def __str__(self) -> str:
        place = "".join(f"[{part}]" if isinstance(part, int) else f".{part}" for part in self.path)
        return f"{place.removeprefix('.')}: {self.message}" if place else self.message


class Schema:
    """A compiled schema. Raises SchemaInvalid when it is not a schema."""

    def __init__(self, schema: Mapping[str, Any]) -> None:
        try:
            self._validator = Draft202012Validator(
                dict(schema),
                retriever=_refuse,
                pattern_options=RegexOptions(size_limit=1 << 20, dfa_size_limit=1 << 20),
                mask="the value",
            )
        except (ValidationError, ReferencingError, ValueError) as error:
            where = "".join(f"/{part}" for part in getattr(error, "instance_path", ()))
            raise SchemaInvalid(f"at {where}: {_first_line(error)}" if where else _first_line(error)) from None

    def accepts(self, value: Any) -> bool:
        """Whether the value fits."""
        return self._validator.is_valid(value)

    def violations(self, value: Any, *, limit: int = 50) -> tuple[Violation, ...]:
        """What is wrong with the value, at most `limit` of it; empty when it fits."""
        found: list[Violation] = []
        for error in self._validator.iter_errors(value):
            found.append(Violation(tuple(error.instance_path), _first_line(error)))
            if len(found) == limit:
                break
        return tuple(found)


def compiled(schema: Mapping[str, Any]) -> Schema:
    """The compiled schema, from a cache: one that is equal is compiled once a process."""
    return _compiled(orjson.dumps(schema))


@lru_cache(maxsize=512)
def _compiled(text: bytes) -> Schema:
    return Schema(orjson.loads(text))


def _refuse(uri: str) -> Any:
    message = f"a $ref must stay inside the schema; {uri[:200]} leads out of it"
    raise ValueError(message)


def _first_line(error: Exception) -> str:
    text = getattr(error, "message", None) or str(error)
    return str(text).partition("\n")[0]
