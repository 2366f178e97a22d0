"""The native formulas of 花名册: hidden columns of intermediate results, and the computed columns that show some.

Out: a formula for each column, `{row}` for the row. One plain form, which Excel, WPS, LibreOffice, Gnumeric,
ONLYOFFICE, HyperFormula and IronCalc compute alike:

- scalar functions of Excel 2007; no array, no name, nothing that depends on another row;
- an input is read only as INDEX(its run from guard to guard, 1, its number), so that cutting, dragging, pasting over or
  sorting inputs never rewrites a formula (see `columns.RUNS`); a column inserted among them moves with its header;
- a computed column of the clerk's view is read by nobody: it shows what a hidden column worked out;
- what the notice decides is looked up on the hidden sheet by a group's number (see `lists`): other amounts, tiers,
  categories or names are other rows there, and the same formulas.

N() is avoided: Gnumeric gives an error for an empty cell. So is ASC: not every engine has it.
"""

from __future__ import annotations

from collections.abc import Mapping

from addin import columns
from addin.columns import HEADER_ROW, LETTERS, RUNS, SCHEME_NAMES, Scheme, letter, only
from addin.output.template import lists
from addin.output.template.layout import COVER_CELLS, helper
from addin.policy import Policy

WHITE = ('" "', '"\u3000"', '"\u00a0"', "CHAR(9)", "CHAR(10)", "CHAR(13)")
_SEPARATORS = "、,，/／;；+＋和"
_WILDCARDS = ('"*"', '"?"', '"~"')
"""A wildcard would make MATCH find what is not there."""
_WORD_ROOM = 40
"""Characters between the starts of two words, once the blank between them is made that long."""

DUES = ("person", "head", "medical_status", "pension_status", "words", "medical_group", "pension_group", "tier",
        "medical_due", "pension_due", "medical_paid", "pension_paid")  # fmt: skip
"""The hidden columns that every template has, in their order; those of the hints follow."""


def at(name: str) -> str:
    """The cell of a hidden column in the same row."""
    return f"${helper(DUES.index(name))}{{row}}"


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


def hidden(policy: Policy) -> dict[str, str]:
    """The formulas of the hidden columns of every template, by name; '' on a row of nobody.

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
    words = "TRIM(" + replaced(marked, between, '" "') + ")"
    helpers = {
        "person": f'=IF(OR({somebody("name")},{somebody("id_number")}),1,"")',
        "head": of_person(f"IF({among(squeezed('relation'), table['户主'])},1,0)"),
        "words": of_person(f'IF({blank("category", table)},"",IFERROR({words},"※"))'),
    }
    for scheme in policy.schemes:
        status, group, due = f"{scheme}_status", f"{scheme}_group", f"{scheme}_due"
        helpers[status] = of_person(f'IF({in_book(scheme)},IFERROR({squeezed(status)},""),"")')
        helpers[group] = of_person(_group(policy, scheme, table))
        helpers[f"{scheme}_paid"] = of_person(f'IF(ISNUMBER({ref(f"{scheme}_paid")}),{ref(f"{scheme}_paid")},"")')
        if scheme == "pension":
            tier = f'IFERROR(MATCH({amount("tier")},{table["养老档次"]},0),"")'
            helpers["tier"] = f'=IF({enrolled(scheme)},{tier},"")'
        known = [
            enrolled(scheme),
            f"ISNUMBER({at(group)})",
            *([f"ISNUMBER({at('tier')})"] if scheme == "pension" else []),
        ]
        place = f"{table[due]},{at(group)},{column_of(policy, scheme, table)}"
        helpers[due] = f'=IF(AND({",".join(known)}),INDEX({place}),"")'
    return {name: helpers.get(name, "") for name in DUES}


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
    unpaid = f"IF(INDEX({table[f'{scheme}_due']},{at(f'{scheme}_group')},{tier})>0,MATCH(INT({deadline}),{starts},1),1)"
    window = f"IF({paid}>0,MATCH(INT({paid}),{starts},1),{unpaid})"
    if rules.own_days:
        window = f"IF({in_own_days(scheme, f'IF({paid}>0,INT({paid}),{deadline})', table)},1,{window})"
    return f"{tier}+{max(len(rules.tiers), 1)}*({window}-1)"


def in_own_days(scheme: Scheme, on: str, table: Mapping[str, str]) -> str:
    """Whether a person has days of its own on a day, by 特殊情形 and the date beside it."""
    since, words = amount("special_date"), table[f"{scheme}_own_words"]
    days = f"IFERROR(INDEX({table[f'{scheme}_own_days']},MATCH({squeezed('special_case')},{words},0)),-1)"
    return f"IF({since}>0,AND({on}>=INT({since}),{on}-INT({since})<={days}),FALSE())"


def _group(policy: Policy, scheme: Scheme, table: dict[str, str]) -> str:
    """The number of a person's group in a scheme: the status that comes first; "?" where one is not understood."""
    order, words, groups = table[f"{scheme}_order"], table["类别词"], lists.groups(policy, scheme)
    whole = f"MATCH({squeezed('category')},{words},0)"
    most = max(len(lists.hardships(policy)), 4)
    # further words that match no status, so that a look-up always has one
    filler = f" {lists.ordinary_word(policy)}" * (most - 1)
    spread = f'SUBSTITUTE({at("words")}&"{filler}"," ",REPT(" ",{_WORD_ROOM}))'
    pieces = (f"TRIM(MID({spread},{n * _WORD_ROOM + 1},{_WORD_ROOM}))" for n in range(most))
    first = f"MIN({','.join(f'INDEX({order},MATCH({piece},{words},0))' for piece in pieces)})"
    count = f'LEN({at("words")})-LEN(SUBSTITUTE({at("words")}," ",""))'
    several = f'IF({count}<{most},{first},"?")'
    return f'IF({at("words")}="",{len(groups)},IFERROR(INDEX({order},{whole}),IFERROR({several},"?")))'


def shown(policy: Policy) -> dict[str, str]:
    """The formulas of the computed amounts: blank unless 本次参保, and where category or tier is not understood."""
    table = lists.places(policy)

    def looked_up(what: str, scheme: Scheme) -> str:
        column = column_of(policy, scheme, table)
        return f'=IF({at(f"{scheme}_due")}="","",INDEX({table[what]},{at(f"{scheme}_group")},{column}))'

    by_column = {}
    for scheme in policy.schemes:
        for what in lists.WHAT:
            key = f"{scheme}_{what}"
            if key in columns.BY_KEY:
                by_column[key] = f"={at(key)}" if what == "due" else looked_up(key, scheme)
    return by_column
