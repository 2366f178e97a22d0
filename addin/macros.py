"""The ribbon's buttons, each a function that VBA calls by name: `addin.macros.<function>`.

The names are fixed by the workbooks that are in use; what a button does stands in `addin.excel`.
"""

from __future__ import annotations

from addin.excel import (
    check,
    creating,
    diagnosis,
    importing,
    issuing,
    merging,
    pasting,
    reference,
    slip,
    submit,
    yearly,
)
from addin.excel.buttons import button

new_roster = button(creating.TITLE)(creating.create)
import_old_roster = button(importing.TITLE)(importing.import_old)
paste_values = button(pasting.TITLE)(pasting.paste)
check_roster = button("校验花名册")(check.check)
clear_marks = button("清除标记")(check.clear)
next_problem = button("下一处问题")(check.jump)
print_payment_slip = button(slip.TITLE)(slip.print_slip)
make_submission = button("生成上报文件")(submit.submit)
merge_folder = button("一键汇总")(merging.merge)
write_circular = button("生成通报")(issuing.issue)
open_status = button("打开报送情况")(merging.show_status)
diagnose = button("诊断")(diagnosis.show)
new_year_templates = button(yearly.TEMPLATES)(yearly.make_templates)
set_notice = button(yearly.IN_FORCE)(yearly.set_in_force)
show_policy = button("政策口径")(reference.show_policy)
show_help = button("使用说明")(reference.show_help)
