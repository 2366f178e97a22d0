"""The district's tables from the tallies of all files."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import date, timedelta

from addin import columns, ids
from addin.columns import Scheme
from addin.district.duplicates import Overlaps, overlaps
from addin.district.file_result import FileResult
from addin.district.records import (
    EARLIER,
    NEVER,
    NOT_TAKEN,
    REPORTED,
    CashLine,
    CoverageLine,
    Decision,
    District,
    FileLine,
    FundingLine,
    ProgressPoint,
    Reported,
    UnitFigures,
    VillageFigures,
)
from addin.district.register_totals import MISSING, Funding, on_lists
from addin.district.submissions import Chosen, choose, sub
from addin.district.tally import CASH, EVERYBODY, Tally, coverage_reasons
from addin.findings import REASONS, Finding, count_by_severity, make_finding, title
from addin.policy import Policy
from addin.registers import Lists

FUNDED = ("persons", "fen", "claimed_persons", "claimed_fen", "listed_persons", "listed_fen")
OTHER_BOOK = "R304"
SHRUNK = 0.95
"""A replacement with fewer than this share of the people looks like new people only."""


def assemble(
    results: Sequence[FileResult], policy: Policy, skipped: Sequence[FileLine] = (), lists: Lists | None = None
) -> District:
    """Everything of the district from the results of all files, whatever order they came in.

    `lists` must be those against which the results were held when their files were read.
    """
    villages = lists.index.villages if lists else ()
    chosen = choose(sorted(results, key=lambda result: result.name), policy, villages)
    for book in chosen:
        if book.status == "refused":
            book.counts = ()
    many = overlaps(chosen, policy)
    tallies: dict[tuple[str, Scheme], list[Tally]] = defaultdict(list)
    for file, book in enumerate(chosen):
        for scheme in book.counts:
            tallies[sub(book).township, scheme].append(many.tallies.get((file, scheme)) or book.result.tallies[scheme])
    merged = [book for book in chosen if book.status == "merged"]
    through = max((sub(book).deadline for book in merged), default=None)
    by_file: dict[str, list[Finding]] = defaultdict(list)
    for finding in [*many.findings, *(finding for book in merged for finding in _own_findings(book))]:
        by_file[finding.file].append(finding)
    units = _units(tallies, policy)
    listing, listed = None, None
    if lists is not None:
        listing, listed, at_their_places = on_lists(chosen, tallies, lists, through, policy)
        for finding in at_their_places:
            by_file[finding.file].append(finding)
    district = District(
        policy=policy,
        through=through,
        files=sorted([*(_line(book, by_file) for book in chosen), *skipped], key=lambda line: line.name),
        reported=_reported(chosen, through, by_file, policy),
        units=units,
        funding=_funding_table(tallies, policy, listed),
        cash=_cash_table(tallies, policy),
        coverage=_coverage_table(tallies, policy),
        coverage_reasons=coverage_reasons(),
        progress=_progress(tallies, through, policy),
        paid_days={key: sum((tally.days for tally in own), Counter()) for key, own in tallies.items()},
        findings=sorted((finding for own in by_file.values() for finding in own), key=_in_order),
        duplicates=many.duplicates,
        decisions=[],
        counts={book.result.name: book.counts for book in chosen if book.counts},
        touched=_touched_by_all(merged, units, many, policy),
        lists=listing,
        villages=_villages(tallies, policy),
    )
    district.decisions = _decisions(chosen, district) + (listing.decisions if listing else [])
    return district


def judge_alone(result: FileResult, policy: Policy, lists: Lists | None = None) -> tuple[FileLine, list[Finding]]:
    """One file judged by itself: its line and its findings, people met twice inside it included.

    With lists also who of its unit is on a list and not in the file; not what is wrong with the lists themselves.
    """
    if result.refusal and result.refusal.code == OTHER_BOOK:  # a single file replaces none: its finding says enough
        result = replace(result, refusal=None)
    district = assemble([result], policy, lists=lists)
    return district.files[0], [
        finding for finding in district.findings if finding.file == result.name or finding.code == MISSING
    ]


def _in_order(finding: Finding) -> tuple[str, str, int, str, str]:
    return finding.file, finding.sheet, finding.row or 0, finding.column or "", finding.code


def _own_findings(book: Chosen) -> list[Finding]:
    """A file's own findings, of the schemes for which it counts."""
    findings = [
        finding
        for finding in book.result.findings
        if finding.key is None or (scheme := columns.BY_KEY[finding.key].scheme) is None or scheme in book.counts
    ]
    # by scheme: a book of both schemes may take the place of two that list the same people
    before = max(book.replaces.values(), key=_persons, default=[])
    if len(book.result) < SHRUNK * _persons(before):
        names = "、".join(f"“{older.name}”" for older in before)
        words = {"persons": len(book.result), "names": names, "before": _persons(before)}
        findings.append(make_finding("112", book.result.name, "", words))
    if book.unclear and not any(finding.code == "131" for finding in findings):
        words = {"value": ids.mask_text(sub(book).part), "places": "、".join(book.unclear)}
        findings.append(make_finding("131", book.result.name, columns.COVER_SHEET, words))
    return findings


