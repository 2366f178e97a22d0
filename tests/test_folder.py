"""The folder of what people sent: every file in it is listed once under any name; our own outputs are not read."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

import pytest

from addin import run
from addin.district import partials, received_files
from addin.district import received as folders
from tests.support.results import INDEX
from tests.support.rosters import POLICY


def put(folder: Path, *names: str | bytes) -> None:
    for name in names:
        path = folder / os.fsdecode(name)
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(b"x")


def listed(folder: Path, **more: Any) -> tuple[list[str], list[tuple[str, str, str]]]:
    books, lines = received_files(folder, **more)
    return [name for _, name in books], [(line.name, line.status, line.code) for line in lines]


def refusals(folder: Path) -> list[tuple[str, str]]:
    """What becomes of the workbooks when they are read."""
    with partials.temporary_folder() as kept_results:
        answer = run.read_files(received_files(folder)[0], POLICY, INDEX, kept_results, jobs=1)
        return [(result.name, result.refusal.code if result.refusal else "") for result in answer]


def test_every_file_is_listed_once(tmp_path: Path) -> None:
    put(
        tmp_path,
        "乙.xlsx",
        "甲.XLSM",
        "街道/丙.xls",
        "街道/深/丁.et",
        "~$乙.xlsx",
        "说明.docx",
        ".藏.xlsx",
        "照片.jpg",
        "戊",
    )
    (tmp_path / "空").mkdir()
    assert listed(tmp_path) == (
        ["乙.xlsx", "甲.XLSM", "街道/丙.xls", "街道/深/丁.et"],
        [(".藏.xlsx", "skipped", "S101"), ("~$乙.xlsx", "skipped", "S102"), ("戊", "skipped", "S101"),
         ("照片.jpg", "skipped", "S101"), ("说明.docx", "skipped", "S101")],
    )  # fmt: skip


def test_a_folder_that_cannot_be_opened_is_a_refusal(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """An empty list would say that nothing was sent. Nobody is forbidden anything here but by this test: CI is root."""
    put(tmp_path, "甲.xlsx", "锁着/乙.xlsx")
    scandir = os.scandir

    def forbidden(path: Path) -> Any:
        if Path(path).name == "锁着":
            raise PermissionError
        return scandir(path)

    monkeypatch.setattr(folders.os, "scandir", forbidden)
    assert listed(tmp_path) == (["甲.xlsx"], [("锁着", "refused", "R120")])


@pytest.mark.slow
@pytest.mark.skipif(os.name != "posix", reason="needs POSIX links")
def test_links_are_listed_and_not_followed(tmp_path: Path) -> None:
    put(tmp_path / "elsewhere", "secret.xlsx")
    inbox = tmp_path / "inbox"
    inbox.mkdir()
    (inbox / "folder").symlink_to(tmp_path / "elsewhere")
    (inbox / "file.xlsx").symlink_to(tmp_path / "elsewhere" / "secret.xlsx")
    (inbox / "loop.xlsx").symlink_to(inbox)
    os.mkfifo(inbox / "pipe.xlsx")
    assert listed(inbox) == (["file.xlsx", "loop.xlsx", "pipe.xlsx"], [("folder", "skipped", "S101")])
    assert refusals(inbox) == [("file.xlsx", "R118"), ("loop.xlsx", "R118"), ("pipe.xlsx", "R118")]


@pytest.mark.slow
@pytest.mark.skipif(os.name != "posix", reason="needs names that are only bytes")
def test_names_that_cannot_be_shown(tmp_path: Path) -> None:
    """Names in another encoding, with an ID, a line end, a bell, a reversed direction: each a different text."""
    put(tmp_path, "普利桥.xlsx".encode("gbk"), b"\xff.xlsx", b"\xfe.xlsx", "张三990000199001010017.xlsx",
        "张三990000199101010017.xlsx", "a\n\x1b[2Jb.xlsx", "c\u202excod.xlsx", "=cmd|'/c calc'!A1.xlsx")  # fmt: skip
    names, _ = listed(tmp_path)
    assert len(set(names)) == 8
    assert sum(name.startswith("张三990000********0017.xlsx") for name in names) == 2
    for name in names:
        name.encode("utf-8")
        assert name.isprintable()
    assert refusals(tmp_path) == [(name, "R105") for name in names]


def test_rosters_in_the_folder_of_the_outputs_are_not_taken_for_outputs(tmp_path: Path) -> None:
    put(tmp_path, "普利桥镇.xlsx", "普利桥镇_退回清单.xlsx", "district_summary.xlsx", "district_summary.bak1.xlsx",
        ".district_summary.xlsx.lock", ".tmp-district_summary-012345678901.xlsx", "a.json", "深/曲河街道_退回清单.xlsx")  # fmt: skip
    books, skipped = run.received(tmp_path, (tmp_path / "district_summary.xlsx", tmp_path / "a.json", None))
    assert [name for _, name in books] == ["普利桥镇.xlsx", "普利桥镇_退回清单.xlsx", "深/曲河街道_退回清单.xlsx"]
    assert skipped == []


def test_results_and_lists_are_never_received(tmp_path: Path) -> None:
    """Those directly in the folder are ours and go without saying; one that is somebody's own is named."""
    put(tmp_path, "甲.xlsx", "汇总结果/退回清单/甲.xlsx", "汇总结果/乙.docx", "部门名单/民政.xlsx",
        "汇总结果 - 副本/甲.xlsx", "11月/部门名单/丙.xlsx", "11月/部门名单一/丁.xlsx")  # fmt: skip
    books, skipped = run.received(tmp_path, ())
    assert [name for _, name in books] == ["11月/部门名单一/丁.xlsx", "甲.xlsx"]
    assert [(line.name, line.status) for line in skipped] == [
        ("11月/部门名单", "skipped"),
        ("汇总结果 - 副本", "skipped"),
    ]
    assert all("如果有花名册，请移到别的文件夹" in line.reason for line in skipped)
    assert run.lists_of(tmp_path) == tmp_path / "部门名单"
    (tmp_path / "部门名单" / "民政.xlsx").unlink()
    assert run.lists_of(tmp_path) is None


