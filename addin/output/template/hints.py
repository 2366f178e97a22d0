"""提示: the first thing wrong on a row, worked out by the spreadsheet itself while the clerk types.

The same rules as in `checks`, those that need one row and the cover only; the order is that of the checks, so that one
bad cell gives one hint. A hint is a finding's code, a condition and a text; a differential test holds the two together.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from functools import lru_cache
from itertools import pairwise
from typing import NamedTuple

from addin import checks, columns
from addin.columns import BY_KEY, Scheme, present
from addin.output.template import formulas, lists
from addin.output.template.formulas import (
    WHITE,
    among,
    amount,
    at,
    blank,
    column_of,
    cover,
    day,
    digits,
    digits_lost,
    document,
    eighteen,
    enrolled,
    in_book,
    in_own_days,
    over_words,
    ref,
    replaced,
    runs,
    squeezed,
    structured,
)
from addin.output.template.layout import helper
from addin.policy import Policy

_WEIGHTS = (7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2)
_FULL_WIDTH = dict(zip("０１２３４５６７８９Ｘｘ", "0123456789Xx", strict=True))
_LONGEST = 8_192 - 1_692
"""Characters of a hidden column's formula: Excel takes 8,192, and some room is left for rows of five digits."""
_MOST = 45
"""Hints in one column: each is one level of IF, of which Excel takes 64."""


_LONG_CODES = ("certificate", "medical_receipt", "pension_receipt")
_CELLS = ("id_number", "id_kind", "birth", "id_fault")
"""The hidden columns about the document."""


class Hint(NamedTuple):
    """A finding's code, the condition and the text (both as formula)."""

    code: str
    condition: str
    text: str


def quoted(text: str) -> str:
    """A plain text as formula."""
    return f'"{text}"'


@lru_cache(maxsize=8)
def hidden(policy: Policy) -> Mapping[str, str]:
    """The formulas of the hidden columns that only a template with hints has, by name, in their order.

    The document first (its number if it is text, its kind, the birth, what is wrong with it), then the hints in a
    chain: each column hands on what the one before it says.
    """
    cells = formulas.DOCUMENT if not policy.groups else ()
    helpers = dict.fromkeys((*cells, "id_fault"), "")
    names = list(helpers)

    def own(name: str) -> str:
        return at(name) if name not in names else f"${helper(len(formulas.names(policy)) + names.index(name))}{{row}}"

    table = lists.places(policy)
    person, number, kind = at("person"), own("id_number"), own("id_kind")
    if cells:
        helpers |= document(number, kind, table)
    sum_of_digits = "+".join(f"VALUE(MID({number},{n},1))*{weight}" for n, weight in enumerate(_WEIGHTS, 1))
    checked = f'MID("10X98765432",MOD({sum_of_digits},11)+1,1)=UPPER(RIGHT({number},1))'
    impossible, unclean = quoted("证件号码里的出生日期不对"), quoted("证件号码里有空格或全角字符，请删去")
    characters = f"IF(EXACT({_cleaned(number)},{number}),{quoted('证件号码有不该有的字符')},{unclean})"
    length = f'IF(EXACT({_cleaned(number)},{number}),"证件号码是"&LEN({number})&"位，应为18位",{unclean})'
    late = f"IF({_deadline()}>0,{own('birth')}>{_deadline()},FALSE())"
    # in the order of the checks: length, characters, birth, check digit; no judgement of a kind that is not known
    fault = (
        f'IF(LEN({number})=18,IF({eighteen(number)},IF({own("birth")}="",{impossible},IF({late},{impossible},'
        f'IF({checked},"",{quoted("证件号码校验码不对，请逐位核对")}))),{characters}),'
        f'IF(AND(LEN({number})=15,{kind}=1),IF({digits(number)},IF({own("birth")}="",{impossible},""),{characters}),'
        f'IF(AND(LEN({number})=15,{kind}=3),"",{length})))'
    )
    helpers["id_fault"] = f'=IF({structured(person, number, kind)},{fault},"")'
    own_cells = {name: own(name) for name in _CELLS}
    before = ""
    for n, text in enumerate(_links(all_hints(policy, own_cells)), 1):
        names.append(f"hint_{n}")
        carried = f'IF({before}<>"",{before},{text})' if before else text
        helpers[names[-1]] = f'=IF({person}=1,{carried},"")'
        before = own(names[-1])
    return helpers