def _persons(results: Sequence[FileResult]) -> int:
    return sum(map(len, results))


def _line(book: Chosen, by_file: Mapping[str, list[Finding]]) -> FileLine:
    result, sub = book.result, book.result.submission
    counts = count_by_severity(by_file.get(result.name, []))
    line = FileLine(
        result.name,
        book.status,
        code=book.refusal.code if book.refusal and book.status != "merged" else "",
        reason=book.refusal.sentence if book.refusal and book.status != "merged" else "",
        persons=len(result),
        errors=counts["error"],
        warnings=counts["warning"],
    )
    if sub is None:
        notice = book.refusal.notice if book.refusal else ""
        return replace(line, township=result.township, deadline=result.deadline, notice=notice)
    return replace(
        line,
        township=sub.township,
        part=sub.part,
        scope=sub.scope,
        deadline=sub.deadline,
        serial=sub.serial,
        households=result.homes,
        entered=result.entered,
    )


def _reported(
    chosen: Sequence[Chosen], through: date | None, by_file: Mapping[str, list[Finding]], policy: Policy
) -> list[Reported]:
    reported = []
    refused = _refused_by_unit(chosen, policy)
    for unit in policy.units:
        own = [book for book in chosen if book.status == "merged" and sub(book).township == unit.name]
        lines = [_line(finding, by_file) for finding in own]
        newest = max((sub(finding).deadline for finding in own), default=None)
        expected = max((sub(finding).parts or 0 for finding in own), default=0)
        state = _state(newest, through, refused.get(unit.name, ()))
        reported.append(
            Reported(
                unit.name,
                state,
                newest,
                len({finding.place for finding in own}),
                expected or None,
                sum(line.persons for line in lines),
                sum(line.errors for line in lines),
                sum(line.warnings for line in lines),
                sum(line.entered for line in lines),
            )
        )
    return reported


def _refused_by_unit(chosen: Sequence[Chosen], policy: Policy) -> dict[str, list[date | None]]:
    """The deadlines of the refused files of each unit, None where one could not be read."""
    refused: dict[str, list[date | None]] = defaultdict(list)
    for book in chosen:
        if book.status == "refused":
            refused[_unit_of(book, policy)].append(book.result.deadline)
    return refused


def _state(newest: date | None, through: date | None, refused: Sequence[date | None]) -> str:
    """The state of a unit whose newest book that counts has this deadline: 已报未采用 where a newer one was refused."""
    if newest is None:
        return NOT_TAKEN if refused else NEVER
    if any(deadline is not None and deadline > newest for deadline in refused):
        return NOT_TAKEN
    return REPORTED if newest == through else EARLIER


def _unit_of(book: Chosen, policy: Policy) -> str:
    """Whose a file is: by its cover, else the unit that its name speaks of; '' where neither says."""
    return book.result.township or policy.unit_named_in(book.result.name)


