"""The refusals that more than one step of the intake can give. Their words stand in the catalogue (`findings`)."""

from __future__ import annotations

from collections.abc import Mapping

from addin.findings import make_refusal

UNPACK = "请解压后报里面的花名册工作簿（.xlsx或.xlsm）。"


class RefusedError(Exception):
    """Raised where a file is refused; `read` returns the refusal. Takes the arguments of `make_refusal`."""

    def __init__(
        self,
        code: str,
        words: Mapping[str, object] | None = None,
        *,
        problem: str | None = None,
        remedy: str | None = None,
    ) -> None:
        super().__init__(code)
        self.refusal = make_refusal(code, words or {}, problem=problem, remedy=remedy)


def truncated() -> RefusedError:
    return RefusedError("R110")


def damaged(what: str) -> RefusedError:
    return RefusedError("R111", {"what": what})


def too_large(what: str) -> RefusedError:
    return RefusedError("R112", {"what": what})


def has_dtd() -> RefusedError:
    return RefusedError("R113")


def malformed(what: str) -> RefusedError:
    return RefusedError("R123", {"what": what})
