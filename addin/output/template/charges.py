"""收费速查: for a chosen status, tier and window, in large print: what is collected, paid by others and paid back.

Out: a sheet with a list for each of them (of windows where the notice has several) and a line for each scheme. The
amounts stand in hidden columns beside it, worked out by `amounts` for everything that the lists offer; the formulas only
look them up, so that all engines agree.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import TYPE_CHECKING

from addin import amounts
from addin.columns import CHARGES_SHEET, Scheme, dues_in_words, letter
from addin.output.template import lists
from addin.output.template.cells import put
from addin.output.template.style import Styles
from addin.policy import FEN, MAIN_WINDOW, Policy

if TYPE_CHECKING:
    from xlsxwriter.worksheet import Worksheet

PICKS = ("INDEX($C$4:$C$7,2,1)", "INDEX($C$4:$C$7,3,1)", "INDEX($C$4:$C$7,4,1)")
"""Status, tier and window as picked in C5, C6 and C7: read so that no cut of a pick rewrites the formulas."""
FIRST = 9
"""The row of the first scheme."""
WHAT = {"cash": "现收\n（窗口收）", "subsidy": "代缴、资助\n（别人出）", "refund": "待补\n（以后补给本人）"}
SHUT = "不能选这一档"
"""Instead of an amount: the tier is not open to these people."""
_TABLE = 8
"""The column (from 1) where the hidden table begins."""


def write(sheet: Worksheet, styles: Styles, policy: Policy) -> None:
    """Write the sheet, row by row: a book with people is written so."""
    sheet.hide_gridlines(2)
    sheet.set_column("A:A", 3)
    sheet.set_column("B:E", 24)
    choices = lists.charge_choices(policy)
    sheet.set_column(_TABLE - 1, _after(policy), 6, styles["plain"], {"hidden": True})
    shown = _shown(sheet, styles, policy, choices)
    hidden = _table(policy, choices)
    for row in range(max([*shown, *hidden]) + 1):
        if row in shown:
            shown[row]()
        for column, value in hidden.get(row, {}).items():
            put(sheet, row, column, value, styles["plain"])
    sheet.set_selection("C5")
    sheet.set_paper(9)
    sheet.set_landscape()
    sheet.print_area(1, 1, max(shown), 4)
    sheet.fit_to_pages(1, 1)
    sheet.set_footer(f"&L{policy.id}")


def _shown(sheet: Worksheet, styles: Styles, policy: Policy, choices: list[str]) -> dict[int, Callable[[], None]]:
    """The visible content, by row (from 0)."""
    rows: dict[int, Callable[[], None]] = {}

    def line(row: int, height: float, text: str, style: str) -> None:
        sheet.set_row(row, height)
        sheet.merge_range(row, 1, row, 4, text, styles[style])

    picks = ["人员类别", *(f"{rules.name}档次" for rules in policy.schemes.values() if rules.tiers)]
    picks += ["缴费期"] if _later(policy) else []
    *first_picks, last_pick = picks
    picked = f"{'、'.join(first_picks)}和{last_pick}" if first_picks else last_pick
    rows[1] = partial(line, 1, 32, "收费速查", "title")
    rows[2] = partial(line, 2, 18, f"在黄色格里选{picked}，下面就是窗口该收多少钱（元）。", "subtitle")
    rows[4] = partial(_pick, sheet, styles, 4, "人员类别", choices[0], f"={_area(1, 1, len(choices))}")
    at_first = _statuses(policy, choices[0])
    tier: int | None = None
    for key, rules in policy.schemes.items():
        if rules.tiers:
            tier = (amounts.open_tiers(policy, key, at_first) or rules.tiers)[0]
            first = _columns(policy)[key, "cash"] - _TABLE + 1
            source = f"={_area(first, len(rules.tiers), 0)}"
            rows[5] = partial(_pick, sheet, styles, 5, f"{rules.name}档次", tier / FEN, source)

    if _later(policy):
        source = f"={_area(_after(policy) - _TABLE + 1, 1, len(policy.periods))}"
        rows[6] = partial(_pick, sheet, styles, 6, "缴费期", MAIN_WINDOW, source)

    def head() -> None:
        sheet.set_row(FIRST - 2, 34)
        for n, title in enumerate(("险种", *WHAT.values()), 1):
            sheet.write_string(FIRST - 2, n, title, styles["head"])

    rows[FIRST - 2] = head
    texts = formulas(policy, *PICKS)
    totals = dict.fromkeys(WHAT, 0.0)
    row = FIRST - 1
    for scheme, rules in policy.schemes.items():
        due = amounts.dues(policy, scheme, at_first, tier if rules.tiers else None)
        own = {what: getattr(due, what) / FEN for what in WHAT}
        totals = {what: totals[what] + own[what] for what in WHAT}
        rows[row] = partial(
            _amounts, sheet, styles, row, rules.name, {what: (texts[scheme, what], own[what]) for what in WHAT}
        )
        row += 1
    places = {what: f"{letter(n)}{FIRST}:{letter(n)}{row}" for n, what in enumerate(WHAT, 3)}
    sums = {what: (f'=IF(COUNT({at})=0,"",SUM({at}))', totals[what]) for what, at in places.items()}
    rows[row] = partial(_amounts, sheet, styles, row, "合计", sums)
    notes = [
        f"列表里没有的组合，看花名册的“应收”{dues_in_words(policy.schemes)[2:]}；几种身份按通知的次序取一种，不累加。"
    ]
    notes += [
        f"{rules.title}个人缴费标准{rules.standard.fen / FEN:g}元为初定，最终以省级文件为准。"
        for rules in policy.schemes.values()
        if not rules.tiers and rules.standard.provisional
    ]
    notes += [f"{rules.name}{words}" for rules in policy.schemes.values() for words in rules.further_windows]
    for n, text in enumerate((*notes, policy.basis), row + 2):
        rows[n] = partial(line, n, 18, text, "note")
    return rows


def _amounts(sheet: Worksheet, styles: Styles, row: int, name: str, cells: dict[str, tuple[str, float]]) -> None:
    sheet.set_row(row, 48)
    sheet.write_string(row, 1, name, styles["large_name"])
    for n, (formula, value) in enumerate(cells.values(), 2):
        sheet.write_formula(row, n, formula, styles["large"], value)


def _pick(sheet: Worksheet, styles: Styles, row: int, label: str, value: object, source: str) -> None:
    sheet.set_row(row, 36)
    sheet.write_string(row, 1, label, styles["large_name"])
    sheet.merge_range(row, 2, row, 4, value, styles["pick"])
    options = {
        "validate": "list",
        "source": source,
        "error_title": "不在列表中",
        "error_message": "请从下拉列表中选择。",
        "input_title": label,
        "input_message": "点右边的箭头选。",
    }
    sheet.data_validation(row, 2, row, 2, options)


def formulas(policy: Policy, status: str, tier: str, window: str) -> dict[tuple[Scheme, str], str]:
    """The formula of each amount of each scheme, for the cells or expressions of a status, a tier and a window."""
    count = len(lists.charge_choices(policy))
    line = f"MATCH({status},'{CHARGES_SHEET}'!{_area(1, 1, count)},0)"
    texts: dict[tuple[Scheme, str], str] = {}
    for (scheme, what), first in _columns(policy).items():
        tiers, own = len(policy.schemes[scheme].tiers), first - _TABLE + 1
        column = f"MATCH({tier},'{CHARGES_SHEET}'!{_area(own, tiers, 0)},0)" if tiers else "1"
        empty = [f'{status}=""', *([f'{tier}=""'] if tiers else [])]
        if _later(policy):
            periods = f"'{CHARGES_SHEET}'!{_area(_after(policy) - _TABLE + 1, 1, len(policy.periods))}"
            column += f"+{max(tiers, 1)}*(MATCH({window},{periods},0)-1)"
            empty.append(f'{window}=""')
        amount = f"INDEX('{CHARGES_SHEET}'!{_area(own, _width(policy, scheme), count)},{line},{column})"
        blank = f"OR({','.join(empty)})" if len(empty) > 1 else empty[0]
        texts[scheme, what] = f'=IF({blank},"",IFERROR({amount},"请从列表选"))'
    return texts


def _area(first: int, width: int, rows: int) -> str:
    """Some columns of the hidden table (from 1), below its head; with no rows the head itself."""
    left, right = letter(_TABLE + first - 1), letter(_TABLE + first + width - 2)
    return f"${left}$2:${right}${rows + 1}" if rows else f"${left}$1:${right}$1"


def _columns(policy: Policy) -> dict[tuple[Scheme, str], int]:
    """Where (from 1) the amounts of each scheme begin; a column, or one for each tier, once for each window."""
    places: dict[tuple[Scheme, str], int] = {}
    column = _TABLE + 1
    for scheme in policy.schemes:
        for what in WHAT:
            places[scheme, what] = column
            column += _width(policy, scheme)
    return places


def _width(policy: Policy, scheme: Scheme) -> int:
    return max(len(policy.schemes[scheme].tiers), 1) * len(policy.periods)


def _later(policy: Policy) -> bool:
    """Whether there is a window after the main one, so that one can be picked."""
    return len(policy.periods) > 1


def _after(policy: Policy) -> int:
    """The column (from 1) behind the amounts, where the windows stand that can be picked."""
    (scheme, _), place = list(_columns(policy).items())[-1]
    return place + _width(policy, scheme)


def _statuses(policy: Policy, text: str) -> frozenset[str]:
    return amounts.parse_category(policy, text)


def _table(policy: Policy, choices: list[str]) -> dict[int, dict[int, object]]:
    """Everything that can be picked, by row and column (from 0)."""
    rows: dict[int, dict[int, object]] = {n: {_TABLE - 1: text} for n, text in enumerate(choices, 1)}
    rows[0] = {}
    for (scheme, what), place in _columns(policy).items():
        rules = policy.schemes[scheme]
        picks = [(tier, start) for start in policy.periods.values() for tier in rules.tiers or (None,)]
        for column, (tier, start) in enumerate(picks, place - 1):
            if tier is not None:
                rows[0][column] = tier / FEN
            window = rules.window_on(start) if start else 0
            for n, text in enumerate(choices, 1):
                held = _statuses(policy, text)
                open_to = tier is None or tier in amounts.open_tiers(policy, scheme, held)
                due = amounts.dues(policy, scheme, held, tier, window=window)
                rows[n][column] = getattr(due, what) / FEN if open_to else SHUT
    if _later(policy):
        for n, name in enumerate(policy.periods, 1):
            rows.setdefault(n, {})[_after(policy) - 1] = name
    return rows
