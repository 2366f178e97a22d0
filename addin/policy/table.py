"""A TOML table that is asked for its keys one by one, and then says which nobody asked for."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, datetime
from pathlib import Path
from typing import Any

from addin.policy.model import PolicyError

Toml = dict[str, Any]
"""A table as it is read."""
_PLACEHOLDERS: dict[type, object] = {str: "", int: 0, bool: False, dict: {}, list: [], date: date.min}
"""Placeholders for missing values while faults are gathered."""


class Amended(Toml):
    """A table that an amendment's file brought: faults in it are that file's."""

    def __init__(self, data: Toml, file: Path) -> None:
        super().__init__(data)
        self.file = file


class Table:
    """A TOML table that remembers where it is and which keys were asked for."""

    def __init__(self, file: Path, where: str, data: dict[str, Any], faults: list[PolicyError] | None = None) -> None:
        self.file = data.file if isinstance(data, Amended) else file
        self.where, self.data, self._seen = where, data, set[str]()
        self.faults = faults
        """Where faults are gathered; None: the first is raised."""

    def fail(self, problem: str) -> PolicyError:
        return PolicyError(self.file, self.where, problem)

    def wrong(self, problem: str) -> None:
        """Raise a fault, or gather it and go on."""
        self.gather(self.fail(problem))

    def gather(self, error: PolicyError) -> None:
        if self.faults is None:
            raise error
        self.faults.append(error)

    def get(self, key: str, kind: type | tuple[type, ...], default: object = ...) -> Any:
        self._seen.add(key)
        value = self.data.get(key, default)
        if value is ...:
            self.wrong(f"缺少 {key}")
            return _PLACEHOLDERS[kind[0] if isinstance(kind, tuple) else kind]
        if value is not default and (not isinstance(value, kind) or (isinstance(value, bool) and kind is not bool)):
            self.wrong(f"{key} 的类型不对")
            return _PLACEHOLDERS[kind[0] if isinstance(kind, tuple) else kind]
        return value

    def text(self, key: str, default: object = ...) -> str:
        value = self.get(key, str, default)
        if value == "" and default is ...:
            self.wrong(f"{key} 是空的")
        return str(value)

    def number(self, key: str, default: object = ...) -> int:
        return int(self.get(key, int, default))

    def flag(self, key: str, default: bool) -> bool:
        return bool(self.get(key, bool, default))

    def day(self, key: str) -> date:
        value: date = self.get(key, date)
        if isinstance(value, datetime):
            self.wrong(f"{key} 应是日期，不带时间")
        return value

    def texts(self, key: str, default: object = ()) -> tuple[str, ...]:
        values = self.get(key, list, default)
        if not all(isinstance(item, str) and item for item in values):
            self.wrong(f"{key} 应是一列文字")
        return tuple(item for item in values if isinstance(item, str) and item)

    def numbers(self, key: str) -> tuple[int, ...]:
        values = self.get(key, list)
        if not all(type(item) is int for item in values):
            self.wrong(f"{key} 应是一列整数")
        return tuple(item for item in values if type(item) is int)

    def table(self, key: str, default: object = ...) -> Table:
        return Table(self.file, f"{self.where}.{key}".lstrip("."), self.get(key, dict, default), self.faults)

    def tables(self, key: str, default: object = ...) -> list[Table]:
        tables = []
        for n, item in enumerate(self.get(key, list, default), 1):
            where = f"{self.where}.{key}[{n}]".lstrip(".")
            if isinstance(item, dict):
                tables.append(Table(self.file, where, item, self.faults))
            else:
                self.gather(PolicyError(self.file, where, "应是一个表"))
        return tables

    def named(self) -> Iterator[tuple[str, Table]]:
        for key in self.data:
            yield key, self.table(key)

    def done(self) -> None:
        if surplus := sorted(set(self.data) - self._seen):
            self.wrong(f"不认识的项 {'、'.join(surplus)}")
