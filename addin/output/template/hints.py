"""提示: the first thing wrong on a row, worked out by the spreadsheet itself while the clerk types.

The same rules as in `checks`, those that need one row and the cover only; the order is that of the checks, so that one
bad cell gives one hint. A hint is a finding's code, a condition and a text; a differential test holds the two together.
"""

from __future__ import annotations

from datetime import date
from itertools import pairwise
from typing import NamedTuple

from addin import checks, columns
from addin.columns import BY_KEY, COLUMNS, INPUTS, Scheme
from addin.ids import FOREIGN_PERMIT, HMT_PERMIT, OTHER, RESIDENT
from addin.output.template.formulas import cover, ref, squeezed
from addin.output.template.layout import LETTERS
from addin.output.template.lists import folds_to
from addin.policy import Policy

_WEIGHTS = "{7,9,10,5,8,4,2,1,6,3,7,9,10,5,8,4,2}"
_PLACES = "{1,2,3,4,5,6,7,8,9,10,11,12,13,14,15,16,17}"
_SHORT_PLACES = "{1,2,3,4,5,6,7,8,9,10,11,12,13,14,15}"
_A_LINK = 12
"""Hints in one defined name; the last one hands on to the next name."""


class Hint(NamedTuple):
    """A finding's code, the condition and the text (both as formula)."""

    code: str
    condition: str
    text: str


def among(text: str, words: list[str]) -> str:
    """Whether a text is one of these words; the text stands once, however long it is to work out."""
    inline = ",".join(f'"{word}"' for word in words)
    return f"ISNUMBER(MATCH({text},{{{inline}}},0))"


def blank(key: str) -> str:
    """Whether a cell is empty, or spaces."""
    return f'TRIM(SUBSTITUTE({ref(key)},"\u3000",""))=""'


def said(text: str) -> str:
    """A plain text as formula."""
    return f'"{text}"'


def day(value: date) -> str:
    """A day as formula."""
    return f"DATE({value.year},{value.month},{value.day})"


def names(policy: Policy) -> dict[str, str]:
    """The names that the hints stand on, and the hints themselves, linked in a chain that begins with 提示文."""
    number = ref("id_number")
    digits = '"0123456789"'
    kinds = (RESIDENT, HMT_PERMIT, FOREIGN_PERMIT, OTHER)
    known = [(word, n) for n, kind in enumerate(kinds, 1) for word in folds_to("id_type", kind)]
    texts, codes = ",".join(f'"{word}"' for word, _ in known), ",".join(str(n) for _, n in known)
    numeric = "SUMPRODUCT(--ISNUMBER(FIND(MID({0},{1},1),{2})))={3}"
    eighteen = (
        f'AND({numeric.format(number, _PLACES, digits, 17)},ISNUMBER(FIND(UPPER(RIGHT({number},1)),"0123456789X")))'
    )
    fifteen = numeric.format(number, _SHORT_PLACES, digits, 15)
    sum_of_digits = f"SUMPRODUCT(MID({number},{_PLACES},1)*{_WEIGHTS})"
    checked = f'MID("10X98765432",MOD({sum_of_digits},11)+1,1)=UPPER(RIGHT({number},1))'
    born = "IFERROR(AND(--生日文>=19000101,YEAR(生日)*10000+MONTH(生日)*100+DAY(生日)=--生日文),FALSE)"
    birth, unclean = said("证件号码里的出生日期不对"), said("证件号码里有空格或全角字符，请删去")
    characters = f"IF(号净,{said('证件号码有不该有的字符')},{unclean})"
    length = f'IF(号净,"证件号码是"&LEN({number})&"位，应为18位",{unclean})'
    # in the order of the checks: length, characters, birth, check digit; no judgement of a kind that is not known
    fault = (
        f'IF(NOT(AND(有结构,证类码<9)),"",IF(LEN({number})=18,IF({eighteen},IF({born},IF(生日晚,{birth},IF({checked},"",'
        f"{said('证件号码校验码不对，请逐位核对')})),{birth}),{characters}),"
        f'IF(旧号,IF({fifteen},IF({born},"",{birth}),{characters}),{length})))'
    )
    found = {
        "证类码": f"IF({blank('id_type')},1,IFERROR(INDEX({{{codes}}},MATCH({squeezed('id_type')},{{{texts}}},0)),9))",
        # the old foreign permit is three letters and twelve digits: nothing to work out there
        "有结构": f"AND(证类码<>4,OR(证类码<>3,LEN({number})<>15))",
        "旧号": f"AND(LEN({number})=15,证类码=1)",
        "生日文": f'IF(LEN({number})=15,"19"&MID({number},7,6),MID({number},7,8))',
        "生日": "DATE(LEFT(生日文,4),MID(生日文,5,2),RIGHT(生日文,2))",
        "生日晚": "IF(截止>0,生日>截止,FALSE)",
        "号净": f"{squeezed('id_number')}={number}",
        "号话": fault,
        "户籍类": squeezed("register"),
        "在校类": squeezed("schooling"),
        "原因类": squeezed("medical_reason"),
        "截止": f"N({cover('deadline')})",
    }
    hints = all_hints(policy)
    links = [hints[n : n + _A_LINK] for n in range(0, len(hints), _A_LINK)]
    for n, link in enumerate(links):
        rest = f"提示{n + 2}" if n + 1 < len(links) else '""'
        for hint in reversed(link):
            rest = f"IF({hint.condition},{hint.text},{rest})"
        found[f"提示{n + 1}"] = rest
    return found


