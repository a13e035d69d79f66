"""The macros as closures: what goes through a list, with one variable bound in each round."""

from collections.abc import Callable, Iterator, Mapping
from typing import Any

from interpreter.expressions.errors import ExpressionError, FuelExhausted
from interpreter.expressions.operations import kind_of
from interpreter.expressions.scope import Frame, Step
from interpreter.expressions.tree import Macro, walk

Rounds = Iterator[Any]
"""The items, one a round; the variable is bound to it while its round lasts."""
Gather = Callable[[Frame, Rounds, Step, str, int], Any]


def close_macro(tree: Macro, over: Step, body: Step, chosen: Step | None) -> Step:
    """The macro, given its parts. Each round takes the fuel of the body's whole tree."""
    cost = 1 + sum(1 for part in (tree.body, tree.filter) if part is not None for _ in walk(part))
    gather, name, what, at = GATHER[tree.name], tree.variable, f"`{tree.name}`", tree.at

    def rounds(frame: Frame, items: list[Any]) -> Rounds:
        for item in items:
            frame.fuel.spend(cost)
            frame.variables[name] = item
            if chosen is None or boolean(chosen(frame), what, at):
                yield item

    def macro(frame: Frame) -> Any:
        items = _items(over(frame), what, at)
        hidden = frame.variables.get(name)
        try:
            return gather(frame, rounds(frame, items), body, what, at)
        except FuelExhausted as exhausted:
            raise exhausted.located(at) from None
        finally:
            frame.variables[name] = hidden

    return macro


def boolean(value: Any, what: str, at: int) -> bool:
    """The value, if it is true or false. There is no truthiness."""
    if not isinstance(value, bool):
        raise not_boolean(value, what, at)
    return value


def not_boolean(value: Any, what: str, at: int) -> ExpressionError:
    return ExpressionError(f"{what} needs true or false, not {kind_of(value)}", at)


def _items(value: Any, what: str, at: int) -> list[Any]:
    """What a macro goes through: a list, or the keys of an object in code-point order."""
    if isinstance(value, list):
        return value
    if isinstance(value, Mapping):
        return sorted(value)
    raise ExpressionError(f"{what} needs a list or an object, not {kind_of(value)}", at)


def _all_or_any(frame: Frame, rounds: Rounds, body: Step, what: str, at: int, *, decisive: bool) -> bool:
    """As a chain of `&&` or `||`: a decisive item decides, even if others fail."""
    failure: ExpressionError | None = None
    for _ in rounds:
        try:
            if boolean(body(frame), what, at) is decisive:
                return decisive
        except FuelExhausted:
            raise
        except ExpressionError as error:
            failure = failure or error
    if failure is not None:
        raise failure
    return not decisive


def _all(frame: Frame, rounds: Rounds, body: Step, what: str, at: int) -> bool:
    return _all_or_any(frame, rounds, body, what, at, decisive=False)


def _exists(frame: Frame, rounds: Rounds, body: Step, what: str, at: int) -> bool:
    return _all_or_any(frame, rounds, body, what, at, decisive=True)


def _filter(frame: Frame, rounds: Rounds, body: Step, what: str, at: int) -> list[Any]:
    return [item for item in rounds if boolean(body(frame), what, at)]


def _exists_one(frame: Frame, rounds: Rounds, body: Step, what: str, at: int) -> bool:
    return len(_filter(frame, rounds, body, what, at)) == 1


def _map(frame: Frame, rounds: Rounds, body: Step, _: str, __: int) -> list[Any]:
    return [body(frame) for _ in rounds]


GATHER: dict[str, Gather] = {"all": _all, "exists": _exists, "exists_one": _exists_one, "filter": _filter, "map": _map}
