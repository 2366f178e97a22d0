"""The records that a verified notice consists of."""

from __future__ import annotations

import hashlib
import re
import unicodedata
from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date, timedelta
from decimal import Decimal
from functools import cached_property, lru_cache
from pathlib import Path

from addin.columns import BOTH_SCHEMES, DISTRICT_KINDS, LONG_NAMES, SCHEME_NAMES, Scheme
from addin.findings import UserError

SCHEMES: tuple[Scheme, ...] = tuple(SCHEME_NAMES)
"""Every scheme that there can be; a notice has one or more of them, `Policy.schemes`."""
FEN = 100
MONTH_END = 31
"""The last day of a month, whatever its length."""
HALF_MONTHS = (15, MONTH_END)
WEEKDAYS = "一二三四五六日"
MAIN_WINDOW = "集中缴费期"
OPTIONAL = {
    "enter",
    "family",
    "full_subsidy",
    "hardship_medical",
    "hardship_pension",
    "higher_tier",
    "insured_outside",
    "low_income_cash",
    "poor_and_low_income",
    "reports",
    "residents_of_other_places",
    "september",
    "students",
    "whole_family",
}
"""Sentences (entries or interpretations) that a notice may not have; the rules that rest on one are then off."""
USUAL = {
    "printed_total": ("printed", "完成率按印发的合计计算"),
    "rank_by": ("counted", "排名按计入人数的完成率"),
    "age_day": ("payment", "养老年龄算到缴费日，未填日期算到缴费期末日"),
}
"""The choices that code makes by an interpretation: the value where the notice has none, and what it means."""


class PolicyError(UserError, ValueError):
    """A policy file that can't be used; the text names the file and the entry."""

    def __init__(self, file: Path | str, entry: str, problem: str) -> None:
        self.file, self.entry, self.problem = Path(file), entry, problem
        super().__init__(file, entry, problem)  # what another process needs to make it again

    def __str__(self) -> str:
        return f"政策文件 {self.file.name}［{self.entry}］：{self.problem}"


@dataclass(frozen=True, slots=True)
class Entry:
    """A sentence of the notice and what it is cited for."""

    name: str
    article: str
    text: str
    reading: str = ""
    provisional: bool = False
    to_be_confirmed: bool = False
    values: Mapping[str, int] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Window:
    """A collection window, both days included."""

    start: date
    end: date


@dataclass(frozen=True, slots=True)
class Reporting:
    """The days on which the units report their progress: of each month (`MONTH_END` is its last), else of each week.

    weekday: 1 is Monday; `said`: whether the notice says so.
    """

    days: tuple[int, ...] = HALF_MONTHS
    weekday: int = 0
    said: bool = False

    def falls_on(self, day: date) -> bool:
        """Whether a day is one; a day that a month has not is the month's last."""
        if self.weekday:
            return day.isoweekday() == self.weekday
        ends = (day + timedelta(days=1)).day == 1
        return day.day in self.days or (ends and any(each > day.day for each in self.days))

    @property
    def half_monthly(self) -> bool:
        """Whether it is the usual: every half month."""
        return not self.weekday and self.days == HALF_MONTHS

    @property
    def names(self) -> list[str]:
        """The days in words."""
        if self.weekday:
            return [f"周{WEEKDAYS[self.weekday - 1]}"]
        return ["月末" if day == MONTH_END else f"{day}日" for day in self.days]

    @property
    def every(self) -> str:
        """How often, in words."""
        if self.half_monthly:
            return "每半月"
        return f"每{'' if self.weekday else '月'}{'、'.join(self.names)}"

    @property
    def table(self) -> str:
        """What a unit's table of its progress is called."""
        return "半月进度表" if self.half_monthly else "进度表"


@dataclass(frozen=True, slots=True)
class Amendment:
    """A later document of the same office that changes a notice, with the name of its text's file."""

    id: str
    issued: date
    document: str


