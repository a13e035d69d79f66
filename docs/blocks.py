"""The generated parts of the pages, each as Markdown made from the code that it describes."""

import ast
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any

import typer
from pydantic_core import PydanticUndefined

import interpreter.state.statuses
from activities.catalogue import NODE_TYPES
from api.app import description
from api.http.codes import CODES
from api.runs.standing import VERBS, Answer, Standing, answer
from docs import fixtures, joins, language, limits, patterns
from docs.tables import table
from interpreter.catalogue import NodeType, Parameter
from plait.cli.app import app as command_line
from plait.settings import Settings

CODE_OF: dict[Answer, str] = {"does": "202", "holds": "200", "contradicts": "409"}


def settings() -> str:
    """Every variable that a process reads."""
    rows: list[list[str]] = []
    for name, field in Settings.model_fields.items():
        default = "" if field.default in (PydanticUndefined, None, "") else f"`{field.default}`"
        rows.append([f"`PLAIT_{name.upper()}`", default, field.description or ""])
    return table(("Variable", "Default", "What it says"), rows)


def node_types() -> str:
    """Every node type with its parameters, fields and outcomes."""
    return "\n\n".join(node_type(NODE_TYPES[name]) for name in sorted(NODE_TYPES))


def node_type(kind: NodeType) -> str:
    """One section."""
    fields = ", ".join(f"`{name}`" for name in kind.fields) or "none besides those of every node"
    outcomes = ", ".join(f"`{name}`" for name in kind.outcomes) or "the names of its cases, and what `default` says"
    told = [f"## {kind.name}", kind.description, f"Fields: {fields}.", f"Outcomes: {outcomes}."]
    if kind.behaviour == "activity":
        told.append(f"One attempt may take {kind.timeout:g} s unless the node says otherwise.")
    if kind.parameters:
        rows = [parameter_row(name, parameter) for name, parameter in kind.parameters.items()]
        told.append(table(("Parameter", "Type", "Notes"), rows))
    return "\n\n".join(told)


def parameter_row(name: str, parameter: Parameter) -> list[str]:
    """One parameter of a type."""
    wanted = " or ".join(f"`{one}`" for one in parameter.enum) if parameter.enum else parameter.type
    notes = [
        parameter.description.rstrip("."),
        "required" if parameter.required else "",
        "no templates in it" if parameter.literal else "",
        "`secrets` may stand in it" if parameter.secret else "",
    ]
    return [f"`{name}`", wanted, "; ".join(filter(None, notes))]


def run_states() -> str:
    """The states of a run."""
    return states_of("RunStatus")


def node_states() -> str:
    """The states of a node."""
    return states_of("NodeStatus")


def run_answers() -> str:
    """What is answered to who wants something of a run, by where it is."""
    runs = [
        *(Standing(status) for status in ("pending", "running", "paused")),
        Standing("paused", steppable=True),
        Standing("paused", limited=True),
        *(Standing("running", requested) for requested in ("pause", "cancel")),
        *(Standing("stopping", stopping_as=ending) for ending in ("failed", "cancelled")),
        *(Standing(status) for status in ("completed", "failed", "cancelled", "terminated")),
    ]
    return table(
        ("Run", *(f"`{verb}`" for verb in VERBS)),
        ([standing_text(run), *(CODE_OF[answer(verb, run)] for verb in VERBS)] for run in runs),
    )


def standing_text(run: Standing) -> str:
    """Where a run is, in a table."""
    if run.requested is not None:
        return f"`{run.status}`, `requested: {run.requested}`"
    if run.stopping_as is not None:
        return f"`{run.status}`, to end as `{run.stopping_as}`"
    if run.limited:
        return f"`{run.status}`, with a `budget`"
    return f"`{run.status}`, with nodes in `paused_before`" if run.steppable else f"`{run.status}`"


def states_of(name: str) -> str:
    """The members of an enumeration with the docstrings under them."""
    module = ast.parse(Path(interpreter.state.statuses.__file__).read_text())
    body = next(part.body for part in module.body if isinstance(part, ast.ClassDef) and part.name == name)
    rows: list[list[str]] = []
    for member in body[1:]:
        match member:
            case ast.Assign(value=ast.Constant(value=str(value))):
                rows.append([f"`{value}`", ""])
            case ast.Expr(value=ast.Constant(value=str(said))):
                rows[-1][1] = " ".join(said.split())
            case _:
                pass
    return table(("State", "How it gets in, who moves it out"), rows)


def routes() -> str:
    """Every route with its first sentence."""
    rows = [
        [f"`{method.upper()} {path}`", operation["description"].splitlines()[0]]
        for path, methods in description()["paths"].items()
        for method, operation in methods.items()
    ]
    return table(("Route", "Does"), rows)


def codes() -> str:
    """Every problem code of the API."""
    return table(
        ("Status", "Code", "Says"), [[str(status), f"`{code}`", title] for code, (status, title) in CODES.items()]
    )


def commands() -> str:
    """Every command with its arguments and options."""
    return "\n\n".join(command_sections(typer.main.get_command(command_line), "plait"))


def command_sections(command: Any, name: str) -> Iterable[str]:
    """One section for each command that does something, groups walked through."""
    if children := getattr(command, "commands", None):
        for child in children:
            yield from command_sections(children[child], f"{name} {child}")
        return
    positional = [one for one in command.params if one.param_type_name == "argument"]
    usage = " ".join([name, *(argument_name(one) if one.required else f"[{argument_name(one)}]" for one in positional)])
    told = [f"## {name}", f"`{usage}`", command.help.strip()]
    rows = [[option_names(one), default_of(one), one.help or ""] for one in command.params if one.name != "help"]
    if rows:
        told.append(table(("Argument", "Default", "Means"), rows))
    yield "\n\n".join(told)


def option_names(parameter: Any) -> str:
    """How an argument is typed."""
    names = parameter.opts if parameter.param_type_name == "option" else [argument_name(parameter)]
    return ", ".join(f"`{name}`" for name in names)


def argument_name(parameter: Any) -> str:
    """A positional argument as usage lines name it."""
    return parameter.metavar or parameter.name.upper()


def default_of(parameter: Any) -> str:
    """The default, where there is one worth saying."""
    return (
        f"`{parameter.default}`" if isinstance(parameter.default, str | int) and parameter.default is not False else ""
    )


BLOCKS: dict[str, Callable[[], str]] = {
    "settings": settings,
    "node-types": node_types,
    "operators": language.operators,
    "macros": language.macros,
    "functions": language.functions,
    "departures": language.departures,
    "expression-limits": language.limits,
    "joins": joins.joins,
    "joins-while-stopping": joins.joins_while_stopping,
    "run-states": run_states,
    "node-states": node_states,
    "run-answers": run_answers,
    "routes": routes,
    "codes": codes,
    "commands": commands,
    "fixture": fixtures.fields,
    **limits.BLOCKS,
    **patterns.SECTIONS,
}