def formula() -> str:
    """The formula of the column, `{row}` for the row."""
    first, last = LETTERS[INPUTS[1].key], LETTERS[INPUTS[-1].key]
    return f'=IF(COUNTA(${first}{{row}}:${last}{{row}})=0,"",提示1)'


def left_to_the_check() -> str:
    """The column's formula in a template too large for native hints."""
    return f'=IF(${LETTERS["name"]}{{row}}="","","请点“校验花名册”")'


def all_hints(policy: Policy) -> list[Hint]:
    """Every hint, the first that applies being shown."""
    return [*_cells(policy), *_identity(), *_rules(policy), *_payments(policy), *_advice(policy)]


def _in_book(scheme: Scheme | None) -> str:
    return {"medical": "医保在册", "pension": "养老在册", None: "TRUE"}[scheme]


def _enrolled(scheme: Scheme) -> str:
    return {"medical": "医保参保", "pension": "养老参保"}[scheme]


def _cells(policy: Policy) -> list[Hint]:
    """What cannot be read at all."""
    first, last = INPUTS[1], INPUTS[-1]
    anywhere = f"{ref(first.key)}:{ref(last.key).partition('!')[2]}"
    found = [Hint("201", f"SUMPRODUCT(--ISERROR({anywhere}))>0", said("有单元格是错误值，请删去公式直接填写"))]
    for column in COLUMNS:
        if column.filled_by != "clerk" or column.key == "seq":
            continue
        cell = ref(column.key)
        if column.kind == "number":
            found.append(
                Hint("202", f"IF(ISTEXT({cell}),IF({_in_book(column.scheme)},NOT({blank(column.key)}),FALSE),FALSE)",
                     said(f"“{column.header}”填了文字，请只填数字"))
            )  # fmt: skip
            fine = f"OR({cell}<0,{cell}>10000000,ABS({cell}*100-ROUND({cell}*100,0))>0.001)"
            found.append(
                Hint("206", f"IF(ISNUMBER({cell}),IF({_in_book(column.scheme)},{fine},FALSE),FALSE)",
                     said(f"“{column.header}”是负数或超过两位小数"))
            )  # fmt: skip
        elif column.kind == "date":
            found.append(
                Hint("203", f"IF(ISTEXT({cell}),IF({_in_book(column.scheme)},NOT({blank(column.key)}),FALSE),FALSE)",
                     said(f"“{column.header}”不是日期，请按“年-月-日”录入"))
            )  # fmt: skip
    return found


def _identity() -> list[Hint]:
    number = ref("id_number")
    found = [
        Hint("301", blank("name"), said("姓名没有填")),
        Hint("302", blank("id_number"), said("证件号码没有填")),
        Hint("303", f"ISNUMBER({number})", said("证件号码成了数字，末几位已丢失，请设为文本后重录")),
        Hint("304/305/306/307/110", '号话<>""', "号话"),
        Hint("311", "ISERROR(身份码)", said("人员类别认不出，请从下拉列表选")),
    ]
    for column in INPUTS:
        if column.mandatory and not column.identity:
            empty = f"IF({_in_book(column.scheme)},{blank(column.key)},FALSE)"
            found.append(Hint("316", empty, said(f"“{column.header}”没有填")))
    for key, read in (("medical_status", "医态"), ("pension_status", "养态")):
        unknown = f'IF({_in_book(BY_KEY[key].scheme)},IF({read}="",FALSE,ISERROR(MATCH({read},认_{key},0))),FALSE)'
        found.append(Hint("208", unknown, said(f"“{BY_KEY[key].header}”不在列表中")))
    return found


