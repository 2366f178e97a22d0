"""The tax office's payments over the whole district: who is in no roster, and by unit how list and rosters differ.

In: the chosen files, their tallies and the lists. Out: the lines of 缴费对账, findings at the list's own places (931), and
what can't be told yet, because books are still missing. 四(三), 六(三).
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from collections.abc import Set as AbstractSet
from datetime import date
from typing import NamedTuple

import numpy as np
import pandas as pd

from addin.columns import Scheme
from addin.district.records import Decision, PaymentLine
from addin.district.submissions import Chosen
from addin.district.tally import Tally
from addin.findings import Finding, group_if_alike, make_finding
from addin.policy import FEN, SCHEMES, Policy
from addin.registers import NOWHERE, Lists


def on_payment_lists(
    merged: Sequence[Chosen],
    tallies: Mapping[tuple[str, Scheme], Sequence[Tally]],
    given: Lists,
    arrived: AbstractSet[str],
    policy: Policy,
) -> tuple[list[PaymentLine], list[Finding], list[Decision]]:
    """The differences by unit, the findings, and what waits for books; `arrived` are the units that have sent all."""
    table = given.payments
    if not len(table):
        return [], [], []
    sums: Counter[tuple[str, Scheme, str, str]] = Counter()
    for (unit, scheme), own in tallies.items():
        for tally in own:
            for (code, what), number in tally.payments.items():
                sums[unit, scheme, code, what] += number
    units = [*(unit.name for unit in policy.units), ""]
    everything = len(arrived) >= len(policy.units)
    by_file: dict[str, list[Finding]] = {}
    waiting: Counter[str] = Counter()
    for person in _in_no_roster(table, merged):
        township = units[person.unit]
        sums[township, person.scheme, NOWHERE, "persons"] += 1
        sums[township, person.scheme, NOWHERE, "listed_fen"] += person.fen
        if township in arrived if township else everything:
            finding = _nowhere(person, table, township, given, policy)
            by_file.setdefault(finding.file, []).append(finding)
        else:
            waiting["persons"] += 1
            waiting["fen"] += person.fen
    lines_of = {file.name: len(file.payments) for file in given.used}
    grouped = [finding for name, same in by_file.items() for finding in group_if_alike(same, lines_of[name], unit="人")]
    schemes = list(policy.schemes)
    keys = sorted({key[:3] for key in sums}, key=lambda key: (schemes.index(key[1]), units.index(key[0]), key[2]))
    payments = [
        PaymentLine(*key, sums[*key, "persons"], sums[*key, "listed_fen"], sums[*key, "own_fen"])
        for key in keys
        if sums[*key, "persons"]
    ]
    return payments, grouped, _waiting(waiting, len(policy.units) - len(arrived))


class _Unlisted(NamedTuple):
    """Somebody on the list whom no book names: fen paid in all, the last day, the unit's place, the first line."""

    scheme: Scheme
    fen: int
    day: int
    unit: int
    first: int


def _nowhere(person: _Unlisted, table: pd.DataFrame, township: str, given: Lists, policy: Policy) -> Finding:
    """931 at the first of somebody's lines."""
    line = table.iloc[person.first]
    file = given.used[int(line["file"])]
    words = {
        "day": date.fromordinal(person.day).isoformat() if person.day else "（没有日期）",
        "scheme": policy.schemes[person.scheme].name,
        "fen": f"{person.fen / FEN:g}",
    }
    return make_finding(
        NOWHERE,
        file.name,
        file.sheets[int(line["sheet"])],
        words,
        policy=policy,
        row=int(line["row"]),
        column=file.letters.get("id_number"),
        header="证件号码",
        name=line["surname"],
        value=line["shown"],
        township=township,
    )


def _in_no_roster(table: pd.DataFrame, merged: Sequence[Chosen]) -> Iterator[_Unlisted]:
    """The people of the lists' lines (see `registers.Lists.payments`) whom no book names, in the order of the lists.

    A book that does not count in a scheme names nobody there; who has been paid back in full is left out.
    """
    named = np.zeros(len(table), bool)
    places = table["scheme"].to_numpy()
    for book in merged:
        lines = book.result.paid
        counts = np.isin(places[lines], [SCHEMES.index(scheme) for scheme in book.counts])
        named[lines[counts]] = True
    people = (
        table[~named]
        .groupby(["k0", "k1", "scheme"], sort=False)
        .agg(fen=("fen", "sum"), day=("day", "max"), unit=("unit", "max"), first=("row", "idxmin"))
    )
    people = people[people["fen"] > 0].sort_values("first")
    columns = (people[name].tolist() for name in ("fen", "day", "unit", "first"))
    for (_, _, scheme), fen, day, unit, first in zip(people.index, *columns, strict=True):
        yield _Unlisted(SCHEMES[scheme], fen, day, unit, first)


def _waiting(waiting: Counter[str], units: int) -> list[Decision]:
    if not waiting["persons"]:
        return []
    text = (
        f"税务缴费名单上有{waiting['persons']}人次、{waiting['fen'] / FEN:,.2f}元不在收到的花名册里；"
        f"还有{units}个单位没有报齐，报齐以后逐人列出。"
    )
    return [Decision("缴费名单待对", "", text)]