def _units(tallies: Mapping[tuple[str, Scheme], list[Tally]], policy: Policy) -> list[UnitFigures]:
    ranked_by = "rate" if policy.choice("rank_by") == "counted" else "rate_with_late"
    lines: list[UnitFigures] = []
    for scheme in policy.schemes:
        attachment = policy.schemes[scheme].attachment
        own_lines = []
        for unit in policy.ordered_units(scheme):
            own, row = tallies.get((unit, scheme), []), attachment.by_unit.get(unit)
            counted, late = sum(tally.counted for tally in own), sum(tally.late for tally in own)
            quota = row.quota if row else None
            own_lines.append(
                UnitFigures(
                    unit,
                    scheme,
                    base=row.base if row else None,
                    quota=quota,
                    claimed=sum(tally.claimed for tally in own),
                    counted=counted,
                    late=late,
                    not_counted={reason: sum(tally.why[reason] for tally in own) for reason in REASONS},
                    rate=counted / quota if quota else None,
                    rate_with_late=(counted + late) / quota if quota else None,
                    gap=None if quota is None else quota - counted,
                    rank=None,
                )
            )
        rates = [rate for line in own_lines if (rate := getattr(line, ranked_by)) is not None]
        for line in own_lines:
            rate = getattr(line, ranked_by)
            lines.append(line if rate is None else replace(line, rank=1 + sum(other > rate for other in rates)))
    return lines


def _villages(tallies: Mapping[tuple[str, Scheme], list[Tally]], policy: Policy) -> list[VillageFigures]:
    """The villages that have quotas, in printed order; last of each unit the people of none of them."""
    lines = []
    for scheme, rules in policy.schemes.items():
        for row in rules.attachment.rows:
            people: Counter[tuple[int, str]] = sum(
                (tally.villages for tally in tallies.get((row.unit, scheme), [])), Counter()
            )
            named = [(n, village.name, village.quota) for n, village in enumerate(row.villages, 1)]
            for n, name, quota in [*named, (0, "", None)] if named else []:
                numbers = {what: people[n, what] for what in ("claimed", "counted", "late")}
                lines.append(VillageFigures(row.unit, scheme, name, quota, **numbers))
    return lines


def _funding_table(
    tallies: Mapping[tuple[str, Scheme], list[Tally]], policy: Policy, listed: Funding | None
) -> list[FundingLine]:
    lines = []
    categories = [category.name for category in policy.categories.values()]
    for scheme in policy.schemes:
        for unit in policy.ordered_units(scheme):
            total: Counter[tuple[str, str, str, str, str]] = sum(
                (tally.funding for tally in tallies.get((unit, scheme), [])), Counter()
            )
            if listed is not None:
                total.update({key[2:]: n for key, n in listed.items() if key[:2] == (unit, scheme)})
            keys = {key[:4] for key in total}
            for key in sorted(keys, key=lambda key: (categories.index(key[0]), policy.funders.index(key[1]), key[2:])):
                category, funder, department, to = key
                numbers = {what: total[*key, what] for what in FUNDED}
                lines.append(FundingLine(unit, scheme, category, funder, department, to, **numbers))
    return lines


def _cash_table(tallies: Mapping[tuple[str, Scheme], list[Tally]], policy: Policy) -> list[CashLine]:
    return [
        CashLine(
            unit, scheme, **{what: sum(tally.cash[what] for tally in tallies.get((unit, scheme), [])) for what in CASH}
        )
        for scheme in policy.schemes
        for unit in policy.ordered_units(scheme)
    ]


def _coverage_table(tallies: Mapping[tuple[str, Scheme], list[Tally]], policy: Policy) -> list[CoverageLine]:
    reasons = coverage_reasons()
    names = [*(category.name for category in policy.categories.values() if category.hardship), EVERYBODY]
    lines = []
    for scheme in policy.schemes:
        for unit in policy.ordered_units(scheme):
            total: Counter[tuple[str, str]] = sum(
                (tally.coverage for tally in tallies.get((unit, scheme), [])), Counter()
            )
            for name in names:
                obliged, enrolled = total[name, "obliged"], total[name, "enrolled"]
                lines.append(
                    CoverageLine(
                        unit,
                        scheme,
                        name,
                        people=total[name, "people"],
                        excused={reason: total[name, reason] for reason in reasons},
                        obliged=obliged,
                        enrolled=enrolled,
                        rate=enrolled / obliged if obliged else None,
                    )
                )
    return lines