@pytest.mark.parametrize("place", ["汇总结果", "汇总结果/退回清单", "部门名单", "汇总结果(2)"])
def test_a_folder_of_results_is_not_merged_itself(tmp_path: Path, place: str) -> None:
    put(tmp_path, f"{place}/甲.xlsx")
    with pytest.raises(run.NotMade, match="请选它外面"):
        run.received(tmp_path / place, ())


def test_a_folder_that_somebody_keeps_in_one_called_so_is_received(tmp_path: Path) -> None:
    put(tmp_path, "汇总结果/收到/甲.xlsx")
    assert [name for _, name in run.received(tmp_path / "汇总结果" / "收到", ())[0]] == ["甲.xlsx"]


@pytest.mark.parametrize(
    "name", [".汇总.xlsx.lock", ".汇总.xlsx.holder", ".a.json.lock", ".通报.docx.holder", ".tmp-汇总-0123456789ab.xlsx", ".tmp-a-b-0123456789ab.JSON"]
)  # fmt: skip
def test_locks_and_leftovers_of_any_output_are_not_listed(tmp_path: Path, name: str) -> None:
    (tmp_path / name).touch()
    assert received_files(tmp_path) == ([], [])


@pytest.mark.parametrize("name", [".藏.xlsx", ".lock", ".甲.txt.lock", "甲.xlsx.lock", ".tmp-汇总-0123.xlsx", "tmp-汇总-0123456789ab.txt"])  # fmt: skip
def test_what_only_looks_like_them_is_listed(tmp_path: Path, name: str) -> None:
    (tmp_path / name).touch()
    (line,) = received_files(tmp_path)[1]
    assert (line.name, line.code) == (name, "S101")
    assert ("把扩展名改回" in line.reason) is not (name.startswith(".") or name.endswith(".txt"))
