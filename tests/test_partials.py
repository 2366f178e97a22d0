"""Results of single files, kept and merged later, on any machine; people across files in partitions."""

from __future__ import annotations

import itertools
import os
import pickle
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from addin import policy, run
from addin.district import FileResult, duplicates, partials, refused_result, report
from addin.district.file_result import BUCKETS, IDENTITIES, starts_of
from addin.district.partials import PartialsError
from addin.findings import Refusal
from tests.support import results, rosters
from tests.support.notices import LENGSHUITAN_FOLDER
from tests.support.received import received

POLICY = rosters.POLICY
KEY = bytes(range(32))


@pytest.fixture
def three_units(tmp_path: Path) -> Path:
    """Three units with a person in two of them, a refused file, a file that is no workbook."""
    folder = tmp_path / "收到"
    for n, unit in enumerate(POLICY.units[:3]):
        received(folder, f"{unit.name}.xlsx", *results.people(6, start=5 * n), township=unit.name)
    (folder / "坏.xlsx").write_bytes(b"PK")
    (folder / "说明.txt").write_text("x", encoding="utf-8")
    return folder


def keep(*found: FileResult, folder: Path) -> None:
    folder.mkdir(exist_ok=True)
    for result in found:
        partials.ResultFolder(folder).put(partials.pack(result))


@pytest.mark.slow
def test_shares_of_several_machines_combine_to_the_same_district(three_units: Path, tmp_path: Path) -> None:
    once = run.merge_folder(three_units, tmp_path / "once.xlsx", POLICY)
    kept = tmp_path / "kept"
    key = partials.key(tmp_path / "key", kept)
    for share in (2, 1, 3, 1):  # read again, a share changes nothing
        run.read_folder(three_units, kept, POLICY, key, share=(share, 3), jobs=1)
    later = run.combine(kept, tmp_path / "later.xlsx", POLICY)
    assert report.to_json(later) == report.to_json(once)
    assert len(once.duplicates) == 8 and [line.status for line in once.files].count("skipped") == 1
    assert (tmp_path / "later.xlsx").read_bytes() == (tmp_path / "once.xlsx").read_bytes()


def test_no_id_no_name_and_no_key_in_what_is_kept(tmp_path: Path) -> None:
    result = results.result("a.xlsx", rosters.person(name="欧阳修"))
    packed = partials.pack(result)
    assert b"990000" in packed  # the masked ID
    for text in ("990000199001010017", "欧阳", "阳修"):
        assert text.encode() not in packed and text.encode("utf-16-le") not in packed
    assert results.SECRET not in packed


def test_what_is_kept_comes_back_whole(tmp_path: Path) -> None:
    result = results.result("a.xlsx", *results.people(40))
    again = partials.ResultFolder(tmp_path).put(partials.pack(result))
    assert again.details_of().people.equals(result.details.people)
    for what, buckets in itertools.product(("identities", "receipts"), ((0, BUCKETS), (3, 90), (7, 7))):
        assert np.array_equal(again.hashes(what, *buckets), result.hashes(what, *buckets))  # type: ignore[arg-type]
    again.source = result.source
    assert (again.tallies, again.findings, again.submission) == (result.tallies, result.findings, result.submission)


def test_the_key_is_made_once_for_its_owner_alone_and_never_beside_the_results(tmp_path: Path) -> None:
    path, kept = tmp_path / "keys" / "key.txt", tmp_path / "kept"
    first = partials.key(path, kept)
    assert len(first) == 32 and partials.key(path, kept) == first
    if os.name == "posix":
        assert path.stat().st_mode & 0o777 == 0o600
    with pytest.raises(PartialsError, match="不能和单册结果放在同一个文件夹"):
        partials.key(kept / "key", kept)
    path.write_text("abc", encoding="ascii")
    with pytest.raises(PartialsError, match="不是密钥文件"):
        partials.key(path, kept)


def _other_key(folder: Path) -> None:
    keep(refused_result("b.xlsx", "", POLICY, Refusal("R109", "空的。"), KEY), folder=folder)


def _other_version(folder: Path) -> None:
    result = results.result("b.xlsx", rosters.person())
    result.version = "1"
    keep(result, folder=folder)


def _other_policy(folder: Path) -> None:
    result = results.result("b.xlsx", rosters.person())
    result.rules = "x"
    keep(result, folder=folder)


def _same_name(folder: Path) -> None:
    keep(results.result("a.xlsx", *results.people(2)), folder=folder)


def _one(folder: Path) -> Path:
    return next(folder.glob("*.lxpart"))


