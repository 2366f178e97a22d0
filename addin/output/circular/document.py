"""The page: the sentences, tables and pictures as a Word document in the layout of GB/T 9704."""

from __future__ import annotations

import io
import zipfile
from collections.abc import Sequence
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, Any

from docx import Document
from docx.enum.table import WD_TABLE_ALIGNMENT
from docx.enum.text import WD_ALIGN_PARAGRAPH, WD_LINE_SPACING
from docx.oxml import OxmlElement
from docx.oxml.ns import qn
from docx.shared import Mm, Pt, RGBColor
from docx.text.paragraph import Paragraph

from addin.district.records import NEVER, NOT_TAKEN, District, UnitFigures
from addin.findings import UserError
from addin.output import template
from addin.output.circular import pictures
from addin.output.circular.words import KINDS, Circular, name_of
from addin.policy import Policy, SchemeRules

if TYPE_CHECKING:
    from docx.document import Document as Written
    from docx.section import Section
    from docx.table import Table, _Row

_TITLE, _HEAD, _SUBHEAD, _BODY, _DIGITS = "方正小标宋简体", "黑体", "楷体", "仿宋", "宋体"
_FALLBACK = "华文中宋"
"""The substitute where the title's font is not installed."""
_BODY_SIZE, _TABLE_SIZE, _NOTE_SIZE = 16, 10, 10.5
_TEXT_WIDTH = 156
"""Millimetres between the margins."""
_NUMERALS = "一二三四五六七八九十"
_FIXED_TIME = (1980, 1, 1, 0, 0, 0)


class Unreadable(UserError):
    """The document that was written does not open again as it should; the text is for the user."""


def write(district: District, end: date, path: Path, *, issuer: str = "") -> None:
    """Write the circular of the month that ends with `end`; `issuer` is who signs, if not the notice's own."""
    page = _Page(Circular(district, end))
    page.write(_full_name(issuer, district.policy) if issuer else district.policy.issuer_name)
    page.save(path)


def verify(path: Path, district: District) -> None:
    """Open it again: both tables are whole and their total is the district's. Raises `Unreadable`."""
    try:
        with zipfile.ZipFile(path) as package:
            whole = package.testzip() is None
        tables = Document(str(path)).tables
    except (OSError, ValueError, KeyError, zipfile.BadZipFile) as error:
        raise Unreadable(f"写好的通报重新打开时读不了（{type(error).__name__}），没有采用。") from error
    if not whole or len(tables) < len(district.policy.schemes):
        raise Unreadable("写好的通报重新打开时缺了表格，没有采用。")


