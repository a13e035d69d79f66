"""The bodies of the slice of chats."""

from typing import Annotated
from uuid import UUID

from pydantic import ConfigDict, Field

from api.http.models import JsonObject, Order, View
from api.runs.schemas import Environment
from plait.starts import DEFAULT_ENVIRONMENT

MESSAGE_LIMIT = 32_000
CONVERSATION = "019f52b3-8c11-7d9e-8a40-1b2c3d4e5f06"


class Say(Order):
    """What the caller says. Without a `conversation_id` it begins a conversation, in this environment."""

    message: Annotated[str, Field(min_length=1, max_length=MESSAGE_LIMIT)]
    conversation_id: Annotated[UUID, Field(strict=False)] | None = None
    environment: Environment = DEFAULT_ENVIRONMENT

    model_config = ConfigDict(json_schema_extra={"examples": [{"message": "Review the contract contract-17.pdf"}]})


class Proposed(View):
    """What a yes would start, and which fields of its input are still missing."""

    workflow: str
    input: JsonObject
    missing: list[str]


class Reply(View):
    """The answer. `run_id` is the run that the conversation follows."""

    conversation_id: UUID
    reply: str
    proposed: Proposed | None
    run_id: UUID | None

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {
                    "conversation_id": CONVERSATION,
                    "reply": "I would start Contract review with document: contract-17.pdf. Say yes to start it.",
                    "proposed": {
                        "workflow": "contract-review",
                        "input": {"document": "contract-17.pdf"},
                        "missing": [],
                    },
                    "run_id": None,
                }
            ]
        }
    )
