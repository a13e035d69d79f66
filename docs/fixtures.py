"""The fields of a fixture as tables, made from its models."""

from pydantic_core import PydanticUndefined

from docs.tables import table
from plait.testing.fixture import (
    Case,
    Expectation,
    ExpectedEvent,
    Fixture,
    InboundEvent,
    MockAttempt,
    MockError,
    Part,
    RunNames,
    Setup,
    Vote,
)

PARTS: dict[str, type[Part]] = {
    "The file": Fixture,
    "A case": Case,
    "A case, and `defaults`": Setup,
    "An attempt": MockAttempt,
    "An error": MockError,
    "A vote": Vote,
    "An external event": InboundEvent,
    "`run`": RunNames,
    "`expect`": Expectation,
    "An expected event": ExpectedEvent,
}


def fields() -> str:
    """A table for each part."""
    return "\n\n".join(f"### {title}\n\n{fields_of(part)}" for title, part in PARTS.items())


def fields_of(part: type[Part]) -> str:
    """The fields that a part has of its own."""
    inherited = {name for base in part.__bases__ for name in getattr(base, "model_fields", {})}
    rows = [
        [f"`{name}`", default_of(field.get_default(call_default_factory=True)), field.description or ""]
        for name, field in part.model_fields.items()
        if name not in inherited
    ]
    return table(("Field", "Default", "Says"), rows)


def default_of(value: object) -> str:
    """A default that is worth saying."""
    shown = isinstance(value, str | bool | int | float) and value is not PydanticUndefined
    return f"`{str(value).lower() if isinstance(value, bool) else value}`" if shown else ""
