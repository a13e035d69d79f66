"""What follows from what happened: joins, failures, control. Pure functions over plan and state.

edges, joins, deciding   how edges settle, and whether a node runs
evaluate, facts, inline  what the rules evaluate themselves
readers                  which facts may still be read
failure, region, races   what a failure, a stop and a won race lead to
gates, control           what people decide
finish                   the end of the run
"""

from interpreter.rules.cascade import decide
from interpreter.rules.events import late
from interpreter.rules.facts import FactTooLarge, facts_over
from interpreter.rules.failure import verdict

__all__ = ["FactTooLarge", "decide", "facts_over", "late", "verdict"]
