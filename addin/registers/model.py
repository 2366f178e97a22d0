"""Lists in their reduced form, and the words of every finding that rests on them (9xx)."""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import cached_property

import numpy as np
import numpy.typing as npt
import pandas as pd

from addin import ids
from addin.findings import DistrictRule, Finding, Refusal

MISSING, ELSEWHERE, DIFFERS, ABSENT, NOTED, OTHER_NAME = "901", "902", "903", "904", "905", "906"
EMPLOYED = {"medical": "907", "pension": "908"}
RENAMED, STRANGE = "910", "911"
BAD_ID, ODD_ID, BAD_CATEGORY, BAD_UNIT, BAD_DATE, BAD_CELL, UNREAD = "921", "922", "923", "924", "925", "926", "927"

RULES: dict[str, DistrictRule] = {
    "901": DistrictRule("error", "名单上有，花名册里没有", "hardship_medical", "名单上是{listed}{village}，收到的花名册里没有此人。",
                        "困难人员应100%参保：请核实后列入花名册；已死亡、迁出的，请告知主管部门更新名单。"),
    "902": DistrictRule("warning", "名单和花名册的单位不同", "lists", "名单上是{listed}，属{unit}；花名册列在{where}。",
                        "资助按名单拨到乡镇、街道：请两处核对此人属哪个单位，再改名单或花名册。"),
    "903": DistrictRule("error", "人员类别与名单不符", "lists", "人员类别填“{value}”，{day}名单上是“{listed}”{due}。",
                        "请核对证件号码和人员类别，以名单为准改正；多收的退还，少收的补收。"),
    "904": DistrictRule("error", "填了人员类别，名单上没有", "status_of_aid", "人员类别填“{value}”，{day}{why}，不按此类别资助{due}。",
                        "请与主管部门核对：确属此类的，请部门补入名单；不属的，请改正人员类别并补收。"),
    "905": DistrictRule("info", "名单上的身份不全相同", "status_of_aid", "人员类别填“{value}”，{day}名单上是“{listed}”，应缴和资助不变。",
                        "请按名单填全。"),
    "906": DistrictRule("warning", "名单上是另一个姓名", "identity", "同一证件号码在名单上是另一个姓名。",
                        "请对照身份证核对；名单录错的，请告知主管部门。"),
    "907": DistrictRule("error", "职工医保名单上有此人", "no_double", "此人在职工医保参保名单上，又列为医保本次参保，不计入。",
                        "请改正参保状态，已收的退还；确已停保的，请先更新名单。"),
    "908": DistrictRule("error", "职工养老名单上有此人", "no_double", "此人在职工养老参保名单上，又列为养老本次参保，不计入。",
                        "请改正参保状态，已收的退还；确已停保的，请先更新名单。"),
    "910": DistrictRule("warning", "用了原村名", "villages", "“{value}”是原村名，{day}改为“{now}”，已按现村名理解。", "请改填现村名。"),
    "911": DistrictRule("warning", "不是本单位的村名", "villages", "“{value}”不在本单位的村（社区）名单上{where}。",
                        "请按新的村（社区）名单核对村名。"),
    "921": DistrictRule("error", "名单：证件号码不能用", "identity", "证件号码{what}，这一行没有用上。", "请部门把号码按文本补正后再给名单。"),
    "922": DistrictRule("warning", "名单：证件号码不合规则", "identity", "证件号码的位数、字符、出生日期或校验码不对，照原样比对。", "请部门核对号码。"),
    "923": DistrictRule("error", "名单：类别认不出", "status_of_aid", "“{header}”填的是“{value}”，认不出，这一行没有用上。",
                        "请部门按通知中的名称填写。"),
    "924": DistrictRule("warning", "名单：乡镇认不出", "lists", "乡镇填的是“{value}”，不在单位总表中；此人照样比对，名单应拨归不到单位。",
                        "请部门按单位总表填写。"),
    "925": DistrictRule("warning", "名单：日期读不出", "status_of_aid", "“{header}”填的是“{value}”，读不出日期，按空白理解。",
                        "请部门按“年-月-日”填写。"),
    "926": DistrictRule("error", "名单：单元格是错误值或没有计算", "status_of_aid", "“{header}”是错误值或没有计算过的公式，按空白理解。",
                        "请部门删去公式，直接填写内容。"),
    "927": DistrictRule("warning", "名单：工作表没有读", "status_of_aid", "工作表“{value}”{what}，没有读取。",
                        "需要的请按“姓名、证件号码、类别、乡镇、村、认定日期、终止日期”的表头给名单。"),
}  # fmt: skip