@dataclass(frozen=True, slots=True)
class LaterWindow:
    """A window after the main one: what somebody pays who pays in it, and whether it still counts.

    fen: the medical contribution, where the notice sets another (by_group: for whom yet another); None: as in the main
    window.
    """

    name: str
    start: date
    end: date
    counted: bool
    subsidised: bool
    fen: int | None = None
    by_group: Mapping[str, int] = field(default_factory=dict, repr=False)

    @property
    def words(self) -> str:
        """Days and effects in words."""
        own = "".join(f"或{fen / FEN:g}" for fen in dict.fromkeys(self.by_group.values()) if fen != self.fen)
        effects = [f"个人缴费每人{self.fen / FEN:g}{own}元"] if self.fen is not None else []
        effects += [] if self.subsidised else ["不享受资助"]
        effects += ["计入完成率" if self.counted else "列为逾期"]
        return f"{self.name}{self.start}至{self.end}：{'，'.join(effects)}"


@dataclass(frozen=True, slots=True)
class Standard:
    """The medical contribution a person a year, in force from the day it was notified; by_group: that of some groups."""

    fen: int
    notified: date
    provisional: bool
    by_group: Mapping[str, int] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class TierLimit:
    """Tiers (fen) that only some people may choose, or that are closed to some; statuses and groups by their keys."""

    entry: str
    tiers: tuple[int, ...]
    only: tuple[str, ...] = ()
    closed: tuple[str, ...] = ()

    def allows(self, held: Collection[str]) -> bool:
        """Whether somebody with these statuses and group may choose them."""
        return (not self.only or any(key in held for key in self.only)) and not any(key in held for key in self.closed)


@dataclass(frozen=True, slots=True)
class VillageQuota:
    """A village with a quota of its own, named as printed."""

    name: str
    quota: int


@dataclass(frozen=True, slots=True)
class AttachmentRow:
    """A unit with a quota: its place among the printed units, name as printed, the master unit it means, people of last
    year (None where that is not printed), quota, and the quotas of its villages, if there are any.
    """

    order: int
    printed: str
    unit: str
    base: int | None
    quota: int
    villages: tuple[VillageQuota, ...] = ()


@dataclass(frozen=True, slots=True)
class PrintedLine:
    """One line under the header of an attachment: its number in the file and its cells, whole numbers as such.

    kind: unit, village (of `unit`), subtotal (of the units in `members`) or total.
    """

    kind: str
    number: int
    cells: tuple[str | int, ...]
    unit: str = ""
    village: str = ""
    members: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class AttachmentColumns:
    """Where the columns stand that mean something to us, 0-based; all others are only shown."""

    unit: int
    quota: int
    order: int | None = None
    base: int | None = None
    village: int | None = None


@dataclass(frozen=True)
class Attachment:
    """An attachment as printed, its total line included (which need not be the sum of its rows).

    rows: the units that hold a quota; lines: everything under the header in printed order; slips: the differences that
    the notice's own figures have besides the quota's total, in words.
    """

    number: int
    title: str
    headers: tuple[str, ...]
    rows: tuple[AttachmentRow, ...]
    printed_base: int | None
    printed_quota: int
    footnotes: tuple[str, ...]
    unlisted: tuple[str, ...]
    lines: tuple[PrintedLine, ...]
    columns: AttachmentColumns
    slips: tuple[str, ...] = ()

    @property
    def sum_base(self) -> int:
        """Last year's people, added up over the units."""
        column = self.columns.base
        cells = [line.cells[column] for line in self.lines if line.kind == "unit" and column is not None]
        return sum(cell for cell in cells if isinstance(cell, int))

    @property
    def sum_quota(self) -> int:
        """The quota, added up over the rows."""
        return sum(row.quota for row in self.rows)

    @property
    def lacking(self) -> str:
        """How the units without a quota are described: not in the attachment, or printed there with a dash."""
        printed = any(line.unit in self.unlisted for line in self.lines)
        return "未下达任务的" if printed else "未列"

    @property
    def words(self) -> str:
        """Which columns and lines were found, in words, for whoever has named them."""
        villages, subtotals = (sum(line.kind == kind for line in self.lines) for kind in ("village", "subtotal"))
        lines = [f"{len(self.rows)}个单位有任务数", *([f"{villages}个村"] if villages else [])]
        lines += [f"{subtotals}个小计"] if subtotals else []
        columns = self.columns
        used = {columns.order, columns.unit, columns.village, columns.base, columns.quota}
        further = "、".join(header for n, header in enumerate(self.headers) if n not in used)
        last_year = (
            "" if columns.base is None else f"，上年“{self.headers[columns.base]}”合计{self.printed_base or 0:,}"
        )
        return (
            f"附件{self.number}：{'、'.join(lines)}；任务数取“{self.headers[columns.quota]}”，合计{self.printed_quota:,}"
            f"{last_year}{f'；只照印的栏目：{further}' if further else ''}"
        )

    @cached_property
    def by_unit(self) -> dict[str, AttachmentRow]:
        """The rows by master name of the unit."""
        return {row.unit: row for row in self.rows}


