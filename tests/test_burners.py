"""Cheap files that would cost their reader minutes; what readers pass over in silence; a decoy of a sheet."""

from __future__ import annotations

import re
from typing import Any

import pytest

from addin import intake, workers
from addin import roster as rosters
from addin.district import reduce_file
from addin.findings import Refusal
from addin.intake import canonical
from addin.intake.reasons import RefusedError
from addin.intake.workbook import DATE, NOT_DATE, format_kind
from addin.roster import Roster
from addin.workers import Limits, Task
from addin.workers.pool import Patience
from tests.support import burners, hostile
from tests.support.hostile import MAIN, XML, row, sheet
from tests.support.results import INDEX
from tests.support.rosters import POLICY

TAKEN = ""
EXPECTED = {
    "number format of brackets": TAKEN, "number format of quotes": TAKEN, "merged cells never closed": TAKEN, "a million merged cells": TAKEN,
    "thousand long relations": TAKEN, "thousand long categories": TAKEN, "thousand long villages": TAKEN, "thousand long numbers": TAKEN,
    "thousand long certificates": TAKEN, "thousand long names": TAKEN, "thousand long remarks": TAKEN, "thousand long receipts": TAKEN, "thousand long amounts": TAKEN, "many texts of middle length": TAKEN, "cover of long texts": TAKEN,
    "elements without end": "R112", "rows without cells": "R112", "sheets without end": "R112",
    "shared strings without end": "R201",
}  # fmt: skip
"""What becomes of each; the others are no workbook that Excel has written (R123)."""


@pytest.mark.slow
@pytest.mark.parametrize("name", burners.BURNERS)
def test_a_cheap_file_costs_seconds(name: str) -> None:
    """Twelve seconds on a quiet machine; with quadratic time it would take more than ten minutes on any."""
    task = Task("addin.district:reduce_file", (burners.BURNERS[name](), "a.xlsx", POLICY, INDEX), name)
    ((_, found),) = workers.run([task], jobs=1, limits=Limits(seconds=600))
    code = found.code if isinstance(found, Refusal) else found.refusal.code if found.refusal else TAKEN
    assert code == EXPECTED.get(name, "R123"), found
    if name.startswith("thousand"):  # its rows were people, and every rule had its turn
        assert found.persons == 3 + burners.times(1_200)


@pytest.mark.slow
def test_time_runs_out_for_hostile_files_together() -> None:
    limits = Limits(seconds=2, late=3, hurried=1)
    tasks = [Task("tests.support.worker_tasks:hang")] * 4
    results = [result.reason for _, result in workers.run(tasks, jobs=1, limits=limits, warm=())]
    assert [re.findall(r"超过(\d+)秒", reason) for reason in results] == [["2"], ["2"], ["1"], ["1"]]


def test_honest_files_have_enough_time_left() -> None:
    patience = Patience(workers.DEFAULT)
    seconds = []
    for _ in range(7):
        seconds.append(patience.seconds)
        patience.spend(patience.seconds)
    assert seconds == [120, 120, 120, 120, 120, 20, 20]


@pytest.mark.parametrize("code", ["[" * 300, '"' * 301, "[h" * 150, "yyyy-mm-dd" * 30, "\\" * 999])
def test_a_number_format_that_excel_does_not_write_shows_no_date(code: str) -> None:
    assert format_kind(code) == NOT_DATE


def test_a_number_format_of_255_characters_is_read() -> None:
    assert format_kind('"' + "年" * 243 + '"yyyy-mm-dd') == DATE


# ---------------------------------------------------------------- read leniently, in silence


def cell(content: str) -> bytes:
    return hostile.book(sheet(row(1, content)))


def shared(content: str) -> bytes:
    return hostile.book(sheet(row(1, '<c r="A1" t="s"><v>0</v></c>')), strings=f'{XML}<sst xmlns="{MAIN}">{content}</sst>')  # fmt: skip


