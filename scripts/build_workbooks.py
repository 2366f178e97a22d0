"""Build the binaries from their sources, on Linux or Windows, without Excel:

    python scripts/build_workbooks.py [FOLDER]

- workbooks/template_roster.xlsm    the roster template with macros, in its smallest size
- workbooks/liangxian.xlam          the add-in: the ribbon and the worksheet functions for every workbook
- workbooks/district_summary.xlsx   the empty district summary, no macros
- addin/vba/template.bin            the template's VBA project, which `liangxian template` packs into other sizes

The larger ready-made sizes are not kept here (every change would add 3 MB to the history): the bundle holds
them, and `liangxian template --rows N` makes any.

The same sources give the same bytes, on any day (another zlib may compress differently: compare part by part).
With FOLDER everything goes there and nothing in the project is touched.
"""

from __future__ import annotations

import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path

import xlsxwriter

ROOT = Path(__file__).resolve().parent.parent
sys.path[:0] = [str(ROOT)]  # run as a script, only its own folder is on the path

import scripts  # noqa: E402, F401 - the package's notice goes before what this PC has
from addin import columns, functions, policy  # noqa: E402
from addin.excel import diagnosis  # noqa: E402
from addin.output import macro_workbook, summary, template  # noqa: E402
from scripts import vbaproject, wrappers, xlwings_module  # noqa: E402
from scripts.vbaproject import Module  # noqa: E402


def modules(codes: Sequence[str], xlwings_file: str) -> list[Module]:
    """Every module of a project: the documents first, as the project stream wants them."""
    return [
        Module("ThisWorkbook", "book", _read("ThisWorkbook.cls")),
        *(Module(code, "sheet", "") for code in codes),
        Module("xlwings", "module", xlwings_module.patched(xlwings_module.source(xlwings_file))),
        Module(wrappers.NAME, "module", wrappers.source()),
        Module("LxCalls", "module", _read("LxCalls.bas")),
        Module("LxRibbon", "module", _read("LxRibbon.bas")),
    ]


def build(workbooks: Path, vba: Path) -> None:
    """Write the three workbooks into one folder and template.bin into the other."""
    rules = policy.load()
    made: list[bytes] = []

    def template_project(codes: Sequence[str]) -> bytes:
        made.append(vbaproject.build(modules(codes, xlwings_module.BOOK)))
        return made[-1]

    macros = macro_workbook.Macros(template_project, _ribbon("ribbon_template.xml"))
    roster = workbooks / "template_roster.xlsm"
    macro_workbook.write_template(roster, rules, columns.READY_ROWS[0], {}, macros=macros)
    (vba / "template.bin").write_bytes(made[-1])
    macros = macro_workbook.Macros(
        lambda codes: vbaproject.build(modules(codes, xlwings_module.ADDIN)), _ribbon("ribbon.xml"), self_test=False
    )
    with tempfile.TemporaryDirectory() as folder:
        base = Path(folder) / "addin.xlsm"
        addin_base(base, rules, macros)
        macros.pack(base, workbooks / "liangxian.xlam")
    summary.write_empty(rules, workbooks / "district_summary.xlsx")


def addin_base(path: Path, rules: policy.Policy, macros: macro_workbook.Macros) -> None:
    """The add-in's own workbook: nobody sees its sheets, but a workbook must have one."""
    with xlsxwriter.Workbook(path, {"in_memory": True}) as book:  # a file would have Windows' line ends there
        book.set_properties(
            {
                "title": functions.CATEGORY,
                "category": diagnosis.versions(),  # which 诊断 compares
                "comments": "城乡居民养老、医保征缴：花名册校验、区级汇总和工作表函数",
                "created": template.fixed_time(rules),
            }
        )
        book.add_worksheet("说明").write("A1", "本文件是Excel加载项，不用打开；安装办法见使用说明。")
        macros.add_to(book)


def _ribbon(name: str) -> bytes:
    return (macro_workbook.VBA / name).read_bytes()


def _read(name: str) -> str:
    return (macro_workbook.VBA / name).read_text(encoding="ascii")


if __name__ == "__main__":
    if len(sys.argv) > 1:
        chosen = Path(sys.argv[1])
        chosen.mkdir(parents=True, exist_ok=True)
        build(chosen, chosen)
    else:
        (ROOT / "workbooks").mkdir(exist_ok=True)
        build(ROOT / "workbooks", macro_workbook.VBA)
