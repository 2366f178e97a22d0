"""The complete jobs, for the command line, the ribbon and scheduled runs.

In: a folder of received workbooks, or single files. Out: the district summary in its place and the `District`, or the
findings. Strangers' files are opened in child processes only (`workers`), every result is written as `saving` writes,
and nobody else writes the same summary meanwhile. Answers to specification 7.
"""

from addin.run.checking import check_files
from addin.run.files import NotMade, opens_again, write_json
from addin.run.merging import OtherSummary, combine, merge_folder, read_folder
from addin.run.monthly import Issue, write_circular
from addin.run.papers import Extras, papers_of, write_ledgers
from addin.run.reading import (
    FIXED_SUMMARY,
    SUMMARY_BESIDE,
    SeveralNotices,
    lists_of,
    read_files,
    read_lists,
    received,
    summary_of,
)
from addin.run.rosters import (
    OtherNotice,
    SeveralUnits,
    ask_for_unit,
    import_old,
    judge_file,
    look_into_old,
    new_roster,
    rows_for,
    rows_of,
    submit,
    unit_of,
)

__all__ = [
    "FIXED_SUMMARY",
    "SUMMARY_BESIDE",
    "Extras",
    "Issue",
    "NotMade",
    "OtherNotice",
    "OtherSummary",
    "SeveralNotices",
    "SeveralUnits",
    "ask_for_unit",
    "check_files",
    "combine",
    "import_old",
    "judge_file",
    "lists_of",
    "look_into_old",
    "merge_folder",
    "new_roster",
    "opens_again",
    "papers_of",
    "read_files",
    "read_folder",
    "read_lists",
    "received",
    "rows_for",
    "rows_of",
    "submit",
    "summary_of",
    "unit_of",
    "write_circular",
    "write_json",
    "write_ledgers",
]
