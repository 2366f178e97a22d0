"""Makes a verified `Policy` of the tables of a policy file."""

from __future__ import annotations

import difflib
import math
import re
import unicodedata
from collections.abc import Iterable, Mapping, Sequence
from datetime import date, timedelta
from decimal import Decimal, InvalidOperation
from pathlib import Path

from addin.columns import BY_KEY, SPECIAL_CASES, Scheme
from addin.policy import attachments
from addin.policy.model import (
    AGE_UNKNOWN,
    FEN,
    HALF_MONTHS,
    MONTH_END,
    OPTIONAL,
    OTHER_AGES,
    SCHEMES,
    SEPARATORS,
    WEEKDAYS,
    Alternative,
    Amendment,
    Attachment,
    Category,
    Entry,
    Facts,
    Interpretation,
    LaterWindow,
    Part,
    Policy,
    PolicyError,
    Reporting,
    SchemeRules,
    Standard,
    Subsidy,
    TierLimit,
    Unit,
    Window,
    fold,
)
from addin.policy.table import Table, Toml

ELSEWHERE = "另文"
"""A `reading` that begins so says that the sentence is another document's, and not to be looked for in the notice."""

CHOICES = {
    "printed_total": {"printed", "sum"},
    "rank_by": {"counted", "with_late"},
    "age_day": {"payment", "window_end"},
}
"""The interpretations that code acts on, and the values it knows; all others act through `only_if` or only speak."""

AGES = ("age", "elder_age")
"""The entries with `values.age`: from which age people may enrol in the pension, and at which they draw it."""
CITED = {*AGES, *OPTIONAL, "identity", "lists", "no_double", "receipts", "status_of_aid", "villages"}
"""Entries that checks rest on, besides windows, seasons and tiers. Without `AGES` no pension can be judged; without one
of `OPTIONAL` its rules are off; the others hold in any case, and are cited where the notice says them."""
SAID = {"insured_in_city", "ledger"}
"""Entries that no check rests on, but a notice may have."""
REPORTS = "reports"
"""The entry that says when the units report."""


MOST_CATEGORIES = 60
"""A person's statuses are the bits of one whole number."""


MOST_WINDOWS = 60
"""Windows after the main one."""


DISABILITIES = ("", "any", "severe")
"""The values of a category's `disability`: no certificate, of any grade, of grade one or two."""


_DIGITS = "零一二三四五六七八九"
_UNITS = {"万": 10_000, "千": 1000, "百": 100, "十": 10, "": 1}


def _numeral(number: str) -> str:
    """A whole number from 10 on, or a percentage, in Chinese words; '' for any other text.

    >>> [_numeral(number) for number in ("380", "15", "10005", "50%", "5", "0.5")]
    ['三百八十', '十五', '一万零五', '百分之五十', '', '']
    """
    if not (written := re.fullmatch(r"([1-9]\d{0,4})(%?)", number)) or (len(number) == 1):
        return ""
    rest, words = int(written[1]), ""
    for word, unit in _UNITS.items():
        digit, rest = divmod(rest, unit)
        if digit:
            words += _DIGITS[digit] + word
        elif words and rest and not words.endswith("零"):
            words += "零"
    return ("百分之" if written[2] else "") + (words[1:] if words.startswith("一十") else words)


_SAME_YEAR = r"(?:(?!\d{4}年|次年|翌年).)*?"
"""What stands between a year and a day that goes by it: no other year."""


def _date_in_words(day: date) -> str:
    """A pattern for a day as notices write it: its year may stand with an earlier day of the sentence, or be 次年 to that.

    >>> [re.search(_date_in_words(date(2026, 2, 28)), words) is not None
    ...  for words in ("2026年1月1日—2月28日", "2025年9月1日至次年2月底", "2025年9月1日至2月28日")]
    [True, True, False]
    """
    last = (day + timedelta(1)).day == 1
    month_and_day = rf"(?<!\d)0?{day.month}月(?:0?{day.day}日{'|底|末' if last else ''})"
    year, before = rf"(?<!\d){day.year}年", rf"(?<!\d){day.year - 1}年"
    return rf"(?:{year}{_SAME_YEAR}|{before}{_SAME_YEAR}(?:次年|翌年){_SAME_YEAR}){month_and_day}"


