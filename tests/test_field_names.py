"""What clerks really send, its names: compared as people read them, shown and written out as they were typed."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from addin import ids
from tests.support import rosters
from tests.support.results import SECRET, district, result
from tests.support.rosters import person

SAME = [
    ("阿卜杜·热合曼", "阿卜杜•热合曼"), ("阿卜杜·热合曼", "阿卜杜．热合曼"), ("阿卜杜·热合曼", "阿卜杜.热合曼"), ("阿卜杜·热合曼", "阿卜杜・热合曼"), ("阿卜杜·热合曼", "阿卜杜‧热合曼"),
    ("阿卜杜·热合曼", "阿卜杜 · 热合曼"), ("方小飞", "⽅⼩⻜"), ("方小飞", "方小\u2edc"), ("黄龙", "⻩⻰"), ("马长风", "⻢⻓⻛"), ("Maria da Silva", "ＭＡＲＩＡ　da Silva"),
    ("Maria da Silva", "MariadaSilva"), ("张三", "张　三"), ("张三", "张\u200b三"), ("刘\u4dae", "刘\ue863"), ("车小\u96e8", "⻋小⾬"), ("\u8c48", "\uf900"), ("卡·别克·米那瓦尔", "卡•别克．米那瓦尔"),
    ("欧阳修", "欧 阳 修"), ("LI Wei", "li wei"),
]  # fmt: skip
DIFFERENT = [
    ("张三", "张三丰"),
    ("张己", "张已"),
    ("阿卜杜·热合曼", "阿卜杜热合曼"),
    ("方小飞", "方小非"),
    ("张三", "張三"),
    ("Maria da Silva", "Maria de Silva"),
    ("张三2", "张三"),
]


@pytest.mark.parametrize(("name", "other"), SAME)
def test_names_that_read_alike(name: str, other: str) -> None:
    assert ids.fold_name(name) == ids.fold_name(other)
    assert ids.folded_names(np.array([name, other, "张三"], dtype=object)).tolist()[:2] == [ids.fold_name(name)] * 2
    two = result("b.xlsx", person(name=other, household="2"), township="曲河街道")
    merge = district(result("a.xlsx", person(name=name)), two)
    assert {finding.code for finding in merge.findings} & {"404"} == set()


@pytest.mark.parametrize(("name", "other"), DIFFERENT)
def test_names_that_differ(name: str, other: str) -> None:
    merge = district(result("a.xlsx", person(name=name)), result("b.xlsx", person(name=other), township="曲河街道"))
    assert [finding.code for finding in merge.findings if finding.code == "404"] == ["404"] * 2


def test_a_message_names_characters_that_look_like_others() -> None:
    merge = district(
        result("a.xlsx", person(name="张\ue999三")), result("b.xlsx", person(name="张森三"), township="曲河街道")
    )
    problems = [finding.problem for finding in merge.findings if finding.code == "404"]
    assert problems == [
        "同一证件号码在曲河街道用的是另一个姓名。本行姓名第2个字是U+E999。", "同一证件号码在普利桥镇用的是另一个姓名。那一处姓名第2个字是U+E999。",
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("typed", "shown"),
    [
        ("Maria da Silva", "Maria da Silva"), (" Maria  da Silva ", "Maria da Silva"), ("阿卜杜•热合曼", "阿卜杜•热合曼"), ("⽅小⻜", "⽅小⻜"), ("ＬＩ Ｗei", "ＬＩ Ｗei"),
        ("张　三", "张三"), (" 张三 ", "张三"), ("张\u200b三", "张三"), ("买买提 Ali", "买买提 Ali"), ("Nguyễn Văn A", "Nguyễn Văn A"),
    ],
)  # fmt: skip
def test_names_are_shown_as_they_were_typed(typed: str, shown: str) -> None:
    roster = rosters.read([person(name=typed)])
    assert roster.words["name"].texts().tolist() == [shown]
    assert roster.raw["name"].tolist() == [typed]


@pytest.mark.parametrize("name", ["阿卜杜拉·买买提", "古丽娜尔·阿不都热依木·吐尔逊", "尼格买提．热合曼", "热·依·汗", "Maria da Silva", "Jean-Luc d'Arc", "Nguyễn Văn A", "欧阳修", "司马相如",
                                  "计小红", "南宫问天", "Alexander John Winston Churchill Montgomery the Third"])  # fmt: skip
def test_peoples_names_are_nothing_to_speak_of(name: str) -> None:
    assert rosters.codes_and_cells(person(name=name)) == []


def test_one_character_alone_and_names_with_half_of_a_character() -> None:
    names = np.array(["张", "\ud83d", "", "张\n三"], dtype=object)
    assert ids.folded_names(names).tolist() == ["张", "\ud83d", "", "张三"]
    assert len(set(ids.keyed(ids.folded_names(names), SECRET, b"name").tolist())) == 4


def test_every_radical_that_unicode_folds_is_folded_here() -> None:
    left = [chr(code) for code in range(0x2F00, 0x2FD6) if not "\u4e00" <= ids.fold_name(chr(code)) <= "\u9fff"]
    assert left == []
    standing_alone = "⻁⻄⻅⻆⻉⻋⻑⻒⻓⻔⻗⻘⻙⻚⻛⻜⻝⻢⻣⻤⻥⻦⻧⻨⻩⻪⻬⻮⻰⻲⻳⺒⺓⺝⺟⺠⺧⺩⺬⺮⺶⺻⺼"
    assert [character for character in standing_alone if not "\u4e00" <= ids.fold_name(character) <= "\u9fff"] == []


def masked(name: Any) -> str:
    return rosters.checked(person(name=name, relation=f"{name}之子".replace(" ", ""))).findings[0].problem


def test_a_name_typed_with_a_blank_is_masked_without_it_too() -> None:
    assert "MariadaSilva" not in masked("Maria da Silva")
    assert "Maria" not in rosters.checked(person(name="Maria da", relation="Mariada")).findings[0].value
