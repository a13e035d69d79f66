"""The bodies of the models slice."""

import re
from typing import Annotated, ClassVar, Literal

from pydantic import AfterValidator, ConfigDict, Field
from pydantic_core import PydanticCustomError

from api.http.editing import Said
from api.http.models import Order, View
from plait.addresses import is_address
from plait.forms import Form, SecretName
from plait.models import ProviderKind

ADDRESS = re.compile(r"https?://[^\s@/?#]+(/[^\s@?#]*)?")


def wellformed_address(url: str) -> str:
    """An address at which a provider can answer."""
    if not (ADDRESS.fullmatch(url) and is_address(url)):
        wanted = "write the address as https://models.example.com/v1, without a name, password or query in it"
        raise PydanticCustomError("address_invalid", wanted)
    return url


Reference = Annotated[str, Field(min_length=3, max_length=200, examples=["openai:gpt-4.1-mini"])]
Dollars = Annotated[
    str,
    Form(r"[0-9]{1,6}(\.[0-9]{1,8})?", "Write US dollars as digits, with at most eight behind the point: 0.40."),
    Field(examples=["0.40"]),
]
"""US dollars for a million tokens, as text, because it is exact."""
PerMinute = Annotated[int, Field(ge=1, lt=2**31)]
Origin = Literal["known", "stored"]

PROVIDER = {
    "kind": "openai",
    "base_url": "https://models.example.com/v1",
    "secret": "ACME_KEY",
    "requests_per_minute": 600,
    "prices": {"llama-3": {"input": "0.20", "output": "0.60"}},
}


class PriceView(Order):
    """US dollars for a million tokens. Cached input costs as other input where it is not said."""

    input: Dollars
    output: Dollars
    cached_input: Dollars | None = None


class PutProvider(Order):
    """Where models are asked, with which key, how often, and what they cost. The key itself is a secret of the workers."""

    kind: Literal["openai", "anthropic", "google"] = Field(
        description="The protocol; `openai` is that of every server that is compatible with it."
    )
    base_url: (
        Annotated[
            str,
            Field(max_length=2048, json_schema_extra={"pattern": f"^{ADDRESS.pattern}$"}),
            AfterValidator(wellformed_address),
        ]
        | None
    ) = None
    secret: SecretName | None = Field(
        default=None, description="The name of the workers' secret with the key: `PLAIT_SECRET_<name>`."
    )
    requests_per_minute: PerMinute | None = None
    tokens_per_minute: PerMinute | None = None
    prices: dict[Annotated[str, Field(min_length=1, max_length=200)], PriceView] = Field(
        default_factory=dict,
        max_length=1000,
        description="By model; they stand before the published ones.",
    )

    model_config = ConfigDict(json_schema_extra={"examples": [PROVIDER]})


class PutAlias(Order):
    """What an alias stands for: a model of a provider, never another alias."""

    model: Reference

    model_config = ConfigDict(json_schema_extra={"examples": [{"model": "openai:gpt-4.1-mini"}]})


class ProviderView(Said):
    """A provider. `usable` says whether a worker that runs now has its key, `why_not` what is missing."""

    AROUND: ClassVar[frozenset[str]] = frozenset({"origin", "usable", "why_not"})

    name: str
    kind: ProviderKind
    base_url: str | None
    secret: str | None
    requests_per_minute: int | None
    tokens_per_minute: int | None
    prices: dict[str, PriceView]
    origin: Origin
    usable: bool
    why_not: str | None


class AliasView(Said):
    """An alias, and whether what it stands for can be asked now. `known` ones come from the settings of this Plait."""

    AROUND: ClassVar[frozenset[str]] = frozenset({"origin", "usable", "why_not"})

    name: str
    model: str
    origin: Origin
    usable: bool
    why_not: str | None


class ModelList(View):
    """All providers and all aliases: there are few. Any model that a provider has may be named, as `provider:model`."""

    items: list[ProviderView]
    aliases: list[AliasView]
    next_cursor: None = None
