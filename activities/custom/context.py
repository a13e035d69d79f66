"""What the function of a node type is given besides its parameters."""

import logging
from dataclasses import dataclass

from activities.tools.context import ToolContext


@dataclass(frozen=True, slots=True)
class NodeContext(ToolContext):
    """Injected into the parameter of this type: what a tool is given, with the number of the attempt,
    counted from 1, and a logger. What is logged with it is found by the run; log no values.
    """

    attempt: int
    logger: logging.Logger