def _links(hints: list[Hint]) -> Iterator[str]:
    """The hints as nested IFs, cut where a formula would become too long or too deep."""
    waiting: list[Hint] = []
    for hint in [*hints, None]:
        size = sum(len(hint.condition) + len(hint.text) + 5 for hint in waiting)
        if waiting and (
            hint is None or len(waiting) == _MOST or size + len(hint.condition) + len(hint.text) > _LONGEST
        ):
            text = '""'
            for waited in reversed(waiting):
                text = f"IF({waited.condition},{waited.text},{text})"
            yield text
            waiting = []
        if hint is not None:
            waiting.append(hint)


def _cleaned(text: str) -> str:
    """A text without white space, its full-width digits made narrow."""
    for wide, narrow in _FULL_WIDTH.items():
        text = f'SUBSTITUTE({text},"{wide}","{narrow}")'
    return replaced(text, WHITE, '""')


def _deadline() -> str:
    return f"IF(ISNUMBER({cover('deadline')}),{cover('deadline')},0)"


def own(policy: Policy, name: str) -> str:
    """The cell of a hidden column of the hints in the same row."""
    return f"${helper(len(formulas.names(policy)) + list(hidden(policy)).index(name))}{{row}}"


def formula(policy: Policy) -> str:
    """The formula of the column, `{row}` for the row: the last link of the chain."""
    return f"={own(policy, list(hidden(policy))[-1])}"


def left_to_the_check() -> str:
    """The column's formula in a template too large for native hints."""
    return f'=IF({at("person")}=1,"请点“校验花名册”","")'


def all_hints(policy: Policy, own: Mapping[str, str] | None = None) -> list[Hint]:
    """Every hint, the first that applies being shown; `own` are the cells of what the document says."""
    cells = own or dict.fromkeys(_CELLS, "")
    table = lists.places(policy)
    off = {rule.code for rule in checks.off(policy)}
    hints = [
        *_cells(policy, table),
        *_identity(policy, cells, table),
        *_rules(policy, cells, table),
        *_payments(policy, table),
        *_advice(policy, cells, table),
    ]
    return [hint for hint in hints if hint.code not in off]


def hint_codes(policy: Policy) -> frozenset[str]:
    """The codes of findings that 提示 shows by itself; the others need the whole book, other books, or Python."""
    return frozenset(code for hint in all_hints(policy) for code in hint.code.split("/"))


def both(*conditions: str) -> str:
    """All of these, each worked out only where those before it hold."""
    *first, last = conditions
    for condition in reversed(first):
        last = f"IF({condition},{last},FALSE())"
    return last


def _no_receipt(scheme: Scheme, table: Mapping[str, str]) -> str:
    key = f"{scheme}_receipt"
    return f"OR({blank(key, table)},{among(squeezed(key), table['无票词'])})"


def _judged(scheme: Scheme | None, condition: str) -> str:
    return condition if scheme is None else both(in_book(scheme), condition)


def _inputs(policy: Policy) -> list[columns.Column]:
    return [column for column in present(policy.schemes) if column.filled_by == "clerk"]


def _cells(policy: Policy, table: Mapping[str, str]) -> list[Hint]:
    """Cells that cannot be read."""
    errors = ",".join(f"ISERROR(SUM({run}))" for run in runs())
    hints = [Hint("201", f"OR({errors})", quoted("有单元格是错误值，请删去公式直接填写"))]
    for column in _inputs(policy):
        if column.key == "seq":
            continue
        cell = ref(column.key)
        text = _judged(column.scheme, both(f"ISTEXT({cell})", f"NOT({blank(column.key, table)})"))
        if column.kind == "number":
            hints.append(Hint("202", text, quoted(f"“{column.header}”填了文字，请只填数字")))
            wrong = f"OR({cell}<0,{cell}>10000000,ABS({cell}*100-ROUND({cell}*100,0))>0.001)"
            hints.append(
                Hint(
                    "206",
                    _judged(column.scheme, both(f"ISNUMBER({cell})", wrong)),
                    quoted(f"“{column.header}”是负数或超过两位小数"),
                )
            )
        elif column.kind == "date":
            hints.append(Hint("203", text, quoted(f"“{column.header}”不是日期，请按“年-月-日”录入")))
    return hints


