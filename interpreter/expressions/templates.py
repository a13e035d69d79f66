"""Values with templates inside: parsed once, resolved as often as needed, their data never parsed."""

from collections.abc import Callable, Iterator, Mapping
from typing import Any, assert_never

from interpreter.expressions.errors import ExpressionError, ExpressionProblem, FuelExhausted
from interpreter.expressions.evaluate import evaluate
from interpreter.expressions.fuel import Fuel
from interpreter.expressions.operations import Refused, text_of
from interpreter.expressions.parse import parse_template
from interpreter.expressions.scope import Scope
from interpreter.expressions.tree import Expression, Template
from interpreter.problems import PathPart
from interpreter.records import record
from interpreter.values import Json


@record
class PlainValue:
    """A value without any template inside: it stands for itself."""

    value: Json


@record
class TemplateText:
    """A text with templates in it."""

    template: Template


@record
class PreparedList:
    items: tuple["Prepared", ...]


@record
class PreparedObject:
    entries: tuple[tuple[str, "Prepared"], ...]


Prepared = PlainValue | TemplateText | PreparedList | PreparedObject
Path = tuple[PathPart, ...]
NONE_PARSED: Mapping[str, Template] = {}


def prepare_value(
    value: Json,
    literal: bool = False,  # noqa: FBT001, FBT002
    problems: list[ExpressionProblem] | None = None,
    parsed: Mapping[str, Template] = NONE_PARSED,
) -> Prepared:
    """The value with its templates parsed; in a `literal` one `{{ }}` is text.

    Raises ExpressionProblem with the path inside the value; where `problems` are collected, all are
    added to it instead, and such a text stands for itself. Texts that are `parsed` are not parsed again.
    """
    return PlainValue(value) if literal else _Preparing(problems, parsed).prepare(value, ())


@record
class _Preparing:
    """One value being prepared."""

    problems: list[ExpressionProblem] | None
    parsed: Mapping[str, Template]

    def prepare(self, value: Any, path: Path) -> Prepared:
        if isinstance(value, str):
            return self._text(value, path) if "{{" in value else PlainValue(value)
        if isinstance(value, Mapping):
            entries = tuple((key, self.prepare(item, (*path, key))) for key, item in value.items())
            is_plain = all(isinstance(item, PlainValue) for _, item in entries)
            return PlainValue(value) if is_plain else PreparedObject(entries)
        if isinstance(value, list | tuple):
            items = tuple(self.prepare(item, (*path, place)) for place, item in enumerate(value))
            return PlainValue(value) if all(isinstance(item, PlainValue) for item in items) else PreparedList(items)
        return PlainValue(value)

    def _text(self, text: str, path: Path) -> Prepared:
        try:
            template = self.parsed.get(text) or parse_template(text)
        except ExpressionProblem as problem:
            located = ExpressionProblem(problem.message, problem.at, problem.fix, path)
            if self.problems is None:
                raise located from None
            self.problems.append(located)
            return PlainValue(text)
        return PlainValue(text) if template is None else TemplateText(template)


def resolve_value(prepared: Prepared, scope: Scope, fuel: Fuel | None = None) -> Json:
    """The value, built anew where there are templates in it.

    A sole `{{ … }}` keeps its type; others are rendered to text. Raises ExpressionError with the
    path inside the value.
    """
    return _resolve(prepared, scope, fuel or Fuel(), ())


def _resolve(prepared: Prepared, scope: Scope, fuel: Fuel, path: Path) -> Json:
    match prepared:
        case PlainValue(value=value):
            return value
        case TemplateText(template=template):
            try:
                return _resolve_text(template, scope, fuel)
            except ExpressionError as error:
                error.path = path
                raise
        case PreparedObject(entries=entries):
            return {key: _resolve(item, scope, fuel, (*path, key)) for key, item in entries}
        case PreparedList(items=items):
            return [_resolve(item, scope, fuel, (*path, place)) for place, item in enumerate(items)]
        case _:
            assert_never(prepared)


def _resolve_text(template: Template, scope: Scope, fuel: Fuel) -> Json:
    sole = template.sole
    if sole is not None:
        return evaluate(sole, scope, fuel)
    return "".join(
        part if isinstance(part, str) else _rendered(evaluate(part, scope, fuel), fuel, part.at)
        for part in template.parts
    )


def _rendered(value: Json, fuel: Fuel, at: int) -> str:
    try:
        return text_of(value, fuel)
    except Refused as refused:
        raise ExpressionError(str(refused), at) from None
    except FuelExhausted as exhausted:
        raise exhausted.located(at) from None


def render(value: Json, fuel: Fuel | None = None) -> str:
    """A value as text: strings as they are, all else as compact JSON. Raises ExpressionError for null."""
    return _rendered(value, fuel or Fuel(), 0)


def templates_in(value: Json | Prepared) -> Iterator[tuple[Path, Template]]:
    """Every template in a value, with its path. A value that is not yet prepared is parsed first."""
    prepared = value if isinstance(value, Prepared) else prepare_value(value)
    yield from _templates(prepared, ())


def _templates(prepared: Prepared, path: Path) -> Iterator[tuple[Path, Template]]:
    match prepared:
        case PlainValue():
            return
        case TemplateText(template=template):
            yield path, template
        case PreparedObject(entries=entries):
            for key, item in entries:
                yield from _templates(item, (*path, key))
        case PreparedList(items=items):
            for place, item in enumerate(items):
                yield from _templates(item, (*path, place))
        case _:
            assert_never(prepared)


def rebuild_value(prepared: Prepared, change: Callable[[Expression], Expression]) -> Prepared:
    """The value with each expression of its templates changed."""
    match prepared:
        case PlainValue():
            return prepared
        case TemplateText(template=template):
            return TemplateText(
                Template(tuple(part if isinstance(part, str) else change(part) for part in template.parts))
            )
        case PreparedObject(entries=entries):
            return PreparedObject(tuple((key, rebuild_value(item, change)) for key, item in entries))
        case PreparedList(items=items):
            return PreparedList(tuple(rebuild_value(item, change) for item in items))
        case _:
            assert_never(prepared)
