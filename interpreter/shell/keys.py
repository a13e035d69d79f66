"""What the shell holds things by: a node of a scope, in one of its generations."""

from typing import NamedTuple

from interpreter.messages import AtNode, NodeCompleted, Result
from interpreter.plan.model import Plan, PlannedNode
from interpreter.shell.wire import NodeResult
from interpreter.state import RunState


class Key(NamedTuple):
    """One instance of a node at work, as commands and events name it."""

    scope: int
    node: int
    generation: int


def key_of(message: AtNode) -> Key:
    """The instance that a command or an event is about."""
    return Key(message.scope, message.node, message.generation)


class Places:
    """Finds what a key names, for one run. Its scope has to be there still."""

    def __init__(self, plan: Plan, run: RunState) -> None:
        self.plan, self.run = plan, run

    def planned(self, key: Key) -> PlannedNode:
        """The node as the document has it."""
        return self.plan.region(self.run.scope(key.scope).region).nodes[key.node]

    def path(self, key: Key) -> str:
        """The path of the instance."""
        return self.run.scope(key.scope).path_of(self.planned(key).segment)


def completed(key: Key, result: NodeResult) -> NodeCompleted:
    """The event of a recorded success."""
    return NodeCompleted(key.node, key.generation, result_of(result), result.outcome, scope=key.scope)


def result_of(result: NodeResult) -> Result:
    """A result as the rules know it: facts by number."""
    return Result(result.size, result.sha256, {int(fact): value for fact, value in result.facts.items()})
