"""Judges a system after faults: invariants over all databases, queues, files and what its clients wrote down."""

from tests.chaos.checker.check import check, judge, read_snapshot
from tests.chaos.checker.evidence import Evidence
from tests.chaos.checker.history import History
from tests.chaos.checker.verdict import Verdict

__all__ = ["Evidence", "History", "Verdict", "check", "judge", "read_snapshot"]
