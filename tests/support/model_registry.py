"""The models of tests: every kind of provider, all at one server of models."""

from dataclasses import replace

from plait.models import EVERYWHERE, Provider, RateLimits, Registry
from tests.support.model_server import ModelServer

KEY = "sk-test-of-tests-0123456789"
SECRETS = {"TEST_KEY": KEY}
"""The worker's secrets: the key that the providers want."""


def registry_at(server: ModelServer, limits: RateLimits | None = None) -> Registry:
    """`acme:…` speaks OpenAI's protocol, `claude:…` Anthropic's, `gemini:…` Google's; `keyless:…` has a secret that no
    worker has, `gone:…` answers nowhere; `quick` stands for `acme:small`.
    """
    acme = Provider("acme", "openai", server.base_url, "TEST_KEY", limits or RateLimits())
    own = (
        acme,
        replace(acme, name="claude", kind="anthropic", base_url=server.url),
        replace(acme, name="gemini", kind="google", base_url=server.url),
        replace(acme, name="keyless", secret="NO_SUCH_KEY"),
        replace(acme, name="gone", base_url="http://127.0.0.1:9/v1"),
    )
    providers = {**EVERYWHERE.providers, **{provider.name: provider for provider in own}}
    return Registry(providers, {"quick": "acme:small"})
