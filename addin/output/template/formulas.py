"""The native formulas of 花名册: hidden columns of intermediate results, and the computed columns that show some.

Out: a formula for each column, `{row}` for the row. One plain form, which Excel, WPS, LibreOffice, Gnumeric,
ONLYOFFICE, HyperFormula and IronCalc compute alike:

- scalar functions of Excel 2007; no array, no name, nothing that depends on another row;
- an input is read only as INDEX(its run from guard to guard, 1, its number), so that cutting, dragging, pasting over or
  sorting inputs never rewrites a formula (see `columns.RUNS`); a column inserted among them moves with its header;
- a computed column of the clerk's view is read by nobody: it shows what a hidden column worked out;
- what the notice decides is looked up on the hidden sheet by a line's number (see `lists`): other amounts, tiers,
  categories or names are other rows there, and the same formulas.

N() is avoided: Gnumeric gives an error for an empty cell. So is ASC: not every engine has it.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date

from addin import columns
from addin.columns import HEADER_ROW, LETTERS, RUNS, SCHEME_NAMES, Scheme, letter, only
from addin.output.template import lists
from addin.output.template.layout import COVER_CELLS, helper
from addin.policy import Policy

WHITE = ('" "', '"\u3000"', '"\u00a0"', "CHAR(9)", "CHAR(10)", "CHAR(13)")
_SEPARATORS = "、,，/／;；+＋和"
_WILDCARDS = ('"*"', '"?"', '"~"')
"""A wildcard would make MATCH find what is not there."""
_MOST_WORDS = 8
"""Statuses of one cell that a formula tells apart; with one part for each of the notice's it would grow past what Excel
takes (8,192 characters)."""

DUES = ("person", "head", "medical_status", "pension_status", "words", "medical_line", "pension_line", "tier",
        "medical_due", "pension_due", "medical_paid", "pension_paid")  # fmt: skip
"""The hidden columns that every template has, in their order."""
DOCUMENT = ("id_number", "id_kind", "birth")
"""What the document says: its number if it is text, its kind, the birth."""
OF_GROUPS = (*DOCUMENT, "group")
"""The hidden columns of a notice with groups of people, behind `DUES`; those of the hints follow."""


def names(policy: Policy) -> tuple[str, ...]:
    """The hidden columns of this notice's templates, in their order."""
    return (*DUES, *(OF_GROUPS if policy.groups else ()))


def at(name: str) -> str:
    """The cell of a hidden column in the same row."""
    return f"${helper((*DUES, *OF_GROUPS).index(name))}{{row}}"


def ref(key: str) -> str:
    """An input of the same row."""
    first, last = (letter(guard) for guard in RUNS[key])
    number = f"COLUMNS(${first}${HEADER_ROW}:${LETTERS[key]}${HEADER_ROW})"
    return f"INDEX(${first}{{row}}:${last}{{row}},1,{number})"


def runs() -> list[str]:
    """The runs of inputs of the same row, from guard to guard."""
    return [f"${letter(first)}{{row}}:${letter(last)}{{row}}" for first, last in dict.fromkeys(RUNS.values())]


def cover(key: str) -> str:
    """A cell of the cover."""
    return f"'{columns.COVER_SHEET}'!{COVER_CELLS[key]}"


def replaced(text: str, what: tuple[str, ...] | str, by: str) -> str:
    """`text` with each of these replaced (formula texts; a plain string is taken by characters)."""
    pieces = what if isinstance(what, tuple) else tuple(f'"{c}"' for c in what)
    for piece in pieces:
        text = f"SUBSTITUTE({text},{piece},{by})"
    return text


def squeezed(key: str) -> str:
    """An input's text without white space and wildcards, brackets narrow."""
    narrow = replaced(replaced(ref(key), ('"（"',), '"("'), ('"）"',), '")"')
    return replaced(replaced(narrow, WHITE, '""'), _WILDCARDS, '"※"')


_NO_WORDS = ("village", "group", "household", "name", "id_number", "relation", "register", "medical_status", "remark")
_NONE_WORDS = ("household_type", "id_type", "schooling", "pension_status", "entered")
_ZERO = ("registered", "tier", "medical_date", "pension_date", "special_date", "category")
"""Of which columns what means "not applicable", as `roster.values` has it; in all others 否 does, too."""


