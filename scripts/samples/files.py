"""Books as files: rows put into the template's form, then spoilt where no writer would: headers that somebody changed,
hidden rows, merged cells.

In: a `Book`, a path. Out: the workbook. `FILE_MISTAKES` plants a mistake of a whole file, one a book.
"""

from __future__ import annotations

import re
import zipfile
from collections.abc import Callable, Mapping
from datetime import date
from itertools import groupby
from pathlib import Path
from random import Random

from addin import columns
from addin.columns import ENROLLED, FIRST_ROW, HEADER_ROW, WIDTH, letter
from addin.output.template.layout import COVER_CELLS, LETTERS, TOTAL_CELLS
from scripts.samples.families import Cell, Person
from scripts.samples.form import COVER, ROSTER, WORKBOOK, form
from scripts.samples.notice import yuan
from scripts.samples.units import Book

_HEADERS = {column.key: column.header for column in columns.COLUMNS}
RELATIONS, TYPES = "xl/_rels/workbook.xml.rels", "[Content_Types].xml"
_FAST = 1
"""How hard zlib tries; Excel too saves fast rather than small."""


def write(book: Book, path: Path) -> None:
    """Write one book in the template's layout."""
    count = len(book.people)
    made = form(book.notice, count)
    parts = made.parts(count, book.cover, _totals(book))
    rows = [made.row(row, person.as_written, calculated(person, book.deadline)) for row, person in book.rows()]
    parts[ROSTER] = b"".join(made.roster(count, rows))
    for name in {part for part, _ in book.edits}:
        edits = {address: change for (part, address), change in book.edits.items() if part == name}
        parts[name] = _with_cells(parts[name], edits)
    for name, change in book.rewrites.items():
        parts[name] = change(parts.get(name, b""))
    if book.shared:
        _share_texts(parts)
    path.parent.mkdir(parents=True, exist_ok=True)
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED, compresslevel=_FAST) as package:
        for name, content in parts.items():
            package.writestr(zipfile.ZipInfo(name), content, zipfile.ZIP_DEFLATED, _FAST)


def calculated(person: Person, deadline: date) -> Mapping[str, int | float]:
    """The computed columns as a spreadsheet would have calculated them."""
    amounts: dict[str, int | float] = {}
    for scheme in person.notice.schemes:
        if person.claims(scheme) and person.is_clear(scheme):
            owed = person.owes(scheme, deadline)
            for what, amount in (("due", owed.cash), ("subsidy", owed.subsidy), ("refund", owed.refund)):
                amounts[f"{scheme}_{what}"] = yuan(amount)
    return amounts


def _totals(book: Book) -> dict[str, float]:
    """The cover's control totals as a spreadsheet would have calculated them, from what is written."""
    rows = [person.as_written for person in book.people]
    totals: dict[str, float] = {
        "households": sum(1 for cells in rows if cells.get("relation") in ("户主", "本人")),
        "persons": book.persons,
    }
    for scheme in book.notice.schemes:
        paid = [cells.get(f"{scheme}_paid") for cells in rows]
        statuses = [str(cells.get(f"{scheme}_status", "")).replace(" ", "") for cells in rows]
        totals[f"{scheme}_enrolled"] = statuses.count(ENROLLED)
        totals[f"{scheme}_cash"] = round(sum(yuan for yuan in paid if isinstance(yuan, (int, float))), 4)
    return totals


# ---------------------------------------------------------------- changing what was written

Change = Callable[[bytes], bytes]
"""One cell's XML in, the new XML out."""


def _with_cells(xml: bytes, changes: Mapping[str, Change]) -> bytes:
    places = []
    for address, change in changes.items():
        start = xml.index(f'<c r="{address}"'.encode())
        end = xml.index(b">", start) + 1
        if xml[end - 2 : end] != b"/>":
            end = xml.index(b"</c>", start) + 4
        places.append((start, end, change))
    pieces, last = [], 0
    for start, end, change in sorted(places, key=lambda place: place[0]):
        pieces += [xml[last:start], change(xml[start:end])]
        last = end
    return b"".join([*pieces, xml[last:]])


