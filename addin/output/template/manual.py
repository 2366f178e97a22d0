"""填表说明: the steps, what each column wants, and pairs of wrong and right entries (all people are invented)."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

from addin import amounts, checks, columns, ids
from addin.columns import Column, Scheme
from addin.output.template.cells import QUIET, height
from addin.output.template.style import SECTION_HEIGHT, Styles
from addin.policy import FEN, Policy

if TYPE_CHECKING:
    from xlsxwriter.worksheet import Worksheet

_STEPS = (
    "先填“封面”：单位、险种范围、分册、填报截止日期、第几次报送。橙色栏目必填，灰色栏目自动生成，不要改。",
    "再填“花名册”：一人一行，同一户连着填，户主在第一行，户与户之间自动划线。橙色表头必填，蓝色表头按实际填，绿色表头自动计算，不要改。"
    "不常用的栏目已折叠，点表格上方的“+”展开；“应收”就在“实收”左边。",
    "本册是累计花名册：每次都报全部人员，不是只报本期新增。上次的册子接着填就是本期的册子。",
    "从别的表粘贴时，请用“选择性粘贴—数值”，并对准栏目（应收两列自动计算，不要粘贴在上面）；证件号码、户号、票据号须为文本。"
    "粘贴、插入行以后列表、颜色、公式没有了的，点“校验花名册”自动补上；没有装程序的，从上一行往下复制绿色列。",
    "填的时候看姓名和绿色的“提示”列：姓名变橙色就是这一行有问题，“提示”写明是什么，先改好；姓名变灰色是这一行没有公式。"
    "红字是和应收不一致的金额、不在收缴期内的日期或有误的证件号码。",
    "上报前点功能区“两险征缴—校验花名册”。没有装程序的也可以上报，汇总时再校验。校验会补上公式、列表和颜色，"
    "并清空Excel的撤销记录（Ctrl+Z），要撤销的请先撤销。",
    "校验结果为“0 个错误，可以上报”后，点“生成上报文件”；没有装程序的，另存为“单位_分册_截止日期_第几次”，{report}。",
    "打印前没有启用宏的，请先在“姓名”列筛选掉空白，再打印，空白行就不会打出来。",
)


def _receiver(policy: Policy) -> str:
    """The office to which the units report, named as in its own place: 区医保局."""
    kind, office = policy.place, policy.issuer
    return office if not office or office.startswith((kind, policy.district)) else kind + office


def _examples(policy: Policy) -> list[tuple[str, str, str, str]]:
    """Column, wrong, right, why; amounts from the policy."""
    disabled = [category.name for category in policy.hardships if category.disability]
    other = [category.name for category in policy.hardships if not category.disability]
    words = "、".join((*other[-1:], *disabled[:1]))
    examples = [
        ("证件号码", "9.90000199001010E+17", "990000199001010017", "成了数字，末几位已丢失，找不回来；先设文本再录。"),
        ("证件号码", "990000 19900101 0017", "990000199001010017", "中间不要加空格。"),
        ("与户主关系", "两个“户主”", "一户一个“户主”", "户主去世的请改填现户主。"),
        ("户籍地", "空白", columns.LOCAL, "按户口簿填，不看证件号码前六位。"),
        ("人员类别", "困难户", words, "写清是哪一种；几种身份用“、”隔开。"),
    ]
    for rules in list(policy.schemes.values())[:1]:
        day, amount = rules.window.start, f"{amounts.dues(policy, rules.key, ()).cash / FEN:g}"
        examples += [
            (f"{rules.name}实收", f"{amount}元", amount, "只填数字，不写“元”。"),
            (f"{rules.name}缴费(登记)日期", f"{day.month}.{day.day}", f"{day}", "年月日齐全，用“-”隔开。"),
            (f"{rules.name}参保状态", "已参保", columns.ENROLLED, "从列表选；在别处参保的选在哪里参保。"),
        ]
    if "medical" in policy.schemes:
        examples.append(("不参保原因", "空白", "现役军人", "全家都要参加；确不能参加的写原因。"))
    for rules in policy.schemes.values():
        if rules.tiers:
            tier = amounts.open_tiers(policy, rules.key, ())[0]
            examples.append((f"{rules.name}档次", "最低档", f"{tier / FEN:g}", "填元数，从列表选。"))
    examples += [
        ("村(社区)", "桥头 / 桥头村委会 / 桥头村", "桥头村", "同一个村只用一种写法，否则一户会被看成两户。"),
    ]
    for category in policy.refunded[:1]:
        due = amounts.dues(policy, "medical", {category.key})
        wrong, right = f"{category.short}填 {due.net / FEN:g}", f"{category.short}填 {due.cash / FEN:g}"
        why = f"先征后补：先收{due.cash / FEN:g}元，补助{due.refund / FEN:g}元另发给本人。"
        examples.insert(6, ("医保实收", wrong, right, why))
    return examples


_WIDTHS = (6, 20, 28, 28, 28, 28)
_LAST = len(_WIDTHS) - 1


def write(sheet: Worksheet, styles: Styles, policy: Policy) -> None:
    """Write the sheet."""
    sheet.hide_gridlines(2)
    sheet.ignore_errors(QUIET)
    for n, width in enumerate(_WIDTHS):
        sheet.set_column(n, n, width)
    sheet.set_row(0, 32)
    sheet.merge_range(0, 0, 0, _LAST, "填表说明", styles["title"])
    sheet.merge_range(1, 0, 1, _LAST, f"{policy.basis}；例子中的人都是虚构的", styles["subtitle"])
    row = _section(sheet, styles, 3, "一、怎么填")
    receiver = _receiver(policy)
    report = f"报{receiver}" if receiver else "再上报"
    for n, step in enumerate(_STEPS, 1):
        text = step.replace("应收两列", columns.dues_in_words(policy.schemes)).replace("{report}", report)
        sheet.set_row(row, height(text, sum(_WIDTHS[1:])) + 6)
        sheet.write_number(row, 0, n, styles["cell_middle"])
        sheet.merge_range(row, 1, row, _LAST, text, styles["cell"])
        row += 1
    row = _section(sheet, styles, row + 1, "二、一户四人，逐栏这样填（没有列出的栏目空着）")
    row = _write_family(sheet, styles, policy, row)
    row = _section(sheet, styles, row + 1, "三、容易填错的")
    row = _header(sheet, styles, row, ("序号", "栏目", "错误的填法", "正确的填法", "为什么"))
    for n, (header, wrong, right, why) in enumerate(_examples(policy), 1):
        texts = (wrong, _WIDTHS[2]), (right, _WIDTHS[3]), (why, sum(_WIDTHS[4:]))
        sheet.set_row(row, max(height(text, width) for text, width in texts) + 4)
        sheet.write_number(row, 0, n, styles["cell_middle"])
        sheet.write_string(row, 1, header, styles["cell"])
        sheet.write_string(row, 2, wrong, styles["cell_wrong"])
        sheet.write_string(row, 3, right, styles["cell_right"])
        sheet.merge_range(row, 4, row, _LAST, why, styles["cell"])
        row += 1
    row = _section(sheet, styles, row + 1, "四、各栏目")
    row = _header(sheet, styles, row, ("序号", "栏目", "怎么填", "填写要求", "可选内容"))
    for n, column in enumerate(columns.present(policy.schemes), 1):
        if column.key == "marks":
            continue
        choices, wanted = _choices(column, policy), columns.about(column.guide, policy.schemes, policy.place)
        sheet.set_row(row, max(height(wanted, _WIDTHS[2]), height(choices, sum(_WIDTHS[4:]))) + 4)
        sheet.write_number(row, 0, n, styles["cell_middle"])
        sheet.write_string(row, 1, column.header, styles["cell"])
        sheet.write_string(row, 2, wanted, styles["cell"])
        sheet.write_string(row, 3, _kind(column), styles["cell_middle"])
        sheet.merge_range(row, 4, row, _LAST, choices, styles["cell"])
        row += 1
    sheet.set_paper(9)
    sheet.set_landscape()
    sheet.fit_to_pages(1, 0)
    sheet.set_footer("&R第 &P 页，共 &N 页")


def family(policy: Policy) -> list[dict[str, object]]:
    """A family of four, every column right: one insured elsewhere, a pupil, somebody who draws a pension."""
    year = max(rules.window.end.year for rules in policy.schemes.values() if rules.tiers or len(policy.schemes) == 1)
    young, old = checks.age_limits(policy) if "pension" in policy.schemes else (16, 60)
    paid, pays_pension = ({**_payment(policy, scheme)} for scheme in ("medical", "pension"))
    paid["entered"] = columns.YES
    people: list[dict[str, object]] = [
        {
            "registered": 4,
            "name": "张建国",
            "relation": columns.RELATIONS[0],
            "id_number": _invented_number(year - old + 15, 1),  # odd ones are men's
            **paid,
            **pays_pension,
        },
        {
            "name": "李秀英",
            "relation": "配偶",
            "id_number": _invented_number(year - old + 17, 2),
            "medical_status": columns.MEDICAL_ELSEWHERE[0],
            "pension_status": columns.PENSION_ELSEWHERE[0],
        },
        {
            "name": "张小明",
            "relation": "子",
            "id_number": _invented_number(year - young + 4, 3),
            **paid,
            "schooling": columns.PUPIL,
            "pension_status": "未满16周岁",
        },
        {
            "name": "王桂花",
            "relation": "母",
            "id_number": _invented_number(year - old - 8, 4),
            **paid,
            "pension_status": "已领取待遇",
        },
    ]
    own = {column.key for column in columns.present(policy.schemes)}
    common = {"village": "桥头村", "group": "3", "household": "12", "register": columns.LOCAL}
    people = [{**common, **{key: value for key, value in person.items() if key in own}} for person in people]
    numbers = ids.read([str(person["id_number"]) for person in people], [""] * len(people))
    groups = amounts.group_words(
        policy, [""] * len(people), numbers.born, [person.get("schooling", "") for person in people]
    )
    for person, group in zip(people, groups.tolist(), strict=True):
        if group and person.get("medical_paid"):
            held = amounts.parse_category(policy, group)
            person["medical_paid"] = amounts.dues(policy, "medical", held).cash / FEN
    return people


def _payment(policy: Policy, scheme: Scheme) -> dict[str, object]:
    """The cells of an ordinary person's payment for a scheme, at the lowest tier; empty without the scheme."""
    rules = policy.schemes.get(scheme)
    if rules is None:
        return {}
    due = amounts.dues(policy, scheme, ())
    return {
        f"{scheme}_status": columns.ENROLLED,
        **({"tier": due.standard / FEN} if rules.tiers else {}),
        f"{scheme}_paid": due.cash / FEN,
        f"{scheme}_date": rules.window.start + timedelta(days=30 if rules.tiers else 14),
        f"{scheme}_receipt": "0006789" if rules.tiers else "0012345",
    }