def blank(key: str, table: Mapping[str, str]) -> str:
    """Whether an input is empty, spaces, or what means "not applicable" there."""
    name = "空" if key in _NO_WORDS else "空无" if key in _NONE_WORDS else "空零" if key in _ZERO else "空否"
    return among(f'"{lists.BEFORE}"&TRIM(SUBSTITUTE({ref(key)},"\u3000",""))', table[name])


def among(text: str, table: str) -> str:
    """Whether a text is one of the words of a range."""
    return f"ISNUMBER(MATCH({text},{table},0))"


def amount(key: str) -> str:
    """An input's number; 0 where there is none."""
    return f"IF(ISNUMBER({ref(key)}),{ref(key)},0)"


def in_book(scheme: Scheme) -> str:
    """Whether the cover says that the book reports this scheme."""
    (other,) = SCHEME_NAMES.keys() - {scheme}
    return f'{cover("scope")}<>"{only(other)}"'


def enrolled(scheme: Scheme) -> str:
    """本次参保 of a person, in a book that reports the scheme."""
    return f'{at(f"{scheme}_status")}="{columns.ENROLLED}"'


def digits_lost(key: str) -> str:
    """Whether a code is a number that has lost its last digits, or a text of such a number as 4.3E+17."""
    cell = ref(key)
    digit = f'ISNUMBER(FIND(LEFT({cell},1),"0123456789"))'
    written = f'IF(LEN({cell})<13,IF(ISNUMBER(FIND("E+",UPPER({cell}))),{digit},FALSE()),FALSE())'
    return f"IF(ISNUMBER({cell}),{cell}>=1000000000000000,IF(ISTEXT({cell}),{written},FALSE()))"


def digits(text: str) -> str:
    """Whether a text has nothing but digits."""
    return f"LEN({replaced(text, '0123456789', chr(34) * 2)})=0"


def eighteen(number: str) -> str:
    """Whether a text's eighteen characters are those of a number."""
    return f'IF({digits(f"LEFT({number},17)")},ISNUMBER(FIND(UPPER(RIGHT({number},1)),"0123456789X")),FALSE())'


def structured(person: str, number: str, kind: str) -> str:
    """Whether there is a number that says something of its holder."""
    return f'IF({person}=1,IF({kind}<4,{number}<>"",FALSE()),FALSE())'


def document(number: str, kind: str, table: Mapping[str, str]) -> dict[str, str]:
    """The formulas of `DOCUMENT`, for the cells in which number and kind stand."""
    person = at("person")
    code = f"IFERROR(INDEX({table['证件码']},MATCH({squeezed('id_type')},{table['证件词']},0)),9)"
    written = f'IF(LEN({number})=15,"19"&MID({number},7,6),MID({number},7,8))'
    year, month, day_of = f"VALUE(LEFT({written},4))", f"VALUE(MID({written},5,2))", f"VALUE(RIGHT({written},2))"
    born = f"DATE({year},{month},{day_of})"
    day_is_real = f"IF(MONTH({born})={month},DAY({born})={day_of},FALSE())"
    real = f"IF({year}>=1900,IF(YEAR({born})={year},{day_is_real},FALSE()),FALSE())"
    # the old foreign permit is three letters and twelve digits: nothing to work out there
    old = f"IF(AND(LEN({number})=15,{kind}=1),{digits(number)},FALSE())"
    readable = f"IF(LEN({number})=18,{eighteen(number)},{old})"
    birth = f'IF({readable},IFERROR(IF({real},{born},""),""),"")'
    return {
        "id_number": f'=IF({person}=1,IF({digits_lost("id_number")},"",IF(ISERROR({ref("id_number")}),"",'
        f'{ref("id_number")}&"")),"")',
        "id_kind": f'=IF({person}=1,IF(ISERROR({ref("id_type")}),9,IF({blank("id_type", table)},1,{code})),"")',
        "birth": f'=IF({structured(person, number, kind)},{birth},"")',
    }


