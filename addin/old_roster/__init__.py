"""People of an older book, whatever made it, as inputs of the template in force: 从旧册导入.

In: last year's roster, a system's export, any sheet with headers that are recognised. Out: the people as
`template.write_roster` takes them, and an account of every filled row and column: taken, put into 备注, left out and
why. Nothing is guessed at: what is not understood stands in 备注 with its header.
"""

from addin.old_roster.account import Account, Doubt, LeftOut, Match
from addin.old_roster.read import PAYMENTS, SEVERAL_UNITS, OldRoster, Wanted, read

__all__ = ["PAYMENTS", "SEVERAL_UNITS", "Account", "Doubt", "LeftOut", "Match", "OldRoster", "Wanted", "read"]
