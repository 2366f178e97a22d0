"""The refusals that more than one step of the intake can give. All texts are for the clerk who sends the file."""

from __future__ import annotations

from addin.findings import Refusal

SAVE_AS = "请用Excel或WPS打开，另存为“Excel 工作簿(*.xlsx)”后再报。"
SAVE_AGAIN = "请用Excel或WPS打开，另存为新文件后再报。"
SEND_AGAIN = "多半是传输或U盘出错，请重新发送原文件。"
USE_TEMPLATE = "请报花名册工作簿（.xlsx或.xlsm）。"


class RefusedError(Exception):
    """Carries a refusal out of the depth of a check; `read` turns it into a value."""

    def __init__(self, code: str, reason: str, remedy: str) -> None:
        super().__init__(code)
        self.refusal = Refusal(code, reason, remedy)


def truncated() -> RefusedError:
    return RefusedError("R110", "文件不完整，后面一截没有传到。", SEND_AGAIN)


def damaged(what: str) -> RefusedError:
    return RefusedError("R111", f"文件损坏（{what}）。", SEND_AGAIN)


def too_large(what: str) -> RefusedError:
    return RefusedError("R112", f"文件过大：{what}。", "请删去名单以外的行、列、图片和格式，或按村分册再报。")


def has_dtd() -> RefusedError:
    return RefusedError("R113", "文件的XML里带有DTD或实体定义，正常的工作簿不会有。", SAVE_AGAIN)


def malformed(what: str) -> RefusedError:
    return RefusedError("R123", f"文件内部结构有误（{what}）。", SAVE_AGAIN)
