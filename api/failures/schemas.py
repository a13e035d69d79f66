"""The bodies of the failures slice."""

from typing import Literal
from uuid import UUID

from pydantic import ConfigDict

from api.http.models import Reference, Time, View


class FailureLinks(View):
    """Where the runs of a group are, and where to POST a bulk `retry_held` of those that are held."""

    runs: str
    retry_held: str | None


class FailureGroup(View):
    """Failures of one kind: one type at one node, with one message but for what changes from one to the next."""

    fingerprint: str
    type: str
    category: Literal["business", "input", "external", "platform"]
    node: str | None
    pattern: str
    message: str
    count: int
    failed: int
    held: int
    first_seen: Time
    last_seen: Time
    workflows: list[Reference]
    example_run_id: UUID
    links: FailureLinks

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {
                    "fingerprint": "5f0c1d2e3a4b5c6d",
                    "type": "HttpStatus",
                    "category": "external",
                    "node": "post",
                    "pattern": "POST # answered # (Service Unavailable)",
                    "message": "POST https://books.example/7 answered 503 (Service Unavailable)",
                    "count": 42,
                    "failed": 40,
                    "held": 2,
                    "first_seen": "2026-11-20T07:30:00.000000Z",
                    "last_seen": "2026-11-21T09:12:00.000000Z",
                    "workflows": [
                        {"id": "019a2b3c-0000-7000-8000-000000000001", "slug": "invoices", "name": "Invoices"}
                    ],
                    "example_run_id": "019a2b3c-4d5e-7f60-8123-456789abcdef",
                    "links": {
                        "runs": "/api/v1/workflow_runs?fingerprint=5f0c1d2e3a4b5c6d&environment=dev",
                        "retry_held": "/api/v1/workflow_runs/bulk?fingerprint=5f0c1d2e3a4b5c6d&environment=dev",
                    },
                }
            ]
        }
    )
