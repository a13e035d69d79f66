"""The route of chats."""

from api.chat.schemas import Reply, Say
from api.chat.service import answer
from api.http.routing import problems, slice_router
from api.http.security import CanStartRuns
from api.resources import Held

router = slice_router("chat")


@router.post(
    "/chat",
    responses=problems("malformed_json", "too_large", "unsupported_media_type", "request_invalid", "stale"),
)
async def say_in_chat(say: Say, caller: CanStartRuns, held: Held) -> Reply:
    """Say something to Plait. It finds the workflow that is meant, asks for what its input lacks, and starts it on a yes."""
    return await answer(held, say, caller)
