"""Reads the cover of a book: its labelled fields, or a refusal."""

from __future__ import annotations

import difflib
import re
import unicodedata
from dataclasses import replace
from datetime import date, datetime

from addin import columns, ids
from addin.columns import letter
from addin.findings import Finding, Refusal, make_finding, make_refusal
from addin.policy import Policy, Unit, fold
from addin.roster.model import (
    Cover,
)
from addin.roster.sheet_cells import SheetCells
from addin.roster.values import INVISIBLE

OTHER_NOTICE = "R205"
_DATE_TEXT = re.compile(r"^(\d{4})[-/.年](\d{1,2})[-/.月](\d{1,2})日?$")


def read_cover(sheet: SheetCells, policy: Policy, file: str, findings: list[Finding]) -> Cover | Refusal:
    """The cover or a refusal, which names the file's unit as far as the cover does."""
    cover = _read_cover(sheet, policy, file, findings)
    if isinstance(cover, Refusal):
        given = {key: value for key, (value, _) in _labelled(sheet).items()}
        unit = policy.unit(_text(given.get("township", "")))
        # a day under another notice is neither newer nor older than one under this
        deadline = None if cover.code == OTHER_NOTICE else _as_date(given.get("deadline"))[0]
        cover = replace(cover, township=unit.name if unit else "", deadline=deadline)
    return cover


def _read_cover(sheet: SheetCells, policy: Policy, file: str, findings: list[Finding]) -> Cover | Refusal:
    cells = _labelled(sheet)

    def reinterpreted(key: str, text: str) -> None:
        row, column = cells[key][1]
        words = {"label": LABELS[key], "value": text}
        findings.append(make_finding("117", file, columns.COVER_SHEET, words, column=letter(column), row=row))

    if not cells:
        return make_refusal(
            "R202", problem="封面上一个认得的栏目也没有，不是花名册模板。", remedy="请用最新的花名册模板填报。"
        )
    given = {key: value for key, (value, _) in cells.items()}
    if refusal := _other_notice(_text(given.get("policy", "")), policy):
        return refusal
    unit = _unit(_text(given.get("township", "")), policy)
    if isinstance(unit, Refusal):
        return unit
    scopes = columns.scopes(policy.schemes)
    scope = next((scope for scope in scopes if fold(scope) == fold(_text(given.get("scope", "")))), None)
    if scope is None:
        return _missing("险种范围", f"请在封面选择：{'、'.join(scopes)}。")
    part = _text(given.get("part", ""))
    if not part:
        return _missing("分册", f"整个单位一册的填“{columns.WHOLE}”，按村分册的填村（社区）名。")
    deadline, was_text = _as_date(given.get("deadline"))
    if deadline is None:
        return _missing("填报截止日期", f"请填日期，如{next(iter(policy.schemes.values())).window.start}。")
    if was_text:
        reinterpreted("deadline", deadline.isoformat())
    serial, was_text = _as_count(given.get("serial"))
    if serial is None or serial < 1:
        return _missing("第几次报送", "请填1、2、3……的整数。")
    if was_text:
        reinterpreted("serial", str(serial))
    parts, _ = _as_count(given.get("parts"))
    version = _text(given.get("template_version", ""))
    findings += _about_template(version, _text(given.get("fingerprint", "")), policy, file)
    totals = {total.key: _as_number(given.get(total.key)) for total in columns.CONTROL_TOTALS}
    return Cover(unit, scope, part, parts, deadline, serial, _text(given.get("clerk", "")), version, totals)


def _missing(label: str, advice: str) -> Refusal:
    return make_refusal("R206", {"label": label, "advice": advice})


def _other_notice(number: str, policy: Policy) -> Refusal | None:
    """A refusal where the cover names another notice, or none."""
    if not number:
        return _missing("政策文号", "请不要改动模板封面上的政策文号；可从新模板复制。")
    if fold(number) == fold(policy.id):
        return None
    given = ids.mask_text(number)[:40]
    return replace(make_refusal(OTHER_NOTICE, {"given": given, "notice": policy.id}), notice=given)


