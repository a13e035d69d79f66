"""What became of an import."""

from typing import Annotated, Literal

from pydantic import Field

from api.http.models import View


class ImportedWorkflow(View):
    """What became of a workflow. `settings`: anything besides its documents was changed."""

    slug: str
    did: Literal["created", "versioned", "unchanged"]
    version: Annotated[int, Field(description="The newest now; 0 while there is only a draft.")]
    settings: bool


class ImportReport(View):
    """What an import did, or with `dry_run` would do."""

    dry_run: bool
    workflows: list[ImportedWorkflow]
    environments: Annotated[list[str], Field(description="Those that are new.")]
    variables: Annotated[list[str], Field(description="Those that were set or changed, as `prod.NAME`.")]
    promoted: Annotated[list[str], Field(description="The pointers that were moved, as `prod: SLUG 3`.")]
    templates: Annotated[list[str], Field(description="Those that were made or changed.")]
    tools: Annotated[list[str], Field(description="Those that were stored or changed.")]
    models: Annotated[list[str], Field(description="The providers and aliases that were stored or changed.")]
    agents: Annotated[list[str], Field(description="Those that were stored or changed.")]
    schedules: Annotated[list[str], Field(description="Those that were made or changed, as `SLUG: NAME`.")]
    kept: Annotated[list[str], Field(description="What was left as it is, and why.")]