@dataclass(frozen=True)
class SchemeRules:
    """The notice's rules for one scheme. `standards` is for medical insurance, `tiers` (fen) for the pension."""

    key: Scheme
    name: str
    title: str
    year: int
    aliases: tuple[str, ...]
    window: Window
    season_start: date
    attachment: Attachment
    standards: tuple[Standard, ...] = ()
    tiers: tuple[int, ...] = ()
    limits: tuple[TierLimit, ...] = ()
    windows: tuple[LaterWindow, ...] = ()
    """The windows after the main one, in their order."""
    own_days: Mapping[str, int] = field(default_factory=dict)
    """By 特殊情形: the days, from the one beside it, in which such a person pays as in the main window."""

    @property
    def last_day(self) -> date:
        """The last day on which a payment still counts for everybody."""
        return max([self.window.end, *(window.end for window in self.windows if window.counted)])

    def window_on(self, day: date) -> int:
        """The place of the window of a payment on a day: 0 for the main one (and before it), n for the n-th after it."""
        return sum(window.start <= day for window in self.windows)

    @property
    def words_of_own_days(self) -> tuple[str, ...]:
        """Who has days of its own, in words, one line for each number of days."""
        by_days: dict[int, list[str]] = {}
        for case, days in self.own_days.items():
            by_days.setdefault(days, []).append(case)
        return tuple(
            f"{'、'.join(cases)}：自“特殊情形日期”起{days}天内缴费的，按集中缴费期办理"
            for days, cases in by_days.items()
        )

    @property
    def further_windows(self) -> tuple[str, ...]:
        """The windows after the main one, and people's own days, in words."""
        return (*(window.words for window in self.windows), *self.words_of_own_days)

    @property
    def standard(self) -> Standard:
        """The standard in force: the one notified last."""
        return self.standards[-1]


@dataclass(frozen=True, slots=True)
class Unit:
    """A township, subdistrict or zone that holds a quota; `formerly` are units of earlier notices that became it."""

    name: str
    aliases: tuple[str, ...]
    formerly: tuple[str, ...] = ()

    @property
    def names(self) -> tuple[str, ...]:
        """The notice's own name, then the others."""
        return (self.name, *self.aliases)


@dataclass(frozen=True, slots=True)
class Facts:
    """Who belongs to a group: by age on a day, or by 在校情况 (one of these words); one of the two is enough.

    born: the first and the last birthday of who is of that age; None where age decides nothing. words: the same as text.
    """

    words: str
    schooling: tuple[str, ...] = ()
    born: tuple[date, date] | None = None


SEPARATORS = re.compile(r"[、,/;\s+和]+")
"""What parts the statuses in one cell."""

AGE_UNKNOWN, OTHER_AGES = "年龄不明", "其他年龄段"
"""Instead of a group: of whom it cannot be told, and who says himself that he is in none of them."""


