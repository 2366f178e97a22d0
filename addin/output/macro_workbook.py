"""A workbook with macros: VBA project, ribbon, code names and two hidden sheets.

In: a workbook that XlsxWriter is writing, the compiled project (`addin/vba/template.bin`, made from the sources beside
it by `scripts/build_workbooks.py`) and the ribbon's XML. Out: the .xlsm or .xlam, byte for byte the same for the same
input. Needs nothing of the build: `liangxian template` writes a template of any size with it. Nothing may be saved over
such a file with openpyxl: it drops the ribbon.

The hidden sheets: `TEXTS` holds what VBA shows to people (modules are ASCII: a Chinese literal would be read wrongly on
another code page); `SELF_TEST` has a named cell test_* for each case, TRUE when Excel and Python agree.
"""

from __future__ import annotations

import io
import re
import tempfile
import zipfile
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple, cast

from addin import functions, policy
from addin.columns import FIRST_ROW, LETTERS, ROSTER_SHEET, SELF_TEST_SHEET, TEXTS_SHEET
from addin.output import template
from addin.policy import FEN

if TYPE_CHECKING:
    from xlsxwriter import Workbook
    from xlsxwriter.worksheet import Worksheet

VBA = Path(__file__).parent.parent / "vba"
TEXTS, SELF_TEST = TEXTS_SHEET, SELF_TEST_SHEET
_CODE_NAMES = {TEXTS: "wsTexts", SELF_TEST: "wsSelfTest"}
RUN = "test_run"
"""The named cell that starts the self-test; while it is FALSE no function is called, so opening stays quick."""

_MACRO_TYPE = b"application/vnd.ms-excel.sheet.macroEnabled.main+xml"
_ADDIN_TYPE = b"application/vnd.ms-excel.addin.macroEnabled.main+xml"
_RIBBON = "customUI/customUI14.xml"
_RIBBON_RELATION = (
    b'<Relationship Id="rIdLxRibbon" Type="http://schemas.microsoft.com/office/2007/relationships/ui/extensibility" '
    b'Target="customUI/customUI14.xml"/>'
)
_FIXED_TIME = (1980, 1, 1, 0, 0, 0)

MESSAGES = {
    "_category": functions.CATEGORY,
    "_starting": "两险征缴：正在准备，第一次要等几秒……",
    "_warming": "两险征缴：正在后台准备，可以照常填写……",
    "_lists": "选定部门名单所在的文件夹",
    "_not_installed": "计算程序没有装好，或者起不来，这个按钮暂时用不了。填表、下拉列表、金额和“提示”列不受影响。"
    "请双击安装包里的“诊断.cmd”（不用打开Excel）看是什么原因，再按安装说明重新安装；仍不行时联系发这份表的部门。",
    "_failed": "这一步没有完成，您的工作簿没有改动。请保存后关闭Excel重新打开再试；仍不行时双击安装包里的“诊断.cmd”"
    "（不用打开Excel），把显示的内容发给发这份表的部门。",
}


_PRINTING = {
    "_roster": ROSTER_SHEET,
    "_name": LETTERS["name"],
    "_print": template.print_area(0).removesuffix("0"),
    "_last": str(FIRST_ROW + 20),  # a page of an empty template
}
"""The roster's page setup for printing; an add-in has no such sheet."""


class Case(NamedTuple):
    """One line of the self-test: a call as typed in a cell, and what it must give (an error by its text)."""

    name: str
    call: str
    expected: float | str