ALWAYS = (0, 3_652_059)
"""Since and until of a line without days: ordinals of no day and of 9999-12-31."""


ENTRIES = {
    "k0": "u8", "k1": "u8", "name": "u8", "status": "u2", "employed": "u1", "unit": "i4", "since": "i4", "until": "i4", "born": "i4",
    "sheet": "i4", "row": "i4", "surname": "O", "shown": "O", "village": "O",
}  # fmt: skip


def no_entries() -> pd.DataFrame:
    """`ListFile.entries` without a line."""
    return pd.DataFrame({name: np.zeros(0, dtype) for name, dtype in ENTRIES.items()})


def keys_of(numbers: npt.NDArray[np.object_], secret: bytes) -> dict[str, npt.NDArray[np.uint64]]:
    """The keyed hash of IDs, on a list and in a roster alike, as the columns k0 and k1."""
    return {"k0": ids.keyed(numbers, secret, b"listed id"), "k1": ids.keyed(numbers, secret, b"listed id, once more")}


def names_of(names: npt.NDArray[np.object_], secret: bytes) -> npt.NDArray[np.uint64]:
    """The keyed hash of names, on a list and in a roster alike."""
    return ids.keyed(names, secret, b"listed name")


@dataclass(frozen=True, slots=True)
class Village:
    """A village in force: its unit, its name, a former name ('' for none) and the day of change (ordinal, 0 unknown)."""

    unit: str
    name: str
    former: str = ""
    changed: int = 0


@dataclass
class ListFile:
    """One file of lists, reduced. `entries` has one row a line that names somebody.

    entries: k0, k1 (keyed hash of the ID), name (keyed hash, 0 where blank), status (bits in the policy's order),
    employed (1 medical, 2 pension), unit (place in the policy's units, -1 unknown), since, until (ordinals), born
    (ordinal, 0 unknown), sheet (code into `sheets`), row, surname, shown and village (texts, masked).
    """

    name: str
    sha256: str = ""
    refusal: Refusal | None = None
    kinds: tuple[str, ...] = ()
    entries: pd.DataFrame = field(default_factory=no_entries)
    sheets: tuple[str, ...] = ()
    letters: dict[str, str] = field(default_factory=dict)
    villages: tuple[Village, ...] = ()
    findings: list[Finding] = field(default_factory=list)

    def __len__(self) -> int:
        return len(self.entries) + len(self.villages)


@dataclass
class Index:
    """What a child needs of the lists to hold a roster against them; no text of any person.

    covered: the statuses (bits) that the lists are about; entries: k0, k1, name, status, employed, since, until.
    """

    secret: bytes
    covered: int
    entries: pd.DataFrame
    villages: tuple[Village, ...]


@dataclass
class Lists:
    """Every list given for one run; `secret` keys the hashes and must be that of the rosters' results."""

    secret: bytes
    files: tuple[ListFile, ...]

    @cached_property
    def used(self) -> tuple[ListFile, ...]:
        """The files that could be read, a byte-equal copy once."""
        return tuple({one.sha256: one for one in self.files if one.refusal is None}.values())

    @cached_property
    def entries(self) -> pd.DataFrame:
        """All lines, with the place of their file in `used`."""
        parts = [one.entries.assign(file=n) for n, one in enumerate(self.used) if len(one.entries)]
        return pd.concat(parts, ignore_index=True) if parts else no_entries().assign(file=0)

    @cached_property
    def covered(self) -> int:
        """The statuses (bits) that the lists are about."""
        return int(np.bitwise_or.reduce(self.entries["status"].to_numpy(), initial=0))

    @cached_property
    def index(self) -> Index:
        """For the children."""
        entries = self.entries[["k0", "k1", "name", "status", "employed", "since", "until"]]
        return Index(self.secret, self.covered, entries, tuple(v for one in self.used for v in one.villages))
