"""The hidden sheet behind the template: drop-down lists, the words of the categories, the table of amounts.

In: a policy. Out: columns of values and where each stands. Everything that the native formulas know of the notice
stands here, worked out by `amounts`, so that a formula never holds an amount: another notice is other rows.

What somebody owes goes by one number in each scheme, the line of its tables of amounts: of all statuses that a person
has the one that governs (the first in the order of precedence with a subsidy), and where facts make groups of people all
these once more for each group, for who is in none, and for whose age is not known. The tables have a column for each
tier, and all these once more for each window after the main one. An amount that cannot be told is `UNKNOWN`.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from datetime import date
from functools import lru_cache
from itertools import pairwise
from typing import TYPE_CHECKING

from addin import amounts, columns, ids
from addin.columns import BY_KEY, COLUMNS, Scheme, in_place, letter, present
from addin.output.template.style import Styles
from addin.policy import AGE_UNKNOWN, FEN, OTHER_AGES, Policy, SchemeRules, fold

if TYPE_CHECKING:
    from xlsxwriter.worksheet import Worksheet

SHEET = columns.LISTS_SHEET
CHOICES = {column.key: f"选_{column.key}" for column in COLUMNS if column.choices} | {
    "category": "选_category",
    "tier": "养老档次",
    "township": "选_township",
}
"""The name of the range behind each drop-down list."""

NOBODY = (
    "/",
    "\\",
    "|",
    "-",
    "--",
    "—",
    "——",
    "_",
    "~",
    ".",
    "。",
    "无",
    "空",
    "空白",
    "暂无",
    "没有",
    "n/a",
    "na",
    "计",
)
SUMS = ("合计", "小计", "总计", "共计", "汇总", "累计")
NOTES = (
    "制表",
    "填表",
    "审核",
    "复核",
    "校对",
    "经办",
    "签字",
    "签名",
    "盖章",
    "签章",
    "注:",
    "注：",
    "备注",
    "以下",
    "以上",
    "负责",
    "主管",
    "分管",
    "村干",
    "联系",
    "填报",
    "附注",
    "说明",
    "日期",
    "电话",
    "此处",
    "单位",
)
"""Entries under 姓名 or 证件号码 that name nobody: a placeholder; how a line of sums ends and a note begins. The
check knows more of them (`roster.lines`); nobody's name is one of these."""
DASHES = ("/", "//", "\\", "|", "-", "--", "---", "—", "——", "－", "―", "_", "__")
NONE = ("无", "没有", "暂无", "不适用", "n/a", "null")
"""Words that mean "not applicable" in an input (see `roster.values`), and dashes, which mean it in every input."""
NO_RECEIPT = (
    "微信", "微信缴费", "微信支付", "微信转账", "支付宝", "支付宝缴费", "手机缴费", "网上缴费", "转账", "现金", "刷卡", "代扣", "同上", "同前",
    "待开", "未开", "未开票", "待补", "后补", "补开", "已缴", "已交", "已开", "有", "无票", "无票据", "丢失", "遗失",
)  # fmt: skip
"""Words under 票据号 that are no receipt; the check knows every text without a numeral."""
BEFORE = "※"
"""Before each word of the tables of blanks, so that an empty cell is a word among them, too."""


Values = Sequence[Sequence[str | float]]


def write(sheet: Worksheet, styles: Styles, policy: Policy) -> dict[str, str]:
    """Write the sheet; gives the defined names of the drop-down lists and the ranges they stand for.

    The sheet is written row by row (constant memory), so the blocks are gathered first.
    """
    grid: dict[tuple[int, int], str | float] = {}
    column = 0
    for name, rows in _blocks(policy).items():
        grid[0, column] = name
        for r, row in enumerate(rows, 1):
            for c, value in enumerate(row):
                grid[r, column + c] = value
        column += len(rows[0])
    for (r, c), value in sorted(grid.items()):
        if isinstance(value, str):
            sheet.write_string(r, c, value, styles["plain"])
        else:
            sheet.write_number(r, c, value, styles["plain"])
    return {name: f"={place}" for name, place in places(policy).items() if name in CHOICES.values()}


@lru_cache(maxsize=8)
def places(policy: Policy) -> dict[str, str]:
    """Where each block of the sheet stands, as the formulas refer to it."""
    places_of_blocks = {}
    column = 0
    for name, rows in _blocks(policy).items():
        first, last = letter(column + 1), letter(column + len(rows[0]))
        places_of_blocks[name] = f"'{SHEET}'!${first}$2:${last}${len(rows) + 1}"
        column += len(rows[0])
    return places_of_blocks


