"""`Idempotency-Key` on a POST: the first answer is kept for 24 hours and given again byte for byte.

A start keeps its key in the run's row instead, for as long as the run lives.
"""

import hashlib
from collections.abc import Callable, Coroutine
from typing import Annotated, Any
from uuid import UUID

from fastapi import Depends, Request, Response

from api.http.bodies import DOCUMENT_LIMIT, read_body
from api.http.errors import Refusal, problem_response
from api.resources import resources_of
from plait.auth import Caller
from plait.clock import new_id
from plait.errors import PlaitError
from plait.store import idempotency as store

KEY_LIMIT = 255
KEPT_HEADERS = ("content-type", "location", "etag")
AGAIN_LATER = {429}
"""What asks for the same request once more is no answer to keep."""


async def answer_once(
    request: Request, handle: Callable[[Request], Coroutine[Any, Any, Response]], *, streamed: bool
) -> Response:
    """Handle the request unless one with its key was handled before."""
    key = request.headers["idempotency-key"]
    if not 0 < len(key) <= KEY_LIMIT or not key.isprintable():
        raise Refusal("request_invalid", f"An Idempotency-Key has 1 to {KEY_LIMIT} printable characters.")
    pool = resources_of(request).pool
    claim = await claim_of(request, key, streamed=streamed)
    claimed = await store.claim(pool, claim)
    if isinstance(claimed, store.Earlier):
        return replay(claim, claimed)
    request.state.made = claimed
    try:
        response = await answer(request, handle)
    except BaseException:
        await store.release(pool, claim)
        raise
    if response.status_code in AGAIN_LATER or response.status_code >= 500 or not hasattr(response, "body"):
        await store.release(pool, claim)
    else:
        kept = {name: response.headers[name] for name in KEPT_HEADERS if name in response.headers}
        await store.keep(pool, claim, store.Answer(response.status_code, kept, bytes(response.body)))
    return response


def id_of_what_is_made(request: Request) -> UUID:
    """The same whenever the request is sent again under its key, for the commit may be there whose answer was lost."""
    return getattr(request.state, "made", None) or new_id()


NewId = Annotated[UUID, Depends(id_of_what_is_made)]
"""The id of what a POST makes. Whoever writes it takes a row that is there with this id as its own."""


async def claim_of(request: Request, key: str, *, streamed: bool) -> store.Claim:
    """A key belongs to one caller and one address; the hash tells a repetition from a reuse.

    A body that is streamed on is not held back for it: its length and type stand for it.
    """
    caller: Caller = request.state.caller
    headers = (request.headers.get(name, "") for name in ("content-length", "content-type"))
    body = " ".join(headers).encode() if streamed else await read_body(request, DOCUMENT_LIMIT)
    route = f"{request.method} {request.url.path} {caller.actor.type}:{caller.actor.id}"
    said = hashlib.sha256(request.url.query.encode() + b"\n" + body)
    return store.Claim(caller.project, route, key, said.hexdigest())


async def answer(request: Request, handle: Callable[[Request], Coroutine[Any, Any, Response]]) -> Response:
    """The response, also where it is a problem that the caller would get again."""
    try:
        return await handle(request)
    except PlaitError as error:
        response = problem_response(request, error)
        if response.status_code >= 500:
            raise
        return response


def replay(claim: store.Claim, earlier: store.Earlier) -> Response:
    """The answer to a key that is known."""
    if earlier.request_hash != claim.request_hash:
        message = "This Idempotency-Key was sent with another request; use a new one."
        raise Refusal("idempotency_key_reused", message)
    if earlier.answer is None:
        message = "The first request with this key is still at work; ask again in a second."
        raise Refusal("idempotency_in_flight", message, headers={"Retry-After": "1"})
    headers = earlier.answer.headers | {"Idempotent-Replayed": "true"}
    return Response(earlier.answer.body, earlier.answer.status, headers)