def _rules(policy: Policy) -> list[Hint]:
    """Who may enrol, and what must be shown."""
    outside = folds_to("register", columns.OUTSIDE, columns.OVERSEAS)
    elsewhere = folds_to("register", columns.CITY, columns.OUTSIDE, columns.OVERSEAS)
    students = folds_to("schooling", columns.STUDENT)
    pupils = folds_to("schooling", columns.PUPIL, columns.STUDENT)
    abroad = folds_to("medical_status", *columns.MEDICAL_OUTSIDE_CITY)
    other = folds_to("medical_reason", columns.OTHER_REASON)
    families = f'OR({blank("household_type")},TRIM({ref("household_type")})="{columns.HOUSEHOLD_TYPES[0]}")'
    out = f'IF(医保在册,医态="{columns.NOT_ENROLLED}",FALSE)'
    limit = checks.age_limits(policy)[0]
    tier = ref("tier")
    return [
        Hint("602", f"IF(医保参保,{among('在校类', students)},FALSE)", said("大学生由高校办理医保，请改为“高校参保”")),
        Hint("603", f"IF(医保参保,IF({among('户籍类', outside)},{blank('residence_proof')},FALSE),FALSE)", said("外地户籍参加医保须有居住证明")),
        Hint("601", f"IF(医保在册,IF({among('医态', abroad)},{blank('medical_proof')},FALSE),FALSE)", said("市外参保须填参保凭证")),
        Hint("506", f"IF({out},IF({families},{blank('medical_reason')},FALSE),FALSE)", said("不参保须选原因")),
        Hint("608", f"IF({out},IF(N(身份码)>0,OR({blank('medical_reason')},{among('原因类', other)}),FALSE),FALSE)", said("困难人员应全部参加医保")),
        Hint("702", f"IF(养老参保,{among('在校类', pupils)},FALSE)", said("在校学生不参加居民养老")),
        Hint("703", f"IF(养老参保,{among('户籍类', elsewhere)},FALSE)", said("居民养老限本区户籍")),
        Hint("701", f"IF(养老参保,IF(有结构,{_younger(policy, limit)},FALSE),FALSE)", said(f"缴费时不满{limit}周岁，不参加养老")),
        Hint("704", f"IF(养老参保,{blank('tier')},FALSE)", said("养老档次没有填")),
        Hint("705", f"IF(养老参保,ISERROR(MATCH(N({tier}),养老档次,0)),FALSE)", said("没有这个养老档次，请从下拉列表选")),
    ]  # fmt: skip


def _younger(policy: Policy, limit: int) -> str:
    """Whether somebody is younger than `limit` on the day that decides (interpretation `age_day`)."""
    end = day(policy.schemes["pension"].window.end)
    paid_on = ref("pension_date")
    when = end if policy.choice("age_day") == "window_end" else f"IF(N({paid_on})>0,{paid_on},{end})"
    return f"DATE(YEAR(生日)+{limit},MONTH(生日),DAY(生日))>{when}"


def _payments(policy: Policy) -> list[Hint]:
    """Money against what is due, and days."""
    due, refund, paid = ref("medical_due"), ref("medical_refund"), ref("medical_paid")
    settled = _settled(policy)
    judged = f"IF(医保参保,IF(N({paid})>0,IF(ISNUMBER({due}),{settled},FALSE),FALSE),FALSE)"
    pension_due, pension_paid = ref("pension_due"), ref("pension_paid")
    pension_judged = f"IF(养老参保,IF(N({pension_paid})>0,ISNUMBER({pension_due}),FALSE),FALSE)"

    def less(one: str, other: str) -> str:
        return f"ROUND({one}-{other},2)<0"

    def gap(one: str, other: str) -> str:
        return f"ROUND({one}-{other},2)"

    net = f"IF(N({refund})>0,ROUND({paid}-({due}-{refund}),2)=0,FALSE)"
    found = [
        Hint("607", f"IF({judged},IF({less(paid, due)},{net},FALSE),FALSE)", f'"低保先征后补：应先收"&{due}&"元，补助"&{refund}&"元另发"'),
        Hint("605", f"IF({judged},{less(paid, due)},FALSE)", f'"医保应收"&{due}&"元，少收"&{gap(due, paid)}&"元"'),
        Hint("606", f"IF({judged},{less(due, paid)},FALSE)", f'"医保应收"&{due}&"元，多收"&{gap(paid, due)}&"元"'),
        Hint("710", f"IF({pension_judged},{less(pension_paid, pension_due)},FALSE)",
             f'"养老应收"&{pension_due}&"元，少收"&{gap(pension_due, pension_paid)}&"元"'),
        Hint("711", f"IF({pension_judged},{less(pension_due, pension_paid)},FALSE)",
             f'"养老应收"&{pension_due}&"元，多收"&{gap(pension_paid, pension_due)}&"元"'),
    ]  # fmt: skip
    for scheme, rules in policy.schemes.items():
        money, when, name = ref(f"{scheme}_paid"), ref(f"{scheme}_date"), rules.name
        code = {"medical": "609", "pension": "713"}[scheme]
        found += [
            Hint(code, f"IF({_in_book(scheme)},IF({_enrolled(scheme)},FALSE,N({money})>0),FALSE)", said(f"{name}不是本次参保却有实收")),
            Hint("805", f"IF({_enrolled(scheme)},IF(N({money})>0,{blank(f'{scheme}_date')},FALSE),FALSE)", said(f"{name}收了钱没有填日期")),
            Hint("801", f"IF({_enrolled(scheme)},IF(N({when})>0,{when}<{day(rules.season_start)},FALSE),FALSE)",
                 said(f"{name}日期早于{rules.season_start}")),
        ]  # fmt: skip
    return found


