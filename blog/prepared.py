"""Statements that every reply runs: compiled once, and then told SQLite as they stand.

SQLAlchemy looks a statement that it compiled before up by a key of all its parts, and makes objects
for each run and its result: some 30 microseconds where SQLite itself takes two. Here its compiler
and its types are asked once (docs/decisions/0060). A server's own time outweighs that, so there
SQLAlchemy runs the statement.
"""

from __future__ import annotations

from collections import namedtuple
from collections.abc import Callable, Iterable, Mapping, Sequence
from functools import cache, lru_cache
from typing import Any, cast

from sqlalchemy import Connection, Dialect
from sqlalchemy.sql.compiler import SQLCompiler
from sqlalchemy.types import TypeEngine

from blog.db import UtcDateTime, ask_driver, current_connection

Convert = Callable[[Any], Any]
Values = Mapping[str, Any]


class PreparedStatement:
    """A SELECT, INSERT, UPDATE or DELETE of which only the values change from run to run.

    It is part of the session's transaction, but does not see what the session did not flush. The
    values bear the same names each time; on SQLite others are a KeyError.
    """

    def __init__(self, make: Callable[[], Any]) -> None:
        """``make`` gives the statement; it is asked when the statement first runs."""
        self._make = make
        # A process talks to one kind of server; tests to SQLite besides.
        self._on_server: Any = None
        self._compiled: _Compiled | None = None

    def rows(self, values: Values) -> Sequence[Any]:
        """All rows, as named tuples; none where the statement gives none."""
        here = current_connection()
        if here.dialect.name != "sqlite":
            return self._ask_server(here, values)
        if self._compiled is None:
            self._compiled = _Compiled(self._make(), here.dialect, values)
        return self._compiled.run(here, values)

    def first(self, values: Values) -> Any | None:
        """The first row, if there is one."""
        rows = self.rows(values)
        return rows[0] if rows else None

    def scalar(self, values: Values) -> Any | None:
        """The first value of the first row, if there is one."""
        rows = self.rows(values)
        return rows[0][0] if rows else None

    def _ask_server(self, here: Connection, values: Values) -> Sequence[Any]:
        if self._on_server is None:
            self._on_server = self._make()
        result = here.execute(self._on_server, values)
        return result.fetchall() if result.returns_rows else ()


class _Compiled:
    """The statement in the words of SQLite."""

    def __init__(self, statement: Any, dialect: Dialect, values: Values) -> None:
        compiled: SQLCompiler = statement.compile(dialect=dialect, column_keys=list(values))
        self._sql = str(compiled)
        if "POSTCOMPILE" in self._sql:
            raise TypeError(f"this statement changes with its values: {self._sql}")
        bound = [compiled.binds[place] for place in compiled.positiontup or ()]
        self._names = [parameter.key for parameter in bound]
        self._given = frozenset(values)
        self._fixed = _fixed(compiled, values)
        self._writing = _not_none(_writer(parameter.type, dialect) for parameter in bound)
        columns = statement.exported_columns
        row = cast("Any", namedtuple("Row", columns.keys()))
        self._row: Callable[[Sequence[Any]], Any] = row._make
        self._reading = _not_none(
            column.type.dialect_impl(dialect).result_processor(dialect, None) for column in columns
        )

    def run(self, here: Connection, values: Values) -> Sequence[Any]:
        """Run it. Raises StatementError, as SQLAlchemy does."""
        if values.keys() != self._given:
            raise KeyError(*sorted(values.keys() ^ self._given))
        known = {**self._fixed, **values}
        taken = _converted([known[name] for name in self._names], self._writing)
        found = ask_driver(here, self._sql, taken)
        if not self._reading:
            return list(map(self._row, found))
        return [self._row(_converted(list(row), self._reading)) for row in found]


def _writer(kind: TypeEngine[Any], dialect: Dialect) -> Convert | None:
    if isinstance(kind, UtcDateTime):
        return _moment_writer(dialect)
    return kind.dialect_impl(dialect).bind_processor(dialect)


@cache
def _moment_writer(dialect: Dialect) -> Convert | None:
    """One moment is written into a dozen columns of a transaction."""
    convert = UtcDateTime().dialect_impl(dialect).bind_processor(dialect)
    return None if convert is None else lru_cache(maxsize=16)(convert)


def _converted(values: list[Any], converts: Sequence[tuple[int, Convert]]) -> list[Any]:
    for place, convert in converts:
        values[place] = convert(values[place])
    return values


def _not_none(converts: Iterable[Convert | None]) -> Sequence[tuple[int, Convert]]:
    return [(place, convert) for place, convert in enumerate(converts) if convert is not None]


def _fixed(compiled: SQLCompiler, values: Values) -> dict[str, Any]:
    """What is bound besides the caller's values: defaults of columns, and what stands in it."""
    others = [bound for bound in compiled.binds.values() if bound.key not in values]
    missing = [bound.key for bound in others if bound.required]
    if missing:
        raise KeyError(*missing)
    fixed = {bound.key: bound.effective_value for bound in others}
    for column in compiled.insert_prefetch:
        default = column.default
        if default is None or not default.is_scalar:
            raise TypeError(f"the default of {column.key} is no plain value")
        fixed[column.key] = default.arg  # type: ignore[attr-defined]  # a scalar default has one
    return fixed
