"""Boolean functions as reduced ordered binary decision diagrams with complement edges.

A function is an int: a node's number twice, plus one if it is negated. So equal functions are equal
ints and a negation is `f ^ 1`. Nothing here recurses, however many variables there are.
"""

from collections.abc import Iterable, Iterator, Mapping

TRUE, FALSE = 0, 1
STEPS = 100_000
LEAF = 1 << 60
"""The variable of the one leaf: after all others."""


class Diagrams:
    """A store of functions that share their parts, of about `budget` nodes.

    What would need more becomes a fresh variable. An implication that holds for every value of it
    holds for the function it stands for: no wrong one is ever found to hold.
    """

    def __init__(self, budget: int) -> None:
        self.budget = budget
        self.variables = 0
        self._variable = [LEAF]
        self._low = [TRUE]
        self._high = [TRUE]
        self._unique: dict[tuple[int, int, int], int] = {}
        self._known: dict[tuple[int, int], int] = {}

    def fresh(self) -> int:
        """A new variable, after all others in the order. It is given even over the budget."""
        self.variables += 1
        return self._node(self.variables - 1, FALSE, TRUE)

    def is_variable(self, f: int) -> bool:
        """Whether the function is one variable, as it is."""
        return f > FALSE and not f & 1 and (self._low[f >> 1], self._high[f >> 1]) == (FALSE, TRUE)

    def both(self, f: int, g: int) -> int:
        """The conjunction."""
        if f == TRUE:
            return g
        if (known := self._at_once(f, g)) is not None:
            return known
        if len(self._variable) >= self.budget:
            return self._known.setdefault(_ordered(f, g), self.fresh())
        waiting = [_ordered(f, g)]
        while waiting:
            pair = waiting[-1]
            if pair in self._known:
                waiting.pop()
                continue
            variable, lows, highs = self._split(*pair)
            low, high = self._at_once(*lows), self._at_once(*highs)
            if low is None:
                waiting.append(_ordered(*lows))
            if high is None:
                waiting.append(_ordered(*highs))
            if low is not None and high is not None:
                self._known[pair] = self._node(variable, low, high)
                waiting.pop()
        return self._known[_ordered(f, g)]

    def either(self, f: int, g: int) -> int:
        """The disjunction."""
        if f == FALSE:
            return g
        return self.both(f ^ 1, g ^ 1) ^ 1

    def choose(self, test: int, then: int, otherwise: int) -> int:
        """`then` where `test` is true, else `otherwise`."""
        return self.either(self.both(test, then), self.both(test ^ 1, otherwise))

    def all(self, functions: Iterable[int]) -> int:
        """The conjunction of several."""
        found = TRUE
        for function in functions:
            if function != TRUE:
                found = self.both(found, function)
        return found

    def any(self, functions: Iterable[int]) -> int:
        """The disjunction of several."""
        found = FALSE
        for function in functions:
            if function != FALSE:
                found = self.either(found, function)
        return found

    def counts(self, functions: Iterable[int], most: int) -> Iterator[list[int]]:
        """For each number from 0 to `most`, when at least so many are true: of no function, of the first, …"""
        found = [TRUE] + [FALSE] * most
        yield found
        for function in functions:
            more = [self.either(found[at], self.both(found[at - 1], function)) for at in range(1, most + 1)]
            yield (found := [TRUE, *more])

    def meet(self, f: int, g: int, fixed: Mapping[int, bool] | None = None) -> dict[int, bool] | None:
        """Values of variables for which both are true, or None if there are none.

        `fixed` variables keep their value. Makes no nodes. A search that takes too long ends with
        no values in particular, as if there were some.
        """
        fixed = fixed or {}
        seen: set[tuple[int, int]] = set()
        waiting: list[tuple[int, int, tuple[int, bool, object] | None]] = [(f, g, None)]
        while waiting:
            f, g, way = waiting.pop()
            if f == TRUE and g == TRUE:
                return _values(way)
            if FALSE in (f, g) or f == g ^ 1 or (f, g) in seen:
                continue
            seen.add((f, g))
            if len(seen) > STEPS:
                return {}
            variable, lows, highs = self._split(f, g)
            value = fixed.get(variable)
            if value is not False:
                waiting.append((*highs, (variable, True, way)))
            if value is not True:
                waiting.append((*lows, (variable, False, way)))
        return None

    def _at_once(self, f: int, g: int) -> int | None:
        if g in (f, TRUE):
            return f
        if f == TRUE:
            return g
        if FALSE in (f, g) or f == g ^ 1:
            return FALSE
        return self._known.get(_ordered(f, g))

    def _split(self, f: int, g: int) -> tuple[int, tuple[int, int], tuple[int, int]]:
        """The first variable of two functions, and what they come to where it is false and true."""
        one, other = f >> 1, g >> 1
        first, second = self._variable[one], self._variable[other]
        f_low, f_high = (f, f) if first > second else (self._low[one] ^ (f & 1), self._high[one] ^ (f & 1))
        g_low, g_high = (g, g) if second > first else (self._low[other] ^ (g & 1), self._high[other] ^ (g & 1))
        return min(first, second), (f_low, g_low), (f_high, g_high)

    def _node(self, variable: int, low: int, high: int) -> int:
        if low == high:
            return low
        negated = high & 1
        key = (variable, low ^ negated, high ^ negated)
        node = self._unique.get(key)
        if node is None:
            node = len(self._variable)
            self._unique[key] = node
            self._variable.append(variable)
            self._low.append(key[1])
            self._high.append(key[2])
        return node << 1 | negated


def _ordered(f: int, g: int) -> tuple[int, int]:
    return (f, g) if f < g else (g, f)


def _values(way: object) -> dict[int, bool]:
    found: dict[int, bool] = {}
    while isinstance(way, tuple):
        variable, value, way = way
        found[variable] = value
    return found
