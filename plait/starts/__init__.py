"""Starting runs, whoever asks: a request, a node, a schedule, a webhook. `write_run` is the one place that makes
the row, which is durable from then on; Temporal is told after it.
"""

from plait.starts.breakpoints import breakpoints_in
from plait.starts.given import DEFAULT_ENVIRONMENT, INPUT_LIMIT, files_in, input_facts, startable, variables_of
from plait.starts.write import HEAD_START, TRIES, KeyTaken, Means, Replayed, Wanted, check_start, order_of, write_run

__all__ = [
    "DEFAULT_ENVIRONMENT",
    "HEAD_START",
    "INPUT_LIMIT",
    "TRIES",
    "KeyTaken",
    "Means",
    "Replayed",
    "Wanted",
    "breakpoints_in",
    "check_start",
    "files_in",
    "input_facts",
    "order_of",
    "startable",
    "variables_of",
    "write_run",
]
