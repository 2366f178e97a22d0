"""Write the generated pages of docs/: the manual of checks and the schema of `merge --json`.

python scripts/make_docs.py            writes them
python scripts/make_docs.py --check    exits 1 where a committed page is not what would be written
"""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parent.parent
sys.path[:0] = [str(ROOT)]  # run as a script, only its own folder is on the path

import scripts  # noqa: E402, F401 - the package's notice goes before what this PC has
from addin import checks, findings, policy  # noqa: E402
from addin.district import CASH  # noqa: E402
from addin.district.records import STATES, STATUS_NAMES  # noqa: E402
from addin.output import template  # noqa: E402

DOCS = ROOT / "docs"

GROUPS = {
    "1": "文件",
    "2": "单元格",
    "3": "人员身份",
    "4": "重复",
    "5": "户",
    "6": "医保",
    "7": "养老",
    "8": "日期和票据（两险）",
    "9": "部门名单（合并或校验时给了名单才有）",
}
REFUSALS = {
    "R1": "拒收：文件读不了",
    "R2": "拒收：不是本次的花名册",
    "R3": "拒收：报送",
    "R4": "拒收：部门名单",
    "C1": "不再计入",
    "S1": "跳过",
}


def checks_page() -> str:
    """All codes of the catalogue, with what they say and an example."""
    rules = policy.load()
    lines = [
        "# 校验规则",
        "",
        f"由程序生成（`python scripts/make_docs.py`），依据{rules.id}。级别：错误须改；警告须核；提示仅供知悉。"
        "“不计入”是指这一行在该险种不计入完成人数。“填表时”有√的，花名册的“提示”列边填边提示；"
        "没有√的要对照整册、别的册或逐字核对，填表时看不出来，由校验查出。",
    ]
    codes = sorted(findings.CATALOGUE.values(), key=lambda code: code.code)
    for digit, group in GROUPS.items():
        lines += [
            "",
            f"## {digit}xx {group}",
            "",
            "| 代码 | 级别 | 检查什么 | 填表时 | 不计入 | 说法 | 怎么改 | 正确示例 | 条款 |",
            "|---|---|---|:-:|---|---|---|---|---|",
        ]
        lines += [_finding_line(code, rules) for code in codes if code.code[0] == digit]
    lines += [
        "",
        "## 拒收和跳过",
        "",
        "一个文件读不了或不能用时整册拒收，代码以R开头；以C开头的由别的一份代替，以S开头的不是花名册。"
        "原因和处理办法写在“报送情况”里；同一代码因情形不同，说法可能更具体。",
    ]
    for start, group in REFUSALS.items():
        lines += ["", f"### {start}xx {group}", "", "| 代码 | 情形 | 说法 | 怎么办 |", "|---|---|---|---|"]
        lines += [
            _row(code.code, code.title, _said(code.problem), _said(code.remedy))
            for code in codes
            if code.code.startswith(start)
        ]
    return "\n".join([*lines, ""])


def _row(*cells: str) -> str:
    return "| " + " | ".join(cell.replace("|", "／") for cell in cells) + " |"


def _finding_line(code: findings.Code, rules: policy.Policy) -> str:
    scheme, example = None, code.example
    if isinstance(code, checks.Rule):
        scheme = code.schemes[0] if code.schemes else None
        own = "按那一栏" if len(code.each) > 1 else checks.right_entry(rules, code.at.format(scheme=scheme))
        example = _said(example, **(checks.example_words(rules, scheme) | {"example": own}))
    return _row(
        code.code,
        findings.SEVERITY_NAMES[code.severity],
        code.title,
        "√" if code.code in template.hint_codes(rules) else "",
        code.blocks_some or "、".join(rules.schemes[key].name for key in code.blocks),
        _said(code.problem, place=rules.place),
        _said(code.remedy, place=rules.place),
        example,
        rules.article(code.entry.format(scheme=scheme)) if code.entry else "",
    )


def _said(text: str, **known: str) -> str:
    """The words of a message, those that are not known shown as ……."""
    return text.format_map(_Blank(known))


class _Blank(dict[str, str]):
    def __missing__(self, key: str) -> str:
        return "……"


