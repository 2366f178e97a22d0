"""The written summary is read again before it replaces the old one."""

from __future__ import annotations

from pathlib import Path

from addin import intake
from addin.columns import Scheme
from addin.district.records import District
from addin.findings import Refusal, UserError
from addin.output.summary import attachment, previous
from addin.output.summary.sheets import sheets


class Unverified(UserError):
    """The written file does not say what the district says; the old one stays."""


def verify(path: Path, district: District) -> None:
    """Check sheets and every unit's counted people in a written summary, as a reader sees them; raises `Unverified`."""
    expected = [sheet.name for sheet in sheets(district.policy)]
    book = intake.read(path, expected)
    if isinstance(book, Refusal):
        raise Unverified(f"写好的区汇总表重新打开时读不了（{book.reason}），没有采用。")
    if list(book.names) != expected:
        raise Unverified("写好的区汇总表缺少工作表，没有采用。")
    try:
        counts = previous.read_counts(path, expected)
    except previous.Unreadable as error:
        raise Unverified(f"写好的区汇总表重新打开时读不了（{error.refusal.reason}），没有采用。") from error
    for scheme in district.policy.schemes:
        for unit, counted in _expected(district, scheme).items():
            if counts.get((scheme, unit)) != counted:
                raise Unverified(
                    f"写好的区汇总表与汇总数据不符（{attachment.sheet_name(district.policy, scheme)}，{unit}），没有采用。"
                )


def _expected(district: District, scheme: Scheme) -> dict[str, int]:
    keys = attachment.keys_of_units(district.policy, scheme)
    return {keys.get(unit.township, unit.township): unit.counted for unit in district.scheme_units(scheme)}
