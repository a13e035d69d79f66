"""The protocols of providers, a file for each. Importing one of them imports its library: 20 to 40 MB, and a second or
two of a processor, so a process loads only those of the providers that it asks.
"""

from typing import TYPE_CHECKING, Protocol

from plait.models import ProviderKind

if TYPE_CHECKING:
    import httpx2
    from pydantic_ai.models import Model


NO_KEY = "none"
"""What a server is told that wants no key: its library demands one."""


class Speaks(Protocol):
    """What the file of a protocol has."""

    def model_of(self, client: "httpx2.AsyncClient", model: str, base_url: str | None, key: str) -> "Model":
        """The library's model of this name at this address; the same one each time."""
        ...


def speaking(kind: ProviderKind) -> Speaks:
    """The protocol, loaded."""
    match kind:
        case "openai":
            from activities.models.providers import openai as protocol
        case "anthropic":
            from activities.models.providers import anthropic as protocol
        case "google":
            from activities.models.providers import google as protocol
        case "local":
            raise AssertionError("the local model needs no provider")
    return protocol