def _blocks(policy: Policy) -> dict[str, Values]:
    chosen = [column for column in present(policy.schemes) if column.choices]
    tiers = next((rules.tiers for rules in policy.schemes.values() if rules.tiers), ())
    blocks: dict[str, Values] = {
        "选_township": _column(unit.name for unit in policy.units),
        **{
            CHOICES[column.key]: _column(in_place(choice, policy.place) for choice in column.choices)
            for column in chosen
        },
        "选_category": _column(category_choices(policy)),
        **({CHOICES["tier"]: _column(tier / FEN for tier in tiers)} if tiers else {}),
        **{f"认_{column.key}": _column(known_words(column.key)) for column in chosen},
        "非人": _column(fold(word) for word in (*NOBODY, BY_KEY["name"].header, BY_KEY["id_number"].header)),
        "合计词": _column(SUMS),
        "注词": _column(NOTES),
        "空": _column(_blanks(())),
        "空无": _column(_blanks(NONE)),
        "空否": _column(_blanks((*NONE, columns.NO))),
        "空零": _column(_blanks((*NONE, columns.NO, "0"))),
        "无票词": _column(fold(word) for word in NO_RECEIPT),
        "户主": _column(folds_to("relation", columns.RELATIONS[0])),
        "大学生": _column(folds_to("schooling", columns.STUDENT)),
        "在校生": _column(folds_to("schooling", columns.PUPIL, columns.STUDENT)),
        "外地": _column(folds_to("register", columns.OUTSIDE, columns.OVERSEAS)),
        "区外": _column(folds_to("register", columns.CITY, columns.OUTSIDE, columns.OVERSEAS)),
        "市外参保": _column(folds_to("medical_status", *columns.MEDICAL_OUTSIDE_CITY)),
        "其他原因": _column(folds_to("medical_reason", columns.OTHER_REASON)),
    }
    kinds = [(word, n) for n, kind in enumerate(ID_KINDS, 1) for word in folds_to("id_type", kind)]
    blocks["证件词"], blocks["证件码"] = _column(word for word, _ in kinds), _column(n for _, n in kinds)
    words = category_words(policy)
    blocks["类别词"] = _column(words)
    for scheme in policy.schemes:
        numbers = [
            {key: n + len(own) * place for n, key in enumerate(own, 1)}
            for place, own in enumerate(orders(policy, scheme))
        ]
        blocks[f"{scheme}_order"] = [
            [number.get(key, number[amounts.ORDINARY]) for number in numbers] for key in words.values()
        ]
    for scheme, rules in policy.schemes.items():
        places = [(n, tier) for n in range(len(rules.windows) + 1) for tier in rules.tiers or (None,)]
        if rules.windows:
            blocks[f"{scheme}_starts"] = _column([0, *(_serial(window.start) for window in rules.windows)])
        if rules.own_days:
            days = [(word, n) for case, n in rules.own_days.items() for word in folds_to("special_case", case)]
            blocks[f"{scheme}_own_words"] = _column(word for word, _ in days)
            blocks[f"{scheme}_own_days"] = _column(n for _, n in days)
        dues = [[_due(policy, scheme, held, tier, window=n) for n, tier in places] for held in _lines(policy, scheme)]
        for what, of in WHAT.items():
            if f"{scheme}_{what}" in BY_KEY:
                blocks[f"{scheme}_{what}"] = [[_yuan(due, of) for due in line] for line in dues]
        for n, (standard, _) in enumerate(pairwise(rules.standards)):
            earlier = [_due(policy, scheme, held, on=standard.notified) for held in _lines(policy, scheme)]
            blocks[f"前标准表{n}"] = _column(_yuan(due, "cash") for due in earlier)
    return blocks | _blocks_of_groups(policy, words)


UNKNOWN = "不明"
"""In the tables of amounts: what is due where it takes the age, and that is not known."""


def _due(
    policy: Policy,
    scheme: Scheme,
    held: frozenset[str],
    tier: int | None = None,
    on: date | None = None,
    window: int = 0,
) -> amounts.Dues | None:
    try:
        return amounts.dues(policy, scheme, held, tier, on, window)
    except amounts.UnknownAge:
        return None


def _yuan(due: amounts.Dues | None, what: str) -> float | str:
    fen: int | None = getattr(due, what, None)
    return UNKNOWN if fen is None else fen / FEN


def _blocks_of_groups(policy: Policy, words: Mapping[str, str]) -> dict[str, Values]:
    """Who is in which group by 在校情况, and by what 人员类别 says; which tiers a word and a group open or close."""
    blocks: dict[str, Values] = {}
    numbers = {key: n for n, key in enumerate((*(group.key for group in policy.groups), OTHER_AGES), 1)}
    for n, group in enumerate(policy.groups, 1):
        if group.facts and group.facts.schooling:
            blocks[f"在校组{n}"] = _column(folds_to("schooling", *group.facts.schooling))
    if policy.groups:
        blocks["类别组"] = _column(numbers.get(key, len(numbers) + 1) for key in words.values())
    if any(not category.hardship for key, category in policy.statuses_by_key.items() if key != amounts.ORDINARY):
        blocks["困难"] = _column(
            int(key in policy.categories and policy.categories[key].hardship) for key in words.values()
        )
    for rules in policy.schemes.values():
        if rules.limits:
            # a word that names a group says nothing: facts do
            statuses = ({key} & policy.statuses_by_key.keys() for key in words.values())
            blocks["限档"] = [_may(rules, held) for held in statuses]
            own = [_may(rules, (group.key,)) for group in policy.groups]
            blocks["组限档"] = [*own, _may(rules, ()), [1] * len(rules.tiers)]
    return blocks