def _unit(name: str, policy: Policy) -> Unit | Refusal:
    """The unit that the cover names; the refusal guesses which is meant."""
    if not name:
        return _missing("乡镇/街道", "请在封面下拉列表中选择单位。")
    if unit := policy.unit(name):
        return unit
    near = difflib.get_close_matches(name, [unit.name for unit in policy.units], n=1, cutoff=0.5)
    now = policy.unit_since(name)
    guess = f"{name[:20]}现为{now.name}，" if now else f"是不是{near[0]}？" if near else ""
    return make_refusal("R204", {"unit": ids.mask_text(name)[:20], "guess": guess})


def _about_template(version: str, fingerprint: str, policy: Policy, file: str) -> list[Finding]:
    """104 and 134: an earlier template, or one made before the notice was changed."""
    findings = []
    if _version(version) < _version(columns.TEMPLATE_VERSION):
        words = {"version": version or "无版本号", "current": columns.TEMPLATE_VERSION}
        findings.append(make_finding("104", file, columns.COVER_SHEET, words))
    if fingerprint and fingerprint != policy.fingerprint:  # templates of earlier editions have none
        words = {"given": ids.mask_text(fingerprint)[:20], "notice": policy.id, "current": policy.fingerprint}
        findings.append(make_finding("134", file, columns.COVER_SHEET, words))
    return findings


LABELS = {entry.key: entry.label for entry in (*columns.COVER_FIELDS, *columns.CONTROL_TOTALS)}
_KEYS = {fold(label): key for key, label in LABELS.items()}


def place_on_cover(sheet: SheetCells, key: str) -> tuple[int, int]:
    """Row and column (1-based) of a field's value on the cover. Raises `KeyError` where its label is not there."""
    return _labelled(sheet)[key][1]


def _labelled(sheet: SheetCells) -> dict[str, tuple[object, tuple[int, int]]]:
    """The cover's fields: each label, and the first filled cell to its right."""
    labelled: dict[str, tuple[object, tuple[int, int]]] = {}
    for r, row in enumerate(sheet.grid.rows(0, 200), 1):
        for c, value in enumerate(row[:50], 1):
            if not isinstance(value, str) or not value:
                continue
            key = _KEYS.get(fold(value).rstrip(":"))
            if key is None or key in labelled:
                continue
            beside = next(((v, n) for n, v in enumerate(row[c:], c + 1) if v not in ("", None)), ("", c + 1))
            if not (isinstance(beside[0], str) and fold(beside[0]).rstrip(":") in _KEYS):
                labelled[key] = (beside[0], (r, beside[1]))
    return labelled


def _text(value: object) -> str:
    if value is None:
        return ""
    if isinstance(value, float):
        return f"{value:.15g}"
    return INVISIBLE.sub("", unicodedata.normalize("NFC", str(value)))


def _as_date(value: object) -> tuple[date | None, bool]:
    if isinstance(value, datetime):
        return value.date(), False
    if isinstance(value, date):
        return value, False
    if isinstance(value, str) and (match := _DATE_TEXT.match(unicodedata.normalize("NFKC", _text(value)))):
        try:
            return date(*map(int, match.groups())), True
        except ValueError:
            return None, False
    return None, False


def _as_count(value: object) -> tuple[int | None, bool]:
    if isinstance(value, (int, float)) and not isinstance(value, bool) and value == int(value):
        return int(value), False
    if isinstance(value, str) and (
        match := re.fullmatch(r"第?(\d{1,6})[次册个]?", unicodedata.normalize("NFKC", _text(value)))
    ):
        return int(match[1]), True
    return None, False


def _as_number(value: object) -> float | None:
    return float(value) if isinstance(value, (int, float)) and not isinstance(value, bool) else None


def _version(text: str) -> tuple[int, ...]:
    return tuple(int(piece) for piece in re.findall(r"\d+", text))
