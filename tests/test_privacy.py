"""A thousand invented people with names and IDs in every kind of cell: no output, log or folder has them.

Nor does anything that a roster says become more than text, and nothing ever goes over a network.
"""

from __future__ import annotations

import contextlib
import io
import os
import re
import shutil
import signal
import subprocess
import sys
import zipfile
from collections.abc import Iterator, Sequence
from datetime import datetime, timedelta
from pathlib import Path
from random import Random
from typing import Any

import pytest

from addin import columns
from addin.output import template
from tests.support import ROOT, results
from tests.support.rosters import COVER, POLICY, person

UNITS = ("普利桥镇", "曲河街道", "伊塘镇", "蔡市镇")
EACH = 250
RARE = [chr(code) for code in range(0x7280, 0x7480)]
"""Characters for given names; no sentence of the program has two of them in a row."""


class People:
    """Rows of rosters, and the names and IDs that they give away."""

    def __init__(self, seed: int) -> None:
        chance = Random(seed)
        self.names: set[str] = set()
        while len(self.names) < EACH * len(UNITS):
            self.names.add(chance.choice("赵钱孙李周吴郑王冯陈") + chance.choice(RARE) + chance.choice(RARE))
        names = sorted(self.names)
        chance.shuffle(names)
        self.ids: list[str] = []
        self.rows: dict[str, list[dict[str, Any]]] = {unit: [] for unit in UNITS}
        for n, name in enumerate(names):
            birth = datetime(1950, 1, 1) + timedelta(days=n // 900)
            number = results.invented_id(n % 1000, birth)
            self.ids.append(number)
            row = person(household=str(n), name=name, id_number=number, medical_receipt=f"M{n}", pension_receipt=f"M{n}",
                         pension_status="已领取待遇", tier="", pension_paid="", pension_date="")  # fmt: skip
            self.rows[UNITS[n // EACH]].append(
                row | self._odd(n, name, number, names[n - 1] if n % EACH else name, self.ids[n - 1])
            )
        assert len(set(self.ids)) == len(names)

    def _odd(self, n: int, name: str, number: str, other: str, others_id: str) -> dict[str, Any]:
        """What is wrong with a row; most have something, and often a name or an ID stands where it should not."""
        wrong = number[:17] + ("1" if number[17] != "1" else "2")
        return (
            {"id_number": wrong},
            {"id_number": float(number[:17] + "0")},
            {"id_number": others_id},
            {"remark": f"{other}（{others_id}）代缴"},
            {"relation": other},
            {"category": f"低保户{name}"},
            {"village": f"{other}家"},
            {"household": number},
            {"household": name},
            {"household": f"{other}户"},
            {"household": f"{number[:6]}.{number[6:14]}.{number[14:]}"},
            {"certificate": "\u200b".join(number)},
            {"medical_receipt": f"{number[:6]}/{number[6:14]}\n{number[14:]}"},
            {"pension_receipt": number.replace("0", "O")},
            {"medical_receipt": number},
            {"certificate": f"{number}11"},
            {"medical_paid": f"{other}已缴250"},
            {"medical_date": f"{name}十月"},
            {
                "medical_status": "不参保",
                "medical_reason": "服刑",
                "medical_paid": "",
                "medical_date": "",
                "remark": name,
            },
            {"register": name, "residence_proof": others_id},
            {"household_type": f"{name}户", "id_type": others_id},
            {"entered": others_id, "schooling": name},
            {"pension_status": other, "medical_proof": others_id},
            {"name": f"{name}{number}"},
            {"name": f"{name[0]} {name[1]}\u200b{name[2]}", "id_number": " ".join(number)},
            {},
        )[n % 26]

    def write(self, folder: Path) -> None:
        """A book for each unit: one is called after a person, one in a sheet of its own has another's name."""
        for n, (unit, rows) in enumerate(self.rows.items()):
            known = {column.key for column in columns.COLUMNS}
            given = [{key: value for key, value in row.items() if key in known} for row in rows]
            cover = {**COVER, "township": unit, "clerk": rows[1]["name"]}
            name = f"{unit}{self.ids[7]}.xlsx" if n == 1 else f"{unit}.xlsx"
            template.write_roster(folder / name, POLICY, cover, given, blank_rows=2)
        (folder / "坏.xlsx").write_bytes((folder / f"{UNITS[0]}.xlsx").read_bytes()[:-500])

    def found(self, text: str) -> list[str]:
        """The names and IDs in a text, however the digits are spaced."""
        joined = re.sub(r"(?<=[\dO])[^\w<>]+(?=[\dXxO])", "", text)
        joined += re.sub(r"(?<=\d)O+(?=[\dOXx])", lambda zeros: "0" * len(zeros[0]), joined)
        ids = sorted({number for number in self.ids if number[:17] in joined})
        return ids + sorted(name for name in self.names if name in text)


def texts(path: Path) -> str:
    """All that stands in a file; of a workbook, in its parts."""
    content = path.read_bytes()
    if content.startswith(b"PK"):
        with contextlib.suppress(zipfile.BadZipFile), zipfile.ZipFile(io.BytesIO(content)) as file:
            content = b"\n".join(file.read(name) for name in file.namelist())
    return f"{path.name}\n{content.decode('utf-8', 'replace')}\n{content.decode('utf-16-le', 'replace')}"


@pytest.fixture(scope="module")
def people() -> People:
    return People(20191015)


@pytest.fixture
def invented_folder(people: People, tmp_path: Path) -> Path:
    folder = tmp_path / "收到"
    folder.mkdir()
    people.write(folder)
    return folder


class Place:
    """Where a run may leave something: outputs, temporary folder, its own folder for logs, the terminal."""

    def __init__(self, folder: Path) -> None:
        self.out, self.temporary, self.home = (folder / name for name in ("出", "临时", "家"))
        for one in (self.out, self.temporary, self.home):
            one.mkdir()
        self.environment = {
            **os.environ, "TMPDIR": str(self.temporary), "HOME": str(self.home), "XDG_STATE_HOME": str(self.home / "state"),
        }  # fmt: skip

    def command(self, *words: object) -> list[str]:
        return [sys.executable, "-m", "addin.cli", *map(str, words)]

    def merge(self, invented_folder: Path) -> list[str]:
        return self.command("merge", invented_folder, "--out", self.out / "汇总.xlsx", "--json", self.out / "a.json", "--returns",
                            self.out / "退回", "--ledger", self.out / "台账")  # fmt: skip

    def run(self, words: Sequence[str]) -> tuple[int, str]:
        done = subprocess.run(
            words, cwd=ROOT, env=self.environment, capture_output=True, text=True, check=False, timeout=600
        )
        return done.returncode, done.stdout + done.stderr

    def files(self, *folders: Path) -> Iterator[Path]:
        for folder in folders or (self.out, self.temporary, self.home):
            yield from (path for path in folder.rglob("*") if path.is_file())


def own(people: People, path: Path) -> set[str]:
    """The names and IDs that may stand in a file: in a unit's ledger and its returns those that its own roster has."""
    stem = re.sub(r"^\.tmp-(.*)-[0-9a-f]{12}$", r"\1", path.stem)  # half written when it was killed
    stem = re.sub(r"\.bak[1-9]$", "", stem)  # what a run replaced is as much the unit's own
    unit = stem.partition("_")[0]
    if not stem.endswith(("_缴费台账", "_退回")):
        return set()
    values = [str(value) for row in people.rows.get(unit, ()) for value in row.values()]
    cells = "\n".join(f"|{value}|{''.join(filter(str.isalnum, value))}|" for value in values)
    return set(people.found(cells))


def leaks(people: People, place: Place) -> dict[str, list[str]]:
    """Names and IDs in files where they may not stand."""
    leaked = {}
    for path in place.files():
        given_away = people.found(texts(path))
        if given_away:
            allowed = own(people, path)
            given_away = [text for text in given_away if text not in allowed]
        if given_away:
            leaked[path.relative_to(place.out.parent).as_posix()] = given_away[:5]
    return leaked


@pytest.mark.slow
def test_a_good_run_shows_no_name(people: People, invented_folder: Path, tmp_path: Path) -> None:
    place = Place(tmp_path)
    code, output = place.run(place.merge(invented_folder))
    assert code == 1, output
    assert people.found(output) == []
    assert len(list(place.files(place.out / "退回"))) >= len(UNITS)
    assert leaks(people, place) == {}
    assert list(place.files(place.temporary)) == []


@pytest.mark.slow
def test_a_check_names_nobody_but_in_the_unit_s_own_copy(people: People, invented_folder: Path, tmp_path: Path) -> None:
    place = Place(tmp_path)
    rosters = sorted(invented_folder.glob("*.xlsx"))
    code, output = place.run(place.command("check", *rosters, "--json", place.out / "a.json", "--limit", 400, "--annotate", tmp_path / "副本"))  # fmt: skip
    assert code == 1, output
    # the terminal shows the command's own words: the file's name as it was given
    assert people.found(output.replace(str(invented_folder), "")) == []
    assert leaks(people, place) == {}
    copy = texts(tmp_path / "副本" / f"{UNITS[0]}_校验.xlsx")
    assert len(people.found(copy)) > EACH


@pytest.mark.slow
def test_a_failing_run_shows_no_name(people: People, invented_folder: Path, tmp_path: Path) -> None:
    """The target can't be written, and then a bug: a child and the run itself stumble over a person."""
    place = Place(tmp_path)
    (place.out / "汇总.xlsx").mkdir()
    code, output = place.run(place.merge(invented_folder))
    assert (code, people.found(output)) == (2, [])
    (place.out / "汇总.xlsx").rmdir()
    secret = f"{sorted(people.names)[0]}{people.ids[0]}"
    for where in ("child", "parent"):
        code, output = place.run([sys.executable, "-c", BUG, where, secret, *place.merge(invented_folder)[3:]])
        assert code == 2, output
        assert "程序出错" in output
        assert people.found(output) == []
    assert leaks(people, place) == {}
    assert list(place.files(place.temporary)) == []


BUG = """
import sys
from addin import cli, workers
from addin.run import merging
where, secret = sys.argv.pop(1), sys.argv.pop(1)
def stumble(*given, **more):
    raise ValueError(secret)
real = workers.run
def run(tasks, **more):
    return real([workers.Task("tests.support.worker_tasks:stumble", (secret,), one.name) for one in tasks], **more)
if where == "child":
    workers.run = run
else:
    merging.assemble = stumble
cli.main()
"""


@pytest.mark.slow
@pytest.mark.skipif(os.name != "posix", reason="needs signals of POSIX")
def test_a_killed_run_shows_no_name(people: People, invented_folder: Path, tmp_path: Path) -> None:
    place = Place(tmp_path)
    chance = Random(20191016)
    log = tmp_path / "log"
    for _ in range(3):
        with (
            log.open("ab") as output,
            subprocess.Popen(
                place.merge(invented_folder), cwd=ROOT, env=place.environment, stdout=output, stderr=output
            ) as process,
        ):
            with contextlib.suppress(subprocess.TimeoutExpired):
                process.wait(1 + 5 * chance.random())
            process.send_signal(signal.SIGKILL)
        assert leaks(people, place) == {}
    assert people.found(log.read_text(encoding="utf-8", errors="replace")) == []
    place.run(place.command("merge", invented_folder, "--out", place.out / "汇总.xlsx"))
    assert [path.name for path in place.files(place.temporary) if path.stat().st_size] == []


# ---------------------------------------------------------------- no network


@pytest.mark.slow
def test_no_socket_of_the_internet_is_ever_made(invented_folder: Path, tmp_path: Path) -> None:
    """`strace` sees every process of a merge and a check; where it may not trace, this test did not run."""
    traced = ["strace", "-f", "-qq", "-e", "trace=network", "-o"]
    if shutil.which("strace") is None or subprocess.run([*traced, os.devnull, "true"], check=False).returncode:
        pytest.skip("strace may not trace here: this test did not run")
    place = Place(tmp_path)
    for n, words in enumerate((place.merge(invented_folder), place.command("check", invented_folder / f"{UNITS[0]}.xlsx", "--annotate", place.out / "副本"))):  # fmt: skip
        log = tmp_path / f"network{n}"
        code, output = place.run([*traced, str(log), *words])
        assert code == 1, output
        calls = log.read_text(encoding="utf-8", errors="replace")
        assert "AF_INET" not in calls
        assert "AF_NETLINK" not in calls
    # that the trace would have seen one
    made = "import socket; socket.socket(socket.AF_INET6)"
    subprocess.run([*traced, str(tmp_path / "proof"), sys.executable, "-c", made], check=False)
    assert "AF_INET6" in (tmp_path / "proof").read_text(encoding="utf-8")


# ---------------------------------------------------------------- text stays text

EVIL = (
    "=cmd|'/c calc'!A1", "+HYPERLINK(\"http://evil.example/\")", "-2+3+cmd|' /C calc'!A0", "@SUM(1+1)*cmd|' /C calc'!A0", "{=1+1}",
    "http://evil.example/?x=", "mailto:evil@evil.example", "file:///etc/passwd", "internal:Sheet1!A1", "external:c:\\evil.xlsx", "\\\\evil.example\\share",
    "=WEBSERVICE(\"http://evil.example/\")", "<f>1+1</f>", "]]><evil/>", "&evil;", "\t=1+1", "'=1+1", "=DDE(\"cmd\";\"/c calc\";\"x\")",
)  # fmt: skip


@pytest.mark.slow
def test_nothing_of_a_roster_becomes_more_than_text(tmp_path: Path) -> None:
    place, invented_folder = Place(tmp_path), tmp_path / "收到"
    invented_folder.mkdir()
    keys = [column.key for column in columns.COLUMNS if column.kind == "text" and column.filled_by == "clerk"]
    ordinary = results.people(3)
    rows = [
        {**person(household=str(100 + n)), **{key: EVIL[(n + k) % len(EVIL)] for k, key in enumerate(keys)}}
        for n in range(len(EVIL))
    ]
    for n, unit in enumerate(UNITS[:3]):
        cover = {**COVER, "township": unit, "clerk": EVIL[n], "part": "=1+1" if n == 2 else COVER["part"]}
        more = [{**row, "id_number": results.invented_id(500 + k)} for k, row in enumerate(rows)]
        name = ("=cmd|'calc'!A1.xlsx", "@SUM(1).xlsx", "http:evil.example.xlsx")[n]
        template.write_roster(invented_folder / name, POLICY, cover, [*ordinary, *more])
    code, output = place.run(place.merge(invented_folder))
    assert code == 1, output
    code, output = place.run(
        place.command("check", *sorted(invented_folder.glob("*.xlsx")), "--annotate", place.out / "副本")
    )
    assert code == 1, output
    made = [path for path in place.files(place.out) if path.suffix == ".xlsx"]
    assert len(made) >= 10
    seen = 0
    for path in made:
        with zipfile.ZipFile(path) as file:
            parts = {name: file.read(name).decode() for name in file.namelist()}
        assert not [
            name for name in parts if re.search(r"external|vba|macro|activeX|embed|connections|customXml|query", name)
        ]
        for name, xml in parts.items():
            assert "TargetMode" not in xml, (path.name, name)
            assert "<hyperlink" not in xml or "location=" in xml, (path.name, name)
            for formula in re.findall(r"<(?:f|formula1?|formula2|definedName)[ >][^<]*", xml):
                assert "evil" not in formula, (path.name, formula)
                assert "cmd" not in formula, (path.name, formula)
                assert "1+1" not in formula, (path.name, formula)
            seen += xml.count("evil.example")
    assert seen > 20
