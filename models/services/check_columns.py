"""What only SQLite lets into a column: times in another spelling, flags that are neither 0 nor 1."""

from __future__ import annotations

from collections.abc import Collection, Iterator

from sqlalchemy import inspect, text
from sqlmodel import Session

_DAY = "[0-9][0-9][0-9][0-9]-[0-9][0-9]-[0-9][0-9]"
_TIME = "[0-2][0-9]:[0-5][0-9]:[0-5][0-9]"
_RAILS = (f"{_DAY} {_TIME}", f"{_DAY} {_TIME}.[0-9][0-9][0-9][0-9][0-9][0-9]")


def odd_times(session: Session, ids: Collection[int] | None = None) -> Iterator[tuple[str, int, str, object]]:
    """Table, id, column and value of every time that is not spelled as Rails spells it; of these ids only."""
    among = "" if ids is None else f" AND id IN ({', '.join(str(int(id)) for id in sorted(ids)) or 'NULL'})"
    glob = " AND ".join(f"{{0}} NOT GLOB '{form}'" for form in _RAILS)
    for table, column in _columns(session, "datetime"):
        quoted = f'"{column}"'
        wrong = f"{quoted} IS NOT NULL AND (typeof({quoted}) != 'text' OR ({glob.format(quoted)}))"
        for id, value in session.execute(text(f'SELECT id, {quoted} FROM "{table}" WHERE {wrong}{among} ORDER BY id')):
            yield table, id, column, value


def odd_flags(session: Session) -> Iterator[tuple[str, int, str]]:
    """Table, id and what is wrong for every flag that SQL does not find as 0 or 1."""
    for table, column in _columns(session, "boolean"):
        quoted = f'"{column}"'
        wrong = f"{quoted} IS NOT NULL AND {quoted} IS NOT 0 AND {quoted} IS NOT 1"
        for (id,) in session.execute(text(f'SELECT id FROM "{table}" WHERE {wrong} ORDER BY id')):
            yield table, id, f"{column} is neither 0 nor 1"


def _columns(session: Session, kind: str) -> list[tuple[str, str]]:
    """Columns declared as `kind`, of every table with an id; the others are bookkeeping."""
    if session.get_bind().dialect.name != "sqlite":
        return []
    found = []
    for table in sorted(inspect(session.connection()).get_table_names()):
        declared = {row[1]: str(row[2]).lower() for row in session.execute(text(f'PRAGMA table_info("{table}")'))}
        if "id" in declared and not table.startswith("console_"):
            found += [(table, column) for column, name in declared.items() if name.startswith(kind)]
    return found