def cases() -> tuple[Case, ...]:
    """The calls that the self-test makes, with what Python answers now; statuses and units are the notice's own."""
    f, rules = functions, policy.load()
    first, *_, last = (*rules.schemes.values(), *rules.schemes.values())  # of one scheme twice
    unlisted = (*last.attachment.unlisted, rules.units[-1].name)[0]
    status = rules.sample_status.short
    own = [subsidy for subsidy in rules.subsidies if subsidy.scheme == first.key]
    several = [rules.categories[subsidy.categories[0]].short for subsidy in own] or [status]
    listed = ";".join(f'"{name}"' for name in several)
    stranger = next(name for name in (*rules.departments, "别人") if name not in rules.funders)
    helped, funder = status, stranger
    if own:
        widest = max(own, key=lambda subsidy: len(subsidy.parts))
        helped, funder = rules.categories[widest.categories[0]].short, widest.parts[-1].funder
    name = first.name
    tiered: list[tuple[str, float | str]] = []
    for scheme in rules.schemes.values():
        helped_there = [
            key for subsidy in rules.subsidies if subsidy.scheme == scheme.key for key in subsidy.categories
        ]
        if scheme.tiers and helped_there:
            old, tier = rules.categories[helped_there[0]].short, scheme.tiers[:3][-1] / FEN
            tiered.append((f'NETDUE("{scheme.name}","{old}",{tier:g})', f.NETDUE(scheme.name, old, tier)))
    calls: tuple[tuple[str, float | str], ...] = (
        (f'NETDUE("{name}","{status}")', f.NETDUE(name, status)),
        (f'NETDUE("{name}","{status}",,"现收")', f.NETDUE(name, status, None, "现收")),
        *tiered[:1],
        (f'NETDUE("{name}","")', ""),
        (f'NETDUE("{name}","认不出")', f.NETDUE(name, "认不出")),
        (f'NETDUE("{name}",NA())', f.NA),
        (f'SUM(NETDUE("{name}",{{{listed}}}))', sum(f.NETDUE(name, several))),
        (f'SUBSIDYSHARE("{name}","{helped}","{funder}")', f.SUBSIDYSHARE(name, helped, funder)),
        (f'SUBSIDYSHARE("{name}","{helped}","{stranger}")', f.SUBSIDYSHARE(name, helped, stranger)),
        (f'QUOTARATE("{name}","合计",231000)', f.QUOTARATE(name, "合计", 231000)),
        (f'QUOTARATE("{last.name}","{unlisted}",1)', f.QUOTARATE(last.name, unlisted, 1)),
        (f'REFUNDDUE("{name}","{status}")', f.REFUNDDUE(name, status)),
        (f'QUOTA("{name}","{unlisted}")', f.QUOTA(name, unlisted)),
        (f'DUEREASON("{name}","{status}")', f.DUEREASON(name, status)),
        ('IDCHECK("99000019900101001X")', f.IDCHECK("99000019900101001X")),
        ('MASKID("990000199001010017")', f.MASKID("990000199001010017")),
    )
    return tuple(
        Case(f"test_{number:02}", call, _shown(answer)) for number, (call, answer) in enumerate(calls, start=1)
    )


def _shown(answer: float | str) -> float | str:
    """An answer as Excel shows it: errors by their names."""
    return functions.ERROR_TEXTS.get(answer, answer) if isinstance(answer, str) else answer


@dataclass(frozen=True, slots=True)
class Macros:
    """The parts that a workbook with macros has and a plain one has not.

    project: the VBA project, made or chosen for the sheets' code names in workbook order; ribbon: its XML.
    """

    project: Callable[[Sequence[str]], bytes]
    ribbon: bytes
    self_test: bool = True

    def add_to(self, book: Workbook) -> None:
        """Add the hidden sheets and the project, when all other sheets are there.

        Raises ValueError where the project's sheets are not the book's.
        """
        _write_texts(book.add_worksheet(TEXTS))
        if self.self_test:
            _write_self_test(book, book.add_worksheet(SELF_TEST))
        codes = []
        for number, sheet in enumerate(book.worksheets(), 1):
            codes.append(_CODE_NAMES.get(sheet.get_name(), f"Sheet{number}"))
            sheet.set_vba_name(codes[-1])
        project = self.project(codes)
        declared = [name.decode("ascii") for name in re.findall(rb"Document=(\w+)/&H", project)]
        if declared != ["ThisWorkbook", *codes]:
            raise ValueError(f"the VBA project was built for the sheets {declared}, not {codes}")
        book.add_vba_project(cast(str, io.BytesIO(project)), is_stream=True)  # declared for a path alone

    def pack(self, base: Path, target: Path) -> None:
        """Write `base` with the ribbon, for which XlsxWriter has no call; as an add-in where the target is an .xlam."""
        with zipfile.ZipFile(base) as book:
            parts = {name: book.read(name) for name in book.namelist()}
        parts[_RIBBON] = self.ribbon.replace(b"\r\n", b"\n")
        _replace(parts, "_rels/.rels", b"</Relationships>", _RIBBON_RELATION + b"</Relationships>")
        if target.suffix.lower() == ".xlam":
            _replace(parts, "[Content_Types].xml", _MACRO_TYPE, _ADDIN_TYPE)
        with zipfile.ZipFile(target, "w") as packed:
            for name, content in parts.items():
                entry = zipfile.ZipInfo(name, _FIXED_TIME)
                entry.compress_type, entry.create_system, entry.external_attr = zipfile.ZIP_DEFLATED, 0, 0
                packed.writestr(entry, content, compresslevel=9)


