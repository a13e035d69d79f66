"""All commands in one tree, and the one place where an error becomes a sentence and an exit code."""

import sys
from importlib.metadata import version as installed
from typing import Annotated

import orjson
import typer

from plait.cli import operations
from plait.cli.authoring import graph, new, schema, validate
from plait.cli.projects import apply, budget, diff, environments, folders, retention
from plait.cli.registry import agents, models, tools
from plait.cli.remote import Refused
from plait.cli.running import chat, gates, runs
from plait.cli.serving import demo, doctor, serve, verify
from plait.cli.testing import backtest, evals, test
from plait.cli.triggers import inbound, schedules, webhooks
from plait.cli.watching import endpoints, failures, feed, stats
from plait.errors import Invalid, PlaitError
from plait.process import leave

app = typer.Typer(
    name="plait",
    help="Durable workflows of agents, tools and people.",
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["-h", "--help"]},
)
app.command()(serve.dev)
app.command()(demo.demo)
app.command()(serve.api)
app.command()(serve.worker)
app.add_typer(serve.migrate_commands, name="migrate")
app.command()(new.new)
app.command()(validate.validate)
app.command()(graph.graph)
app.command()(schema.schema)
app.command("test")(test.run_tests)
app.command()(apply.apply)
app.command()(diff.diff)
app.command()(folders.export)
app.command("import")(folders.import_)
app.command()(runs.run)
app.command()(inbound.send)
app.command()(chat.chat)
app.command()(environments.promote)
app.command()(backtest.backtest)
app.command("eval")(evals.evaluate)
app.add_typer(environments.variables, name="env")
app.add_typer(environments.workflows, name="workflows")
app.add_typer(runs.commands, name="runs")
app.add_typer(gates.commands, name="gates")
app.add_typer(feed.commands, name="feed")
app.add_typer(endpoints.commands, name="endpoints")
app.add_typer(operations.commands, name="operations")
app.add_typer(models.commands, name="models")
app.add_typer(agents.commands, name="agents")
app.add_typer(schedules.commands, name="schedules")
app.add_typer(webhooks.commands, name="webhooks")
app.add_typer(tools.commands, name="tools")
app.add_typer(stats.commands, name="stats")
app.command()(budget.budget)
app.command()(failures.errors)
app.command()(retention.retention)
app.command()(retention.archive)
app.command()(retention.restore)
app.command()(doctor.doctor)
app.command()(verify.verify)


Version = Annotated[bool, typer.Option("--version", help="Show the version and exit.")]


@app.callback(invoke_without_command=True)
def plait(context: typer.Context, *, version: Version = False) -> None:
    """Durable workflows of agents, tools and people."""
    if version:
        typer.echo(f"plait {installed('plait')}")
    elif context.invoked_subcommand is None:
        typer.echo(context.get_help())
        raise typer.Exit(2)


def main() -> None:
    """Run the command that was typed. Exit codes: 0 done, 1 refused or failed, 2 typed wrongly, 130 Ctrl-C."""
    try:
        app()
        code = 0
    except SystemExit as wish:
        code = wish.code if isinstance(wish.code, int) else 1
    except (Refused, PlaitError) as error:
        say(error)
        code = 1
    leave(code)


def say(error: Refused | PlaitError) -> None:
    """The error on standard error: as problem details with `--json`, else as plain sentences."""
    if "--json" in sys.argv:
        problem = error.problem if isinstance(error, Refused) else {"code": error.code, "detail": str(error)}
        sys.stdout.buffer.write(orjson.dumps(problem, option=orjson.OPT_INDENT_2) + b"\n")
        return
    typer.echo(f"Error: {error}", err=True)
    if isinstance(error, Invalid):
        for problem in error.problems:
            typer.echo(f"  {problem.dotted}: {problem.message}", err=True)