class Reader:
    """Turns the tables into a Policy, verifying as it goes; every quoted sentence becomes an `Entry`."""

    def __init__(
        self,
        file: Path,
        data: Toml,
        faults: list[PolicyError] | None = None,
        amendments: Sequence[Amendment] = (),
    ) -> None:
        self.amendments = tuple(amendments)
        self.file, self.root = file, Table(file, "", data, faults)
        self.entries: dict[str, Entry] = {}
        self.unread = False
        """Whether the notice's text, or a later document's, can't be read."""
        self.differing: list[int] = []
        """The numbers of attachments whose printed total is not the sum of their rows."""
        self.reporting = Reporting()

    def policy(self, trial: tuple[str, ...] = ()) -> Policy:
        """The policy, verified. Raises `PolicyError`, or gathers the faults where `faults` was given."""
        root = self.root
        self.notice = self._documents()
        tables = root.table("schemes")
        self.schemes = [key for key in SCHEMES if key in tables.data]
        if not self.schemes:
            raise PolicyError(self.file, "schemes", f"一个险种也没有，至少要有 {'、'.join(SCHEMES)} 之一")
        interpretations = {
            name: self._interpretation(name, table) for name, table in root.table("interpretations", {}).named()
        }
        self.choices = {name: interpretation.value for name, interpretation in interpretations.items()}
        self.values = {
            name: {interpretation.value, *(other.value for other in interpretation.alternatives)}
            for name, interpretation in interpretations.items()
        }
        self.acting = self._choices()
        units = self._units()
        categories = self._categories()
        self.groups = [key for key, category in categories.items() if category.facts]
        self.people = [key for key in categories if key != "ordinary"]
        schemes = {key: self._scheme(key, tables.table(key), units) for key in self.schemes}
        tables.done()
        self._unambiguous("schemes", {key: (rules.name, rules.title, *rules.aliases) for key, rules in schemes.items()})
        for name, point in interpretations.items():
            if unknown := [key for key in point.categories if key not in categories]:
                self._wrong(f"interpretations.{name}", f"不认识的困难类别 {'、'.join(unknown)}")
        district, issuer = root.text("district"), root.text("issuer", "")
        policy = Policy(
            id=root.text("id"),
            title=root.text("title"),
            district=district,
            issued=root.day("issued"),
            folder=self.file.parent,
            schemes=schemes,
            units=units,
            categories=categories,
            precedence=self._precedence(categories),
            subsidies=self._subsidies(categories, schemes),
            entries=self._plain_entries(),
            interpretations=interpretations,
            reporting=self.reporting,
            trial=trial,
            amendments=self.amendments,
            issuer=issuer,
            issuer_name=root.text("issuer_name", f"{district}{issuer}" if issuer else ""),
        )
        self._open_to_all(policy)
        self._verify_whole(policy)
        root.where = "顶层"
        for fact in ("id", "title", "district", "issued", "issuer"):
            if fact in root.data and not self.unread and not self._holds(self.notice, root.data[fact]):
                root.wrong(f"{fact} 不在通知原文中")
        root.done()
        if idle := [name for name, point in interpretations.items() if point.operative and name not in self.acting]:
            self._wrong(f"interpretations.{idle[0]}", "标为 operative，却没有任何条目取决于它")
        return policy

    def _documents(self) -> str:
        """The notice's text with that of the later documents, each of which must name itself and its day."""
        document = self.file.parent / self.root.text("document")
        notice = self._text_of(document, PolicyError(self.file, "document", f"读不到通知原文 {document.name}"))
        for amendment in self.amendments:
            file = self.file.parent / amendment.document
            text = self._text_of(file, PolicyError(file, "document", f"读不到 {amendment.id} 的原文"))
            notice += text
            for fact in (amendment.id, amendment.issued):
                if not self.unread and not self._holds(text, fact):
                    self.root.gather(PolicyError(file, "文件", f"没有 {fact}"))
        return notice

    def _verify_whole(self, policy: Policy) -> None:
        """What several tables say together: groups with help are in the order, ages and printed totals are told."""
        for key, order in policy.precedence.items():
            helped = {status for subsidy in policy.subsidies if subsidy.scheme == key for status in subsidy.categories}
            if (listed := set(order) & set(self.groups)) != (due := helped & set(self.groups)):
                odd = "、".join(sorted(listed ^ due))
                self._wrong("precedence", f"{key} 的 order 应列出有资助的组，也只列这些：{odd}")
        ages = AGES if "pension" in policy.schemes else ()
        if missing := set(ages) - set(policy.entries):
            self._wrong("entries", f"缺少校验所依据的 {'、'.join(sorted(missing))}")
        if self.differing and "printed_total" not in policy.interpretations:
            self._wrong("interpretations", f"附件{self.differing[0]}的合计与各行之和不等，须写明 printed_total")
        for name in AGES:
            if name in policy.entries and "age" not in policy.entries[name].values:
                self._wrong(f"entries.{name}", "缺少 values.age")

    def _wrong(self, entry: str, problem: str) -> None:
        """Raise or gather a fault of the notice's own file."""
        self.root.gather(PolicyError(self.file, entry, problem))

    def _text_of(self, file: Path, fault: PolicyError) -> str:
        """A document's text without white space; where it can't be read, no sentence is looked for any more."""
        try:
            return _bare(file.read_text(encoding="utf-8"))
        except (OSError, UnicodeDecodeError):
            self.root.gather(fault)
            self.unread = True
            return ""

    def _choices(self) -> set[str]:
        """The interpretations that code acts on; those that are there must have values that it knows."""
        for name, known in CHOICES.items():
            if surplus := self.values.get(name, set()) - known:
                words = f"程序不认识取值 {'、'.join(sorted(surplus))}"
                self._wrong(f"interpretations.{name}", words)
        return set(CHOICES)

    def _unambiguous(self, where: str, words: Mapping[str, Sequence[str]]) -> None:
        """No folded name or alias may mean two things."""
        owner: dict[str, str] = {}
        for key, texts in words.items():
            for text in texts:
                if owner.setdefault(fold(text), key) != key:
                    self._wrong(f"{where}.{key}", f"名称或别名 {text} 已用于 {owner[fold(text)]}")

    @staticmethod
    def _holds(bare: str, number: object) -> bool:
        """Whether a text without white space holds a number (not as a piece of a longer one), a date or a word."""
        if isinstance(number, date):
            return re.search(_date_in_words(number), bare) is not None
        word = _bare(str(number))
        if not word:
            return True  # that it is empty is said of the entry itself
        before, after = r"(?<![\d.])" if word[0].isdigit() else "", r"(?![\d]|\.\d)" if word[-1].isdigit() else ""
        if re.search(before + re.escape(word) + after, bare) is not None:
            return True
        numeral = _numeral(word)
        apart = f"[{_DIGITS}{''.join(_UNITS)}]"
        return bool(numeral) and re.search(f"(?<!{apart}){numeral}(?!{apart})", bare.replace("两", "二")) is not None

    def _quote(self, name: str, table: Table, numbers: Sequence[object] = (), prefix: str = "") -> Entry:
        """Take article, text and reading of a table; the sentence must stand in the notice and hold the numbers."""
        article, text = table.text(f"{prefix}article"), table.text(f"{prefix}text")
        reading = "" if prefix else table.text("reading", "")
        pieces = [_bare(piece) for piece in text.split("……") if _bare(piece)]
        if not pieces:
            table.wrong(f"{prefix}text 没有引文")
        position = 0
        for piece in pieces if not (self.unread or reading.startswith(ELSEWHERE)) else ():
            position = self.notice.find(piece, position)
            if position < 0:
                table.wrong(f"引文不在通知原文中：{text[:20]}…{self._nearest(text)}")
                break
            position += len(piece)
        for number in numbers:
            if not self._holds(_bare(text), number) and not self._holds(_bare(reading), number):
                table.wrong(f"{number} 不在所引的句子里；确系由此得出的，请在 reading 里写明")
        entry = Entry(
            name,
            article,
            text,
            reading,
            provisional=False if prefix else table.flag("provisional", False),
            to_be_confirmed=False if prefix else table.flag("to_be_confirmed", False),
        )
        self.entries[name] = entry
        return entry

    def _nearest(self, text: str) -> str:
        """The sentence of the notice that is most like a text, as advice."""
        if self.root.faults is None:
            return ""
        sentences = re.findall(r"[^。；]+[。；]?", self.notice)
        near = difflib.get_close_matches(_bare(text), sentences, n=1, cutoff=0.5)
        return f"原文中最接近的是“{near[0]}”" if near else "原文中没有相近的句子，请照原文抄录"

    def _scheme(self, key: Scheme, table: Table, units: tuple[Unit, ...]) -> SchemeRules:
        window = table.table("window")
        start, end = window.day("start"), window.day("end")
        self._quote(f"{key}.window", window, (start, end))
        window.done()
        season = table.table("season")
        season_start = season.day("start")
        self._quote(f"{key}.season", season, (season_start,))
        season.done()
        if not season_start <= start <= end:
            window.wrong("起止日期颠倒，或缴费期早于收缴开始")
        title, year = table.text("title"), table.number("year")
        if not self._holds(title, year):
            table.wrong(f"year {year} 与 title 不符")
        tiers, limits = self._tiers(key, table.table("tiers")) if key == "pension" else ((), ())
        rules = SchemeRules(
            key=key,
            name=table.text("name"),
            title=title,
            year=year,
            aliases=table.texts("aliases"),
            window=Window(start, end),
            season_start=season_start,
            attachment=self._attachment(key, table.table("attachment"), units),
            standards=self._standards(key, table.tables("standards")) if key == "medical" else (),
            tiers=tiers,
            limits=limits,
            windows=self._windows(key, table.tables("windows", []), end),
            own_days=self._own_days(key, table.tables("own_days", [])),
        )
        table.done()
        return rules

    def _windows(self, key: Scheme, tables: list[Table], end: date) -> tuple[LaterWindow, ...]:
        windows: list[LaterWindow] = []
        if len(tables) > MOST_WINDOWS:
            tables[0].wrong(f"缴费期最多{MOST_WINDOWS + 1}段")
        for n, table in enumerate(tables, 1):
            start, until = table.day("start"), table.day("end")
            value, by_group = table.get("standard", (int, str), None), self._by_group(f"{key}.windows.{n}", table)
            self._quote(f"{key}.windows.{n}", table, (start, until, *([] if value is None else [value])))
            if not (before := windows[-1].end if windows else end) < start <= until:
                table.wrong(
                    f"“{table.get('name', str, '')}”{start}至{until}，上一段到{before}：各段缴费期应依次相接，不重叠，起止不颠倒。"
                    "又发文延长了上一段的，在那份文件的amendment里用同一个name写明这一段改为何时"
                )
            if value is not None and key == "pension":
                table.wrong("养老按档次缴费，不能另定标准 standard")
            windows.append(
                LaterWindow(
                    table.text("name"),
                    start,
                    until,
                    bool(table.get("counted", bool)),
                    bool(table.get("subsidised", bool)),
                    None if value is None else self._fen(table, value),
                    by_group,
                )
            )
            if by_group and value is None:
                table.wrong("各组另有标准 groups 的，须有一般人的 standard")
            table.done()
        return tuple(windows)

    def _own_days(self, key: Scheme, tables: list[Table]) -> dict[str, int]:
        own: dict[str, int] = {}
        for n, table in enumerate(tables, 1):
            days, cases = table.number("days"), table.texts("cases")
            self._quote(f"{key}.own_days.{n}", table, (days,))
            if days < 1:
                table.wrong(f"days {days} 应大于0")
            if days in own.values():
                table.wrong(f"days {days} 已有一条，请合为一条")
            if not cases:
                table.wrong("没有写明哪些人 cases")
            for case in cases:
                if case not in SPECIAL_CASES:
                    table.wrong(f"cases：{case} 不在花名册“特殊情形”的列表中（{'、'.join(SPECIAL_CASES)}）")
                if case in own:
                    table.wrong(f"cases：{case} 写了两次")
                own[case] = days
            table.done()
        return own

    def _attachment(self, key: Scheme, table: Table, units: Sequence[Unit]) -> Attachment:
        total = table.number("total", 0)
        self._quote(f"{key}.attachment", table, (total,) if total else ())
        if table.number("printed_minus_sum", 0):
            self.differing.append(table.number("number"))
        return attachments.read(table, units, total, attachments.sharing(self.root.data["schemes"], key))

    def _standards(self, key: Scheme, tables: list[Table]) -> tuple[Standard, ...]:
        standards = []
        for n, table in enumerate(tables):
            value = table.get("value", (int, str))
            fen = self._fen(table, value)
            entry = self._quote(f"{key}.standard" if n == 0 else f"{key}.standard.{n + 1}", table, (value,))
            by_group = self._by_group(entry.name, table)
            standards.append(Standard(fen, table.day("notified"), entry.provisional, by_group))
            if n and standards[n].notified <= standards[n - 1].notified:
                table.wrong("各次标准的告知日期重叠或颠倒")
            if n and (silent := [key for key in standards[n - 1].by_group if key not in by_group]):
                table.wrong(f"上一次的标准里 {'、'.join(silent)} 另有标准，这一次也要在 groups 里写明（不变的照写）")
            table.done()
        if not standards:
            self._wrong(f"schemes.{key}.standards", "一条标准也没有")
        return tuple(standards)

    def _by_group(self, name: str, table: Table) -> dict[str, int]:
        """The standards that are some groups' own."""
        own: dict[str, int] = {}
        for n, each in enumerate(table.tables("groups", []), 1):
            value = each.get("value", (int, str))
            self._quote(f"groups.{name}.{n}", each, (value,))
            for key in self._keys(each, "categories", self.groups, "组"):
                if key in own:
                    each.wrong(f"{key} 有两个标准")
                own[key] = self._fen(each, value)
            each.done()
        return own

    def _keys(self, table: Table, item: str, known: Iterable[str], what: str) -> tuple[str, ...]:
        """The keys of categories or groups that an entry names."""
        keys = table.texts(item)
        if unknown := [key for key in keys if key not in known]:
            table.wrong(f"{item}：不认识的{what} {'、'.join(unknown)}")
        if len(set(keys)) < len(keys):
            table.wrong(f"{item} 里有重复")
        return keys

    def _tiers(self, key: Scheme, table: Table) -> tuple[tuple[int, ...], tuple[TierLimit, ...]]:
        values = table.numbers("values")
        count, lowest, highest = table.number("count"), table.number("lowest"), table.number("highest")
        self._quote(f"{key}.tiers", table)
        # reading explains the tiers between; count and ends must stand in the sentence all the same
        for number in (count, lowest, highest):
            if not self._holds(_bare(table.text("text")), number):
                table.wrong(f"{number} 不在所引的句子里")
        if (
            list(values) != sorted(set(values))
            or len(values) != count
            or (*values[:1], *values[-1:]) != (lowest, highest)
        ):
            table.wrong(f"档次应是{lowest}至{highest}元共{count}档，由低到高，不重复")
        limits = tuple(
            self._limit(f"{key}.tiers.limits.{n}", each, values) for n, each in enumerate(table.tables("limits", []), 1)
        )
        for kind in ("only", "closed"):
            taken = [tier for limit in limits if getattr(limit, kind) for tier in limit.tiers]
            if twice := [tier for tier in values if taken.count(tier * FEN) > 1]:
                table.wrong(f"limits：{twice[0]}元档有两条 {kind}，请合为一条")
        table.done()
        return tuple(self._fen(table, value) for value in values), limits

    def _limit(self, name: str, table: Table, values: Sequence[int]) -> TierLimit:
        tiers = table.numbers("tiers") if "tiers" in table.data else tuple(values)
        if strange := [tier for tier in tiers if tier not in values]:
            table.wrong(f"tiers：没有{strange[0]}元档")
        self._quote(name, table, tiers if "tiers" in table.data else ())
        limit = TierLimit(
            name,
            tuple(self._fen(table, tier) for tier in tiers),
            self._keys(table, "only", self.people, "类别或组"),
            self._keys(table, "closed", self.people, "类别或组"),
        )
        if not tiers:
            table.wrong("tiers 一档也没有")
        if bool(limit.only) == bool(limit.closed):
            table.wrong("应写明只限哪些人 only，或不对哪些人开放 closed，两者有且只有一项")
        table.done()
        return limit

    def _open_to_all(self, policy: Policy) -> None:
        """Whoever may pay at all finds a tier: closed altogether may be a tier to some people, never to the ordinary."""
        for key, rules in policy.schemes.items():
            if rules.limits and not any(
                all(limit.allows(()) for limit in rules.limits if tier in limit.tiers) for tier in rules.tiers
            ):
                problem = "没有一个档次是对普通居民开放的"
                self._wrong(f"schemes.{key}.tiers.limits", problem)

    def _units(self) -> tuple[Unit, ...]:
        units = []
        for table in self.root.tables("units"):
            units.append(Unit(table.text("name"), table.texts("aliases"), table.texts("formerly")))
            table.done()
            if units[-1].name in {unit.name for unit in units[:-1]}:
                table.wrong(f"{units[-1].name} 列了两次")
        self._unambiguous("units", {unit.name: (*unit.names, *unit.formerly) for unit in units})
        return tuple(units)

    def _categories(self) -> dict[str, Category]:
        ordinary = self.root.table("ordinary")
        categories = {
            "ordinary": Category(
                "ordinary", ordinary.text("name"), ordinary.text("name"), ordinary.texts("aliases"), False
            )
        }
        ordinary.done()
        for table in self.root.tables("categories", []):
            key = table.text("key")
            if key in categories:
                table.wrong(f"key {key} 用了两次")
                continue
            self._quote(f"category.{key}", table)
            disability = table.text("disability", "")
            if disability not in DISABILITIES:
                table.wrong(f"disability 只能是 {'、'.join(filter(None, DISABILITIES))}")
            short = table.text("short")
            self._undivided(table, short)
            categories[key] = Category(
                key,
                table.text("name"),
                short,
                table.texts("aliases"),
                table.flag("hardship", True),
                disability,
            )
            table.done()
        for table in self.root.tables("groups", []):
            key = table.text("key")
            if key in categories:
                table.wrong(f"key {key} 用了两次")
                continue
            categories[key] = self._group(key, table, categories)
        if len(categories) > MOST_CATEGORIES:
            self.root.wrong(f"人员类别有{len(categories)}种，最多{MOST_CATEGORIES}种")
        self._unambiguous(
            "categories",
            {
                **{key: (category.name, category.short, *category.aliases) for key, category in categories.items()},
                **(
                    {"groups": (AGE_UNKNOWN, OTHER_AGES)} if any(status.facts for status in categories.values()) else {}
                ),
            },
        )
        return categories

    @staticmethod
    def _undivided(table: Table, short: str) -> None:
        """A short name stands for its status among others in one cell."""
        if SEPARATORS.search(unicodedata.normalize("NFKC", short)):
            table.wrong(f"short “{short}”里不能有顿号、“和”等分隔的字符")

    def _group(self, key: str, table: Table, categories: Mapping[str, Category]) -> Category:
        """A group of people by facts: age on a day, or 在校情况."""
        from_age, below_age = table.get("from_age", int, None), table.get("below_age", int, None)
        ages = [age for age in (from_age, below_age) if age is not None]
        day = table.day("day") if ages else None
        self._quote(f"group.{key}", table, (*ages, *([day] if day else ())))
        schooling, words = table.texts("schooling"), BY_KEY["schooling"]
        if unknown := [word for word in schooling if word not in words.choices]:
            table.wrong(f"schooling：{unknown[0]} 不在花名册“{words.header}”的列表中（{'、'.join(words.choices)}）")
        if not ages and not schooling:
            table.wrong("没有写明是哪些人：from_age、below_age（及 day）或 schooling")
        born = None
        if strange := [age for age in ages if not 0 < age <= _OLDEST]:
            table.wrong(f"{strange[0]}周岁不像是年龄")
        elif day and day.year > _EARLIEST.year:
            last = _birthday(day, from_age) if from_age is not None else date.max
            first = _birthday(day, below_age) + timedelta(1) if below_age is not None else _EARLIEST
            born = first, last
            if first > last:
                table.wrong(f"没有人既满{from_age}周岁又不满{below_age}周岁")
        name, short, aliases = table.text("name"), table.text("short"), table.texts("aliases")
        self._undivided(table, short)
        facts = Facts(_facts_in_words(born, schooling, words.header), schooling, born)
        after = self._keys(
            table, "after", [other for other, category in categories.items() if category.facts], "（前面的）组"
        )
        for other in categories.values():
            if other.facts and _overlap(facts, other.facts) and other.key not in after:
                table.wrong(
                    f'与 {other.key}（{other.name}）会有人两样都是：请写明 after = ["{other.key}"]，即先算那一组'
                )
        table.done()
        return Category(key, name, short, aliases, False, "", facts)

    def _in_force(self, table: Table) -> bool:
        """Whether `only_if` holds under the interpretations in force."""
        conditions = table.get("only_if", dict, {})
        for name, value in conditions.items():
            if value not in self.values.get(name, ()):
                table.wrong(f"only_if：口径 {name} 没有取值 {value}")
            self.acting.add(name)
        return all(self.choices.get(name) == value for name, value in conditions.items())

    def _precedence(self, categories: Mapping[str, Category]) -> dict[Scheme, tuple[str, ...]]:
        statuses = tuple(key for key in self.people if key not in self.groups)
        orders: dict[Scheme, tuple[str, ...]] = {}
        for n, table in enumerate(self.root.tables("precedence", []), 1):
            scheme, order, in_force = self._scheme_key(table), table.texts("order"), self._in_force(table)
            self._quote(f"precedence.{n}", table)
            table.done()
            if len(set(order)) < len(order) or not set(statuses) <= set(order) <= set(self.people):
                table.wrong("order 应恰好列出全部类别（有资助的组也要列）")
            if in_force and scheme in orders:
                table.wrong("同一险种有两条次序同时有效")
            elif in_force and scheme:
                orders[scheme] = order
        missing = [scheme for scheme in self.schemes if scheme not in orders]
        if missing and len(statuses) > 1:
            self._wrong("precedence", f"缺少险种 {'、'.join(sorted(missing))} 的次序")
        return orders | dict.fromkeys(missing, statuses)

    def _subsidies(
        self, categories: Mapping[str, Category], schemes: Mapping[Scheme, SchemeRules]
    ) -> tuple[Subsidy, ...]:
        subsidies: list[Subsidy] = []
        for n, table in enumerate(self.root.tables("subsidies", []), 1):
            name = f"subsidy.{n}"
            scheme, keys, in_force = self._scheme_key(table), table.texts("categories"), self._in_force(table)
            if unknown := [key for key in keys if key not in self.people]:
                table.wrong(f"不认识的类别 {'、'.join(unknown)}")
            if scheme is None:
                continue
            groups = self._keys(table, "groups", self.groups, "组")
            parts, numbers = self._parts(table)
            self._quote(name, table, numbers)
            if "paid_text" in table.data:
                self._quote(f"{name}.paid", table, prefix="paid_")
            subsidy = Subsidy(
                name,
                scheme,
                keys,
                parts,
                table.text("department"),
                table.text("to"),
                groups,
                self._toward(table, schemes[scheme]),
            )
            if subsidy.to not in ("township", "person"):
                table.wrong("to 只能是 township 或 person")
            whole = self._toward_what(subsidy, schemes[scheme])
            if sum(part.amount or 0 for part in parts) > min(whole, default=math.inf):
                table.wrong("资助金额超过缴费标准或最低档；只给一部分人或几个档次的，用 groups、tiers 写明")
            table.done()
            if in_force:
                taken = {key for other in subsidies if _at_once(other, subsidy) for key in other.categories}
                if twice := taken & set(keys):
                    table.wrong(f"类别 {'、'.join(sorted(twice))} 有两条资助同时有效")
                subsidies.append(subsidy)
        return tuple(subsidies)

    def _parts(self, table: Table) -> tuple[tuple[Part, ...], list[object]]:
        """The funders of a subsidy, and the numbers that its sentence must hold."""
        parts: list[Part] = []
        numbers: list[object] = []
        for part in table.tables("parts"):
            share, amount = part.get("share", str, None), part.get("amount", (int, str), None)
            rest = part.flag("rest", False)
            if (share is not None) + (amount is not None) + rest != 1:
                part.wrong("share、amount、rest 应有且只有一项")
                continue
            if parts and parts[-1].rest and parts[-1].at_most is None:
                part.wrong("rest 是其余全部，之后不能再有出资方")
            at_most = part.get("at_most", (int, str), None)
            if at_most is not None and amount is not None:
                part.wrong("amount 已是定额，不能再写 at_most")
            parts.append(
                Part(
                    part.text("funder"),
                    None if share is None else self._share(part, share),
                    None if amount is None else self._fen(part, amount),
                    rest,
                    None if at_most is None else self._fen(part, at_most),
                )
            )
            percent = None if parts[-1].share is None else _percent(parts[-1].share)
            numbers += [number for number in (at_most, percent, amount) if number is not None]
            part.done()
        if not parts:
            table.wrong("没有出资方")
        if sum(part.share or 0 for part in parts) > 1:
            table.wrong("各出资方份额之和超过1")
        return tuple(parts), numbers

    def _toward(self, table: Table, rules: SchemeRules) -> tuple[int, ...]:
        """The tiers (fen) toward which a subsidy is given; empty is all."""
        all_tiers = table.flag("above_lowest", True)
        if "tiers" not in table.data:
            return () if all_tiers else rules.tiers[:1]
        tiers = tuple(self._fen(table, tier) for tier in table.numbers("tiers"))
        if not tiers or not set(tiers) <= set(rules.tiers) or "above_lowest" in table.data:
            table.wrong("tiers 应是所列的档次，且不与 above_lowest 同时写")
        return tiers

    def _toward_what(self, subsidy: Subsidy, rules: SchemeRules) -> set[int]:
        """The standards and tiers (fen) of those whom a subsidy may be given."""
        own = [key for key in subsidy.categories if key in self.groups]
        groups = subsidy.groups or (own if len(own) == len(subsidy.categories) else (*self.groups, ""))
        standards = (standard.by_group.get(group, standard.fen) for standard in rules.standards for group in groups)
        return {*standards, *(subsidy.tiers or rules.tiers)}

    def _plain_entries(self) -> dict[str, Entry]:
        for name, table in self.root.table("entries", {}).named():
            values = table.get("values", dict, {})
            if not all(type(value) is int for value in values.values()):
                table.wrong("values 应是整数")
            if name not in CITED | SAID:  # a rule whose sentence is misspelt would be off
                table.wrong(f"不认识的条目 {name}")
            entry = self._quote(name, table, tuple(values.values()))
            if name == REPORTS:
                self.reporting = self._reporting(table, entry)
            table.done()
            self.entries[name] = Entry(name, entry.article, entry.text, entry.reading, values=values)
        return self.entries

    def _reporting(self, table: Table, entry: Entry) -> Reporting:
        """The days on which the units report, as their sentence has them; the usual ones where it names none."""
        days, weekday = table.get("days", list, []), table.number("weekday", 0)
        if not days and not weekday:
            return Reporting()
        if days and weekday:
            table.wrong("days 和 weekday 只能写一项")
        numbers = [MONTH_END if day == "end" else day for day in days]
        if not all(type(day) is int and 1 <= day <= MONTH_END for day in numbers) or numbers != sorted(set(numbers)):
            table.wrong('days 应是1至31日，由小到大，月末写"end"，如 days = [15, "end"]')
            return Reporting()
        if not 0 <= weekday <= len(WEEKDAYS):
            table.wrong("weekday 应是1（周一）至7（周日）")
            return Reporting()
        reporting = Reporting(tuple(numbers) or HALF_MONTHS, weekday, said=True)
        sentence = _bare(entry.text) + _bare(entry.reading)
        if reporting.half_monthly and "半月" in sentence:
            return reporting
        last_day: tuple[object, ...] = ("月末", "月底", "月终")
        words = [last_day if day == MONTH_END else (day,) for day in numbers]
        if weekday:
            words = [tuple(f"{week}{WEEKDAYS[weekday - 1]}" for week in ("周", "星期", "礼拜"))]
        for alike in words:
            if not any(self._holds(sentence, word) for word in alike):
                table.wrong(f"{alike[0]} 不在所引的句子里；确系由此得出的，请在 reading 里写明")
        return reporting

    def _interpretation(self, name: str, table: Table) -> Interpretation:
        alternatives = []
        for other in table.tables("alternatives"):
            alternatives.append(Alternative(other.text("value"), other.text("meaning")))
            other.done()
        interpretation = Interpretation(
            name=name,
            point=table.text("point"),
            article=table.text("article"),
            value=table.text("value"),
            meaning=table.text("meaning"),
            operative=table.get("operative", bool),
            alternatives=tuple(alternatives),
            categories=table.texts("categories"),
            scheme=self._scheme_key(table) if "scheme" in table.data else None,
        )
        values = [interpretation.value, *(other.value for other in alternatives)]
        if len(values) == 1 or len(set(values)) != len(values):
            table.wrong("应至少有一个别的取值，且取值互不相同")
        table.done()
        return interpretation

    def _scheme_key(self, table: Table) -> Scheme | None:
        text = table.text("scheme")
        for key in self.schemes:
            if key == text:
                return key
        table.wrong(f"scheme 只能是本通知有的险种：{'、'.join(self.schemes)}")
        return None

    def _share(self, table: Table, text: str) -> Decimal:
        share = self._decimal(table, text)
        if not 0 < share <= 1:
            table.wrong(f"share {text} 应大于0、不大于1")
        return share

    def _decimal(self, table: Table, value: int | str) -> Decimal:
        try:
            number = Decimal(value)
        except InvalidOperation:
            number = Decimal("nan")
        if not number.is_finite():
            table.wrong(f"{value} 不是数")
            return Decimal(1) / FEN
        return number

    def _fen(self, table: Table, value: int | str) -> int:
        fen = self._decimal(table, value) * FEN
        if fen != fen.to_integral_value() or fen <= 0:
            table.wrong(f"{value} 不是到分的正金额")
        return int(fen)


