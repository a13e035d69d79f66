"""Values made in great numbers: nodes of plans and of syntax trees."""

from dataclasses import dataclass, field
from typing import TypeVar, dataclass_transform

Made = TypeVar("Made")


@dataclass_transform(frozen_default=True, field_specifiers=(field,))
def record(cls: type[Made]) -> type[Made]:
    """A dataclass that nothing may change, as the type checker sees to.

    One that Python itself keeps from change is made four times as slowly, as each of its fields is
    set by a call, and a version of 10,000 nodes has a million.
    """
    return dataclass(slots=True, unsafe_hash=True)(cls)