def _identity(policy: Policy, cells: Mapping[str, str], table: Mapping[str, str]) -> list[Hint]:
    hints = [
        Hint("301", blank("name", table), quoted("姓名没有填")),
        Hint("302", blank("id_number", table), quoted("证件号码没有填")),
        Hint("303", digits_lost("id_number"), quoted("证件号码成了数字，末几位已丢失，请设为文本后重录")),
        Hint("211", digits_lost("household"), quoted("户号成了超过15位的数字，末几位已丢失，请设为文本后重录")),
        Hint("304/305/306/307/110", f'{cells["id_fault"]}<>""', cells["id_fault"]),
        Hint("311", f'{at(f"{next(iter(policy.schemes))}_line")}="?"', quoted("人员类别认不出，请从下拉列表选")),
    ]
    if decided := [enrolled(scheme) for scheme in policy.schemes if policy.by_age(scheme)]:
        unknown = both(
            f"{at('group')}={len(policy.groups) + 2}", f"OR({','.join(decided)})", f'{cells["id_number"]}<>""'
        )
        hints.append(Hint("319", unknown, quoted("年龄不明，应收算不出，请在人员类别写明年龄段")))
    for column in _inputs(policy):
        if column.mandatory and column.blocks != "identity":
            hints.append(
                Hint("316", _judged(column.scheme, blank(column.key, table)), quoted(f"“{column.header}”没有填"))
            )
    for key in (f"{scheme}_status" for scheme in policy.schemes):
        unknown = both(f"NOT({blank(key, table)})", f'{at(key)}<>""', f"NOT({among(at(key), table[f'认_{key}'])})")
        hints.append(Hint("208", unknown, quoted(f"“{BY_KEY[key].header}”不在列表中")))
    return hints


def _rules(policy: Policy, cells: Mapping[str, str], table: Mapping[str, str]) -> list[Hint]:
    """Who may enrol, and which proofs are needed."""
    hints = _medical(policy, table) if "medical" in policy.schemes else []
    return hints + (_pension(policy, cells, table) if "pension" in policy.schemes else [])


def _medical(policy: Policy, table: Mapping[str, str]) -> list[Hint]:
    medical = enrolled("medical")
    out = f'{at("medical_status")}="{columns.NOT_ENROLLED}"'
    families = f'OR({blank("household_type", table)},TRIM({ref("household_type")})="{columns.HOUSEHOLD_TYPES[0]}")'
    hardship = _in_hardship(policy, table)
    unnamed = f"OR({blank('medical_reason', table)},{among(squeezed('medical_reason'), table['其他原因'])})"
    return [
        Hint(
            "602",
            both(medical, among(squeezed("schooling"), table["大学生"])),
            quoted("大学生由高校办理医保，请改为“高校参保”"),
        ),
        Hint(
            "603",
            both(medical, among(squeezed("register"), table["外地"]), blank("residence_proof", table)),
            quoted("外地户籍参加医保须有居住证明"),
        ),
        Hint(
            "601",
            both(among(at("medical_status"), table["市外参保"]), blank("medical_proof", table)),
            quoted("市外参保须填参保凭证"),
        ),
        Hint("608", both(out, hardship, unnamed), quoted("困难人员应全部参加医保")),
        Hint("506", both(out, families, blank("medical_reason", table)), quoted("不参保须选原因")),
    ]


def _in_hardship(policy: Policy, table: Mapping[str, str]) -> str:
    """Whether somebody has a status of hardship."""
    line, (count, *_) = at("medical_line"), map(len, lists.orders(policy, "medical"))
    if "困难" in table:
        held = over_words(policy, "MAX", f"INDEX({table['困难']},{{word}})", "0", table)
        return both(f'{at("words")}<>""', f"{held}=1")
    status = f"MOD({line}-1,{count})+1" if policy.groups else line
    return both(f"ISNUMBER({line})", f"{status}<{count}")


def _shut(policy: Policy, table: Mapping[str, str]) -> str:
    """Whether the tier is one that is not open to this person; FALSE where 人员类别 is not understood."""
    tier, words = at("tier"), table["类别词"]
    nothing = f'INDEX({table["限档"]},MATCH("{lists.ordinary_word(policy)}",{words},0),{tier})'
    opens = over_words(policy, "MAX", f"INDEX({table['限档']},{{word}},{tier})", "1", table)
    own = f'IF({at("words")}="",{nothing},{opens})'
    if policy.groups:
        own = f"MAX({own},INDEX({table['组限档']},{at('group')},{tier}))"
    return both(f"ISNUMBER({tier})", f"{own}<>1")


