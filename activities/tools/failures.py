"""How a call of a tool fails, whatever kind of tool it is."""

from activities.kind import NodeError
from plait.values.schema import Violation

SHOWN = 5
"""Violations that a message tells of; the details hold all of them."""


class ArgumentsRefused(NodeError):
    """The arguments are not what the tool takes; nothing was called."""

    def __init__(self, name: str, violations: tuple[Violation, ...]) -> None:
        self.violations = violations
        self.said = "; ".join(map(str, violations[:SHOWN]))
        super().__init__(
            "ArgumentsInvalid",
            f"{name} does not take these arguments: {self.said}",
            category="input",
            details={"problems": [str(violation) for violation in violations]},
        )


def changed_since(name: str, refused: ArgumentsRefused) -> NodeError:
    """The arguments fit the tool of the saved version, and not the tool as it is now."""
    message = f"{name} takes other arguments than when this version was saved: {refused.said}"
    return NodeError("ToolChanged", message, category="input", details=refused.details)


def not_found(name: str) -> NodeError:
    """Neither a worker nor the project has it."""
    return NodeError("ToolNotFound", f"there is no tool {name}", category="input")


def not_running(name: str) -> NodeError:
    """A function of another worker, or of this one after it is deployed."""
    message = f"this worker does not offer the tool {name}"
    return NodeError("ToolNotRunning", message, category="platform", retryable=True)


def secret_missing(name: str, secret: str) -> NodeError:
    """The tool names a secret that this worker does not have."""
    message = f"{name} needs the secret {secret}: set PLAIT_SECRET_{secret} for the workers"
    return NodeError("SecretNotSet", message, category="platform")


def result_invalid(name: str, declared: str, why: str) -> NodeError:
    """The result is not what was declared."""
    return NodeError(
        "ToolOutputInvalid", f"{name} returned something else than {declared} says: {why}", category="external"
    )
