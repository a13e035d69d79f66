"""The JSON Schema of fixtures, for editors that complete and check YAML."""

import json
from typing import Any

from plait.testing.fixture import Fixture

DRAFT = "https://json-schema.org/draft/2020-12/schema"


def fixture_schema() -> dict[str, Any]:
    """The schema of a fixture file."""
    return {"$schema": DRAFT, **Fixture.model_json_schema(), "title": "Plait fixture"}


def schema_text() -> str:
    """The schema as it is stored."""
    return json.dumps(fixture_schema(), indent=2, ensure_ascii=False) + "\n"
