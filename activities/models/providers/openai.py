"""OpenAI's protocol, which most servers of models speak."""

import re
from functools import lru_cache

import httpx2
from openai import AsyncOpenAI
from pydantic_ai.models import Model
from pydantic_ai.models.openai import OpenAIChatModel
from pydantic_ai.profiles.openai import OpenAIModelProfile
from pydantic_ai.providers.openai import OpenAIProvider
from pydantic_ai.providers.openai_compatible import OpenAICompatibleProvider

HOME = "https://api.openai.com/v1"
OWN_MODELS = re.compile(r"(.*/)?(gpt-|chatgpt-|o\d)")
"""OpenAI's models want their limit as `max_completion_tokens`; the servers of others know only `max_tokens`."""


@lru_cache(maxsize=256)
def model_of(client: httpx2.AsyncClient, model: str, base_url: str | None, key: str) -> Model:
    """A model at OpenAI, or at the server of this address."""
    # Every address is said: the worker's own OPENAI_BASE_URL is not what the project means. Retries are Temporal's.
    sdk = AsyncOpenAI(api_key=key, base_url=base_url or HOME, http_client=client, max_retries=0)
    sdk.organization = sdk.project = None
    named = OpenAICompatibleProvider("compatible", openai_client=sdk) if base_url else OpenAIProvider(openai_client=sdk)
    profile = OpenAIModelProfile(
        openai_chat_supports_max_completion_tokens=OWN_MODELS.match(model) is not None,
        openai_chat_streaming_requires_finish_reason=True,  # a stream that just ends was cut, and is no answer
    )
    return OpenAIChatModel(model, provider=named, profile=profile)
