"""Loads policy files, with amendments and values on trial."""

from __future__ import annotations

import tomllib
from collections.abc import Sequence
from dataclasses import replace
from datetime import date
from pathlib import Path

from addin.policy.choice import POLICY_FILE, in_force
from addin.policy.model import Amendment, Policy, PolicyError
from addin.policy.reader import ELSEWHERE, Reader
from addin.policy.table import Amended, Table, Toml


def load(path: Path | None = None, overlay: Path | None = None) -> Policy:
    """Read and verify a notice.

    `path` is a notice's folder (default: the one in force, see `in_force`); `overlay` a small TOML file whose table
    `[interpretations]` puts other values of the interpretations on trial, and whose `[[standards]]` add a newly
    notified medical standard. Raises `PolicyError` naming file and entry.
    """
    file = (path or in_force()) / POLICY_FILE
    tables = _read_toml(file)
    amendments = _amend(tables, file.parent)
    policy = Reader(file, tables, amendments=amendments).policy()
    if overlay is None:
        return policy
    trial = _lay_over(tables, policy, overlay)
    try:
        return replace(
            Reader(file, tables, amendments=amendments).policy(trial), untried=policy.fingerprint if trial else ""
        )
    except PolicyError as error:  # the notice alone was in order, so the fault is the overlay's
        raise PolicyError(overlay, error.entry, error.problem) from error


def faults(folder: Path) -> list[PolicyError]:
    """Everything wrong with a notice's folder at once; empty where it can be loaded.

    What only follows from another fault may be among them, or come to light when that is mended.
    """
    file = folder / POLICY_FILE
    gathered: list[PolicyError] = []
    try:
        tables = _read_toml(file)
        Reader(file, tables, gathered, _amend(tables, folder)).policy()
    except PolicyError as error:
        gathered.append(error)
    except Exception:
        if not gathered:  # otherwise the error follows from a missing value
            raise
    return list({str(error): error for error in gathered}.values())


def _amend(tables: Toml, folder: Path) -> tuple[Amendment, ...]:
    """Put what later documents say into the tables of a notice, in the order of their days.

    An amendment is a file `amendment-….toml` in the folder: `id`, `issued`, `document` (its text's file), and by scheme
    a `window` that takes the place of the old one, `windows` in place of those of the same name or further ones, further
    `own_days` and `standards`.
    """
    amendments = []
    for file in sorted(folder.glob("amendment-*.toml")):
        root = Table(file, "", _read_toml(file))
        amendment = Amendment(root.text("id"), root.day("issued"), root.text("document"))
        amendments.append((amendment, file, root))
        if isinstance(tables.get("issued"), date) and amendment.issued <= tables["issued"]:
            root.wrong("issued 应晚于通知的印发日期")
    for _, file, root in sorted(amendments, key=lambda each: each[0].issued):
        schemes = root.table("schemes")
        for key, changed in schemes.named():
            own = tables.get("schemes", {}).get(key)
            if own is None:
                raise changed.fail("通知没有这个险种")
            if "window" in changed.data:
                own["window"] = Amended(_extended(own.get("window", {}), changed.get("window", dict)), file)
            for more in ("windows", "own_days", "standards"):
                items = [Amended(item.data, file) for item in changed.tables(more, [])]
                before = own.get(more, [])
                own[more] = _renewed(before, items) if more == "windows" else [*before, *items]
            if not own["standards"]:
                del own["standards"]
            changed.done()
        root.done()
    return tuple(amendment for amendment, _, _ in sorted(amendments, key=lambda each: each[0].issued))


def _extended(old: Toml, new: Toml) -> Toml:
    """A window's new table; where the later document says only until when, it begins as the notice says."""
    if "start" in new or not {"start", "text"} <= old.keys():
        return new
    return new | {"start": old["start"], "text": f"{old['text']}……{new.get('text', '')}"}


def _renewed(old: list[Toml], new: Sequence[Toml]) -> list[Toml]:
    """Later windows with those of a later document in their order; one takes the place of the old one of its name."""
    names = {window.get("name") for window in new}
    return sorted([*(window for window in old if window.get("name") not in names), *new], key=_start) if new else old


def _start(window: Toml) -> date:
    start = window.get("start")
    return start if isinstance(start, date) else date.max


def _read_toml(file: Path) -> Toml:
    try:
        return tomllib.loads(file.read_text(encoding="utf-8"))
    except OSError as error:
        raise PolicyError(file, "文件", "读不到，请检查路径和权限") from error
    except UnicodeDecodeError as error:
        raise PolicyError(file, "文件", "不是UTF-8编码，请另存为UTF-8") from error
    except tomllib.TOMLDecodeError as error:
        raise PolicyError(file, "文件", f"TOML语法有误（{error}）") from error


def _lay_over(tables: Toml, base: Policy, overlay: Path) -> tuple[str, ...]:
    """Put another file's values on trial into `tables`; gives the words that every output must carry."""
    root = Table(overlay, "", _read_toml(overlay))
    words = []
    for name, value in root.get("interpretations", dict, {}).items():
        where = f"interpretations.{name}"
        known = base.interpretations.get(name)
        if known is None:
            raise PolicyError(overlay, where, f"{base.id} 中没有这一口径")
        if value == known.value:
            continue
        meanings = {other.value: other.meaning for other in known.alternatives}
        if value not in list(meanings):
            raise PolicyError(overlay, where, f"只能取 {'、'.join([known.value, *meanings])}")
        if not known.operative:
            raise PolicyError(overlay, where, "这一口径只作说明，换一取值须改程序")
        table = tables["interpretations"][name]
        table["value"], table["meaning"] = value, meanings.pop(value)
        meanings = {known.value: known.meaning} | meanings
        table["alternatives"] = [{"value": other, "meaning": meaning} for other, meaning in meanings.items()]
        words.append(f"{known.point}：{table['meaning']}")
    for added in root.tables("standards", []):
        if "medical" not in base.schemes:
            raise PolicyError(overlay, "standards", f"{base.id} 没有医保，不能另立医保标准")
        value, notified = added.get("value", (int, str)), added.day("notified")
        tables["schemes"]["medical"]["standards"].append({"reading": f"{ELSEWHERE}（{overlay.name}）", **added.data})
        words.append(f"{base.schemes['medical'].name}个人缴费标准{value}元（{notified}告知）")
    root.done()
    return tuple(words)
