"""Anthropic's protocol."""

from functools import lru_cache

import httpx2
from anthropic import AsyncAnthropic
from pydantic_ai.models import Model
from pydantic_ai.models.anthropic import AnthropicModel
from pydantic_ai.providers.anthropic import AnthropicProvider

HOME = "https://api.anthropic.com"


@lru_cache(maxsize=256)
def model_of(client: httpx2.AsyncClient, model: str, base_url: str | None, key: str) -> Model:
    """A model at Anthropic, or at the server of this address."""
    # Retries are Temporal's.
    sdk = AsyncAnthropic(api_key=key, base_url=base_url or HOME, http_client=client, max_retries=0)
    sdk.auth_token = None
    return AnthropicModel(model, provider=AnthropicProvider(anthropic_client=sdk))