def reporting_days(policy: Policy, last: date) -> list[date]:
    """The columns of the progress table: the day before collecting began, then the days of reporting, to `last`."""
    first = max(rules.season_start for rules in policy.schemes.values()) - timedelta(days=1)
    days, day = [first], first
    while days[-1] < last:
        day += timedelta(days=1)
        if policy.reporting.falls_on(day):
            days.append(day)
    return days


def _progress(
    tallies: Mapping[tuple[str, Scheme], list[Tally]], through: date | None, policy: Policy
) -> list[ProgressPoint]:
    latest = max((day for own in tallies.values() for tally in own for day in tally.days if day), default=0)
    last = max([through or date.min, date.fromordinal(latest) if latest else date.min])
    days = reporting_days(policy, last)
    points = []
    for scheme in policy.schemes:
        for unit in policy.ordered_units(scheme):
            total: Counter[int] = sum((tally.days for tally in tallies.get((unit, scheme), [])), Counter())
            dated = 0
            for day in days:
                dated = sum(count for when, count in total.items() if 0 < when <= day.toordinal())
                points.append(ProgressPoint(day, unit, scheme, dated))
            points.append(ProgressPoint(None, unit, scheme, dated + total[0]))
    return points


def _touched_by_all(
    merged: Sequence[Chosen], units: Sequence[UnitFigures], many: Overlaps, policy: Policy
) -> dict[str, int]:
    by_code = Counter({"late": sum(unit.late for unit in units), "duplicates": len(many.duplicates)})
    for book in merged:
        for name, count in book.result.touched.items():
            by_code[name] += count
    # a notice need not leave open what this code counts
    return {name: by_code[name] for name in policy.interpretations}


def _decisions(chosen: Sequence[Chosen], district: District) -> list[Decision]:
    """The lines of 总览 that a person must decide on or know."""
    lines = [
        Decision(NEVER, unit.township, f"{unit.township}从未报送，计入为0。")
        for unit in district.reported
        if unit.state == NEVER
    ]
    lines += [
        Decision(NOT_TAKEN, unit.township, f"{unit.township}报来的花名册没有采用，{_instead(unit)}，原因见报送情况。")
        for unit in district.reported
        if unit.state == NOT_TAKEN
    ]
    lines += [
        Decision(EARLIER, unit.township, f"{unit.township}本期未报，{_instead(unit)}。")
        for unit in district.reported
        if unit.state == EARLIER
    ]
    lines += [
        Decision(
            "分册不齐", unit.township, f"{unit.township}应报{unit.parts_expected}册，已收{unit.parts_received}册。"
        )
        for unit in district.reported
        if unit.parts_expected and unit.parts_received < unit.parts_expected
    ]
    for book in chosen:
        if book.status != "refused" or book.refusal is None:
            continue
        township = _unit_of(book, district.policy)
        kind = title(book.refusal.code) if book.refusal.code.startswith("R3") else "拒收"
        after = (
            "现仍按已收下的花名册计入。"
            if any(r.township == township and r.deadline for r in district.reported)
            else ""
        )
        lines.append(Decision(kind, township, f"“{book.result.name}”{book.refusal.sentence}{after}"))
    whose = {line.name: line.township for line in district.files}
    lines += [
        Decision(
            "整列有误",
            whose.get(finding.file, ""),
            f"{whose.get(finding.file, '')}“{finding.file}”的“{finding.header}”一列有{finding.count}人同样填错"
            f"（{title(finding.code)}），这些人没有计入；请退回改正，不要据此评比。",
        )
        for finding in district.findings
        if finding.row is None and finding.severity == "error" and finding.blocks
    ]
    shrunk = {finding.file for finding in district.findings if finding.code == "112"}
    lines += [
        Decision("疑似只报新增", line.township, f"“{line.name}”比它替代的一册少了5%以上的人，请核对。")
        for line in district.files
        if line.name in shrunk
    ]
    return lines


def _instead(unit: Reported) -> str:
    return f"沿用{unit.deadline:%Y-%m-%d}的花名册" if unit.deadline else "计入为0"