@dataclass(frozen=True, slots=True)
class Category:
    """A status (人员类别) as the notice names it, of hardship or not, or a group of people that facts decide.

    `disability` says whether who has it holds a certificate of disability: of any grade, of grade one or two (severe),
    or none (''). `facts` are a group's.
    """

    key: str
    name: str
    short: str
    aliases: tuple[str, ...]
    hardship: bool
    disability: str = ""
    facts: Facts | None = None


@dataclass(frozen=True, slots=True)
class Part:
    """The contribution of one funder: a share of the standard, an amount (fen), or the rest; at most so much."""

    funder: str
    share: Decimal | None = None
    amount: int | None = None
    rest: bool = False
    at_most: int | None = None


@dataclass(frozen=True, slots=True)
class Subsidy:
    """One rule of subsidy in force: who gives, who pays it over, and to whom ('township' or 'person').

    `groups`: only for members of one of these; `tiers` (fen): only toward these; empty is all.
    """

    entry: str
    scheme: Scheme
    categories: tuple[str, ...]
    parts: tuple[Part, ...]
    department: str
    to: str
    groups: tuple[str, ...] = ()
    tiers: tuple[int, ...] = ()


@dataclass(frozen=True, slots=True)
class Alternative:
    """Another possible reading."""

    value: str
    meaning: str


@dataclass(frozen=True, slots=True)
class Interpretation:
    """A point that the notice leaves open: the value in force and the alternatives.

    `categories` are the statuses that it is about (who has all of them), `scheme` the one scheme that it is about.
    """

    name: str
    point: str
    article: str
    value: str
    meaning: str
    operative: bool
    alternatives: tuple[Alternative, ...]
    categories: tuple[str, ...] = ()
    scheme: Scheme | None = None


