"""From received files to the district: one file's result, which submissions count, who owns a person, the tables.

In: paths, or `FileResult`s that were made elsewhere. Out: a `District` (see `records`). `one_file` is the unit of work:
it reads, checks and reduces one file and holds no ID and no full name afterwards, only keyed hashes; everything over
several files works on those. Answers to specification 7 (submissions, counting) and 三(四), 四(三), 六(四).
"""

from addin.merge.across import DISTRICT_RULES, DUPLICATE_RULES
from addin.merge.folder import received, shown
from addin.merge.one import details_of, one_file, open_roster, reduce
from addin.merge.result import FileResult, Submission, refused
from addin.merge.tables import alone, district, half_months
from addin.merge.tally import CASH

__all__ = [
    "CASH",
    "DISTRICT_RULES",
    "DUPLICATE_RULES",
    "FileResult",
    "Submission",
    "alone",
    "details_of",
    "district",
    "half_months",
    "one_file",
    "open_roster",
    "received",
    "reduce",
    "refused",
    "shown",
]