def related(old: str, new: str) -> bytes:
    parts = hostile.parts(
        strings=f'{XML}<sst xmlns="{MAIN}"><si><t>甲</t></si></sst>', styles=f'{XML}<styleSheet xmlns="{MAIN}"/>'
    )
    name = "xl/_rels/workbook.xml.rels"
    changed = parts[name].decode().replace(old, new)
    assert changed.encode() != parts[name]
    return hostile.pack({**parts, name: changed.encode(), "xl/other.xml": parts["xl/sharedStrings.xml"]})


RELATION = f'<Relationship Id="{{}}" Type="{hostile.OFFICE}/{{}}" Target="{{}}"/></Relationships>'

LENIENT = {
    "two is": cell('<c r="A1" t="inlineStr"><is><t>甲</t></is><is><t>乙</t></is></c>'),
    "two t in an is": cell('<c r="A1" t="inlineStr"><is><t>甲</t><t>乙</t></is></c>'),
    "two f": cell('<c r="A1"><f>1</f><f>2</f><v>1</v></c>'),
    "two v": cell('<c r="A1"><v>1</v><v>2</v></c>'),
    "is and v": cell('<c r="A1" t="inlineStr"><is><t>甲</t></is><v>1</v></c>'),
    "markup in an inline t": cell('<c r="A1" t="inlineStr"><is><t>甲<b/>乙</t></is></c>'),
    "markup in a shared t": shared("<si><t>甲<b/>乙</t></si>"),
    "markup at the end of a shared t": shared("<si><t>甲<b>乙</b></t></si>"),
    "markup in a shared t that keeps blanks": shared('<si><t xml:space="preserve">甲<b/></t></si>'),
    "a t in a shared t": shared("<si><t>甲<t>乙</t></t></si>"),
    "two shared t": shared("<si><t>甲</t><t>乙</t></si>"),
    "markup in a shared t behind a prefix": shared(f'<x:si xmlns:x="{MAIN}"><x:t>甲<b/>乙</x:t></x:si>'),
    "markup in a shared run": shared("<si><r><t>甲<b/>乙</t></r></si>"),
    "a relation twice": related("</Relationships>", RELATION.format("r8", "sharedStrings", "other.xml")),
    "two shared strings": related("</Relationships>", RELATION.format("r77", "sharedStrings", "other.xml")),
    "two styles": related("</Relationships>", RELATION.format("r77", "styles", "other.xml")),
    "a sheet's relation twice": related("</Relationships>", RELATION.format("r1", "worksheet", "other.xml")),
    "a text longer than Excel has": cell(f'<c r="A1" t="inlineStr"><is><t>{"甲" * 32_768}</t></is></c>'),
    "a shared text longer than Excel has": shared(f"<si><t>{'甲' * 32_768}</t></si>"),
}  # fmt: skip


@pytest.mark.parametrize("name", LENIENT)
def test_what_readers_understand_differently_is_refused(name: str) -> None:
    book = intake.read_bytes(LENIENT[name])
    assert isinstance(book, Refusal), book.sheets[hostile.ROSTER].rows
    assert book.code == "R123"


SOUND = {
    "formatted runs": (shared("<si><r><t>甲</t></r><r><rPr><b/></rPr><t>乙</t></r></si>"), "甲乙"),
    "phonetic hints": (shared('<si><t>甲</t><rPh sb="0" eb="1"><t>jia</t></rPh><phoneticPr fontId="1"/></si>'), "甲"),
    "an empty text": (shared("<si><t/></si><si><t>甲</t></si>"), ""),
    "an empty text that keeps blanks": (shared('<si><t xml:space="preserve"/></si>'), ""),
    "a prefix": (shared(f'<x:si xmlns:x="{MAIN}"><x:t>甲</x:t></x:si>'), "甲"),
    "an escaped tag": (shared("<si><t>&lt;b/&gt;</t></si>"), "<b/>"),
    "blanks kept": (shared('<si><t xml:space="preserve"> 甲 </t></si>'), " 甲 "),
    "the longest text": (shared(f"<si><t>{'甲' * 32_767}</t></si>"), "甲" * 32_767),
    "another workbook's relation": (related("</Relationships>", RELATION.format("r77", "theme", "other.xml")), 1.0),
    "one inline text": (cell('<c r="A1" t="inlineStr"><is><t>甲</t></is></c>'), "甲"),
    "inline runs": (cell('<c r="A1" t="inlineStr"><is><r><t>甲</t></r><r><t>乙</t></r></is></c>'), "甲乙"),
}  # fmt: skip