_HEAD = re.compile(rb'<c r="([A-Z]+\d+)"(?: s="\d+")?')


def _cell(inside: bytes, kind: bytes = b"") -> Change:
    def change(cell: bytes) -> bytes:
        head = _HEAD.match(cell)
        assert head
        return head[0] + kind + (b">" + inside + b"</c>" if inside else b"/>")

    return change


def _text(text: str) -> Change:
    return _cell(f"<is><t>{text}</t></is>".encode(), b' t="inlineStr"')


def put_text(book: Book, part: str, address: str, text: str) -> None:
    """Write a text into a cell of the finished sheet."""
    book.edits[part, address] = _text(text)


def merge_cells(book: Book, area: str) -> None:
    """Merge cells of the roster."""

    def change(xml: bytes) -> bytes:
        start, count, rest = re.split(rb'(?<=<mergeCells count=")(\d+)', xml, maxsplit=1)
        added = f'<mergeCell ref="{area}"/></mergeCells>'.encode()
        return start + b"%d" % (int(count) + 1) + rest.replace(b"</mergeCells>", added, 1)

    book.rewrites[ROSTER] = change


_SHEET = (
    '<?xml version="1.0" encoding="UTF-8" standalone="yes"?>\n'
    '<worksheet xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main">{}</worksheet>'
)
_RELATION = "http://schemas.openxmlformats.org/officeDocument/2006/relationships/worksheet"
_TYPE = "application/vnd.openxmlformats-officedocument.spreadsheetml.worksheet+xml"


def add_sheet(book: Book, name: str, data: str) -> None:
    """A further sheet behind all others, with this `sheetData`."""
    part = f"worksheets/spare{name}.xml"
    more = {
        WORKBOOK: ("</sheets>", f'<sheet name="{name}" sheetId="{{number}}" r:id="r{name}"/>'),
        RELATIONS: ("</Relationships>", f'<Relationship Id="r{name}" Type="{_RELATION}" Target="{part}"/>'),
        TYPES: ("</Types>", f'<Override PartName="/xl/{part}" ContentType="{_TYPE}"/>'),
    }
    for changed, (end, element) in more.items():
        before = book.rewrites.get(changed, lambda xml: xml)

        def change(xml: bytes, before: Change = before, end: str = end, element: str = element) -> bytes:
            xml = before(xml)
            numbers = [int(number) for number in re.findall(rb'sheetId="(\d+)"', xml)]
            return xml.replace(end.encode(), f"{element.format(number=max(numbers, default=0) + 1)}{end}".encode())

        book.rewrites[changed] = change
    book.rewrites[f"xl/{part}"] = lambda _: _SHEET.format(data).encode()


_INLINE = re.compile(rb' t="inlineStr"><is>(<t(?: [^>]*)?>.*?</t>)</is></c>', re.DOTALL)
_STRINGS = "sharedStrings"


def _share_texts(parts: dict[str, bytes]) -> None:
    """Put the texts of all sheets into one table, where a spreadsheet program saves them."""
    texts: dict[bytes, int] = {}

    def shared(cell: re.Match[bytes]) -> bytes:
        return b' t="s"><v>%d</v></c>' % texts.setdefault(cell[1], len(texts))

    for name, part in parts.items():
        if name.startswith("xl/worksheets/"):
            parts[name] = _INLINE.sub(shared, part)
    kind = f"officeDocument/2006/relationships/{_STRINGS}"
    relation = (
        f'<Relationship Id="r{_STRINGS}" Type="http://schemas.openxmlformats.org/{kind}" Target="{_STRINGS}.xml"/>'
    )
    declared = f'<Override PartName="/xl/{_STRINGS}.xml" ContentType="{_TYPE.replace("worksheet", _STRINGS)}"/>'
    for name, end, element in ((RELATIONS, b"</Relationships>", relation), (TYPES, b"</Types>", declared)):
        parts[name] = parts[name].replace(end, element.encode() + end)
    items = b"".join(b"<si>%s</si>" % text for text in texts)
    opening = _SHEET.partition("{}")[0].replace("worksheet", "sst").encode()
    parts[f"xl/{_STRINGS}.xml"] = opening + items + b"</sst>"