def _settled(policy: Policy) -> str:
    """FALSE for who paid an earlier standard in full before a later one was notified: nothing to say then."""
    paid, when = ref("medical_paid"), ref("medical_date")
    cases = [
        f"AND(ROUND({paid}-INDEX(前标准表{n},身份码+1),2)=0,N({when})>0,{when}<{day(later.notified)},"
        f"{when}>={day(standard.notified)}-366)"
        for n, (standard, later) in enumerate(pairwise(policy.schemes["medical"].standards))
    ]
    return f"NOT(OR({','.join(cases)}))" if cases else "TRUE"


def _advice(policy: Policy) -> list[Hint]:
    """What is only asked to be looked at: days outside the window, receipts, ages, lists."""
    first, last = checks.age_limits(policy)
    end = policy.schemes["pension"].window.end
    young = f"AND(NOT({_younger(policy, first)}),{_younger(policy, first + 7)})"
    elder = f"DATE(YEAR(生日)+{last},MONTH(生日),DAY(生日))<={day(end)}"
    found = []
    for scheme, rules in policy.schemes.items():
        when, name = ref(f"{scheme}_date"), rules.name
        dated, due = f"IF({_enrolled(scheme)},N({when})>0,FALSE)", ref(f"{scheme}_due")
        money = ref(f"{scheme}_paid")
        free = f"IF(ISNUMBER({due}),AND({due}=0,N({money})=0),FALSE)"
        found += [
            Hint("803", f"IF({dated},INT({when})>{day(rules.window.end)},FALSE)", said(f"{name}日期已过缴费期末{rules.window.end}，列为逾期")),
            Hint("804", f"IF({dated},IF(截止>0,INT({when})>截止,FALSE),FALSE)", said(f"{name}日期晚于封面的填报截止日期")),
            Hint("808", f"IF({_enrolled(scheme)},IF(N({money})>0,{blank(f'{scheme}_receipt')},FALSE),FALSE)", said(f"{name}收了钱没有填票据号")),
            Hint("807", f"IF({_enrolled(scheme)},IF({free},{blank(f'{scheme}_date')},FALSE),FALSE)", said(f"{name}应收为0，请补填登记日期")),
        ]  # fmt: skip
    found += [
        Hint("308", "旧号", said("15位旧号，请换填18位新号")),
        Hint("707", f"IF(养老参保,IF(有结构,{elder},FALSE),FALSE)", said(f"到缴费期末已满{last}周岁，请核实是否已领待遇")),
        Hint("708", f"IF(养老参保,IF(有结构,IF({young},{blank('schooling')},FALSE),FALSE),FALSE)", said("请填在校情况（不在校的填“否”）")),
    ]  # fmt: skip
    for column in INPUTS:
        if column.choices and column.key not in ("medical_status", "pension_status"):
            read = {"register": "户籍类", "schooling": "在校类", "medical_reason": "原因类"}.get(
                column.key
            ) or squeezed(column.key)
            unknown = (
                f'IF({_in_book(column.scheme)},IF({read}="",FALSE,ISERROR(MATCH({read},认_{column.key},0))),FALSE)'
            )
            found.append(Hint("209", unknown, said(f"“{column.header}”不在列表中，请核对")))
    return found


# fmt: off
HINT_COVERS = frozenset((
    "110", "201", "202", "203", "206", "208", "209",
    "301", "302", "303", "304", "305", "306", "307", "308", "311", "316",
    "506", "601", "602", "603", "605", "606", "607", "608", "609",
    "701", "702", "703", "704", "705", "707", "708", "710", "711", "713",
    "801", "803", "804", "805", "807", "808",
))
# fmt: on
"""The codes of findings that 提示 shows by itself; the others need the whole book, other books, or Python."""
