"""Makes the district of received files: one file's result, which submissions count, who owns a person, the tables.

In: paths, or `FileResult`s that were made elsewhere. Out: a `District` (see `records`). `reduce_file` is the unit of
work: it reads, checks and reduces one file and holds no ID and no full name afterwards, only keyed hashes; everything
over several files works on those. Answers to specification 7 (submissions, counting) and 三(四), 四(三), 六(四).

A name here loads its module when it is first asked for: whoever wants the records alone does not wait for pandas.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from addin.district.alone import check_each
    from addin.district.duplicates import BETWEEN_FILES, DUPLICATE_RULES
    from addin.district.file_result import FileResult, Submission, refused_result
    from addin.district.received import LISTS, RESULTS, SUMMARY, is_apart, received_files, shown_names
    from addin.district.reduction import details_of, open_roster, reduce_file, reduce_roster
    from addin.district.tables import assemble, judge_alone, reporting_days
    from addin.district.tally import CASH

_HOMES = {
    "alone": ("check_each",),
    "duplicates": ("BETWEEN_FILES", "DUPLICATE_RULES"),
    "file_result": ("FileResult", "Submission", "refused_result"),
    "received": ("LISTS", "RESULTS", "SUMMARY", "is_apart", "received_files", "shown_names"),
    "reduction": ("details_of", "open_roster", "reduce_file", "reduce_roster"),
    "tables": ("assemble", "reporting_days", "judge_alone"),
    "tally": ("CASH",),
}
_HOME_OF = {name: module for module, names in _HOMES.items() for name in names}

__all__ = [
    "BETWEEN_FILES",
    "CASH",
    "DUPLICATE_RULES",
    "LISTS",
    "RESULTS",
    "SUMMARY",
    "FileResult",
    "Submission",
    "assemble",
    "check_each",
    "details_of",
    "is_apart",
    "judge_alone",
    "open_roster",
    "received_files",
    "reduce_file",
    "reduce_roster",
    "refused_result",
    "reporting_days",
    "shown_names",
]


def __getattr__(name: str) -> object:
    if name not in _HOME_OF:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(import_module(f"{__name__}.{_HOME_OF[name]}"), name)