def hidden(policy: Policy) -> dict[str, str]:
    """The formulas of the hidden columns that templates of every size have, by name; '' on a row of nobody.

    The columns of a scheme that the notice does not have are there and have no formula.
    """
    table = lists.places(policy)

    def of_person(value: str) -> str:
        return f'=IF({at("person")}=1,{value},"")'

    def somebody(key: str) -> str:
        word, cell = squeezed(key), ref(key)
        digit = f'ISNUMBER(FIND(MID({cell},LEN({cell})-1,1),"0123456789"))'
        nobody = [
            among(word, table["非人"]),
            among(f"RIGHT({word},2)", table["合计词"]),
            among(f"LEFT({word},2)", table["合计词"]),
            among(f"LEFT({word},2)", table["注词"]),
            # 6人, 共6人, 以上计3户
            f'IF(ISNUMBER(FIND(RIGHT({cell},1),"人户口名元")),{digit},FALSE())',
        ]
        text = f'IF({word}="",FALSE(),NOT(OR({",".join(nobody)})))'
        # a number below 100,000 is a count, a longer one a document
        return f"IF(ISERROR({ref(key)}),TRUE(),IF(ISNUMBER({ref(key)}),{ref(key)}>=100000,{text}))"

    # a blank between two words, whatever stood there
    between = (*WHITE, *(f'"{mark}"' for mark in _SEPARATORS))
    marked = replaced(ref("category"), _WILDCARDS, '"※"')
    if any("(" in word for word in policy.category_words):
        marked = replaced(replaced(marked, ('"（"',), '"("'), ('"）"',), '")"')
    for word, short in policy.joined_words.items():
        marked = replaced(marked, (f'"{word}"',), f'"{short}"')
    words = "TRIM(" + replaced(marked, between, '" "') + ")"
    helpers = {
        "person": f'=IF(OR({somebody("name")},{somebody("id_number")}),1,"")',
        "head": of_person(f"IF({among(squeezed('relation'), table['户主'])},1,0)"),
        "words": of_person(f'IF({blank("category", table)},"",IFERROR({words},"※"))'),
    }
    for scheme in policy.schemes:
        status, line, due = f"{scheme}_status", f"{scheme}_line", f"{scheme}_due"
        helpers[status] = of_person(f'IF({in_book(scheme)},IFERROR({squeezed(status)},""),"")')
        helpers[line] = of_person(_line(policy, scheme, table))
        helpers[f"{scheme}_paid"] = of_person(f'IF(ISNUMBER({ref(f"{scheme}_paid")}),{ref(f"{scheme}_paid")},"")')
        if scheme == "pension":
            tier = f'IFERROR(MATCH({amount("tier")},{table["养老档次"]},0),"")'
            helpers["tier"] = f'=IF({enrolled(scheme)},{tier},"")'
        known = [
            enrolled(scheme),
            f"ISNUMBER({at(line)})",
            *([f"ISNUMBER({at('tier')})"] if scheme == "pension" else []),
        ]
        amount_due = f"INDEX({table[due]},{at(line)},{column_of(policy, scheme, table)})"
        if policy.by_age(scheme):  # a text where it takes the age
            amount_due = f'IFERROR(0+{amount_due},"")'
        helpers[due] = f'=IF(AND({",".join(known)}),{amount_due},"")'
    if policy.groups:
        helpers |= document(at("id_number"), at("id_kind"), table)
        helpers["group"] = of_person(_group(policy, table))
    return {name: helpers.get(name, "") for name in names(policy)}


def day(value: date) -> str:
    """A day as formula."""
    return f"DATE({value.year},{value.month},{value.day})"


def over_words(policy: Policy, what: str, value: str, otherwise: str, table: Mapping[str, str]) -> str:
    """MIN or MAX of something of every word of 人员类别; `otherwise` where one is not understood or there are too many.

    `value` is the formula of it, for `{word}`, the word's place in the list of words.
    """
    words, most = table["类别词"], min(max(len(lists.statuses(policy)), 4), _MOST_WORDS)
    # so wide that no word is pushed out of its place by the words before it
    room = most * max(len(word) for word in policy.category_words if word not in policy.joined_words)

    def of(text: str) -> str:
        return value.replace("{word}", f"MATCH({text},{words},0)")

    # further words that match no status, so that a look-up always has one
    filler = f" {lists.ordinary_word(policy)}" * (most - 1)
    spread = f'SUBSTITUTE({at("words")}&"{filler}"," ",REPT(" ",{room}))'
    pieces = (f"TRIM(MID({spread},{n * room + 1},{room}))" for n in range(most))
    every = f"{what}({','.join(map(of, pieces))})"
    count = f'LEN({at("words")})-LEN(SUBSTITUTE({at("words")}," ",""))'
    several = f"IF({count}<{most},{every},{otherwise})"
    return f"IFERROR({of(squeezed('category'))},IFERROR({several},{otherwise}))"


