"""One way through the house: a module imports only from those before it (README), and only the ends know Excel."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path

ADDIN = Path(__file__).parent.parent / "addin"

ORDER = (
    "columns", "records", "policy", "amounts", "ids", "intake", "roster", "lists", "checks", "merge", "workers", "partials", "saving", "faults",
    "template", "summary", "report", "circular", "outputs", "submission", "run", "functions", "packing", "macros", "cli",
    "installed", "dropped",
)  # fmt: skip
"""Every module and package of the project, from the notice to the shells."""
EXCEL = {"functions", "macros"}


def imports() -> Iterator[tuple[str, str]]:
    """Who imports whom, as top-level names; what only a type checker imports does not count."""
    for path in sorted(ADDIN.rglob("*.py")):
        owner = path.relative_to(ADDIN).parts[0].removesuffix(".py")
        tree = ast.parse(path.read_text(encoding="utf-8"))
        for_types = {
            id(inner)
            for node in ast.walk(tree)
            if isinstance(node, ast.If) and ast.unparse(node.test) == "TYPE_CHECKING"
            for inner in ast.walk(node)
        }
        for node in ast.walk(tree):
            if id(node) in for_types:
                continue
            if isinstance(node, ast.ImportFrom):
                names = [f"{node.module}.{alias.name}" for alias in node.names]
            elif isinstance(node, ast.Import):
                names = [alias.name for alias in node.names]
            else:
                continue
            yield from ((owner, name) for name in names)


def test_every_module_has_its_place() -> None:
    there = {
        path.name.removesuffix(".py")
        for path in ADDIN.iterdir()
        if path.suffix == ".py" or (path / "__init__.py").exists()
    }
    assert there - {"__init__"} == set(ORDER)


def test_a_module_imports_only_from_those_before_it() -> None:
    against = {
        (owner, other)
        for owner, name in imports()
        if name.startswith("addin.")
        and (other := name.split(".")[1]) in ORDER
        and owner in ORDER
        and other != owner
        and ORDER.index(other) > ORDER.index(owner)
    }
    assert against == set()


def test_only_the_ends_import_xlwings() -> None:
    assert {owner for owner, name in imports() if name.split(".")[0] == "xlwings"} <= EXCEL