def _pension(policy: Policy, cells: Mapping[str, str], table: Mapping[str, str]) -> list[Hint]:
    pension, limit = enrolled("pension"), checks.age_limits(policy)[0]
    born = f"ISNUMBER({cells['birth']})"
    rules = policy.schemes["pension"]
    shut_out = [
        f"{at('group')}={n}"
        for n, group in enumerate(policy.groups, 1)
        if all(any(group.key in limit.closed for limit in rules.limits if tier in limit.tiers) for tier in rules.tiers)
    ]
    nothing = both(pension, f"NOT({blank('tier', table)})", f"OR({','.join(shut_out)})")
    return [
        Hint("702", both(pension, among(squeezed("schooling"), table["在校生"])), quoted("在校学生不参加居民养老")),
        Hint(
            "703", both(pension, among(squeezed("register"), table["区外"])), quoted(f"居民养老限本{policy.place}户籍")
        ),
        Hint(
            "701",
            both(pension, born, _younger(policy, limit, cells["birth"])),
            quoted(f"缴费时不满{limit}周岁，不参加养老"),
        ),
        Hint("704", both(pension, blank("tier", table)), quoted("养老档次没有填")),
        *([Hint("705", nothing, quoted("养老各档都不对这个人开放，请改养老参保状态"))] if shut_out else []),
        Hint("705", both(pension, f'{at("tier")}=""'), quoted("没有这个养老档次，请从下拉列表选")),
        *(
            [Hint("705", both(pension, _shut(policy, table)), quoted("这个养老档次不对这个人开放，看“政策口径”"))]
            if rules.limits
            else []
        ),
    ]


def _younger(policy: Policy, limit: int, born: str) -> str:
    """Whether somebody is younger than `limit` on the day that decides (interpretation `age_day`)."""
    end = day(policy.schemes["pension"].window.end)
    paid_on = amount("pension_date")
    when = end if policy.choice("age_day") == "window_end" else f"IF({paid_on}>0,{paid_on},{end})"
    return f"DATE(YEAR({born})+{limit},MONTH({born}),DAY({born}))>{when}"


def _payments(policy: Policy, table: Mapping[str, str]) -> list[Hint]:
    """Money against what is due, and days."""
    hints: list[Hint] = []
    for scheme in policy.schemes:
        short, over = {"medical": ("605", "606"), "pension": ("710", "711")}[scheme]
        due, paid, name = at(f"{scheme}_due"), at(f"{scheme}_paid"), policy.schemes[scheme].name
        judged = [f"ISNUMBER({due})", f"ISNUMBER({paid})", f"{paid}>0"]
        less, more = f"ROUND({paid}-{due},2)<0", f"ROUND({paid}-{due},2)>0"
        if scheme == "medical":
            refund = f"INDEX({table['medical_refund']},{at('medical_line')},{column_of(policy, scheme, table)})"
            judged += _unsettled(policy, table)
            net = f"IF({refund}>0,ROUND({paid}-({due}-{refund}),2)=0,FALSE())"
            refunded = "、".join(category.short for category in policy.refunded)
            if refunded:
                text = f'"{refunded}先征后补：应先收"&{due}&"元，补助"&{refund}&"元另发"'
                hints.append(Hint("607", both(*judged, less, net), text))
        hints += [
            Hint(short, both(*judged, less), f'"{name}应收"&{due}&"元，少收"&ROUND({due}-{paid},2)&"元"'),
            Hint(over, both(*judged, more), f'"{name}应收"&{due}&"元，多收"&ROUND({paid}-{due},2)&"元"'),
        ]
    for scheme, rules in policy.schemes.items():
        name, code = rules.name, {"medical": "609", "pension": "713"}[scheme]
        money, when = f"{amount(f'{scheme}_paid')}>0", amount(f"{scheme}_date")
        early = both(enrolled(scheme), f"{when}>0", f"{when}<{day(rules.season_start)}")
        hints += [
            Hint(code, both(in_book(scheme), f"NOT({enrolled(scheme)})", money), quoted(f"{name}不是本次参保却有实收")),
            Hint(
                "805", both(enrolled(scheme), money, blank(f"{scheme}_date", table)), quoted(f"{name}收了钱没有填日期")
            ),
            Hint("801", early, quoted(f"{name}日期早于{rules.season_start}")),
        ]
    return hints


def _unsettled(policy: Policy, table: Mapping[str, str]) -> list[str]:
    """FALSE for who paid an earlier standard in full before a later one was notified: no hint then."""
    paid, when, line = at("medical_paid"), amount("medical_date"), at("medical_line")
    return [
        f"NOT(AND(ROUND({paid}-INDEX({table[f'前标准表{n}']},{line},1),2)=0,{when}>0,{when}<{day(later.notified)},"
        f"{when}>={day(standard.notified)}-366))"
        for n, (standard, later) in enumerate(pairwise(policy.schemes["medical"].standards))
    ]


