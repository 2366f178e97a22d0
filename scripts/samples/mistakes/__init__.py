"""Mistakes planted on purpose in the rows of people, at most one in a household.

In: the clean people of a unit and a rate. Out: the same people, some of their rows spoilt, each with the finding that
must stand at its cell and with what the mistake does to the figures (`Person.findings`, `why`, `unclear`, `trusted`).
A function plants one kind of mistake; its `who` says in whose row it can be planted without another rule having a say.
"""

from scripts.samples.mistakes import cells, household, medical, payment, pension, person
from scripts.samples.mistakes.kind import MISTAKES
from scripts.samples.mistakes.sow import sow

__all__ = ["MISTAKES", "cells", "household", "medical", "payment", "pension", "person", "sow"]
