"""What the generated tables stand on. Needs SQLAlchemy 2.

An event goes in whole and comes out whole: what a column can't hold as it was (a member that the contract does not
name, a null where there could be nothing, an offset other than UTC) is kept in ``rest``.
"""

from __future__ import annotations

from datetime import date, datetime, timezone
from typing import Any, ClassVar, TypeVar
from uuid import UUID

from sqlalchemy import JSON, Date, DateTime, Dialect, Uuid
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column
from sqlalchemy.types import TypeDecorator

Nested = JSON(none_as_null=True).with_variant(JSONB(none_as_null=True), "postgresql")
"""JSON for what nests; JSONB on PostgreSQL."""


class Instant(TypeDecorator[datetime]):
    """A point in time, always with an offset: SQLite keeps none, so it is UTC there."""

    impl = DateTime(timezone=True)
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        return None if value is None else value.astimezone(timezone.utc)

    def process_result_value(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        if value is None:
            return None
        return value.replace(tzinfo=timezone.utc) if value.tzinfo is None else value.astimezone(timezone.utc)


class Base(DeclarativeBase):
    """Base of all tables: ``Base.metadata.create_all(engine)``."""


Row = TypeVar("Row", bound="Table")


class Table(Base):
    """A table that holds JSON objects of one shape."""

    __abstract__ = True

    # Where each column's value stands in the object: column, path.
    PLACES: ClassVar[dict[str, tuple[str, ...]]] = {}
    rest: Mapped[list[Any] | None] = mapped_column(Nested, default=None)
    """Paths and values that the columns do not give back as they were."""

    @classmethod
    def from_event(cls: type[Row], event: dict[str, Any]) -> Row:
        """The row of a valid object."""
        values: dict[str, Any] = {}
        for column, path in cls.PLACES.items():
            found = _read(event, path)
            values[column] = None if found is _ABSENT else _to_column(cls, column, found)
        row = cls(**values)
        row.rest = _differences(row._from_columns(), event, ()) or None
        return row

    def to_event(self) -> dict[str, Any]:
        """The object as it was."""
        event = self._from_columns()
        for path, value in self.rest or []:
            _write(event, tuple(path), value)
        return event

    def _from_columns(self) -> dict[str, Any]:
        event: dict[str, Any] = {}
        for column, path in self.PLACES.items():
            value = _to_json(getattr(self, column))
            if value is not None:
                _write(event, path, value)
        for path, value in self.constants().items():
            _write(event, path, value)
        return event

    @classmethod
    def constants(cls) -> dict[tuple[str, ...], Any]:
        """What is the same in every row, and has no column."""
        return {}


_ABSENT = object()


def _read(value: Any, path: tuple[str, ...]) -> Any:
    for name in path:
        if not isinstance(value, dict) or name not in value:
            return _ABSENT
        value = value[name]
    return value


def _write(event: dict[str, Any], path: tuple[str, ...], value: Any) -> None:
    for name in path[:-1]:
        event = event.setdefault(name, {})
    event[path[-1]] = value


def _to_column(table: type[Table], column: str, value: Any) -> Any:
    kind = table.__table__.c[column].type
    if value is None:
        return None
    if isinstance(kind, Instant):
        return datetime.fromisoformat(value.upper())
    if isinstance(kind, Uuid):
        return UUID(value)
    if isinstance(kind, Date):
        return date.fromisoformat(value)
    if kind.python_type is int and not isinstance(value, bool):
        return int(value)
    return value


def _to_json(value: Any) -> Any:
    if isinstance(value, datetime):
        utc = value.astimezone(timezone.utc)
        precision = "auto" if utc.microsecond % 1000 else "milliseconds"
        return utc.isoformat(timespec=precision).replace("+00:00", "Z")
    if isinstance(value, (UUID, date)):
        return str(value)
    return value


def _same(a: Any, b: Any) -> bool:
    return a == b and isinstance(a, bool) == isinstance(b, bool)


def _differences(ours: Any, theirs: Any, path: tuple[str, ...]) -> list[list[Any]]:
    if isinstance(ours, dict) and isinstance(theirs, dict) and (len(path) < 2):
        found: list[list[Any]] = []
        for name, value in theirs.items():
            if name not in ours:
                found.append([[*path, name], value])
            else:
                found.extend(_differences(ours[name], value, (*path, name)))
        return found
    return [] if _same(ours, theirs) else [[list(path), theirs]]
