"""What follows from what happened: joins, failures, control. Pure functions over plan and state.

cascade, turn, events    the one entrance, and what each event does first
edges, joins, deciding   how edges settle, and whether a node runs
evaluate, facts, inline  what the rules evaluate themselves
readers                  which facts may still be read
outcomes, failure        how a node ends that did its work, and one that did not
region, races, undo      what a stop and a won race lead to, and what is compensated
repeats                  items and laps
inbound                  external events
gates                    what people decide
overrides, overridable   what people do by hand with a node
pausing                  what waits while a run is paused, and for whom
migrating                whether a run may go on under another version
acceptance               whether an output is taken
notes, finish            what is recorded, and the end of the run
"""

from interpreter.rules.cascade import decide
from interpreter.rules.events import late
from interpreter.rules.facts import FactTooLarge, facts_of_lap, facts_over
from interpreter.rules.failure import verdict

__all__ = ["FactTooLarge", "decide", "facts_of_lap", "facts_over", "late", "verdict"]
