"""The description of the API is complete, and changes only on purpose."""

import json
from pathlib import Path
from typing import Any

import jsonschema_rs
import pytest
from fastapi import FastAPI

from api.http.examples import REFERENCE, is_bytes

SNAPSHOT = Path(__file__).parent / "openapi.json"


@pytest.fixture
def document(app: FastAPI) -> dict[str, Any]:
    """The OpenAPI document."""
    return app.openapi()


def operations(document: dict[str, Any]) -> list[tuple[str, str, dict[str, Any]]]:
    return [
        (path, method, operation)
        for path, methods in document["paths"].items()
        for method, operation in methods.items()
    ]


def test_the_description_is_the_one_that_was_agreed_on(document: dict[str, Any]) -> None:
    """After a change on purpose: `python -m tests.integration.api.snapshot`."""
    assert json.loads(SNAPSHOT.read_text()) == json.loads(json.dumps(document))


def test_every_operation_has_an_id_of_its_own_a_tag_and_a_sentence(document: dict[str, Any]) -> None:
    ids = [operation["operationId"] for _, _, operation in operations(document)]
    assert len(set(ids)) == len(ids)
    tags = {tag["name"] for tag in document["tags"]}
    for path, method, operation in operations(document):
        assert set(operation["tags"]) <= tags, (method, path)
        assert operation["description"], (method, path)
        assert " " in operation["summary"], (method, path)
        assert not operation["summary"].istitle(), (method, path)


def test_every_operation_declares_its_problems(document: dict[str, Any]) -> None:
    for path, method, operation in operations(document):
        failures = {status: said for status, said in operation["responses"].items() if status >= "400"}
        assert {"401", "403", "500", "503"} <= set(failures), (method, path)
        for status, said in failures.items():
            assert list(said["content"]) == ["application/problem+json"], (method, path, status)


def said_bodies(document: dict[str, Any]) -> list[tuple[str, dict[str, Any]]]:
    """What operations take and what they answer when all goes well, but bytes: `POST /files 201` and the content."""
    return [
        (f"{method.upper()} {path} {status} {media_type}", content)
        for path, method, operation in operations(document)
        for status, said in {"takes": operation.get("requestBody", {}), **operation["responses"]}.items()
        if status < "400" or status == "takes"
        for media_type, content in said.get("content", {}).items()
        if not is_bytes(content["schema"])
    ]


def examples_of(content: dict[str, Any], document: dict[str, Any]) -> list[Any]:
    """The examples that stand at a body or at its schema."""
    name = content["schema"].get("$ref", "").removeprefix(REFERENCE)
    schema = document["components"]["schemas"][name] if name else content["schema"]
    return [content["example"]] if "example" in content else schema.get("examples", [])


def test_every_body_has_an_example(document: dict[str, Any]) -> None:
    assert [body for body, content in said_bodies(document) if not examples_of(content, document)] == []


def test_every_example_is_what_its_schema_allows(document: dict[str, Any]) -> None:
    components = document["components"]
    wrong = [
        f"{body}: {error.message} at {error.instance_path}"
        for body, content in said_bodies(document)
        for example in examples_of(content, document)
        for error in jsonschema_rs.Draft202012Validator(
            content["schema"] | {"components": components}, validate_formats=True
        ).iter_errors(example)
    ]
    assert wrong == []


def test_no_schema_of_the_framework_s_own_errors_is_left(document: dict[str, Any]) -> None:
    assert not {"HTTPValidationError", "ValidationError"} & set(document["components"]["schemas"])


def test_every_reference_leads_somewhere(document: dict[str, Any]) -> None:
    text = json.dumps(document)
    named = {part.split('"')[0] for part in text.split('"#/components/schemas/')[1:]}
    assert named <= set(document["components"]["schemas"])