def merge_schema() -> dict[str, Any]:
    """The JSON Schema of `liangxian merge --json`."""
    text, whole, number, flag = {"type": "string"}, {"type": "integer"}, {"type": "number"}, {"type": "boolean"}
    scheme = {"enum": list(policy.SCHEMES)}
    day = {"type": ["string", "null"], "format": "date"}

    def maybe(kind: dict[str, Any]) -> dict[str, Any]:
        return {"type": [kind["type"], "null"]}

    def record(**fields: dict[str, Any]) -> dict[str, Any]:
        return {"type": "object", "properties": fields, "required": list(fields), "additionalProperties": False}

    def with_lists(kind: dict[str, Any], **fields: dict[str, Any]) -> dict[str, Any]:
        """A record with fields that are there only where departments' lists, or quotas of villages, were given."""
        return {**kind, "properties": {**kind["properties"], **fields}}

    def array(item: dict[str, Any]) -> dict[str, Any]:
        return {"type": "array", "items": item}

    total = record(
        quota_printed=whole,
        quota_sum=whole,
        counted=whole,
        counted_all=whole,
        claimed=whole,
        claimed_all=whole,
        late=whole,
        late_all=whole,
        rate=number,
        rate_with_late=number,
    )
    money = {"type": "number", "description": "元"}
    fields = {
        "policy": text,
        "trial": array(text),
        "through": day,
        "files": array(record(
            name=text, status={"enum": list(STATUS_NAMES)}, code=text, reason=text, township=text, part=text, scope=text,
            serial=whole, persons=whole, errors=whole, warnings=whole, entered=whole, deadline=day)),
        "reported": array(record(
            township=text, state={"enum": list(STATES)}, parts_received=whole, parts_expected=maybe(whole), persons=whole, errors=whole,
            warnings=whole, entered=whole, deadline=day)),
        "units": array(record(
            township=text, scheme=scheme, base=maybe(whole), quota=maybe(whole), gap=maybe(whole), rank=maybe(whole), claimed=whole,
            counted=whole, late=whole, not_counted=record(**dict.fromkeys(findings.REASONS, whole)), rate=maybe(number),
            rate_with_late=maybe(number))),
        "district": {  # of a notice of one scheme, that one
            "type": "object", "properties": dict.fromkeys(policy.SCHEMES, total), "minProperties": 1, "additionalProperties": False,
        },
        "findings": array(with_lists(record(
            file=text, sheet=text, row=maybe(whole), column=maybe(text), code=text,
            severity={"enum": list(findings.SEVERITY_NAMES)}, article=text, blocks=array(scheme), count=whole, places=array(whole)),
            township=text)),
        "funding": array(with_lists(record(
            township=text, scheme=scheme, category=text, funder=text, department=text, to={"enum": ["township", "person"]}, persons=whole,
            yuan=money, claimed_persons=whole, claimed_yuan=money), listed_persons=whole, listed_yuan=money)),
        "cash": array(record(township=text, scheme=scheme, **dict.fromkeys(CASH, money))),
        "coverage": array(record(
            township=text, scheme=scheme, category=text, people=whole, obliged=whole, enrolled=whole,
            excused={"type": "object", "additionalProperties": whole}, rate=maybe(number))),
        "duplicates": array(record(
            scheme=scheme, person=text, id=text, township=text, file=text, row=whole, owner=flag, paid_day=day)),
        "series": array(record(date=day, township=text, scheme=scheme, counted=whole)),
        "decisions": array(record(kind=text, township=text, text=text)),
        "interpretations": array(record(name=text, value=text, rows=whole)),
    }  # fmt: skip
    lists_given = record(
        covered=array(text),
        files=array(record(
            name=text, status={"enum": list(STATUS_NAMES)}, kind=text, statuses=text, lines=whole, problems=whole, code=text,
            reason=text)),
        payments=array(record(
            township=text, scheme=scheme, code=text, persons=whole, listed_yuan=money, roster_yuan=money)),
        at_stake=array(record(
            township=text, scheme=scheme, code=text, persons=whole, listed_yuan=money, claimed_yuan=money)),
    )  # fmt: skip
    villages = array(record(
        township=text, scheme=scheme, village=text, quota=maybe(whole), claimed=whole, counted=whole, late=whole,
    ))  # fmt: skip
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": "liangxian merge --json",
        **with_lists(record(**fields), lists=lists_given, villages=villages),
    }


def pages() -> dict[Path, str]:
    """Every generated page and its text."""
    schema = json.dumps(merge_schema(), ensure_ascii=False, indent=1) + "\n"
    return {DOCS / "checks.md": checks_page(), DOCS / "merge.schema.json": schema}


def main() -> int:
    """Write the pages, or compare them."""
    stale = []
    for path, text in pages().items():
        if "--check" in sys.argv:
            if not path.exists() or path.read_text(encoding="utf-8") != text:
                stale.append(path.name)
        else:
            path.parent.mkdir(exist_ok=True)
            path.write_text(text, encoding="utf-8", newline="\n")
            print(f"wrote {path.name}")
    if stale:
        print(f"stale: {', '.join(stale)}; run python scripts/make_docs.py")
    return 1 if stale else 0


if __name__ == "__main__":
    sys.exit(main())