def _may(rules: SchemeRules, held: Collection[str]) -> list[int]:
    """For each tier: 2 where one of these closes it, 1 where one opens it or it is open to everybody, else 0."""
    answers = []
    for tier in rules.tiers:
        limits = [limit for limit in rules.limits if tier in limit.tiers]
        opens = all(any(key in held for key in limit.only) for limit in limits if limit.only)
        answers.append(2 if any(key in held for limit in limits for key in limit.closed) else int(opens))
    return answers


def _serial(day: date) -> int:
    """A day as the number that a spreadsheet keeps."""
    return (day - date(1899, 12, 30)).days


WHAT = {"due": "cash", "subsidy": "subsidy", "refund": "refund"}
"""The computed amounts of a scheme by the names of their columns, and what `amounts` calls them."""


def _blanks(words: Iterable[str]) -> list[str]:
    return [f"{BEFORE}{word}" for word in ("", *DASHES, *words)]


ID_KINDS = (ids.RESIDENT, ids.HMT_PERMIT, ids.FOREIGN_PERMIT, ids.OTHER)
"""Kinds of documents by the number that the formulas use, from 1."""


def _column(values: Iterable[str | float]) -> Values:
    return [[value] for value in values]


def statuses(policy: Policy) -> list[str]:
    """The keys of the statuses, in the policy's order."""
    return [key for key in policy.statuses_by_key if key != amounts.ORDINARY]


def orders(policy: Policy, scheme: Scheme) -> list[list[str]]:
    """The statuses by the number of their line: with a subsidy in the order of precedence, the others, who has none.

    Once for each group, for people in none, and for who may be in any of them; without groups, once.
    """
    order = [key for key in policy.precedence[scheme] if key in policy.statuses_by_key]
    given = [subsidy for subsidy in policy.subsidies if subsidy.scheme == scheme]
    every = []
    for group in _groups(policy):
        helped = {
            key
            for subsidy in given
            if not subsidy.groups or group in subsidy.groups or group == AGE_UNKNOWN
            for key in subsidy.categories
        }
        first, rest = [key for key in order if key in helped], [key for key in order if key not in helped]
        every.append([*first, *rest, amounts.ORDINARY])
    return every


def _groups(policy: Policy) -> list[str]:
    """The groups of people by number (from 1): the notice's, none of them, not known."""
    return [*(group.key for group in policy.groups), "", AGE_UNKNOWN] if policy.groups else [""]


def _lines(policy: Policy, scheme: Scheme) -> Iterable[frozenset[str]]:
    """The statuses and the group of each line of the tables, as `amounts` takes them."""
    for group, order in zip(_groups(policy), orders(policy, scheme), strict=True):
        for key in order:
            yield frozenset({key, group} - {amounts.ORDINARY, ""})


def category_words(policy: Policy) -> dict[str, str]:
    """Every word that a cell of 人员类别 may hold, and the key of its status."""
    return dict(policy.category_words)


def ordinary_word(policy: Policy) -> str:
    """A word for somebody without any status."""
    return next(word for word, key in policy.category_words.items() if key == amounts.ORDINARY)


def category_choices(policy: Policy) -> list[str]:
    """The drop-down list of 人员类别: single statuses, then the usual pairs with a disability."""
    names = {key: category.name for key, category in policy.statuses_by_key.items()}
    disabled = [key for key in statuses(policy) if policy.categories[key].disability]
    others = [key for key in statuses(policy) if key not in disabled]
    pairs = [f"{names[status]}、{names[disability]}" for disability in disabled for status in others]
    return [*names.values(), *pairs]


def charge_choices(policy: Policy) -> list[str]:
    """What can be picked on 收费速查: the same, and each status once more in each group that facts decide."""
    groups = [category.name for category in policy.groups]
    names = [policy.categories[key].short for key in statuses(policy)]
    return [
        *category_choices(policy),
        *groups,
        *(f"{name}、{group.short}" for group in policy.groups for name in names),
    ]


def known_words(key: str) -> list[str]:
    """The texts allowed in a column with a list: its choices and their aliases."""
    column = BY_KEY[key]
    return list(dict.fromkeys(fold(text) for text in (*column.choices, *(alias for alias, _ in column.folds))))


def folds_to(key: str, *choices: str) -> list[str]:
    """The texts that are read as one of these choices."""
    column = BY_KEY[key]
    folded = [fold(choice) for choice in choices]
    return list(dict.fromkeys([*folded, *(fold(alias) for alias, choice in column.folds if choice in choices)]))


assert fold(columns.ENROLLED) == columns.ENROLLED
