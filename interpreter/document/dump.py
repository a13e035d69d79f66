"""A document back to plain JSON."""

from typing import Any

from interpreter.document.model import Document


def document_json(document: Document) -> dict[str, Any]:
    """Only what was said, durations in seconds; `Document.model_validate` gives the same document again."""
    return document.model_dump(mode="json", by_alias=True, exclude_unset=True)