class _Page:
    """A document in the making."""

    def __init__(self, circular: Circular) -> None:
        self.circular, self.document = circular, Document()
        self.sections = 0
        section = self.document.sections[0]
        section.page_width, section.page_height = Mm(210), Mm(297)
        section.top_margin, section.bottom_margin = Mm(37), Mm(35)
        section.left_margin, section.right_margin = Mm(28), Mm(26)
        normal = self.document.styles["Normal"]
        _face(normal, _BODY)
        normal.font.size = Pt(_BODY_SIZE)
        self._number_pages(section)

    def write(self, issuer: str) -> None:
        """The whole circular, from top to bottom."""
        circular, policy = self.circular, self.circular.policy
        for words in policy.trial:
            run = self._line(f"试算（不作为正式结果）：{words}", _HEAD, WD_ALIGN_PARAGRAPH.LEFT).runs[0]
            run.font.color.rgb = RGBColor(0xC0, 0, 0)
        number = self._line(f"〔{circular.end.year}〕　　号", _BODY, WD_ALIGN_PARAGRAPH.CENTER)
        number.paragraph_format.space_after = Pt(28)
        self._line(name_of(policy), _TITLE, WD_ALIGN_PARAGRAPH.CENTER, size=22)
        month = self._line(f"（{circular.end.year}年{circular.end.month}月）", _SUBHEAD, WD_ALIGN_PARAGRAPH.CENTER)
        month.paragraph_format.space_after = Pt(14)
        self._line(circular.addressees(), _BODY, WD_ALIGN_PARAGRAPH.LEFT)
        self._text(circular.opening())
        self._section("总体进展")
        for n, rules in enumerate(circular.schemes):
            for words in circular.progress(rules):
                self._text(f"（{_NUMERALS[n]}）{words}")
        self._section("各单位完成情况和排名")
        for rules in circular.schemes:
            self._text(circular.ranking(rules))
        self._text("各单位完成情况见附件，按通知附件的次序排列。")
        self._section("花名册报送情况")
        for words in circular.reporting():
            self._text(words)
        self._section("困难人员参保情况")
        for words in circular.hardship():
            self._text(words)
        self._section("存在的主要问题")
        self._text(circular.about_problems())
        self._problems()
        self._section("下一步要求")
        for n, words in enumerate(circular.demands()):
            self._text(f"（{_NUMERALS[n]}）{words}")
        self._notes()
        self._enclosed()
        self._sign(issuer)
        for n, rules in enumerate(circular.schemes, 1):
            self._attachment(n, rules)
        self._charts(len(circular.schemes) + 1)

    # ---------------------------------------------------------------- paragraphs

    def _line(
        self, text: str, face: str, align: WD_ALIGN_PARAGRAPH, *, size: float = _BODY_SIZE, bold: bool = False
    ) -> Paragraph:
        paragraph = self.document.add_paragraph()
        paragraph.alignment = align
        _space(paragraph, 28 if size <= _BODY_SIZE else 36)
        run = paragraph.add_run(text)
        _face(run, face)
        run.font.size, run.font.bold = Pt(size), bold
        return paragraph

    def _text(self, text: str, *, size: float = _BODY_SIZE) -> Paragraph:
        paragraph = self._line(text, _BODY, WD_ALIGN_PARAGRAPH.LEFT, size=size)
        paragraph.paragraph_format.first_line_indent = Pt(2 * size)
        return paragraph

    def _section(self, text: str) -> None:
        paragraph = self._line(f"{_NUMERALS[self.sections]}、{text}", _HEAD, WD_ALIGN_PARAGRAPH.LEFT)
        paragraph.paragraph_format.first_line_indent = Pt(2 * _BODY_SIZE)
        paragraph.paragraph_format.keep_with_next = True
        self.sections += 1

    def _titles(self) -> list[str]:
        """The list of attachments."""
        return [
            *(f"{rules.title}征缴进度表" for rules in self.circular.schemes),
            f"各单位完成率和{self.circular.policy.everywhere}进度图",
        ]

    def _enclosed(self) -> None:
        """The list of attachments under the body."""
        for n, title in enumerate(self._titles(), 1):
            paragraph = self._line(f"{'附件：' if n == 1 else ''}{n}．{title}", _BODY, WD_ALIGN_PARAGRAPH.LEFT)
            form = paragraph.paragraph_format
            form.left_indent = Pt((2 if n == 1 else 5) * _BODY_SIZE)
            if n == 1:
                form.space_before = Pt(14)

    def _sign(self, issuer: str) -> None:
        """Who issues it and when: the month after, the day left to whoever signs."""
        end = self.circular.end
        following = date(end.year + end.month // 12, end.month % 12 + 1, 1)
        first = self._line(issuer or "（印发单位）", _BODY, WD_ALIGN_PARAGRAPH.RIGHT)
        first.paragraph_format.space_before = Pt(28)
        first.paragraph_format.keep_with_next = True
        last = self._line(f"{following.year}年{following.month}月　　日", _BODY, WD_ALIGN_PARAGRAPH.RIGHT)
        for paragraph in (first, last):
            paragraph.paragraph_format.right_indent = Pt(2 * _BODY_SIZE)

    def _notes(self) -> None:
        """The basis of the figures, under the body."""
        notes = self.circular.notes()
        for n, words in enumerate(notes, 1):
            numbered = f"注{n}：{words}" if len(notes) > 1 else f"注：{words}"
            paragraph = self._line(numbered, _BODY, WD_ALIGN_PARAGRAPH.LEFT, size=_NOTE_SIZE)
            _space(paragraph, 16)
            if n == 1:
                paragraph.paragraph_format.space_before = Pt(14)

    # ---------------------------------------------------------------- tables

    def _problems(self) -> None:
        shown = self.circular.problems[:KINDS]
        if not shown:
            return
        rows = [
            [n, finding.severity, finding.title, finding.count, finding.units] for n, finding in enumerate(shown, 1)
        ]
        self._table(("序号", "级别", "问题", "数量（处）", "涉及单位（个）"), (14, 18, 72, 26, 26), rows)
        if len(self.circular.problems) > KINDS:
            rest = self.circular.problems[KINDS:]
            words = f"其余{len(rest)}类{sum(finding.count for finding in rest)}处见汇总表“问题统计”。"
            self._line(words, _BODY, WD_ALIGN_PARAGRAPH.LEFT, size=12)

    def _attachment(self, number: int, rules: SchemeRules) -> None:
        """One scheme's table: units and subtotals as the attachment prints them, the total, units without a quota."""
        circular, attachment = self.circular, rules.attachment
        self._new_page(f"附件{number}")
        self._line(self._titles()[number - 1], _TITLE, WD_ALIGN_PARAGRAPH.CENTER, size=18)
        until = f"{circular.end.year}年{circular.end.month}月{circular.end.day}日"
        self._line(f"截至{until}　　单位：人", _BODY, WD_ALIGN_PARAGRAPH.RIGHT, size=12)
        units = {unit.township: unit for unit in circular.district.scheme_units(rules.key)}
        unranked = {NEVER: "未报送", NOT_TAKEN: "未采用"}
        rows: list[list[object]] = []
        for line in attachment.lines:
            if row := attachment.by_unit.get(line.unit) if line.kind == "unit" else None:
                unit = units[row.unit]
                rank = unranked.get(circular.silent.get(row.unit, ""), unit.rank or "")
                rows.append([row.order, row.printed, *_figures([unit]), rank])
            elif line.kind == "subtotal":
                members = [units[unit] for unit in line.members if unit in attachment.by_unit]
                rows.append(["", line.cells[attachment.columns.unit] or "小计", *_figures(members), ""])
        total = circular.total(rules.key)
        rate = f"{total.rate:.2%}"
        strong = len(rows)
        rows.append(["", "合计", total.quota, total.claimed, total.counted, rate, total.gap, total.late, ""])
        for unit in (unit for name, unit in units.items() if name not in attachment.by_unit):
            name = f"{unit.township}（附件{attachment.lacking.removesuffix('的')}）"
            rows.append(["", name, "", unit.claimed, unit.counted, "", "", unit.late, ""])
        headers = ("序号", "单位", "任务数", "申报", "计入", "完成率", "距任务数", "逾期", "排名")
        widths = (11, 28, 19, 18, 18, 18, 19, 11, 14)
        self._table(headers, widths, rows, strong=strong, whole=True)

    def _table(
        self,
        headers: Sequence[str],
        widths: Sequence[float],
        rows: Sequence[Sequence[object]],
        *,
        strong: int | None = None,
        whole: bool = False,
    ) -> None:
        """A table; `strong`: a row (0-based, under the header) in bold; `whole`: not cut in two by a page."""
        table = self.document.add_table(rows=1 + len(rows), cols=len(headers))
        table.style, table.alignment, table.autofit = "Table Grid", WD_TABLE_ALIGNMENT.CENTER, False
        _narrow_margins(table)
        for column, width in zip(table.columns, widths, strict=True):
            column.width = Mm(width)
        for r, values in enumerate((headers, *rows)):
            line = table.rows[r]
            for n, value in enumerate(values):
                cell = line.cells[n]
                cell.width = Mm(widths[n])
                paragraph = cell.paragraphs[0]
                is_name = isinstance(value, str) and r > 0 and headers[n] in ("单位", "问题")
                paragraph.alignment = WD_ALIGN_PARAGRAPH.LEFT if is_name else WD_ALIGN_PARAGRAPH.CENTER
                _space(paragraph, 17)
                paragraph.paragraph_format.keep_with_next = whole and r < len(rows)
                run = paragraph.add_run(str(value))
                _face(run, _HEAD if r == 0 else _BODY)
                run.font.size = Pt(_TABLE_SIZE)
                run.font.bold = strong is not None and r == strong + 1
            _keep_whole(line, header=r == 0)

    def _charts(self, number: int) -> None:
        circular = self.circular
        self._new_page(f"附件{number}")
        self._line(self._titles()[number - 1], _TITLE, WD_ALIGN_PARAGRAPH.CENTER, size=18)
        if not pictures.can_draw():
            self._text("制作本通报的计算机没有中文字体，图未附；数字见前附各表。")
            return
        for rules in circular.schemes:
            lines = [(unit.township, circular.rate(unit) or 0) for unit in circular.ranked(rules.key)]
            self._picture(pictures.bars(f"{rules.name}完成率（按排名）", lines))
        days = [day for day in circular.days if day <= circular.end]
        if len(days) > 1:
            counted = circular.district.counted_by
            curves = [(rules.name, [counted(rules.key, day) for day in days]) for rules in circular.schemes]
            self._picture(pictures.curves("累计计入人数", days, curves))

    def _picture(self, png: bytes) -> None:
        paragraph = self.document.add_paragraph()
        paragraph.alignment = WD_ALIGN_PARAGRAPH.CENTER
        paragraph.add_run().add_picture(io.BytesIO(png), width=Mm(_TEXT_WIDTH))

    def _new_page(self, text: str) -> None:
        paragraph = self._line(text, _HEAD, WD_ALIGN_PARAGRAPH.LEFT)
        paragraph.paragraph_format.page_break_before = True

    # ---------------------------------------------------------------- the file

    def _number_pages(self, section: Section) -> None:
        """Odd pages on the right, even ones on the left, one character from the margin."""
        self.document.settings.odd_and_even_pages_header_footer = True
        for footer, right in ((section.footer, True), (section.even_page_footer, False)):
            paragraph = footer.paragraphs[0]
            paragraph.alignment = WD_ALIGN_PARAGRAPH.RIGHT if right else WD_ALIGN_PARAGRAPH.LEFT
            form = paragraph.paragraph_format
            form.left_indent, form.right_indent = (Pt(0), Pt(14)) if right else (Pt(14), Pt(0))
            for text, code in (("— ", ""), ("", "PAGE"), (" —", "")):
                run = paragraph.add_run(text)
                _face(run, _DIGITS)
                run.font.size = Pt(14)
                if code:
                    for kind, words in (("begin", ""), ("", code), ("end", "")):
                        run._r.append(_field(kind, words))

    def save(self, path: Path) -> None:
        """Write the package with fixed times, so that the same circular is the same file."""
        properties = self.document.core_properties
        policy = self.circular.policy
        made = template.fixed_time(policy)
        properties.title, properties.subject = name_of(policy).replace("\n", ""), policy.id
        properties.author = properties.last_modified_by = properties.comments = ""
        properties.created = properties.modified = made
        properties.revision = 1
        _drop_effects(self.document)
        _declare_fallback(self.document)
        raw = io.BytesIO()
        self.document.save(raw)
        with zipfile.ZipFile(raw) as made_now, zipfile.ZipFile(path, "w") as package:
            for name in made_now.namelist():
                entry = zipfile.ZipInfo(name, _FIXED_TIME)
                entry.compress_type, entry.create_system, entry.external_attr = zipfile.ZIP_DEFLATED, 0, 0
                package.writestr(entry, made_now.read(name), compresslevel=9)


def _drop_effects(document: Written) -> None:
    """Take out the template's stylesWithEffects.xml: it contradicts styles.xml, which Word would repair."""
    relations = document.part.rels
    for key in [key for key, relation in relations.items() if relation.reltype.endswith("/stylesWithEffects")]:
        del relations[key]


def _declare_fallback(document: Written) -> None:
    """Say in the table of fonts the substitute where the title's font is not installed."""
    part = next(
        relation.target_part for relation in document.part.rels.values() if relation.reltype.endswith("/fontTable")
    )
    entry = (
        f'<w:font w:name="{_TITLE}"><w:altName w:val="{_FALLBACK}"/><w:charset w:val="86"/>'
        '<w:family w:val="roman"/><w:pitch w:val="variable"/></w:font>'
    )
    part._blob = part.blob.replace(b"</w:fonts>", f"{entry}</w:fonts>".encode())


def _full_name(issuer: str, policy: Policy) -> str:
    return issuer if policy.district in issuer else f"{policy.district}{issuer}"


def _figures(units: Sequence[UnitFigures]) -> list[object]:
    """任务数, 申报, 计入, 完成率, 距任务数, 逾期 of a unit with a quota, or of several together."""
    quota, counted = sum(unit.quota or 0 for unit in units), sum(unit.counted for unit in units)
    rate = f"{counted / quota:.2%}" if quota else ""
    claimed, late = sum(unit.claimed for unit in units), sum(unit.late for unit in units)
    return [quota, claimed, counted, rate, quota - counted, late]


def _face(styled: Any, face: str) -> None:
    """A font for Chinese and for Latin letters alike."""
    styled.font.name = face
    styled.element.get_or_add_rPr().get_or_add_rFonts().set(qn("w:eastAsia"), face)


def _space(paragraph: Paragraph, points: float) -> None:
    form = paragraph.paragraph_format
    form.line_spacing_rule, form.line_spacing = WD_LINE_SPACING.EXACTLY, Pt(points)
    form.space_before = form.space_after = Pt(0)


def _field(kind: str, words: str) -> object:
    if not kind:
        element = OxmlElement("w:instrText")
        element.text = words
        return element
    element = OxmlElement("w:fldChar")
    element.set(qn("w:fldCharType"), kind)
    return element


def _narrow_margins(table: Table) -> None:
    """A millimetre beside the cells' words: with Word's two a total of six digits or a rate breaks in two."""
    margins = OxmlElement("w:tblCellMar")
    for side in ("left", "right"):
        margin = OxmlElement(f"w:{side}")
        margin.set(qn("w:w"), str(Mm(1).twips))
        margin.set(qn("w:type"), "dxa")
        margins.append(margin)
    properties = table._tbl.tblPr
    look = properties.find(qn("w:tblLook"))
    properties.insert(len(properties) if look is None else properties.index(look), margins)


def _keep_whole(row: _Row, *, header: bool) -> None:
    """A row is not cut in two by a page; the header is repeated on each."""
    properties = row._tr.get_or_add_trPr()
    properties.append(OxmlElement("w:cantSplit"))
    if header:
        properties.append(OxmlElement("w:tblHeader"))