def _replace(old: str, new: str) -> Change:
    def change(xml: bytes) -> bytes:
        assert xml.count(old.encode()) == 1, old
        return xml.replace(old.encode(), new.encode())

    return change


# ---------------------------------------------------------------- mistakes of a whole file


def _header(book: Book, key: str, text: str) -> None:
    book.edits[ROSTER, f"{LETTERS[key]}{HEADER_ROW}"] = _text(text) if text else _cell(b"")


def _renamed(book: Book, _: Random) -> None:
    _header(book, "medical_reason", f"{_HEADERS['medical_reason']}说明")
    book.findings.append((HEADER_ROW, LETTERS["medical_reason"], "101"))


_TRIO = ("pension_receipt", "entered", "remark")


def _moved(book: Book, _: Random) -> None:
    """备注 stands before two others."""
    letters = [LETTERS[key] for key in _TRIO]
    book.letters = {**LETTERS, **dict(zip(_TRIO, [*letters[1:], letters[0]], strict=True))}
    goes_to = {LETTERS[key].encode(): book.letters[key].encode() for key in _TRIO}
    cell = rb'<c r="(' + "|".join(letters).encode() + rb')(\d+)"((?:[^>]*/>)|(?:[^>]*>.*?</c>))'
    order = [letter.encode() for letter in letters]

    def turn(run: re.Match[bytes]) -> bytes:
        cells = [(goes_to[match[1]], match[2], match[3]) for match in re.finditer(cell, run[0])]
        cells.sort(key=lambda one: order.index(one[0]))
        return b"".join(b'<c r="' + letter + row + b'"' + rest for letter, row, rest in cells)

    book.rewrites[ROSTER] = lambda xml: re.sub(b"(?:" + cell + b")+", turn, xml)
    book.findings.append((HEADER_ROW, book.letters["remark"], "102"))


def _surplus(book: Book, _: Random) -> None:
    extra = f'<c r="{letter(WIDTH + 40)}{HEADER_ROW}" t="inlineStr"><is><t>联系电话</t></is></c>'.encode()
    book.edits[ROSTER, f"{LETTERS['marks']}{HEADER_ROW}"] = lambda cell: cell + extra
    book.findings.append((HEADER_ROW, letter(WIDTH + 40), "103"))


def _old_template(book: Book, _: Random) -> None:
    book.said["template_version"] = "0.9"
    book.findings.append((0, "", "104"))


def _total_typed(book: Book, _: Random) -> None:
    def change(cell: bytes) -> bytes:
        return re.sub(rb"<v>(\d+)</v>", lambda v: b"<v>%d</v>" % (int(v[1]) + 3), cell)

    book.edits[COVER, TOTAL_CELLS["persons"].replace("$", "")] = change
    book.findings.append((0, "", "105"))


