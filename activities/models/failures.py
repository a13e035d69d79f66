"""From what the library raises to the failures that a node has. Importing this imports the library."""

import re
from typing import Any, TypeVar

import httpx2
from pydantic_ai.exceptions import (
    ModelAPIError,
    ModelAuthenticationError,
    ModelConnectionError,
    ModelContextWindowExceededError,
    ModelHTTPError,
    ModelNotFoundError,
    ModelQuotaExceededError,
    ModelRateLimitError,
    ModelRequestRejectedError,
    ModelRequestTimeout,
    ModelTimeoutError,
    UserError,
)

from activities.kind import NodeError
from plait.egress import EgressRefused
from plait.models import Resolved
from plait.settings import SECRET_PREFIX

E = TypeVar("E", bound=Exception)

LONGEST_RETRY_AFTER = 24 * 3600.0
SHOWN = 500
"""Characters of what a provider said that an error repeats."""
MAYBE_BILLED = {"maybe_billed": True}
"""Of a failure after the provider may have worked: what was reserved for the call counts as spent."""
FILTERED = re.compile(r"content_?filter|content_?policy|safety", re.IGNORECASE)
NO_SCHEMAS = re.compile(r"response_format|json_schema|output_config|structured.?output", re.IGNORECASE)


def failure_of(resolved: Resolved, error: Exception) -> NodeError:
    """What the failed call means for the node. No text of the request is repeated, nor any key."""
    if isinstance(error, NodeError):
        return error
    if (refused := _cause(error, EgressRefused)) is not None:
        return NodeError("EgressRefused", str(refused), category="input")
    model, details = resolved.reference, _details(error)
    match error:
        case ModelRequestRejectedError() | ModelQuotaExceededError():
            return _turned_down(resolved, error, details)
        case ModelRateLimitError():
            return _for_now("RateLimited", f"{model} is asked too often", error, details)
        case ModelTimeoutError() | ModelRequestTimeout() | httpx2.TimeoutException():
            return _cut_off("ModelTimeout", f"{model} does not answer in time", error)
        case ModelConnectionError() | httpx2.HTTPError():
            message = f"the connection to {model}{_at(resolved)} failed: {_broken(error)}"
            return _cut_off("ModelUnavailable", message, error)
        case ModelHTTPError():
            message = f"{model} cannot answer now: its provider answers {error.status_code}"
            return _for_now("ModelUnavailable", message, error, details)
        case UserError() | NotImplementedError():
            message = f"{model} cannot be asked this: {_cut(str(error))}"
            return NodeError("ModelRequestInvalid", message, category="input")
        case _:
            # What was sent is not what the library reads: broken JSON, a stream without its end.
            message = f"{model} answered something that cannot be read ({type(error).__name__})"
            return _cut_off("ModelUnavailable", message, error)


def refuses_schema(error: Exception) -> bool:
    """Whether it may be the schema that the provider, or its library, turned down: in words it may go well."""
    match error:
        case ModelAuthenticationError() | ModelNotFoundError() | ModelContextWindowExceededError():
            return False
        case ModelRequestRejectedError():
            return not FILTERED.search(error.provider_error_code or "")
        case _:
            return isinstance(error, UserError)


def knows_no_schemas(error: Exception) -> bool:
    """Whether the provider says that it has no structured output at all."""
    return isinstance(error, ModelAPIError) and NO_SCHEMAS.search(str(error.body)) is not None


def _for_now(type_: str, message: str, error: ModelAPIError, details: dict[str, Any]) -> NodeError:
    """What may go well later, when the provider says."""
    wait = None if error.retry_after is None else min(error.retry_after, LONGEST_RETRY_AFTER)
    return NodeError(type_, message, retryable=True, details=details, retry_after=wait)


def _cut_off(type_: str, message: str, error: Exception) -> NodeError:
    """What broke off, and may have been billed unless it was never sent."""
    sent = not (isinstance(error, ModelConnectionError) and error.phase in {"pool", "connect"})
    return NodeError(type_, message, retryable=True, details=MAYBE_BILLED if sent else {})


def _turned_down(resolved: Resolved, error: ModelAPIError, details: dict[str, Any]) -> NodeError:
    """What goes no better when it is sent again."""
    model, code = resolved.reference, error.provider_error_code or ""
    match error:
        case ModelQuotaExceededError():
            type_, message = "QuotaExceeded", f"the account of {model} has no credit left, or its quota is spent"
        case ModelAuthenticationError():
            type_, message = "ModelAuth", _auth(resolved)
        case ModelNotFoundError():
            type_, message = "ModelUnknown", _unknown(resolved, code)
        case ModelContextWindowExceededError():
            type_, message = "ContextTooLong", f"the messages are longer than {model} takes"
        case _ if FILTERED.search(code):
            type_, message = "ModelRefused", f"{model} refuses to answer this"
        case _:
            type_, message = "ModelRequestInvalid", f"{model} does not take this request: {_cut(_said(error))}"
    return NodeError(type_, message, category="input", details=details)


def _auth(resolved: Resolved) -> str:
    if resolved.secret is None:
        return f"the provider {resolved.provider} wants a key, and it has none: name its secret"
    secret = resolved.secret
    return (
        f"the provider {resolved.provider} does not take the key in the secret {secret}:"
        f" give the workers one that it takes as {SECRET_PREFIX}{secret}"
    )


def _unknown(resolved: Resolved, code: str) -> str:
    """No such model; or, where the provider does not say so, nothing at all at an address that somebody wrote."""
    if resolved.base_url is None or code:
        return f"the provider {resolved.provider} does not know {resolved.model}"
    return (
        f"the provider {resolved.provider} answers 404{_at(resolved)}:"
        f" it has no {resolved.model}, or its base_url is another one, mostly one that ends in /v1"
    )


def _at(resolved: Resolved) -> str:
    return "" if resolved.base_url is None else f" at {resolved.base_url}"


def _broken(error: Exception) -> str:
    """What became of the connection, in the words of what made it: those of the libraries above only say that it is."""
    cause = _cause(error, httpx2.HTTPError) or error
    return _cut(str(cause) or type(cause).__name__)


def _details(error: Exception) -> dict[str, Any]:
    details: dict[str, Any] = {}
    if isinstance(error, ModelHTTPError):
        details["status"] = error.status_code
    if isinstance(error, ModelAPIError) and error.provider_error_code:
        details["code"] = _cut(error.provider_error_code)
    return details


def _said(error: ModelAPIError) -> str:
    """The provider's own words for what is wrong."""
    body = error.body
    if isinstance(body, dict):
        inner = body.get("error", body)
        if isinstance(inner, dict) and isinstance(inner.get("message"), str):
            return inner["message"]
    return type(error).__name__


def _cut(text: str) -> str:
    return text if len(text) <= SHOWN else f"{text[: SHOWN - 1]}…"


def _cause(error: BaseException | None, kind: type[E]) -> E | None:
    while error is not None and not isinstance(error, kind):
        error = error.__cause__ or error.__context__
    return error
