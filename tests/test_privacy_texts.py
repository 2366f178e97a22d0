"""Names and IDs where none belong: masked in everything that leaves a unit, readable in its own papers."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from addin import checks, intake
from addin import roster as rosters
from addin.district import SUMMARY, reduce_roster, report
from addin.findings import Refusal
from addin.output import saving, submission
from addin.roster import Roster
from tests.support import results
from tests.support.received import received
from tests.support.rosters import POLICY, person, read
from tests.test_targets import command

ID = "990000199001010017"
BROKEN = [
    "990000.19900101.0017", "990000\u00a019900101\u00a00017", "990000\u200b19900101\u200b0017", "990000  19900101  0017", "990000\n19900101\n0017",
    "990000/19900101/0017", "990000,19900101,0017", "990000-19900101-0017", "99OOOO19900101OO17", "990000，1990，0101，0017", "990000·19900101·0017",
]  # fmt: skip


def from_file(tmp_path: Path, *people: dict[str, Any], **cover: Any) -> Roster | Refusal:
    """A roster as a station sends it."""
    return rosters.read(intake.read(received(tmp_path, "a.xlsx", *people, **cover)), POLICY, "a.xlsx")


def shown(roster: Roster) -> str:
    """All that a roster's result says."""
    result = reduce_roster(roster, checks.check(roster), b"0" * 32)
    details = result.details_of()
    return json.dumps(
        [report.finding_json(finding) for finding in result.findings] + [details.households, details.shown, result.submission.part if result.submission else ""],
        ensure_ascii=False,
    )  # fmt: skip


@pytest.mark.parametrize("number", ["张小明", "张小明户", "1张小明", "李四", "欧阳娜娜"])
def test_a_name_as_household_number_is_masked(number: str) -> None:
    people = [
        person(household=number, name="张小明", relation="户主", medical_paid="二百五"),
        person(household=number, name="张小红", relation="户主", id_number="990000199001010025", medical_receipt=""),
    ]
    text = shown(read(people))
    assert number not in text
    assert "张小明" not in text
    assert f"{number[0]}*" in text or "张*" in text


@pytest.mark.parametrize("number", ["12", "003", "三组5号", "A-7", "2019-1"])
def test_an_ordinary_household_number_is_shown(number: str) -> None:
    assert f'"{number.upper()}"' in shown(read([person(household=number, medical_paid="二百五")]))


@pytest.mark.slow
@pytest.mark.parametrize(
    "key", ["household", "certificate", "medical_receipt", "group", "village", "medical_proof", "remark", "relation"]
)
def test_a_broken_id_in_any_column_is_masked(tmp_path: Path, key: str) -> None:
    people = [
        person(id_number=results.invented_id(n), name=f"王{chr(0x4E00 + n)}", household=str(n)) | {key: text, "medical_paid": "二百五"}
        for n, text in enumerate(BROKEN)
    ]  # fmt: skip
    roster = from_file(tmp_path, *people)
    assert isinstance(roster, Roster)
    text = shown(roster).replace("O", "0")
    plain = "".join(character for character in text if character.isalnum())
    assert ID not in plain


@pytest.mark.parametrize("part", [ID, *BROKEN[:4], "张小明", "张小明片"])
def test_a_part_that_is_nobody_s_village_is_masked(part: str) -> None:
    roster = read([person(name="张小明")], part=part)
    assert roster.shown_part in ("990000********0017", "张*", "张*片")
    name = submission.edition(roster).name(1)
    assert "张小明" not in name
    assert "*" not in name  # Windows takes none
    assert ID not in "".join(character for character in name if character.isdigit())


@pytest.mark.parametrize("village", [ID, *BROKEN[:4], "张小明", "张小明家"])
def test_a_village_that_is_none_is_masked_where_it_is_held_against_the_part(village: str) -> None:
    text = shown(read([person(name="张小明", village=village), person(village="大塘村")], part="桥头村"))
    assert "张小明" not in text
    assert ID not in "".join(character for character in text if character.isdigit())


@pytest.mark.parametrize("part", ["桥头村", "全部", "第3片", "2019年新增"])
def test_an_ordinary_part_is_shown(part: str) -> None:
    roster = read([person(name="桥头", village="桥头村")], part=part)
    assert roster.shown_part == part


@pytest.mark.slow
def test_terminal_data_and_returns_show_no_broken_id(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    people = [person(household=ID, medical_receipt=BROKEN[5], medical_paid="二百五")]
    received(tmp_path / "收", "990000.19900101.0017.xlsx", *people, part=BROKEN[0])
    words = [
        "merge",
        tmp_path / "收",
        "-o",
        tmp_path / "汇总.xlsx",
        "--json",
        tmp_path / "a.json",
        "--returns",
        tmp_path / "退",
    ]
    command(words)
    command(["check", tmp_path / "收" / "990000.19900101.0017.xlsx", "--annotate", tmp_path / "校"])
    output = capsys.readouterr()
    texts = [output.out, output.err, (tmp_path / "a.json").read_text(encoding="utf-8")]
    for text in texts:
        # the folder and the file's own name as they were given stand in no output
        assert ID not in "".join(character for character in text if character.isdigit())
    assert [path.name for path in (tmp_path / "校").iterdir()] == ["990000＊＊＊＊＊＊＊＊0017_校验.xlsx"]


def test_what_is_cut_is_masked_before(tmp_path: Path) -> None:
    """An ID of which a cut leaves fourteen digits is no ID any more that anybody would know."""
    roster = from_file(tmp_path, person(), township="普利桥镇")
    assert isinstance(roster, Roster) and roster.cover.unit.name == "普利桥镇"
    refused = from_file(tmp_path, person(), township=f"不知道的地方{ID}")
    assert isinstance(refused, Refusal) and "99000019900101" not in str(refused)


def test_a_sentence_on_saving_masks_a_broken_id(tmp_path: Path) -> None:
    with pytest.raises(saving.CannotSave) as raised:
        saving.refuse_target(tmp_path / "没有" / f"{BROKEN[0]}.xlsx")
    assert "19900101" not in str(raised.value)
    assert SUMMARY.endswith(".xlsx")
