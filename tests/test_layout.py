"""One way through the house: a module imports only from those before it (README), and only the ends know Excel."""

from __future__ import annotations

import ast
from collections.abc import Iterable, Iterator
from functools import lru_cache
from pathlib import Path

import pytest

from tests.support import ROOT

ADDIN = ROOT / "addin"

ORDER = (
    "columns", "findings", "policy", "amounts", "ids", "intake", "roster", "registers", "checks", "old_roster", "workers", "district", "bridge", "functions",
    "error_log", "terminal", "usage", "output", "run", "cli", "excel", "macros", "server",
)  # fmt: skip
"""Every module and package of the project, from the notice to the shells."""
INSIDE_OUTPUT = (
    "lock", "saving", "earlier", "rows", "template", "macro_workbook", "imported", "summary", "circular", "tables", "unit_files", "ledger", "submission", "returns",
)  # fmt: skip
"""The same inside `output`."""
INSIDE_RUN = ("files", "reading", "papers", "merging", "monthly", "checking", "rosters")
"""The same inside `run`."""


def statements(block: Iterable[ast.AST]) -> Iterator[ast.AST]:
    """All statements of a block and of those inside, but for what only a type checker reads."""
    for node in block:
        if isinstance(node, ast.If) and ast.unparse(node.test) == "TYPE_CHECKING":
            continue
        yield node
        for part in ("body", "orelse", "finalbody", "handlers", "cases"):
            yield from statements(getattr(node, part, ()))


@lru_cache
def imports(folder: Path = ADDIN) -> list[tuple[str, str]]:
    """Who in a folder imports what, by names in that folder; what only a type checker imports does not count."""
    pairs: list[tuple[str, str]] = []
    for path in sorted(folder.rglob("*.py")):
        owner = path.relative_to(folder).parts[0].removesuffix(".py")
        for node in statements(ast.parse(path.read_text(encoding="utf-8")).body):
            if isinstance(node, ast.ImportFrom):
                pairs += [(owner, f"{node.module}.{alias.name}") for alias in node.names]
            elif isinstance(node, ast.Import):
                pairs += [(owner, alias.name) for alias in node.names]
    return pairs


ROOMS = pytest.mark.parametrize(
    ("folder", "order"),
    [(ADDIN, ORDER), (ADDIN / "output", INSIDE_OUTPUT), (ADDIN / "run", INSIDE_RUN)],
    ids=["addin", "output", "run"],
)


@ROOMS
def test_every_module_has_its_place(folder: Path, order: tuple[str, ...]) -> None:
    there = {
        path.name.removesuffix(".py")
        for path in folder.iterdir()
        if path.suffix == ".py" or (path / "__init__.py").exists()
    }
    assert there - {"__init__"} == set(order)


@ROOMS
def test_a_module_imports_only_from_those_before_it(folder: Path, order: tuple[str, ...]) -> None:
    package = ".".join(folder.relative_to(ADDIN.parent).parts)
    against = {
        (owner, other)
        for owner, name in imports(folder)
        if name.startswith(f"{package}.")
        and (other := name.removeprefix(f"{package}.").split(".")[0]) in order
        and owner in order
        and other != owner
        and order.index(other) > order.index(owner)
    }
    assert against == set()


@pytest.mark.slow
def test_xlwings_is_imported_in_one_place_which_takes_its_exit_handler_back() -> None:
    assert {owner for owner, name in imports() if name.split(".")[0] == "xlwings"} == {"bridge"}
    assert {owner for owner, name in imports() if name.startswith("addin.bridge")} == {"functions", "excel", "server"}
