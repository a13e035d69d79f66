"""The bodies of migrations."""

from typing import Literal
from uuid import UUID

from pydantic import ConfigDict, Field

from api.http.models import JsonObject, Order, View
from api.runs.schemas import Reason


class MigrateRun(Order):
    """The version under which a run is to go on: a number, or a document of the same workflow."""

    version: int | None = Field(default=None, ge=1, lt=2**31)
    document: JsonObject | str | None = Field(
        default=None, description="As JSON, or the text of one in YAML or JSON. Saved as an ad hoc version."
    )
    dry_run: bool = Field(default=False, description="Only say what would become of each node.")
    reason: Reason | None = None

    model_config = ConfigDict(json_schema_extra={"examples": [{"version": 4, "dry_run": True}]})


class MigratedNode(View):
    """What becomes of a node. `because` says what stands in the way, or what follows."""

    node: str
    path: str
    change: Literal["kept", "new", "dropped", "changed", "blocks"]
    status: str | None
    because: str | None


class Migration(View):
    """What a migration does, or would do."""

    run_id: UUID
    status: Literal["dry_run", "applied", "recorded"]
    from_version: int
    to_version: int | None = Field(description="Null for a document that is not saved.")
    blocked: bool
    obstacles: list[str] = Field(description="What stands in the way of the run as a whole.")
    nodes: list[MigratedNode]
