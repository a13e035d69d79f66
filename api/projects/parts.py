"""The base of all files of an export that are of a form of our own."""

from pydantic import BaseModel, ConfigDict


class Part(BaseModel):
    """A file of our own form: strict, and without fields that nobody knows."""

    model_config = ConfigDict(frozen=True, extra="forbid", strict=True)
