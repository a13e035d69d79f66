"""A run that is to go on under another version: whether that may be tried at all."""

from interpreter.messages import Migrate, MigrationAsked, NoteCommand
from interpreter.rules.pausing import STOPPING
from interpreter.rules.turn import Turn


def asked(turn: Turn, event: MigrationAsked) -> None:
    """Have the shell carry the run over, which answers. The same command again changes nothing."""
    run = turn.run
    if event.command in run.commands:
        return
    run.commands[event.command] = None
    if run.ending is not None:
        turn.say(NoteCommand(event.command, "refused", STOPPING))
    else:
        turn.say(Migrate(event.command))
