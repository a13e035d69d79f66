"""What people want of a run, as it is loaded: all that the run has not answered, in order."""

from interpreter.messages import (
    BreakpointsAsked,
    BudgetRaised,
    CommandLost,
    Event,
    GoOnAsked,
    MigrationAsked,
    PauseAsked,
    StepAsked,
)
from interpreter.paths import locate
from interpreter.shell.ask import ask
from interpreter.shell.keys import Places
from interpreter.shell.wire import LOAD_COMMANDS, LoadCommands, LoadedCommand, LoadedCommands, RunInput


async def load(places: Places, run: RunInput) -> list[Event]:
    """The commands as the rules are told of them; one that is told again changes nothing."""
    loaded = await ask(LOAD_COMMANDS, LoadCommands(run.run_id, run.project), LoadedCommands)
    return [event for command in loaded.commands if (event := _event_of(places, command)) is not None]


def _event_of(places: Places, command: LoadedCommand) -> Event | None:
    match command.kind:
        case "pause":
            return PauseAsked(command.id, command.budget)
        case "budget":
            return BudgetRaised(command.id)
        case "resume" | "continue":
            return GoOnAsked(command.id)
        case "breakpoints":
            return BreakpointsAsked(command.id, tuple(command.nodes))
        case "migrate":
            return MigrationAsked(command.id)
        case "step":
            found = locate(places.plan, places.run, command.path)
            if found is None:
                return CommandLost(command.id, "the run has no such node now")
            scope, node = found
            return StepAsked(node, command.generation, command.id, command.given, scope=scope)
        case _:
            # A worker that knows the kind will answer it.
            return None
