"""The catalogue of codes, and the records of findings and refusals made from it.

Every code stands in `CATALOGUE` once, with its severity, title, words, remedy, example, what it blocks and the policy
entry it rests on; whatever shows a code asks it. The words of a rule stand beside its function in `addin.checks`, all
others in `codes`. `make_finding` and `make_refusal` are the only makers of the records.
"""

from addin.findings.catalogue import (
    CATALOGUE,
    MOST_PLACES,
    Code,
    ColumnFields,
    FindingFields,
    column_finding,
    declare,
    fails_alike,
    group_if_alike,
    make_finding,
    make_refusal,
    title,
)
from addin.findings.codes import SAVE_AGAIN, SAVE_AS, SEND_AGAIN, USE_TEMPLATE
from addin.findings.records import (
    DATE,
    DUPLICATE,
    IDENTITY,
    INELIGIBLE,
    ORDER,
    REASONS,
    SEVERITY_NAMES,
    SEVERITY_ORDER,
    SHORT,
    UNPAID,
    Finding,
    Refusal,
    Severity,
    UserError,
    Who,
    count_by_severity,
)

__all__ = [
    "CATALOGUE",
    "DATE",
    "DUPLICATE",
    "IDENTITY",
    "INELIGIBLE",
    "MOST_PLACES",
    "ORDER",
    "REASONS",
    "SAVE_AGAIN",
    "SAVE_AS",
    "SEND_AGAIN",
    "SEVERITY_NAMES",
    "SEVERITY_ORDER",
    "SHORT",
    "UNPAID",
    "USE_TEMPLATE",
    "Code",
    "ColumnFields",
    "Finding",
    "FindingFields",
    "Refusal",
    "Severity",
    "UserError",
    "Who",
    "column_finding",
    "count_by_severity",
    "declare",
    "fails_alike",
    "group_if_alike",
    "make_finding",
    "make_refusal",
    "title",
]
