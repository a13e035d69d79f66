"""The library's models, one for each model, address and key, all over the one way out.

Importing this imports the library.
"""

import re
from functools import lru_cache

import httpx2
from anthropic import AsyncAnthropic
from openai import AsyncOpenAI
from pydantic_ai.models import Model
from pydantic_ai.models.anthropic import AnthropicModel
from pydantic_ai.models.google import GoogleModel
from pydantic_ai.models.openai import OpenAIChatModel
from pydantic_ai.profiles.openai import OpenAIModelProfile
from pydantic_ai.providers.anthropic import AnthropicProvider
from pydantic_ai.providers.google import GoogleProvider
from pydantic_ai.providers.openai import OpenAIProvider
from pydantic_ai.providers.openai_compatible import OpenAICompatibleProvider

from plait.models import Resolved

OPENAI = "https://api.openai.com/v1"
ANTHROPIC = "https://api.anthropic.com"
GOOGLE = "https://generativelanguage.googleapis.com"
NO_KEY = "none"
"""What a server is told that wants no key: its library demands one."""
OWN_MODELS = re.compile(r"(.*/)?(gpt-|chatgpt-|o\d)")
"""OpenAI's models want their limit as `max_completion_tokens`; the servers of others know only `max_tokens`."""


def model_of(client: httpx2.AsyncClient, resolved: Resolved, key: str | None) -> Model:
    """The model behind a reference; the same one for the same model, address and key."""
    match resolved.kind:
        case "openai":
            return _openai(client, resolved.model, resolved.base_url, key or NO_KEY)
        case "anthropic":
            return _anthropic(client, resolved.model, resolved.base_url, key or NO_KEY)
        case "google":
            return _google(client, resolved.model, resolved.base_url, key or NO_KEY)
        case "local":
            raise AssertionError("the local model needs no provider")


@lru_cache(maxsize=256)
def _openai(client: httpx2.AsyncClient, model: str, base_url: str | None, key: str) -> Model:
    # Every address is said: the worker's own OPENAI_BASE_URL is not what the project means. Retries are Temporal's.
    sdk = AsyncOpenAI(api_key=key, base_url=base_url or OPENAI, http_client=client, max_retries=0)
    sdk.organization = sdk.project = None
    named = OpenAICompatibleProvider("compatible", openai_client=sdk) if base_url else OpenAIProvider(openai_client=sdk)
    profile = OpenAIModelProfile(
        openai_chat_supports_max_completion_tokens=OWN_MODELS.match(model) is not None,
        openai_chat_streaming_requires_finish_reason=True,  # a stream that just ends was cut, and is no answer
    )
    return OpenAIChatModel(model, provider=named, profile=profile)


@lru_cache(maxsize=256)
def _anthropic(client: httpx2.AsyncClient, model: str, base_url: str | None, key: str) -> Model:
    sdk = AsyncAnthropic(api_key=key, base_url=base_url or ANTHROPIC, http_client=client, max_retries=0)
    sdk.auth_token = None
    return AnthropicModel(model, provider=AnthropicProvider(anthropic_client=sdk))


@lru_cache(maxsize=256)
def _google(client: httpx2.AsyncClient, model: str, base_url: str | None, key: str) -> Model:
    return GoogleModel(model, provider=GoogleProvider(api_key=key, base_url=base_url or GOOGLE, http_client=client))
