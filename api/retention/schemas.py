"""The bodies of the retention slice."""

from typing import Literal

from pydantic import ConfigDict

from api.http.models import Reference, View


class WorkflowRetention(View):
    """How long a workflow keeps its ended runs, null where it does not say, and how many are due."""

    workflow: Reference
    keep_days: float | None
    due: int


class Retention(View):
    """What the next hour's archive would take. Nothing is due where there is no archive: nothing is purged then."""

    archive: Literal["folder", "s3"] | None
    keep_days: float
    keep_days_failed: float
    due: int
    due_is_exact: bool
    archived: int
    workflows: list[WorkflowRetention]

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {
                    "archive": "s3",
                    "keep_days": 90,
                    "keep_days_failed": 180,
                    "due": 12,
                    "due_is_exact": True,
                    "archived": 4000,
                    "workflows": [
                        {
                            "workflow": {
                                "id": "019a2b3c-0000-7000-8000-000000000001",
                                "slug": "invoices",
                                "name": "Invoices",
                            },
                            "keep_days": 30,
                            "due": 12,
                        }
                    ],
                }
            ]
        }
    )
