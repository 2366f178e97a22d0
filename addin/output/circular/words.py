"""The sentences of the circular. In: the district. Out: paragraphs."""

from __future__ import annotations

import calendar
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from functools import cached_property

from addin.columns import Scheme
from addin.district.records import EARLIER, NEVER, NOT_TAKEN, REPORTED, District, SchemeTotals, UnitFigures
from addin.district.tally import EVERYBODY
from addin.findings import REASONS, SEVERITY_NAMES, Severity, count_by_severity, title
from addin.policy import FEN, Policy, SchemeRules

AHEAD = 3
"""Units named from the top and from the bottom of a ranking."""
KINDS = 8
"""Kinds of problems in the table."""


def month_end(month: str) -> date:
    """The last day of a month written 2019-11. Raises `ValueError`.

    >>> month_end("2020-02")
    datetime.date(2020, 2, 29)
    """
    year, _, number = month.partition("-")
    if len(year) != 4 or not number.isdecimal():
        raise ValueError(month)
    first = date(int(year), int(number), 1)
    return first.replace(day=calendar.monthrange(first.year, first.month)[1])


def name_of(policy: Policy) -> str:
    """The circular's title, in the two lines in which it is printed."""
    return f"{policy.district}城乡居民{policy.subject_in_full}\n征缴工作情况通报"


@dataclass(frozen=True, slots=True)
class Problem:
    """One kind of problem: how grave, what, how many, in how many units."""

    severity: str
    title: str
    count: int
    units: int


