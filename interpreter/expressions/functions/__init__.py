"""The functions of the language: a closed list. None has a clock, chance, a network or an effect."""

from interpreter.expressions.functions import collections, moments, numbers, text
from interpreter.expressions.functions.registry import FUNCTIONS, Function

__all__ = ["FUNCTIONS", "Function", "collections", "moments", "numbers", "text"]
