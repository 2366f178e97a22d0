"""The roster template: one writer for ready-made templates, annotated copies and samples.

In: a policy, a cover, people, findings. Out: a workbook whose lists, native formulas, colours and explanations are all
made from the policy, so that it works in Excel, WPS and LibreOffice with macros off and no Python.
"""

from addin.output.template.book import fixed_time, source_date, write_roster
from addin.output.template.cells import QUIET
from addin.output.template.controls import print_area
from addin.output.template.hints import hint_codes
from addin.output.template.lists import SHEET as LISTS_SHEET
from addin.output.template.lists import WHAT
from addin.output.template.results import beside

__all__ = [
    "LISTS_SHEET",
    "QUIET",
    "WHAT",
    "beside",
    "fixed_time",
    "hint_codes",
    "print_area",
    "source_date",
    "write_roster",
]