class Circular:
    """The figures of one month's end and what is said of them."""

    def __init__(self, district: District, end: date) -> None:
        self.district, self.end = district, end

    @property
    def policy(self) -> Policy:
        """The notice in force."""
        return self.district.policy

    @cached_property
    def schemes(self) -> list[SchemeRules]:
        """The schemes in the order of their attachments."""
        return sorted(self.policy.schemes.values(), key=lambda rules: rules.attachment.number)

    def rate(self, unit: UnitFigures) -> float | None:
        """The rate of a unit by which it is ranked: interpretation `rank_by`."""
        return unit.rate if self.policy.choice("rank_by") == "counted" else unit.rate_with_late

    def total(self, scheme: Scheme) -> SchemeTotals:
        """The district's figures."""
        return self.district.totals(scheme)

    # ---------------------------------------------------------------- the body

    def opening(self) -> str:
        """The legal basis and the day of the figures."""
        return f"根据《{self.policy.title}》（{self.policy.id}），现将截至{_day(self.end)}的征缴工作进展情况通报如下。"

    def progress(self, rules: SchemeRules) -> list[str]:
        """The progress of one scheme."""
        total, scheme = self.total(rules.key), rules.key
        gap = total.gap
        left = f"距目标任务差{gap}人" if gap > 0 else f"超目标任务{-gap}人" if gap else "正好完成目标任务"
        sentences = (
            f"{rules.title}。{self.policy.everywhere}任务数{total.quota}人，花名册申报{total.claimed}人，已完成参保缴费{total.counted}人，"
            f"完成率{_percent(total.rate)}，{left}。"
        )
        # in a month that begins after the window, nobody could be counted any more
        if self.before is not None and self.before < rules.last_day:
            more = self.district.counted_by(scheme, self.end) - self.district.counted_by(scheme, self.before)
            sentences += f"本月新增{more}人。"
        if total.late:
            sentences += f"另有逾期缴费{total.late}人，不计入完成数，含逾期完成率{_percent(total.rate_with_late)}。"
        beside = [unit for unit in self.district.scheme_units(scheme) if unit.quota is None and unit.counted]
        if beside:
            names = "、".join(f"{unit.township}{unit.counted}人" for unit in beside)
            sentences += f"通知附件{rules.attachment.number}没有任务数的{names}另计，连同该单位{self.policy.everywhere}已完成参保缴费{total.counted_all}人。"
        return [sentences + self._window(rules)]

    @cached_property
    def days(self) -> list[date]:
        """The days for which the people counted so far are known; the first is before collecting began."""
        return self.district.progress_days()

    @cached_property
    def before(self) -> date | None:
        """The end of the month before, where collecting had begun by then."""
        last = self.end.replace(day=1) - timedelta(days=1)
        return last if self.days and last >= self.days[0] else None

    def _window(self, rules: SchemeRules) -> str:
        left = (rules.last_day - self.end).days
        if left > 0:
            return f"缴费期至{_day(rules.last_day)}，还有{left}天。"
        return f"缴费期已结束（{_day(rules.last_day)}）。"

    def ranking(self, rules: SchemeRules) -> str:
        """The first and the last units."""
        ranked = self.district.ranked(rules.key)
        if not any(unit.counted for unit in ranked):
            return f"{rules.name}：各单位都还没有完成参保缴费的人。"
        done = [unit for unit in ranked if unit.gap is not None and unit.gap <= 0]
        first, last = ranked[:AHEAD], ranked[AHEAD:][-AHEAD:]

        def named(units: Sequence[UnitFigures]) -> str:
            return "、".join(f"{unit.township}（{_percent(self.rate(unit))}）" for unit in units)

        sentence = f"{rules.name}完成率居前的是{named(first)}" + (f"，居后的是{named(last)}" if last else "") + "。"
        if done:
            sentence += f"已完成任务的有{len(done)}个单位：{'、'.join(unit.township for unit in done)}。"
        for state, words in ((NEVER, "从未报送花名册"), (NOT_TAKEN, "报来的花名册没有采用")):
            units = [unit.township for unit in self.ranked(rules.key) if self.silent.get(unit.township) == state]
            if units:
                sentence += f"{words}的{len(units)}个单位（{'、'.join(units)}）完成情况不明，不列入以上评比。"
        return sentence

    @cached_property
    def silent(self) -> dict[str, str]:
        """The units without any book that counts, and their states: what they have collected is unknown."""
        return {unit.township: unit.state for unit in self.district.reported if unit.deadline is None}

    def ranked(self, scheme: Scheme) -> list[UnitFigures]:
        """The units that hold a quota, also those without a book that counts, the best first."""
        return sorted(
            (unit for unit in self.district.scheme_units(scheme) if unit.rank), key=lambda unit: unit.rank or 0
        )

    def addressees(self) -> str:
        """主送: the kinds of units that the notice lists, 六(四)."""
        kinds = {"乡镇": ("乡", "镇"), "街道": ("街道",), "园区": ("园区",), "开发区": ("开发区",)}
        names = [unit.name for unit in self.policy.units]
        known = [kind for kind, ends in kinds.items() if any(name.endswith(ends) for name in names)]
        rest = any(not name.endswith(tuple(end for ends in kinds.values() for end in ends)) for name in names)
        people, places = "、".join(known[:2]), "、".join(known[2:])
        return f"各{'，'.join(filter(None, (people, places, '有关单位' if rest else '')))}："

    def reporting(self) -> list[str]:
        """Who has reported up to the day, who has not, and which files could not be taken."""
        reported, lines = self.district.reported, []
        for state, sentence in (
            (NEVER, "从未报送花名册"),
            (NOT_TAKEN, "报来的花名册没有采用"),
            (EARLIER, "本期未报，沿用上期花名册"),
        ):
            units = [unit for unit in reported if unit.state == state]
            if units:
                names = "、".join(
                    unit.township + (f"（截至{_short(unit.deadline)}）" if unit.deadline else "") for unit in units
                )
                lines.append(f"{sentence}的{len(units)}个单位：{names}。")
        parts = [unit for unit in reported if unit.parts_expected and unit.parts_received < unit.parts_expected]
        if parts:
            names = "、".join(
                f"{part.township}（应报{part.parts_expected}册，已收{part.parts_received}册）" for part in parts
            )
            lines.append(f"分册不齐的{len(parts)}个单位：{names}。")
        refused = [line for line in self.district.files if line.status == "refused"]
        if refused:
            whose = "、".join(dict.fromkeys(line.township for line in refused if line.township))
            lines.append(f"拒收文件{len(refused)}个{f'，涉及{whose}' if whose else ''}，原因见汇总表“报送情况”。")
        newest = sum(unit.state == REPORTED for unit in reported)
        return [f"全部{len(reported)}个单位中，本期已报{newest}个。", *lines]

    def hardship(self) -> list[str]:
        """Whether those in hardship are enrolled, by scheme."""
        lines = []
        for rules in self.schemes:
            own = [line for line in self.district.coverage if line.scheme == rules.key and line.category == EVERYBODY]
            people, obliged = sum(line.people for line in own), sum(line.obliged for line in own)
            enrolled = sum(line.enrolled for line in own)
            if not people:
                continue
            rate = f"，参保率{_percent(enrolled / obliged)}" if obliged else ""
            lines.append(f"{rules.name}：在册困难人员{people}人，应参保{obliged}人，已参保{enrolled}人{rate}。")
        return lines or ["花名册中没有困难人员。"]

    @cached_property
    def problems(self) -> list[Problem]:
        """Errors, then warnings, by how many there are."""
        township = {line.name: line.township for line in self.district.files}
        count: Counter[tuple[Severity, str]] = Counter()
        units: dict[tuple[Severity, str], set[str]] = {}
        for finding in self.district.findings:
            if finding.severity not in ("error", "warning"):
                continue
            key = finding.severity, finding.code
            count[key] += finding.count
            units.setdefault(key, set()).add(finding.township or township.get(finding.file, ""))
        order = list(SEVERITY_NAMES)
        keys = sorted(count, key=lambda key: (order.index(key[0]), -count[key], key[1]))
        return [Problem(SEVERITY_NAMES[key[0]], title(key[1]), count[key], len(units[key] - {""})) for key in keys]

    def about_problems(self) -> str:
        """How many problems, and why people who were claimed do not count."""
        counts = count_by_severity(self.district.findings)
        sentence = f"花名册中有错误{counts['error']}处、警告{counts['warning']}处。"
        for rules in self.schemes:
            # as 申报 and 完成 above of the units with a quota; one without apart
            units = self.district.scheme_units(rules.key)
            listed = [unit for unit in units if unit.quota is not None]
            reasons = {words: sum(unit.not_counted[reason] for unit in listed) for reason, words in REASONS.items()}
            if any(reasons.values()):
                parts = "、".join(f"{words}{number}人" for words, number in reasons.items() if number)
                sentence += f"{rules.name}申报而未计入{sum(reasons.values())}人：{parts}。"
            for unit in units:
                if unit not in listed and any(unit.not_counted.values()):
                    number = sum(unit.not_counted.values())
                    sentence += f"没有任务数的{unit.township}另有{number}人{rules.name}申报而未计入。"
        people = len({(line.scheme, line.id) for line in self.district.duplicates})
        return sentence + (f"重复参保{people}人。" if people else "")

    def demands(self) -> list[str]:
        """The demands that follow from the figures, and no others."""
        late = [unit.township for unit in self.district.reported if unit.state != REPORTED]
        lines = []
        if late:
            lines.append(f"尽快报送。{'、'.join(late)}应立即报送本期花名册。")
        if self.problems:
            lines.append("认真整改。各单位对照退回清单逐条改正，报送次数加1后重报。")
        running = [rules for rules in self.schemes if rules.last_day > self.end]
        behind = [rules for rules in running if self.total(rules.key).gap > 0]
        if behind:
            names = "、".join(f"{rules.name}（{_day(rules.last_day)}止）" for rules in behind)
            lines.append(f"抓紧征缴。{names}尚未完成任务，各单位要在缴费期内应收尽收。")
        return lines or ["请各单位继续按期报送。"]

    def notes(self) -> list[str]:
        """The basis of the figures."""
        after = self._dated_after()
        through = self.district.through
        lines = [
            f"统计口径：收到的花名册中填报截止日期不晚于{_day(self.end)}的，每册取最新一份"
            + (f"（最新截至{_day(through)}）" if through else "")
            + "；数字与同一批花名册的汇总表一致。计入为缴费期内缴足且无误的本次参保人数，完成率为计入除以任务数，各月数字按最新花名册重算。"
        ]
        if after:
            lines.append(f"计入数中有{after}人填写的缴费日期晚于{_day(self.end)}，请有关单位核对。")
        for rules in self.schemes:
            attachment = rules.attachment
            if attachment.printed_quota != attachment.sum_quota:
                lines.append(
                    f"通知附件{attachment.number}印发的合计{attachment.printed_quota}与各行之和{attachment.sum_quota}不等，"
                    f"{rules.name}完成率按{self.total(rules.key).quota}计算。"
                )
            if rules.standards and rules.standard.provisional:
                lines.append(f"{rules.name}个人缴费标准{rules.standard.fen / FEN:g}元/年为初定，最终以上级文件为准。")
        return lines

    def _dated_after(self) -> int:
        """People counted whose payment is dated after the day, in rosters that end before it: an error in them."""
        if not self.days or self.days[-1] <= self.end:
            return 0
        return sum(
            self.district.counted_by(scheme, self.days[-1]) - self.district.counted_by(scheme, self.end)
            for scheme in self.policy.schemes
        )


def _day(day: date) -> str:
    return f"{day.year}年{day.month}月{day.day}日"


def _short(day: date) -> str:
    return f"{day.month}月{day.day}日"


def _percent(rate: float | None) -> str:
    return "—" if rate is None else f"{rate:.2%}"