def _advice(policy: Policy, cells: Mapping[str, str], table: Mapping[str, str]) -> list[Hint]:
    """Hints that only ask for a second look: days outside the window, receipts, ages, lists."""
    hints = []
    for scheme, rules in policy.schemes.items():
        name, when, money = rules.name, amount(f"{scheme}_date"), f"{amount(f'{scheme}_paid')}>0"
        due = at(f"{scheme}_due")
        free = both(f"ISNUMBER({due})", f"{due}=0", f"{amount(f'{scheme}_paid')}=0")
        late = f"INT({when})>{day(rules.window.end)}"
        ended = f"已过缴费期末{rules.last_day}"
        for window in rules.windows:
            if window.counted:
                late = both(late, f"OR(INT({when})<{day(window.start)},INT({when})>{day(window.end)})")
                ended = "不在缴费期内"
        if not all(window.counted for window in rules.windows):
            ended = "不在计入完成率的缴费期内"
        if rules.own_days:
            late = both(late, f"NOT({in_own_days(scheme, f'INT({when})', table)})")
        after = both(enrolled(scheme), f"{_deadline()}>0", f"INT({when})>{_deadline()}")
        hints += [
            Hint("803", both(enrolled(scheme), late), quoted(f"{name}日期{ended}，列为逾期")),
            Hint("804", after, quoted(f"{name}日期晚于封面的填报截止日期")),
            Hint("808", both(enrolled(scheme), money, _no_receipt(scheme, table)), quoted(f"{name}收了钱没有填票据号")),
            Hint(
                "807",
                both(enrolled(scheme), free, blank(f"{scheme}_date", table)),
                quoted(f"{name}应收为0，请补填登记日期"),
            ),
        ]
        if rules.own_days:
            case = among(squeezed("special_case"), table[f"{scheme}_own_words"])
            undated = both(enrolled(scheme), case, blank("special_date", table))
            hints.append(Hint("811", undated, quoted("特殊情形没有填日期")))
    old = f"IF({cells['id_kind']}=1,LEN({cells['id_number']})=15,FALSE())"
    number = ref("id_number")
    for key in (key for key in _LONG_CODES if BY_KEY[key].scheme in (None, *policy.schemes)):
        text = quoted(f"“{BY_KEY[key].header}”成了超过15位的数字，末几位已丢失，请设为文本后重录")
        hints.append(Hint("212", _judged(BY_KEY[key].scheme, digits_lost(key)), text))
    hints += [
        Hint("308", old, quoted("15位旧号，请换填18位新号")),
        Hint(
            "318",
            both(f"ISNUMBER({number})", f"{number}<1000000000000000", f"NOT({old})"),
            quoted("证件号码是数字格式，请设为文本后重录"),
        ),
        *(_ages(policy, cells["birth"], table) if "pension" in policy.schemes else ()),
    ]
    for column in _inputs(policy):
        if column.choices and column.key not in ("medical_status", "pension_status"):
            word = squeezed(column.key)
            unknown = both(f"NOT({blank(column.key, table)})", f"NOT({among(word, table[f'认_{column.key}'])})")
            hints.append(Hint("209", _judged(column.scheme, unknown), quoted(f"“{column.header}”不在列表中，请核对")))
    return hints


def _ages(policy: Policy, birth: str, table: Mapping[str, str]) -> list[Hint]:
    """Who may draw a pension already, and who may be at school."""
    first, last = checks.age_limits(policy)
    end, enrols = policy.schemes["pension"].window.end, enrolled("pension")
    young = f"AND(NOT({_younger(policy, first, birth)}),{_younger(policy, first + 7, birth)})"
    elder = f"DATE(YEAR({birth})+{last},MONTH({birth}),DAY({birth}))<={day(end)}"
    born = f"ISNUMBER({birth})"
    open_to = [f"NOT({_shut(policy, table)})"] if policy.schemes["pension"].limits else []
    return [
        Hint("707", both(enrols, born, elder, *open_to), quoted(f"到缴费期末已满{last}周岁，请核实是否已领待遇")),
        Hint("708", both(enrols, born, young, blank("schooling", table)), quoted("请填在校情况（不在校的填“否”）")),
    ]
