"""The recipes of docs/contributing.md tried: each in a copy of the project, then the quick tests.

    python scripts/try_recipes.py [NAME ...]

A recipe changes the files that the table "What a change touches" names, what is made anew is made anew, and the guards
run: nothing else may have to change. Exit code 1 where a guard fails.
"""

from __future__ import annotations

import io
import os
import shutil
import subprocess
import sys
import tarfile
import tempfile
from collections.abc import Callable
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
GUARDS = (
    "checks", "docs", "findings", "layout", "notices", "policy", "samples", "specification", "summary",
    "template", "workbooks",
)  # fmt: skip
NOTICE = "addin/notices/lengshuitan-2019/policy.toml"
FINDINGS = """
import csv
from tests.test_checks import findings_of_examples
head = open("tests/findings.csv", encoding="utf-8").readline()
with open("tests/findings.csv", "w", encoding="utf-8", newline="") as file:
    file.write(head)
    csv.writer(file, lineterminator="\\n").writerows(findings_of_examples())
"""


def put(folder: Path, file: str, before: str, added: str) -> None:
    """Put a text before the only place where another stands. Raises `ValueError` where there is none or several."""
    path = folder / file
    text = path.read_text(encoding="utf-8")
    if text.count(before) != 1:
        raise ValueError(f"{file}: {text.count(before)} times {before!r}")
    path.write_text(text.replace(before, added + before), encoding="utf-8")


def check(folder: Path) -> None:
    """A warning: 居住证明 of somebody who is registered here."""
    rule = '''@rule(
    code="612",
    severity="warning",
    title="本区户籍却填了居住证明",
    at="residence_proof",
    uses=("register",),
    entry="residents_of_other_places",
    problem="本区户籍的人填了居住证明“{value}”，通知规定只有外地户籍的要。",
    remedy="请核对“户籍所在地”，属本区的删去居住证明。",
    example="空着不填",
    passes=[ORDINARY],
    fails=[{"residence_proof": "居住证"}],
)
def proof_though_registered_here(roster: Roster) -> Offenders:
    """Who is registered here needs no 居住证明, 一(二)."""
    return np.asarray(roster.is_("register", LOCAL) & ~roster.blank("residence_proof"))


'''
    put(folder, "addin/checks/medical.py", "RULES = (", rule)
    put(folder, "addin/checks/medical.py", "    MEDICAL_OUTSIDE_CITY,\n    NOT_ENROLLED,", "    LOCAL,\n")
    put(folder, "addin/checks/medical.py", ")\n" + '"""The rules of this file', "    proof_though_registered_here,\n")
    planted = """@mistake("612", lambda _, person: person.cells["register"] == LOCAL)
def proof_of_a_resident(_: Spot, person: Person) -> None:
    write(person, "residence_proof", "居住证", "612")


"""
    put(folder, "scripts/samples/mistakes/medical.py", '@mistake("602"', planted)
    put(folder, "docs/specification.md", "| 604 610 |", "| 612 | 居住证明 of who is registered here | 警告 | |\n")


def refusal(folder: Path) -> None:
    """A roster whose name ends like an example's."""
    words = """    Code(
        code="R129",
        title="样例文件",
        problem="这是说明用的样例（{what}），不是报上来的花名册。",
        remedy="请报本单位自己填写的花名册。",
    ),
"""
    put(
        folder,
        "addin/findings/codes.py",
        ")\n\n# ---------------------------------------------------------------- R2xx",
        words,
    )
    place = """    if file.startswith("样例"):
        return make_refusal("R129", {"what": file})
"""
    put(folder, "addin/roster/read.py", "    roster = _roster(sheets[", place)


def category(folder: Path) -> None:
    """A status that the notice speaks of elsewhere, without a subsidy of its own."""
    status = """[[categories]]
key = "orphan"
name = "孤儿"
short = "孤儿"
aliases = ["事实无人抚养儿童"]
article = "一(二)"
text = "建档立卡贫困人口、特困供养人员、低保对象、贫困残疾人等困难人员全部纳入城乡居民医保和大病保险制度覆盖范围，实现100%参保。"

"""
    path = folder / NOTICE
    text = path.read_text(encoding="utf-8")
    first = text.index('[[categories]]\nkey = "severe_disabled"')
    text = text[:first] + status + text[first:]
    lines = text.splitlines(keepends=True)
    orders = [line.replace("]", ', "orphan"]') if line.startswith("order = [") else line for line in lines]
    path.write_text("".join(orders), encoding="utf-8")
    put(folder, "docs/specification.md", "| 重度残疾人, 贫困残疾人 |", "| 孤儿 | 0 | | | 250 | 250 | 0 |\n")
    test = folder / "tests/test_policy.py"
    lines = test.read_text(encoding="utf-8").splitlines(keepends=True)
    orders = [
        line.replace("),", ', "orphan"),')
        if line.strip().startswith(('"medical": ("tekun"', '"pension": ("tekun"'))
        else line
        for line in lines
    ]
    test.write_text("".join(orders), encoding="utf-8")


