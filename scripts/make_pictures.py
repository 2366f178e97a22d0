"""Make the pictures of README and manual from the workbooks as they are now:

    python scripts/make_pictures.py [FOLDER]

Needs LibreOffice and Xvfb. Everything shown is made here of invented people: a filled roster of two families with some
mistakes, the copy with its findings, the summary of the whole district. They are windows of LibreOffice on a screen of
1366 x 768 (see `screen`); the ribbon, which only Excel shows, is drawn from its XML and says so (see `draw_ribbon`).
"""

from __future__ import annotations

import os
import sys
import tempfile
from collections.abc import Mapping, Sequence
from datetime import date
from pathlib import Path
from typing import NamedTuple

ROOT = Path(__file__).resolve().parent.parent
sys.path[:0] = [str(ROOT)]  # run as a script, only its own folder is on the path

import scripts  # noqa: E402, F401 - the package's notice goes before what this PC has
from addin import policy, run  # noqa: E402
from addin.columns import ENROLLED, LETTERS, LOCAL  # noqa: E402
from addin.output import template  # noqa: E402
from scripts import make_samples  # noqa: E402
from scripts.draw_ribbon import draw  # noqa: E402
from scripts.samples.notice import LENGSHUITAN, load  # noqa: E402
from scripts.samples.people import identity_number  # noqa: E402
from scripts.screen import Screen  # noqa: E402

PICTURES = ROOT / "docs" / "pictures"
RIBBON = "ribbon"
"""The drawn picture."""
WIDTH, HEIGHT = 1366, 768


class Picture(NamedTuple):
    """A window's content: of which document, which sheet, the chosen cell ("": where it opens), and how many pixels
    of its height are kept.
    """

    name: str
    document: str
    sheet: str
    cell: str = ""
    height: int = HEIGHT


PICTURES_MADE: tuple[Picture, ...] = (
    Picture("cover", "roster", "封面"),
    Picture("people", "roster", "花名册", f"{LETTERS['medical_paid']}12", 430),
    Picture("payments", "roster", "花名册", f"{LETTERS['hint']}12", 430),
    Picture("charges", "roster", "收费速查", height=640),
    Picture("examples", "roster", "填表说明"),
    Picture("checked-people", "checked", "花名册", f"{LETTERS['medical_paid']}12", 470),
    Picture("problems", "checked", "花名册", f"{LETTERS['problems']}5", 470),
    Picture("findings", "checked", "校验结果", "B4", 430),
    Picture("overview", "summary", "总览"),
    Picture("attachment2", "summary", "附件2 医保"),
    Picture("progress", "summary", "进度"),
    Picture("hardship", "summary", "困难人员参保"),
    Picture("funding", "summary", "资助资金"),
    Picture("submissions", "summary", "报送情况"),
)

_COVER = {
    "township": "普利桥镇", "part": "桥头村", "parts": 12, "deadline": date(2019, 11, 15), "serial": 1, "clerk": "李晓梅",
}  # fmt: skip


def _person(name: str, relation: str, born: str, serial: int, **more: object) -> dict[str, object]:
    row: dict[str, object] = {
        "village": "桥头村", "name": name, "relation": relation, "id_number": identity_number(born, serial), "register": LOCAL,
        "medical_status": ENROLLED, "medical_paid": 250, "medical_date": date(2019, 10, 16), "medical_receipt": "LS000118",
        "pension_status": "已领取待遇", "entered": "是",
    }  # fmt: skip
    return row | more


def people() -> list[Mapping[str, object]]:
    """Two families as a clerk fills them in: four cells are wrong, as they often are."""
    paying = {"pension_status": ENROLLED, "tier": 100, "pension_paid": 100, "pension_date": date(2019, 9, 20), "pension_receipt": "LS000093"}  # fmt: skip
    first = {"group": "3", "household": "018"}
    poor = {"group": "5", "household": "041", "category": "城乡低保对象", "medical_receipt": "LS000131"}
    wrong_digit = identity_number("20150608", 25)[:-1] + ("1" if identity_number("20150608", 25)[-1] != "1" else "2")
    rows = [
        _person("陈建国", "户主", "19690412", 11, registered=5, **first, **paying),
        _person("周秀英", "配偶", "19710923", 22, **first, **paying | {"tier": 300, "pension_paid": 200}),
        _person("陈浩", "子", "19950105", 31, **first, medical_status="市外职工医保", medical_paid=None, medical_date=None,
                medical_receipt=None, pension_status="职工养老"),
        _person("陈雨欣", "孙子女", "20150608", 25, **first, pension_status="未满16周岁") | {"id_number": wrong_digit},
        _person("陈福生", "父", "19421130", 13, **first, medical_paid=200),
        _person("刘桂兰", "户主", "19530817", 44, registered=2, **poor),
        _person("刘志强", "子", "19820228", 15, **poor, medical_paid=175,
                **paying | {"pension_paid": None, "pension_receipt": None}),
    ]  # fmt: skip
    return [{"seq": n, **row} for n, row in enumerate(rows, 1)]


def documents(folder: Path, scale: float = 1) -> dict[str, Path]:
    """The workbooks that are shown, by the names that `Picture.document` has; `scale` 1 is the whole district."""
    rules = policy.load()
    roster = folder / "普利桥镇_桥头村.xlsx"
    template.write_roster(roster, rules, _COVER, people(), blank_rows=30, tools=True)
    run.check_files([roster], rules, annotate=folder)
    make_samples.make(load(LENGSHUITAN), folder / "收到的花名册", scale=scale, jobs=os.cpu_count() or 1)
    run.merge_folder(folder / "收到的花名册", folder / "district_summary.xlsx", rules)
    return {
        "roster": roster,
        "checked": folder / f"{roster.stem}_校验.xlsx",
        "summary": folder / "district_summary.xlsx",
    }


def make(target: Path, scale: float = 1) -> None:
    """Write every picture of `PICTURES_MADE` and the ribbon into `target` as PNG."""
    target.mkdir(parents=True, exist_ok=True)
    draw(ROOT / "addin" / "vba" / "ribbon.xml", target / f"{RIBBON}.png")
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        shown = documents(folder, scale)
        with Screen(WIDTH, HEIGHT, folder) as screen:
            for picture in PICTURES_MADE:
                screen.show(shown[picture.document], picture.sheet, picture.cell)
                screen.save(target / f"{picture.name}.png", picture.height)


def main(words: Sequence[str]) -> None:
    """Make the pictures of docs/, or put them into the folder that is given."""
    target = Path(words[0]) if words else PICTURES
    make(target)
    print(f"{len(PICTURES_MADE) + 1} pictures in {target}")


if __name__ == "__main__":
    main(sys.argv[1:])