def _at_once(first: Subsidy, second: Subsidy) -> bool:
    """Whether two rules of subsidy may be about one case of one status, and neither is only about a part of the other.

    What is said of some groups or tiers goes before what is said of all.
    """
    narrower = set()
    for own, others in ((first.groups, second.groups), (first.tiers, second.tiers)):
        if own and others and not set(own) & set(others):
            return False
        narrower.add(bool(own) - bool(others))
    return first.scheme == second.scheme and (narrower == {0} or {1, -1} <= narrower)


_OLDEST = 120
_EARLIEST = date(1900, 1, 1)
"""No document has an earlier birth."""


def _birthday(day: date, age: int) -> date:
    """The last day of birth of who has reached an age on a day."""
    try:
        return day.replace(year=day.year - age)
    except ValueError:  # the 29th of February
        return day.replace(year=day.year - age, day=28)


def _facts_in_words(born: tuple[date, date] | None, schooling: Sequence[str], header: str) -> str:
    """Who belongs to a group."""
    words = []
    if born:
        first, last = born
        days = [f"{first}及以后"] if first > _EARLIEST else []
        days += [f"{last}及以前"] if last < date.max else []
        words.append(f"{'、'.join(days)}出生")
    if schooling:
        words.append(f"“{header}”为{'、'.join(schooling)}")
    return "，或".join(words)


def _overlap(first: Facts, second: Facts) -> bool:
    """Whether somebody may belong to both of two groups."""
    if first.born and second.born and max(first.born[0], second.born[0]) <= min(first.born[1], second.born[1]):
        return True
    by_age_and_by_school = (first.born and second.schooling) or (first.schooling and second.born)
    return bool(by_age_and_by_school or set(first.schooling) & set(second.schooling))


def _bare(text: str) -> str:
    """Text without white space, for finding a quotation whatever the line breaks."""
    return "".join(text.split())


def _percent(share: Decimal) -> str:
    return f"{(share * 100).normalize():f}%"