def _invented_number(year: int, serial: int) -> str:
    """A right number of an area that does not exist."""
    digits = f"990000{year}0815{serial:03}"
    weights = (7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2)
    return digits + "10X98765432"[sum(int(d) * w for d, w in zip(digits, weights, strict=True)) % 11]


def _write_family(sheet: Worksheet, styles: Styles, policy: Policy, row: int) -> int:
    people = family(policy)
    sheet.merge_range(row, 0, row, 1, "栏目", styles["head"])
    for n, title in enumerate(
        ("户主", "配偶，在单位参保", "上小学的儿子", "已领待遇的母亲" if "pension" in policy.schemes else "母亲"), 2
    ):
        sheet.write_string(row, n, title, styles["head"])
    row += 1
    for column in columns.present(policy.schemes):
        if not any(column.key in person for person in people):
            continue
        sheet.merge_range(row, 0, row, 1, column.header, styles["cell"])
        for n, person in enumerate(people, 2):
            value = person.get(column.key, "")
            text = f"{value:g}" if isinstance(value, (int, float)) else str(value)
            sheet.write_string(row, n, text, styles["cell_middle"])
        row += 1
    return row


def _section(sheet: Worksheet, styles: Styles, row: int, text: str) -> int:
    sheet.set_row(row, SECTION_HEIGHT)
    sheet.merge_range(row, 0, row, _LAST, text, styles["section"])
    return row + 1


def _header(sheet: Worksheet, styles: Styles, row: int, titles: tuple[str, ...]) -> int:
    for n, title in enumerate(titles[:-1]):
        sheet.write_string(row, n, title, styles["head"])
    sheet.merge_range(row, len(titles) - 1, row, _LAST, titles[-1], styles["head"])
    return row + 1


def _kind(column: Column) -> str:
    if column.filled_by != "clerk":
        return {"formula": "自动计算，不要改", "check": "校验时写入，不要改"}[column.filled_by]
    words = ["必填"] if column.mandatory else []
    words += ["文本"] if column.as_text else [{"number": "数字", "date": "日期"}.get(column.kind, "")]
    return "，".join(filter(None, words)) or "按实际填"


def _choices(column: Column, policy: Policy) -> str:
    if column.key == "category":
        return "、".join(category.name for category in policy.statuses_by_key.values())
    if column.key == "tier":
        return "、".join(f"{tier / FEN:g}" for tier in policy.schemes["pension"].tiers)
    return columns.in_place("、".join(column.choices), policy.place)
