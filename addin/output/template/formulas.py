"""The native formulas of the computed columns, and the defined names that they stand on.

Out: a formula for each computed column (`{row}` for the row), and names whose references are relative to
the cell that uses them, as Excel, WPS and LibreOffice read them (written for row 1). Long texts thus stand once in the
file and a row's formulas stay short. Nothing newer than Excel 2010; no COUNTIF or SUMIF, which compare IDs as numbers.
"""

from __future__ import annotations

from addin import columns
from addin.columns import MEDICAL_ONLY, PENSION_ONLY, ROSTER_SHEET
from addin.output.template.layout import COVER_CELLS, LETTERS

_WHITE = ('" "', '"\u3000"', '"\u00a0"', "CHAR(10)")
_SEPARATORS = "、,，/／;；+＋和"


def ref(key: str) -> str:
    """The cell of a column in the row that uses a name."""
    return f"{ROSTER_SHEET}!${LETTERS[key]}1"


def cover(key: str) -> str:
    """A cell of the cover."""
    return f"{columns.COVER_SHEET}!{COVER_CELLS[key]}"


def replaced(text: str, what: tuple[str, ...] | str, by: str) -> str:
    """`text` with each of these replaced (formula texts; a plain string is taken by characters)."""
    pieces = what if isinstance(what, tuple) else tuple(f'"{c}"' for c in what)
    for piece in pieces:
        text = f"SUBSTITUTE({text},{piece},{by})"
    return text


def squeezed(key: str) -> str:
    """A cell's text without white space, full-width characters made narrow."""
    narrow = replaced(replaced(f"ASC({ref(key)})", "（", '"("'), "）", '")"')
    return replaced(narrow, _WHITE, '""')


def names() -> dict[str, str]:
    """The names for reading the row: statuses, what the category means."""
    # a wildcard would make MATCH find what is not there
    plain = replaced(replaced(ref("category"), _WHITE[1:], '" "'), ('"*"', '"?"', '"~"'), '"※"')
    # which statuses have a word in the text, whatever its order and however often: one row of the matrix a status
    bits = "SUMPRODUCT(SIGN(MMULT(词属,--ISNUMBER(FIND(词全,类别词)))),词权)"
    known = 'LEN(类别词)=SUMPRODUCT(LEN(类别词)-LEN(SUBSTITUTE(类别词,词全,"")))'
    return {
        "医态": squeezed("medical_status"),
        "养态": squeezed("pension_status"),
        "医保在册": f'{cover("scope")}<>"{PENSION_ONLY}"',
        "养老在册": f'{cover("scope")}<>"{MEDICAL_ONLY}"',
        "医保参保": f'IF(医保在册,医态="{columns.ENROLLED}",FALSE)',
        "养老参保": f'IF(养老在册,养态="{columns.ENROLLED}",FALSE)',
        "类别净": plain,
        "类别分": f"TRIM({replaced('类别净', _SEPARATORS, chr(34) + ' ' + chr(34))})",
        # a blank on both sides of every word, so that neighbours share none
        "类别词": '" "&SUBSTITUTE(类别分," ","  ")&" "',
        "身份码": 'IF(类别分="",0,IFERROR(INDEX(类别码,MATCH(SUBSTITUTE(类别净," ",""),类别全词,0)),'
        f"IF({known},{bits},NA())))",
    }


def dues() -> dict[str, str]:
    """The amounts of a row: blank unless 本次参保, and where category or tier is not understood."""
    due, paid_by = f"${LETTERS['medical_due']}{{row}}", f"${LETTERS['pension_due']}{{row}}"
    tier = f"MATCH(N(${LETTERS['tier']}{{row}}),养老档次,0)"  # N: a text of digits is no tier
    return {
        "medical_due": '=IFERROR(IF(医保参保,INDEX(医保应收表,身份码+1),""),"")',
        "medical_subsidy": f'=IFERROR(IF({due}="","",INDEX(医保资助表,身份码+1)),"")',
        "medical_refund": f'=IFERROR(IF({due}="","",INDEX(医保待补表,身份码+1)),"")',
        "pension_due": f'=IFERROR(IF(养老参保,INDEX(养老应收表,身份码+1,{tier}),""),"")',
        "pension_subsidy": f'=IFERROR(IF({paid_by}="","",INDEX(养老代缴表,身份码+1,{tier})),"")',
    }
