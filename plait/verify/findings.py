"""What an audit finds wrong."""

from dataclasses import dataclass
from typing import Literal

Rule = Literal[
    "determinism",
    "lost",
    "projection",
    "sequence",
    "end",
    "order",
    "stopping",
    "gate",
    "project",
    "effect",
    "money",
]
"""Which promise is broken.

determinism   the workflow, replayed, does something else than it did
lost          an open run that Temporal does not know
projection    a row says something else than the history, or one of the two is missing
sequence      the events of a run have a gap, or their last number is not the run's
end           a run or a node that ended went on, or ended twice
order         a node began before something that it needed had ended
stopping      a node began though the run was stopping
gate          a gate or a vote is open though its run has ended
project       a row belongs to another project than its run
effect        an effect was seen twice, or of a node that has no record
money         a run has spent or set aside something else than its calls of models come to
"""


@dataclass(frozen=True, slots=True)
class Finding:
    """One broken promise; `message` names rows and never quotes data."""

    run_id: str
    rule: Rule
    message: str
    path: str | None = None
