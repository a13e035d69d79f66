"""The names by which the workflow and its activities call each other."""

WORKFLOW = "plait.run"
"""The workflow type: the one generic interpreter."""
TASK_QUEUE = "plait"
INTERP_VERSION = 1

FLUSH, SETTLE, FINISH, EVALUATE = "plait.flush", "plait.settle", "plait.finish", "plait.evaluate"
OPEN_GATE, CLOSE_GATE, LOAD_VOTE, LOAD_OVERRIDE = (
    "plait.open_gate",
    "plait.close_gate",
    "plait.load_vote",
    "plait.load_override",
)
LOAD_MIGRATION, RECOUNT_FACTS, END_MIGRATION = "plait.load_migration", "plait.recount_facts", "plait.end_migration"
LOAD_COMMANDS, SHOW_INPUT = "plait.load_commands", "plait.show_input"
OPEN_REGION, MAKE_OUTPUT, UNDO = "plait.open_region", "plait.make_output", "plait.undo"
REUSE = "plait.reuse"
LOAD_EVENTS, TAKE_EVENT = "plait.load_events", "plait.take_event"
START_CHILD, LOAD_CHILD, CANCEL_CHILD = "plait.start_child", "plait.load_child", "plait.cancel_child"
"""The activities around nodes; all may be asked for as local activities. A node runs as an
activity whose type is the node's type (`tool_call`)."""

SIGNAL_VOTE, SIGNAL_OVERRIDE, SIGNAL_DECIDE = "vote", "override", "decide"
SIGNAL_EVENT = "event"
"""External events are on record; its argument is a list of their rows' ids. One may be told of more than once."""
SIGNAL_COMMAND = "command"
"""Somebody wants something of the run; all that it has not answered is loaded then, in order."""
QUERY_MIGRATION = "migration"
"""What going on under another version would do as things stand: a `MigrationReport`."""
SIGNAL_CHILD = "child"
"""A sub-workflow has ended: `{path, generation}` of the node that waits for it; its row says how."""

RUN_CANCELLED = "RunCancelled"
"""The error type with which an activity refuses to start a node of a run that is to be cancelled."""

BUDGET_MET = "BudgetMet"
"""The error type with which an activity says that there was no money for what it was about to do. Its details are the
failure that this is where nobody can wait, and `{tried, over}` of `interpreter.messages.BudgetMet`."""


def workflow_id(run_id: str) -> str:
    """Temporal's workflow id of a run: the same for every execution of it."""
    return f"run:{run_id}"
