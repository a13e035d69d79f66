"""What models cost: usage in tokens, its price, and what a call may come to before it is made. Pure, and light to load."""

from plait.money.estimates import BYTES_A_TOKEN, Estimate, estimate
from plait.money.prices import is_priced, price
from plait.money.usage import Usage

__all__ = ["BYTES_A_TOKEN", "Estimate", "Usage", "estimate", "is_priced", "price"]