def sheet(folder: Path) -> None:
    """A sheet with a line a unit: people not counted."""
    module = '''"""未计入: by unit and scheme, people claimed and not counted."""

from __future__ import annotations

from addin.output.summary.book import Book
from addin.output.summary.page import Column, Page

NAME = "未计入"


def write(book: Book) -> None:
    """A table a scheme."""
    columns = [Column("单位"), Column("未计入人数", "count")]
    page = Page(book, NAME, f"{book.policy.district}未计入人数", (17, 14))
    for scheme in book.schemes:
        page.section(book.policy.schemes[scheme].name)
        page.head([column.header for column in columns])
        for unit in book.district.scheme_units(scheme):
            page.line(columns, [unit.township, unit.claimed - unit.counted])
'''
    (folder / "addin/output/summary/uncounted.py").write_text(module, encoding="utf-8")
    put(folder, "addin/output/summary/sheets.py", ")\nfrom addin.output.summary.book", "    uncounted,\n")
    put(
        folder,
        "addin/output/summary/sheets.py",
        "    Sheet(hardship.NAME,",
        '    Sheet(uncounted.NAME, uncounted.write, "各单位未计入的人数"),\n',
    )
    put(
        folder,
        "docs/specification.md",
        "| 困难人员参保 |",
        "| 未计入 | by unit and scheme: people claimed and not counted |\n",
    )


def column(folder: Path) -> None:
    """A telephone number, folded away behind the other inputs."""
    entry = """    Column(
        "mobile",
        "手机",
        aliases=("手机号码",),
        as_text=True,
        width=13,
        rare=True,
        later=True,
        example="13800138000",
        guide="方便联系的手机号码，可以不填。",
    ),
"""
    put(folder, "addin/columns.py", '    _computed("medical", "subsidy"', entry)
    put(folder, "docs/specification.md", "| 医保资助 | `medical_subsidy`", "| 手机 | `mobile` | T |\n")


def notice(folder: Path) -> None:
    """Another year's notice, in place beside the first."""
    shutil.copytree(folder / "tests/notices/qingshi-2023", folder / "addin/notices/qingshi-2023")


RECIPES: dict[str, Callable[[Path], None]] = {
    recipe.__name__: recipe for recipe in (check, refusal, column, category, sheet, notice)
}


def main(names: list[str]) -> int:
    """Try each recipe in a copy of what is committed."""
    failed = []
    for name in names or list(RECIPES):
        with tempfile.TemporaryDirectory() as temporary:
            folder = Path(temporary)
            archive = subprocess.run(["git", "archive", "HEAD"], cwd=ROOT, capture_output=True, check=True).stdout
            with tarfile.open(fileobj=io.BytesIO(archive)) as files:
                files.extractall(folder, filter="data")
            RECIPES[name](folder)
            if not all(run(folder, *command) for command in commands()):
                failed.append(name)
            print(f"{name}: {'a surprise' if name in failed else 'nothing else had to change'}", flush=True)
    return bool(failed)


def commands() -> list[tuple[str, ...]]:
    """Make the generated files anew, then run the guards."""
    tests = [f"tests/test_{name}.py" for name in GUARDS]
    quick = ("-m", "pytest", "-q", "-n", "0", "-p", "no:cacheprovider", "-m", "not slow")
    return [
        ("scripts/build_workbooks.py",),
        ("scripts/make_docs.py",),
        ("-c", FINDINGS),
        ("-m", "ruff", "check", "-q", "addin", "scripts"),
        ("-m", "mypy", "--no-error-summary"),
        (*quick, *tests),
    ]


def run(folder: Path, *arguments: str) -> bool:
    """Run Python in the copy, as if it were the project; what it says is shown where it fails."""
    around = os.environ | {"PYTHONPATH": str(folder)}
    done = subprocess.run(
        [sys.executable, *arguments], check=False, cwd=folder, env=around, capture_output=True, text=True
    )
    if done.returncode:
        print(" ".join(arguments[:3]), done.stdout[-3000:], done.stderr[-1500:], sep="\n")
    return done.returncode == 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
