"""What usage of a model costs: the project's own price first, then the published one, else nobody knows."""

from decimal import Decimal

from plait.models.provider import Price
from plait.models.registry import Resolved
from plait.money.usage import Usage

MILLION = Decimal(1_000_000)


def price(model: Resolved, usage: Usage) -> Decimal | None:
    """US dollars; None where the price is not known. The local model costs nothing.

    The published prices are those of the day of this release, so that no call waits for a price list. Behind an
    address of one's own a model has the published price only if that address is a provider's.
    """
    if model.kind == "local":
        return Decimal(0)
    if model.price is not None:
        return _own(model.price, usage)
    return _published(model, usage)


def is_priced(model: Resolved) -> bool:
    """Whether the price of a model is known."""
    return price(model, Usage(1, 1)) is not None


def _own(own: Price, usage: Usage) -> Decimal:
    cached = own.input if own.cached_input is None else own.cached_input
    fresh = max(usage.input_tokens - usage.cached_tokens, 0)
    return (own.input * fresh + cached * usage.cached_tokens + own.output * usage.output_tokens) / MILLION


def _published(model: Resolved, usage: Usage) -> Decimal | None:
    # The price list is large: whoever asks for no price does not wait for it.
    import genai_prices

    asked = genai_prices.Usage(
        input_tokens=usage.input_tokens,
        output_tokens=usage.output_tokens,
        cache_read_tokens=min(usage.cached_tokens, usage.input_tokens) or None,
    )
    try:
        if model.base_url is None:
            return genai_prices.calc_price(asked, model.model, provider_id=model.kind).total_price
        return genai_prices.calc_price(asked, model.model, provider_api_url=model.base_url).total_price
    except LookupError:
        return None