def of_template() -> Macros:
    """The template's, from the project and the ribbon that ship with the package."""
    project, ribbon = (VBA / "template.bin").read_bytes(), (VBA / "ribbon_template.xml").read_bytes()
    return Macros(lambda codes: project, ribbon)


def write_template(
    target: Path,
    rules: policy.Policy,
    rows: int,
    cover: Mapping[str, object],
    people: Iterable[Mapping[str, object]] = (),
    macros: Macros | None = None,
) -> None:
    """Write a roster template, this many blank rows below its `people`: with macros as .xlsm, without as .xlsx.

    `macros` are others than the template's own.
    """
    if target.suffix.lower() != ".xlsm":
        template.write_roster(target, rules, cover, people, blank_rows=rows, tools=True)
        return
    own = macros or of_template()
    with tempfile.TemporaryDirectory() as folder:
        base = Path(folder) / "base.xlsm"
        template.write_roster(base, rules, cover, people, blank_rows=rows, macros=own.add_to)
        own.pack(base, target)


def _write_texts(sheet: Worksheet) -> None:
    sheet.very_hidden()
    _set_widths(sheet)
    rows = [["名称", "说明", "参数说明"]]
    rows += [[name, text.description, *text.arguments] for name, text in functions.HELP.items()]
    rows += [[key, text] for key, text in (MESSAGES | _PRINTING).items()]
    for row, texts in enumerate(rows):
        for column, text in enumerate(texts):
            sheet.write_string(row, column, text)


def _write_self_test(book: Workbook, sheet: Worksheet) -> None:
    sheet.hide()
    _set_widths(sheet)
    sheet.write_row(0, 0, ["运行自检（改为TRUE）", False, "把B1改为TRUE，“结果”一列应全部为TRUE。"])
    sheet.write_row(1, 0, ["名称", "公式", "应得", "实得", "结果"])
    book.define_name(RUN, f"={SELF_TEST}!$B$1")
    for row, case in enumerate(cases(), 3):
        # an error has to be the real one, not its text
        same = f"IF(ISERROR(D{row}),ERROR.TYPE(D{row})=ERROR.TYPE({case.expected}),FALSE)"
        if case.expected not in functions.ERRORS:
            same = f"IF(ISERROR(D{row}),FALSE,D{row}=C{row})"
        sheet.write_row(row - 1, 0, [case.name, case.call, case.expected])
        sheet.write_formula(row - 1, 3, f'=IF({RUN},{case.call},"")', None, "")
        sheet.write_formula(row - 1, 4, f'=IF({RUN},{same},"未运行")', None, "")
        book.define_name(case.name, f"={SELF_TEST}!$E${row}")


def _set_widths(sheet: Worksheet) -> None:
    sheet.set_column(0, 0, 22)
    sheet.set_column(1, 4, 40)


def _replace(parts: dict[str, bytes], name: str, old: bytes, new: bytes) -> None:
    if parts[name].count(old) != 1:
        raise ValueError(f"{parts[name].count(old)} times instead of once in {name}: {old!r}")
    parts[name] = parts[name].replace(old, new)