def _group(policy: Policy, table: Mapping[str, str]) -> str:
    """The number of a person's group: by 在校情况 or birth; where that does not say it, by 人员类别."""
    birth, count = at("birth"), len(policy.groups)
    named = over_words(policy, "MIN", f"INDEX({table['类别组']},{{word}})", str(count + 2), table)
    text = f'IF({at("words")}="",{count + 2},{named})'
    known, unknown, by_school = str(count + 1), str(count + 1), True
    for n, group in reversed([*enumerate(policy.groups, 1)]):
        assert group.facts is not None
        if group.facts.born:
            first, last = group.facts.born
            known = f"IF(AND({birth}>={day(first)},{birth}<={day(last)}),{n},{known})"
            unknown, by_school = text, False
        if group.facts.schooling:
            at_school = among(squeezed("schooling"), table[f"在校组{n}"])
            known, unknown = f"IF({at_school},{n},{known})", f"IF({at_school},{n},{unknown})"
    if by_school:
        return known
    # a birth after the book's own day is told as wrong, and decides nothing
    sure = f"IF(ISNUMBER({birth}),IF(ISNUMBER({cover('deadline')}),{birth}<={cover('deadline')},TRUE()),FALSE())"
    return f"IF({sure},{known},{unknown})"


def column_of(policy: Policy, scheme: Scheme, table: Mapping[str, str]) -> str:
    """The column of a person in the tables of amounts: the tier, and in a later window so many further on."""
    rules = policy.schemes[scheme]
    tier = at("tier") if rules.tiers else "1"
    if not rules.windows:
        return tier
    starts, paid, deadline = (
        table[f"{scheme}_starts"],
        amount(f"{scheme}_date"),
        f"IF(ISNUMBER({cover('deadline')}),{cover('deadline')},0)",
    )
    # who owes nothing and has no day has been registered in the main window
    unpaid = f"IF(INDEX({table[f'{scheme}_due']},{at(f'{scheme}_line')},{tier})>0,MATCH(INT({deadline}),{starts},1),1)"
    window = f"IF({paid}>0,MATCH(INT({paid}),{starts},1),{unpaid})"
    if rules.own_days:
        window = f"IF({in_own_days(scheme, f'IF({paid}>0,INT({paid}),{deadline})', table)},1,{window})"
    return f"{tier}+{max(len(rules.tiers), 1)}*({window}-1)"


def in_own_days(scheme: Scheme, on: str, table: Mapping[str, str]) -> str:
    """Whether a person has days of its own on a day, by 特殊情形 and the date beside it."""
    since, words = amount("special_date"), table[f"{scheme}_own_words"]
    days = f"IFERROR(INDEX({table[f'{scheme}_own_days']},MATCH({squeezed('special_case')},{words},0)),-1)"
    return f"IF({since}>0,AND({on}>=INT({since}),{on}-INT({since})<={days}),FALSE())"


def _line(policy: Policy, scheme: Scheme, table: dict[str, str]) -> str:
    """The number of a person's line in a scheme's tables: the status that comes first; "?" where one is not understood."""
    order, (count, *_) = table[f"{scheme}_order"], map(len, lists.orders(policy, scheme))
    group = f",{at('group')}" if policy.groups else ""
    ordinary = f"{count}*{at('group')}" if policy.groups else str(count)
    first = over_words(policy, "MIN", f"INDEX({order},{{word}}{group})", '"?"', table)
    return f'IF({at("words")}="",{ordinary},{first})'


def shown(policy: Policy) -> dict[str, str]:
    """The formulas of the computed amounts: blank unless 本次参保, and where category or tier is not understood."""
    table = lists.places(policy)

    def looked_up(what: str, scheme: Scheme) -> str:
        column = column_of(policy, scheme, table)
        return f'=IF({at(f"{scheme}_due")}="","",INDEX({table[what]},{at(f"{scheme}_line")},{column}))'

    by_column = {}
    for scheme in policy.schemes:
        for what in lists.WHAT:
            key = f"{scheme}_{what}"
            if key in columns.BY_KEY:
                by_column[key] = f"={at(key)}" if what == "due" else looked_up(key, scheme)
    return by_column