@dataclass(frozen=True)
class Policy:
    """One notice, verified. Money in fen; dates as `date`; units in the master order."""

    id: str
    title: str
    district: str
    issued: date
    folder: Path
    schemes: Mapping[Scheme, SchemeRules]
    units: tuple[Unit, ...]
    categories: Mapping[str, Category]
    precedence: Mapping[Scheme, tuple[str, ...]]
    subsidies: tuple[Subsidy, ...]
    entries: Mapping[str, Entry]
    interpretations: Mapping[str, Interpretation]
    trial: tuple[str, ...] = ()
    amendments: tuple[Amendment, ...] = ()
    """Later documents that change the notice, in the order of their days."""
    issuer: str = ""
    """Who signs the circular, as the notice names it; '' where it names nobody."""
    issuer_name: str = ""
    """The same in full, for the signature."""
    reporting: Reporting = Reporting()
    """On which days the units report, 六(四)."""
    untried: str = field(default="", compare=False)
    """On trial of another reading: the fingerprint without it, which templates have."""

    def __hash__(self) -> int:
        return hash(self.id)  # what is worked out for a notice is kept by it

    @property
    def basis(self) -> str:
        """The basis that every sheet names; a trial of another reading is named with it."""
        tried = f"（试算，不作为正式结果：{'；'.join(self.trial)}）" if self.trial else ""
        return f"依据{self.id}{tried}"

    @cached_property
    def fingerprint(self) -> str:
        """Ten digits of what a template computes with: standards, tiers, days, units, statuses, subsidies, ages.

        A template carries it: one of another number, or made before a change of the notice, gives other amounts. What
        only a text says of the notice is not in it, so that a better wording makes no template old.
        """
        if self.untried:
            return self.untried
        facts: list[object] = [fold(self.id), [unit.name for unit in self.units]]
        for key, rules in sorted(self.schemes.items()):
            days = (rules.window.start, rules.window.end, rules.season_start)
            standards = [
                (standard.fen, str(standard.notified), *sorted(standard.by_group.items()))
                for standard in rules.standards
            ]
            own = [sorted(window.by_group.items()) for window in rules.windows if window.by_group]
            facts += [repr(rules.limits)] if rules.limits else []
            facts += own
            facts += [repr(rules.windows), sorted(rules.own_days.items())] if rules.windows or rules.own_days else []
            facts.append([key, rules.year, *map(str, days), standards, list(rules.tiers), list(self.precedence[key])])
        for category in self.categories.values():
            group = [repr(category.facts)] if category.facts else []
            facts.append([category.key, category.name, category.short, *group])
        for subsidy in self.subsidies:
            parts = [
                [part.funder, str(part.share), part.amount, part.rest, *([part.at_most] if part.at_most else [])]
                for part in subsidy.parts
            ]
            lowest = self.schemes[subsidy.scheme].tiers[:1]
            whom = [*subsidy.groups, *(subsidy.tiers if subsidy.tiers != lowest else ())]
            facts.append([subsidy.scheme, list(subsidy.categories), parts, subsidy.to, not subsidy.tiers, *whom])
        facts += [[name, sorted(entry.values.items())] for name, entry in sorted(self.entries.items()) if entry.values]
        digest = hashlib.blake2b(repr(facts).encode(), digest_size=8).digest()
        return f"{int.from_bytes(digest) % 10**10:010d}"

    @property
    def subject(self) -> str:
        """The notice's schemes, short: 养老、医保, or the only one."""
        return "、".join(SCHEME_NAMES[scheme] for scheme in LONG_NAMES if scheme in self.schemes)

    @property
    def subject_in_full(self) -> str:
        """The notice's schemes in full: 养老保险、医疗保险, or the only one."""
        return "、".join(name for scheme, name in LONG_NAMES.items() if scheme in self.schemes)

    @property
    def subject_in_a_word(self) -> str:
        """The notice's schemes in a word: 两险, or the only one."""
        return BOTH_SCHEMES if len(self.schemes) > 1 else self.subject

    @property
    def everywhere(self) -> str:
        """All units together: 全区, in a county 全县, in a city 全市."""
        return f"全{self.place}"

    @property
    def place(self) -> str:
        """What the notice is in force in: 区, 县, 市 or 旗, by the end of its name."""
        return end if (end := self.district[-1:]) and end in DISTRICT_KINDS else DISTRICT_KINDS[0]

    def mentions(self, word: str) -> bool:
        """Whether a sentence that the notice's rules rest on has the word."""
        return any(word in entry.text for entry in self.entries.values())

    @cached_property
    def periods(self) -> dict[str, date | None]:
        """What may be said of when somebody pays: the main windows (None), or from which day on a later one, by its name."""
        starts = sorted({window.start for rules in self.schemes.values() for window in rules.windows})
        named: dict[str, date | None] = {MAIN_WINDOW: None}
        for start in starts:
            names = [
                window.name if len(self.schemes) == 1 else f"{rules.name}{window.name}"
                for rules in self.schemes.values()
                for window in rules.windows
                if window.start == start
            ]
            named[f"{'、'.join(names)}（{start}起）"] = start
        return named

    def choice(self, name: str) -> str:
        """The value in force of an interpretation."""
        point = self.interpretations.get(name)
        return point.value if point else USUAL[name][0]

    def says(self, name: str) -> bool:
        """Whether what rests on a sentence holds: the notice has it, or it holds in any case (`OPTIONAL`)."""
        return name not in OPTIONAL or name in self.entries or name in self.interpretations

    @property
    def usual(self) -> tuple[str, ...]:
        """In words, the choices that the notice does not speak of."""
        unsaid = (
            [] if self.reporting.said else [f"进度按{self.reporting.every}（{'、'.join(self.reporting.names)}）列出"]
        )
        return (
            *(
                words
                for name, (_, words) in USUAL.items()
                if name not in self.interpretations and (name != "age_day" or "pension" in self.schemes)
            ),
            *unsaid,
        )

    def article(self, name: str) -> str:
        """The article of an entry or an interpretation; '' for what the notice does not speak of."""
        sentence = self.entries.get(name) or self.interpretations.get(name)
        return sentence.article if sentence else ""

    def ordered_units(self, scheme: Scheme) -> list[str]:
        """The units in the order of the scheme's attachment, those without a row there last."""
        attachment = self.schemes[scheme].attachment
        listed = [row.unit for row in attachment.rows]
        return [*listed, *(unit.name for unit in self.units if unit.name not in attachment.by_unit)]

    def unit(self, text: str) -> Unit | None:
        """The unit that a text means: master name or alias, width and spaces folded."""
        return self._units.get(fold(text))

    def successor(self, unit: Unit) -> Unit | None:
        """The unit of this notice that a unit of an earlier one is now: of the same name, or its successor."""
        return next((found for name in unit.names if (found := self.unit_since(name))), None)

    def unit_since(self, text: str) -> Unit | None:
        """The unit that a text means or, as a name of earlier years, has become."""
        return self.unit(text) or self._former_units.get(fold(text))

    def unit_named_in(self, text: str) -> str:
        """The name of the first unit of which a text, a file's name perhaps, speaks; '' of none."""
        return next((unit.name for unit in self.units if any(word in text for word in unit.names)), "")

    def scheme(self, text: str) -> SchemeRules | None:
        """The scheme that a text means (医保, 养老, or an alias)."""
        return self._schemes.get(fold(text))

    def category(self, text: str) -> Category | None:
        """The single status that a text means."""
        return self._categories.get(fold(text))

    def status_bits(self, keys: Iterable[str]) -> int:
        """Statuses (keys of categories) as one number, one bit for each in the notice's order; a group has none."""
        return sum(self._status_bit[key] for key in keys if key in self._status_bit)

    def statuses(self, bits: int) -> tuple[str, ...]:
        """The keys of the statuses in a number that `status_bits` made, in the notice's order."""
        return tuple(key for key, bit in self._status_bit.items() if bits & bit)

    @cached_property
    def _status_bit(self) -> dict[str, int]:
        return {key: 1 << place for place, key in enumerate(self.statuses_by_key)}

    @cached_property
    def statuses_by_key(self) -> dict[str, Category]:
        """What is no group: the statuses, and 普通居民."""
        return {key: category for key, category in self.categories.items() if category.facts is None}

    @cached_property
    def groups(self) -> tuple[Category, ...]:
        """The groups that facts decide; of several the first is that of a person."""
        return tuple(category for category in self.categories.values() if category.facts)

    def group_of(self, held: Collection[str]) -> str:
        """The key of the group among statuses and groups; '' of none."""
        return next((group.key for group in self.groups if group.key in held), "")

    @cached_property
    def category_words(self) -> dict[str, str]:
        """Every folded text of a category, and its key; where age decides something, the words of who gives none."""
        ages = (AGE_UNKNOWN, OTHER_AGES) if any(group.facts and group.facts.born for group in self.groups) else ()
        return {word: category.key for word, category in self._categories.items()} | {fold(word): word for word in ages}

    @cached_property
    def joined_words(self) -> dict[str, str]:
        """The folded texts of a category that hold what parts statuses (一级和二级残疾), the longest first; its short name."""
        joined = {word: fold(category.short) for word, category in self._categories.items() if SEPARATORS.search(word)}
        return dict(sorted(joined.items(), key=lambda entry: -len(entry[0])))

    def with_short_names(self, text: str) -> str:
        """A text of several statuses in which none has a name that holds what parts them."""
        text = unicodedata.normalize("NFKC", text)
        for word, short in self.joined_words.items():
            text = text.replace(word, short)
        return text

    @cached_property
    def hardships(self) -> tuple[Category, ...]:
        """The statuses of hardship, in the notice's order."""
        return tuple(category for category in self.categories.values() if category.hardship)

    def group_in_words(self, group: Category) -> str:
        """Who belongs to a group."""
        return f"{group.name}：{group.facts.words}" if group.facts else group.name

    def limits_in_words(self, rules: SchemeRules) -> list[str]:
        """Whom each limit of tiers is about."""
        words = []
        for limit in rules.limits:
            whom = "、".join(self.categories[key].name for key in limit.only or limit.closed)
            tiers = (
                "各档" if limit.tiers == rules.tiers else f"{'、'.join(f'{tier / FEN:g}' for tier in limit.tiers)}元档"
            )
            words.append(f"{tiers}只限{whom}选择" if limit.only else f"{tiers}不对{whom}开放")
        return words

    def divided(self, scheme: Scheme) -> tuple[Category, ...]:
        """The groups that owe something else, or may choose other tiers, in a scheme than people without one."""
        rules = self.schemes[scheme]
        keys: set[str] = set()
        for limit in rules.limits:
            keys |= {*limit.only, *limit.closed}
        return tuple(group for group in self.groups if group.key in keys | self._paying_otherwise(scheme))

    def by_age(self, scheme: Scheme) -> bool:
        """Whether it takes somebody's age to say what is due in a scheme."""
        keys = self._paying_otherwise(scheme)
        return any(group.facts and group.facts.born and group.key in keys for group in self.groups)

    def _paying_otherwise(self, scheme: Scheme) -> set[str]:
        rules = self.schemes[scheme]
        keys = {key for standard in rules.standards for key in standard.by_group}
        keys |= {key for window in rules.windows for key in window.by_group}
        for subsidy in self.subsidies:
            keys |= {*subsidy.groups, *subsidy.categories} if subsidy.scheme == scheme else set()
        return keys & {group.key for group in self.groups}

    @cached_property
    def refunded(self) -> tuple[Category, ...]:
        """Who pays in full and is given the medical subsidy afterwards (先征后补)."""
        keys = (
            key
            for subsidy in self.subsidies
            if subsidy.scheme == "medical" and subsidy.to == "person"
            for key in subsidy.categories
        )
        return tuple(self.categories[key] for key in dict.fromkeys(keys))

    @cached_property
    def sample_status(self) -> Category:
        """A status to try amounts with: one whose people are refunded, if there is one."""
        return next(iter((*self.refunded, *self.hardships, *self.categories.values())))

    @cached_property
    def funders(self) -> tuple[str, ...]:
        """Whose money it is, in the order of the rules."""
        return _unique(part.funder for subsidy in self.subsidies for part in subsidy.parts)

    @cached_property
    def departments(self) -> tuple[str, ...]:
        """Who pays it over, in the order of the rules."""
        return _unique(subsidy.department for subsidy in self.subsidies)

    @cached_property
    def _units(self) -> dict[str, Unit]:
        return {fold(word): unit for unit in self.units for word in unit.names}

    @cached_property
    def _former_units(self) -> dict[str, Unit]:
        return {fold(word): unit for unit in self.units for word in unit.formerly}

    @cached_property
    def _schemes(self) -> dict[str, SchemeRules]:
        return {
            fold(word): rules for rules in self.schemes.values() for word in (rules.name, rules.title, *rules.aliases)
        }

    @cached_property
    def _categories(self) -> dict[str, Category]:
        return {
            fold(word): category
            for category in self.categories.values()
            for word in (category.name, category.short, *category.aliases)
        }


_FOLDED = 500
"""Characters of a text that are compared: nothing that an endless one could be equal to is as long."""


def fold(text: str) -> str:
    """A text for comparing: width folded (NFKC), spaces and invisible characters dropped, lower case."""
    return _folded(text[:_FOLDED])


@lru_cache(maxsize=4096)
def _folded(text: str) -> str:
    folded = unicodedata.normalize("NFKC", text)
    return "".join(c for c in folded if not c.isspace() and unicodedata.category(c) not in ("Cf", "Cc")).casefold()


def _unique(names: Iterator[str]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(names))