@pytest.mark.parametrize("name", SOUND)
def test_what_programs_do_write_is_read(name: str) -> None:
    content, meaning = SOUND[name]
    book = intake.read_bytes(content)
    assert not isinstance(book, Refusal), book
    rows = book.sheets[hostile.ROSTER].rows
    assert (rows[0][0] if rows else "") == meaning


@pytest.mark.slow
def test_many_shared_strings_are_looked_at_piece_by_piece() -> None:
    """A piece ends anywhere: in a tag, in a text, between two."""
    texts = [f"{'甲' * (n % 50)}{n}" for n in range(60_000)]
    rows = [row(n + 1, f'<c r="A{n + 1}" t="s"><v>{n}</v></c>') for n in range(60_000)]
    strings = "".join(f"<si><t>{text}</t></si>" for text in texts)
    good = hostile.book(sheet(*rows), strings=f'{XML}<sst xmlns="{MAIN}">{strings}</sst>')
    book = intake.read_bytes(good)
    assert not isinstance(book, Refusal)
    assert [row[0] for row in book.sheets[hostile.ROSTER].rows] == texts
    bad = hostile.book(sheet(*rows), strings=f'{XML}<sst xmlns="{MAIN}">{strings}<si><t>甲<b/></t></si></sst>')
    refused = intake.read_bytes(bad)
    assert isinstance(refused, Refusal) and refused.code == "R123"


@pytest.mark.parametrize("depth", [99, 101])
def test_elements_inside_each_other(depth: int) -> None:
    xml = f'<sst xmlns="{MAIN}">{"<a>" * depth}{"</a>" * depth}</sst>'.encode()
    if depth < 100:
        assert canonical.strings([xml])
    else:
        with pytest.raises(RefusedError):
            canonical.strings([xml])


# ---------------------------------------------------------------- decoys


def with_sheet(name: str, *, first: bool) -> bytes:
    """An ordinary roster with one more sheet, which has nothing in it."""

    def change(xml: bytes) -> bytes:
        entry = f'<sheet name="{name}" sheetId="99" r:id="rId4"/>'.encode()
        return (
            xml.replace(b"<sheets>", b"<sheets>" + entry) if first else xml.replace(b"</sheets>", entry + b"</sheets>")
        )

    return burners.roster(workbook=change)


@pytest.mark.parametrize("first", [True, False])
@pytest.mark.parametrize("name", ["花 名 册", "花\u200b名册", "花名册\u00a0", "封 面", "封\u200c面"])
def test_the_sheet_of_the_exact_name_is_read(name: str, first: bool) -> None:
    content = with_sheet(name, first=first)
    result = reduce_file(content, "a.xlsx", POLICY, INDEX)
    assert result.refusal is None
    assert result.persons == 3
    # and that there is another is said
    assert {"111", "113"} & {finding.code for finding in result.findings}


@pytest.mark.parametrize("name", ["花 名 册", "花名册 "])
def test_a_sheet_of_nearly_the_name_is_read_where_it_is_the_only_one(name: str) -> None:
    content = burners.roster(workbook=lambda xml: xml.replace("花名册".encode(), name.encode(), 1))
    book = intake.read_bytes(content)
    assert not isinstance(book, Refusal)
    roster: Any = rosters.read(book, POLICY, "a.xlsx")
    assert isinstance(roster, Roster)
    assert len(roster) == 3