def _cut(folder: Path) -> None:
    _one(folder).write_bytes(_one(folder).read_bytes()[:-1])


def _altered(folder: Path) -> None:
    content = bytearray(_one(folder).read_bytes())
    content[-100] ^= 1
    _one(folder).write_bytes(content)


def _renamed_as(content: bytes) -> Callable[[Path], None]:
    def put(folder: Path) -> None:
        (folder / f"{partials._digest(content).hexdigest()}.lxpart").write_bytes(content)

    return put


class _Calls:
    def __reduce__(self) -> tuple[Callable[..., object], tuple[str]]:
        return os.system, ("true",)


def _trap() -> bytes:
    light = pickle.dumps(_Calls())
    return partials._MAGIC + partials._LENGTHS.pack(len(light), 0, 0, 0) + light


@pytest.mark.parametrize(
    ("spoil", "words"),
    [
        (_other_key, "不同的密钥"),
        (_other_version, "不同版本"),
        (_other_policy, "不同的政策口径"),
        (_same_name, "两份不同的单册结果"),
        (_cut, "不是完整的单册结果"),
        (_altered, "不是完整的单册结果"),
        (_renamed_as(b""), "不是完整的单册结果"),
        (_renamed_as(b"LXPART\n"), "不是完整的单册结果"),
        (_renamed_as(_trap()), "不是完整的单册结果"),
        (lambda folder: _one(folder).unlink(), "里没有单册结果"),
    ],
    ids=lambda value: getattr(value, "__name__", ""),
)
def test_what_does_not_add_up_is_refused(spoil: Callable[[Path], None], words: str, tmp_path: Path) -> None:
    keep(results.result("a.xlsx", rosters.person()), folder=tmp_path)
    assert len(partials.read_folder(tmp_path, POLICY)) == 1
    spoil(tmp_path)
    with pytest.raises(PartialsError, match=words):
        partials.read_folder(tmp_path, POLICY)


def test_a_policy_on_trial_is_another_one(tmp_path: Path) -> None:
    overlay = tmp_path / "trial.toml"
    overlay.write_text(_trial(), encoding="utf-8")
    keep(results.result("a.xlsx", rosters.person()), folder=tmp_path)
    with pytest.raises(PartialsError, match="不同的政策口径"):
        partials.read_folder(tmp_path, policy.load(LENGSHUITAN_FOLDER, overlay))


def _trial() -> str:
    point = next(
        interpretation
        for interpretation in POLICY.interpretations.values()
        if interpretation.operative and interpretation.alternatives
    )
    return f'[interpretations]\n{point.name} = "{point.alternatives[0].value}"\n'


@pytest.mark.slow
@given(st.lists(st.integers(0, 2**64 - 1), max_size=60))
def test_buckets_part_the_hashes(keys: list[int]) -> None:
    rows = np.zeros(len(keys), IDENTITIES)
    rows["k"] = sorted(keys)
    starts = starts_of(rows)
    assert len(starts) == BUCKETS + 1 and starts[-1] == len(keys)
    for bucket in range(BUCKETS):
        assert all(int(k) >> 56 == bucket for k in rows["k"][starts[bucket] : starts[bucket + 1]])


@pytest.mark.slow
def test_partitions_change_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    books = [
        results.result("a.xlsx", *results.people(30), part="桥头村"),
        results.result("b.xlsx", *results.people(30, start=20, village="井边村"), part="井边村"),
        results.result("c.xlsx", *results.people(30, start=10, name="李四"), township="曲河街道"),
    ]
    whole = report.to_json(results.district(*books))
    assert len(whole["duplicates"]) == 2 * (10 * 2 + 10 * 3 + 10 * 2)
    for rows in (1, 7, 50):
        monkeypatch.setattr(duplicates, "PARTITION", rows)
        assert report.to_json(results.district(*books)) == whole


@pytest.mark.slow
def test_one_number_filled_down_a_column_costs_no_squares() -> None:
    many = 3000
    people = [rosters.person(household=str(n), medical_receipt="R1", pension_receipt="R1") for n in range(many)]
    merge = results.district(results.result("a.xlsx", *people))
    findings = [finding for finding in merge.findings if finding.code in ("401", "402", "403", "809")]
    assert sorted((finding.code, finding.count) for finding in findings) == [
        ("401", many - 1), ("402", many - 1), ("403", 1), ("403", 1), ("809", many), ("809", many),
    ]  # fmt: skip
    assert max(len(finding.problem) for finding in findings) < 200
    assert sum(unit.counted for unit in merge.units) == 2
