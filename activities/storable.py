"""Text as Postgres keeps it."""

from typing import Any


def storable(value: Any) -> Any:
    """The value, with another character where a model wrote one that Postgres keeps in no text: a character by a character."""
    match value:
        case str():
            return value.replace("\0", "\ufffd").encode(errors="replace").decode()
        case list():
            return [storable(part) for part in value]
        case dict():
            return {storable(name): storable(part) for name, part in value.items()}
        case _:
            return value