def _row(book: Book, rng: Random) -> int:
    """A row in the middle, of somebody about whom there is nothing to say."""
    rows = [row for row, person in book.rows() if person.cells and not (person.findings or person.written)]
    return rng.choice(rows[len(rows) // 4 : -1])


def _hidden(book: Book, rng: Random) -> None:
    row = _row(book, rng)
    book.rewrites[ROSTER] = _replace(f'<row r="{row}"', f'<row r="{row}" hidden="1"')
    book.findings.append((row, "", "106"))


def _gap(book: Book, _: Random) -> None:
    """An empty row before some household."""
    numbers = [person.cells.get("household") for person in book.people]
    middle = len(numbers) // 2
    at = next(n for n in range(middle, 0, -1) if numbers[n] and numbers[n - 1] and numbers[n] != numbers[n - 1])
    book.people.insert(at, Person(book.notice, {}, date(1900, 1, 1), male=True))
    book.findings.append((FIRST_ROW + at, "", "107"))


def _typed_over(book: Book, rng: Random) -> None:
    for key, value in (("medical_due", b"<v>250</v>"), ("pension_subsidy", b"<v>100</v>")):
        row = _row(book, rng)
        book.edits[ROSTER, f"{LETTERS[key]}{row}"] = _cell(value)
        book.findings.append((row, LETTERS[key], "108"))


def _never_calculated(book: Book, _: Random) -> None:
    for row in (FIRST_ROW, FIRST_ROW + 1):
        book.edits[ROSTER, f"{LETTERS['medical_due']}{row}"] = lambda cell: re.sub(rb"<v>.*?</v>", b"", cell)
    book.findings.append((0, "", "109"))


def _invisible(book: Book, rng: Random) -> None:
    person = book.people[_row(book, rng) - FIRST_ROW]
    name = str(person.cells["name"])
    person.cells["name"] = f"{name[0]}\u200b{name[1:]}"
    book.findings.append((0, "", "110"))


_GUIDE = f'<sheet name="{columns.HELP_SHEET}"'


def _hidden_sheet(book: Book, _: Random) -> None:
    book.rewrites[WORKBOOK] = _replace(_GUIDE, f'{_GUIDE} state="hidden"')
    book.findings.append((0, "", "111"))


def _second_roster(book: Book, _: Random) -> None:
    book.rewrites[WORKBOOK] = _replace(_GUIDE, f'<sheet name="{columns.ROSTER_SHEET}(2)"')
    book.findings.append((0, "", "113"))


def _merged(book: Book, rng: Random) -> None:
    row = _row(book, rng)
    below = book.people[row + 1 - FIRST_ROW]
    below.cells.pop("group", None)
    below.findings = [finding for finding in below.findings if finding[0] != "group"]
    merge_cells(book, f"{LETTERS['group']}{row}:{LETTERS['group']}{row + 1}")
    book.findings.append((row, "", "114"))


def _doubled(book: Book, rng: Random) -> None:
    row = _row(book, rng)
    book.edits[ROSTER, f"{LETTERS['village']}{row}"] = lambda cell: cell + cell
    book.findings.append((row, "", "115"))


def _column_missing(book: Book, _: Random) -> None:
    _header(book, "seq", "")
    book.findings.append((0, "", "116"))


def _cover_in_words(book: Book, _: Random) -> None:
    book.said["serial"] = f"第{book.serial}次"
    place = COVER_CELLS["serial"].replace("$", "")
    book.findings.append((int(place[1:]), place[0], "117"))


def add_line(book: Book, code: str, written: Mapping[str, Cell], at: int | None = None) -> None:
    """A line that is nobody, below the people or before one of them, and what must be said of it."""
    at = len(book.people) if at is None else at
    book.people.insert(at, Person(book.notice, {}, date(1900, 1, 1), male=True, written=dict(written)))
    book.findings.append((FIRST_ROW + at, "", code))


def _money_of_nobody(book: Book, _: Random) -> None:
    village = book.people[-1].cells["village"]
    paid = yuan(book.notice.rules["medical"].standard)
    add_line(book, "120", {"village": village, "medical_status": ENROLLED, "medical_paid": paid})


def _filled_down(book: Book, _: Random) -> None:
    down = {key: book.people[-1].cells[key] for key in ("village", "register")}
    down["medical_status"] = ENROLLED
    if "pension" in book.notice.rules:
        down |= {"pension_status": ENROLLED, "tier": book.notice.tiers[0]}
    for _line_below in range(4):
        add_line(book, "121", down)


def _sum_below(book: Book, _: Random) -> None:
    paid = (person.as_written.get("medical_paid") for person in book.people)
    add_line(book, "122", {"medical_paid": sum(yuan for yuan in paid if isinstance(yuan, (int, float)))})


def _header_again(book: Book, _: Random) -> None:
    add_line(book, "123", _HEADERS, len(book.people) // 2)


def _signature(book: Book, _: Random) -> None:
    add_line(book, "124", {"village": "制表人：", "name": "样例"})


def _quiet_homes(book: Book) -> list[list[Person]]:
    """The households of which nothing is said about village and number."""
    homes = [list(home) for _, home in groupby(book.people, key=lambda person: person.cells.get("household"))]
    lost = [
        not home[0].cells or any(key in ("village", "household") for person in home for key, _ in person.findings)
        for home in homes
    ]
    # who has lost the number of a family stands beside it
    return [
        home for n, home in enumerate(homes)
        if not any(lost[max(n - 1, 0) : n + 2]) and not any("village" in person.written for person in home)
    ]  # fmt: skip


def _move(book: Book, home: list[Person], village: str) -> None:
    """Let a household be of another village; in a book of one village that is told."""
    for person in home:
        person.cells["village"] = village
        if book.part != columns.WHOLE:
            person.findings.append(("village", "132"))


def _of_another_village(book: Book, rng: Random) -> None:
    _move(book, rng.choice(_quiet_homes(book)), "远岭村")


def _kind_missing(book: Book, rng: Random) -> None:
    """Two households elsewhere: one in the community beside the village (or the reverse), one with a bare name."""
    other, bare = rng.sample(_quiet_homes(book), 2)
    village = str(bare[0].cells["village"])
    stem, kind = (village[:-2], "村") if village.endswith("社区") else (village[:-1], "社区")
    _move(book, other, f"{stem}{kind}")
    for person in bare:
        person.cells["village"] = stem
        person.findings.append(("village", "131"))


def _second_sheet(book: Book, name: str, numbers: list[str]) -> None:
    """A sheet with a roster's header and these people."""
    header = "".join(
        f'<c r="{LETTERS[key]}1" t="inlineStr"><is><t>{text}</t></is></c>' for key, text in _HEADERS.items()
    )
    people = "".join(
        f'<row r="{n}"><c r="{LETTERS["id_number"]}{n}" t="inlineStr"><is><t>{number}</t></is></c></row>'
        for n, number in enumerate(numbers, 2)
    )
    add_sheet(book, name, f'<sheetData><row r="1">{header}</row>{people}</sheetData>')


def _people_elsewhere(book: Book, _: Random) -> None:
    """One person who is not on 花名册."""
    _second_sheet(book, "另一个村", ["990000188801010018"])
    book.findings.append((2, "", "125"))


def _spare_copy(book: Book, rng: Random) -> None:
    people = (book.people[_row(book, rng) - FIRST_ROW] for _ in range(3))
    _second_sheet(book, "备用", [str(person.cells["id_number"]) for person in people])
    book.findings += [(row, "", "126") for row in (2, 3, 4)]


def _whole_column(book: Book, _: Random) -> None:
    """Every medical date typed as text: one finding for the column."""
    for person in book.people:
        day = person.cells.get("medical_date")
        if isinstance(day, date) and not person.findings:
            person.cells["medical_date"] = f"{day.year}.{day.month:02d}.{day.day:02d}"
            person.findings.append(("medical_date", "203"))
            person.why["medical"] = "date"


FILE_MISTAKES: dict[str, Callable[[Book, Random], None]] = {
    "101": _renamed,
    "102": _moved,
    "103": _surplus,
    "104": _old_template,
    "105": _total_typed,
    "106": _hidden,
    "107": _gap,
    "108": _typed_over,
    "109": _never_calculated,
    "110": _invisible,
    "111": _hidden_sheet,
    "113": _second_roster,
    "114": _merged,
    "115": _doubled,
    "116": _column_missing,
    "117": _cover_in_words,
    "120": _money_of_nobody,
    "121": _filled_down,
    "122": _sum_below,
    "123": _header_again,
    "124": _signature,
    "125": _people_elsewhere,
    "126": _spare_copy,
    "131": _kind_missing,
    "132": _of_another_village,
    "203": _whole_column,
}
