"""The auditor: whether what Postgres tells of runs is what happened.

It trusts neither side. The workflow of a run is replayed from Temporal's history, which gives all that it asked
for and was answered; from that the rows are made once more, and compared. What is on record is held against itself,
too: numbers of events without a gap, ends that stay, nodes that begin after what they need. It only reads.
"""

from plait.verify.audit import audit_run, audit_runs
from plait.verify.findings import Finding

__all__ = ["Finding", "audit_run", "audit_runs"]
