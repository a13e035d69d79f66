"""Google's protocol."""

from functools import lru_cache

import httpx2
from pydantic_ai.models import Model
from pydantic_ai.models.google import GoogleModel
from pydantic_ai.providers.google import GoogleProvider

HOME = "https://generativelanguage.googleapis.com"


@lru_cache(maxsize=256)
def model_of(client: httpx2.AsyncClient, model: str, base_url: str | None, key: str) -> Model:
    """A model at Google, or at the server of this address."""
    named = GoogleProvider(api_key=key, base_url=base_url or HOME, http_client=client)
    return GoogleModel(model, provider=named)
