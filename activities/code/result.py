"""A program's result as JSON: nothing else leaves it."""

from typing import Any

from activities.kind import NodeError
from activities.shell.results import DEPTH, INTEGERS
from interpreter.values import Json
from plait.store.payloads import VALUE_BYTES, ResultTooLarge


def as_json(value: Any) -> Json:
    """The value with tuples as lists. Raises NodeError for what JSON does not have, and ResultTooLarge.

    A value that stands in many places of the result is written in each: it is counted there too,
    so that a small program cannot make a text that no memory holds.
    """
    return _Writing(VALUE_BYTES).written(value, DEPTH)


class _Writing:
    """One result being written; `room` is how many bytes of JSON it may still become."""

    def __init__(self, room: int) -> None:
        self.room = room

    def written(self, value: Any, depth: int) -> Json:
        self._take(2)
        if depth == 0:
            raise _refused(f"lists or objects more than {DEPTH} levels deep")
        match value:
            case None | bool() | float():
                return value
            case str():
                self._take(len(value))
                return value
            case int():
                if value not in INTEGERS:
                    raise _refused("an integer over 64 bits")
                return value
            case list() | tuple():
                return [self.written(part, depth - 1) for part in value]
            case dict():
                return {self._key(key): self.written(part, depth - 1) for key, part in value.items()}
            case _:
                raise _refused(f"something that JSON does not have (a value of the type {type(value).__name__})")

    def _key(self, key: Any) -> str:
        if not isinstance(key, str):
            raise _refused("an object with a key that is not text")
        self._take(len(key) + 2)
        return key

    def _take(self, size: int) -> None:
        self.room -= size
        if self.room < 0:
            raise ResultTooLarge(f"the result is over {VALUE_BYTES // 1024**2} MiB: return less of it")


def _refused(what: str) -> NodeError:
    return NodeError("OutputInvalid", f"the program's result holds {what}, which is no output", category="external")
