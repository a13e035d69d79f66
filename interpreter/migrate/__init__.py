"""A run that goes on under another version: what maps, what stands in the way, and the state that it goes on with.

mapping    the regions, nodes, edges and facts of one plan in another, by id
report     what becomes of each node, and what blocks the migration
carrying   the state as it is under the new plan, but for what has to be looked up
looking    the facts that have to be computed anew
settling   the edges that nobody has settled, and the nodes that are to be looked at
"""

from interpreter.migrate.carrying import carry
from interpreter.migrate.looking import Wanted, told, wanted_facts
from interpreter.migrate.mapping import Mapping
from interpreter.migrate.report import Entry, Report, report_of
from interpreter.migrate.settling import settle

__all__ = ["Entry", "Mapping", "Report", "Wanted", "carry", "report_of", "settle", "told", "wanted_facts"]
