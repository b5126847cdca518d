"""Column types: what is stored is exactly Rails' form, what is read is whatever Rails may have read."""

from __future__ import annotations

import math
from datetime import UTC, date, datetime, timedelta, timezone
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import select, type_coerce
from sqlalchemy.dialects import postgresql, sqlite

from models.store.database import Database
from models.tables.extended import conversations, users
from models.tables.types import (
    RailsBoolean,
    RailsDateTime,
    SortKey,
    TolerantInteger,
    parse_rails_text,
    rails_text,
)
from tests.seed import raw

SQLITE = sqlite.dialect()
POSTGRESQL = postgresql.dialect()

zones = st.integers(-14 * 60, 14 * 60).map(lambda minutes: timezone(timedelta(minutes=minutes)))
moments = st.datetimes(
    min_value=datetime(1, 1, 3),
    max_value=datetime(9999, 12, 29),
    timezones=zones,
)


def noon(**more: int) -> datetime:
    return datetime(2026, 11, 23, 12, 34, 56, tzinfo=UTC).replace(**more)  # type: ignore[arg-type]


# Datetimes


@given(moments)
def test_a_moment_comes_back_as_the_same_instant_in_utc(moment: datetime) -> None:
    stored = RailsDateTime().process_bind_param(moment, SQLITE)
    back = RailsDateTime().process_result_value(stored, SQLITE)
    assert back == moment
    assert back is not None
    assert back.tzinfo is UTC


@given(moments)
def test_a_moment_has_26_characters_or_19_without_its_fraction(moment: datetime) -> None:
    stored = rails_text(moment)
    assert len(stored) == (26 if moment.microsecond else 19)
    assert stored[10] == " "
    assert not set(stored) - set("0123456789-: .")


@given(moments, moments)
def test_stored_moments_sort_as_text_as_they_sort_in_time(one: datetime, two: datetime) -> None:
    """`ORDER BY last_message_at` compares text."""
    assert (rails_text(one) < rails_text(two)) == (one < two)


@given(moments)
def test_on_postgresql_a_moment_is_a_naive_utc_timestamp(moment: datetime) -> None:
    bound = RailsDateTime().process_bind_param(moment, POSTGRESQL)
    assert bound.tzinfo is None
    assert bound.replace(tzinfo=UTC) == moment
    assert RailsDateTime().process_result_value(bound, POSTGRESQL) == moment


@given(st.text())
def test_no_text_makes_reading_a_moment_fail(garbage: str) -> None:
    found = parse_rails_text(garbage)
    assert found is None or found.tzinfo is UTC


@pytest.mark.parametrize(
    ("spelling", "moment"),
    [
        ("2026-11-23 12:34:56", noon()),
        ("2026-11-23 12:34:56.1", noon(microsecond=100000)),
        ("2026-11-23 12:34:56.123456", noon(microsecond=123456)),
        ("2026-11-23 12:34:56.123456789", noon(microsecond=123456)),
        ("2026-11-23 12:34:56.000000", noon()),
        ("2026-11-23T12:34:56", noon()),
        ("2026-11-23T12:34:56.5", noon(microsecond=500000)),
        ("2026-11-23 12:34:56Z", noon()),
        ("2026-11-23T12:34:56.25Z", noon(microsecond=250000)),
        ("2026-11-23 12:34:56 UTC", noon()),
        ("2026-11-23 15:34:56+03:00", noon()),
        ("2026-11-23T15:34:56.5+0300", noon(microsecond=500000)),
        ("2026-11-23 07:04:56 -05:30", noon()),
        ("2026-11-23", noon(hour=0, minute=0, second=0)),
        ("2026-11-23 12:34", noon(second=0)),
    ],
)
def test_every_spelling_that_activerecord_reads(spelling: str, moment: datetime) -> None:
    assert parse_rails_text(spelling) == moment


@pytest.mark.parametrize(
    "garbage",
    ["", " ", "never", "null", "2026-13-01 00:00:00", "2026-02-30", "2026-11-23 25:00:00", "12:34:56", "1795437296"]
    + ["2026-11-23 12:34:56+99:99", "0001-01-01 00:00:00+03:00", "0000-00-00 00:00:00"],
)
def test_garbage_is_no_moment(garbage: str) -> None:
    assert parse_rails_text(garbage) is None


@pytest.mark.parametrize("number", [1795437296, 1795437296.5, 0, True, b"2026-11-23", date(2026, 11, 23)])
def test_a_number_is_no_moment(number: object) -> None:
    """An epoch is not understood by the application either."""
    assert parse_rails_text(number) is None


def test_a_naive_moment_is_refused() -> None:
    with pytest.raises(ValueError, match="naive"):
        RailsDateTime().process_bind_param(datetime(2026, 11, 23), SQLITE)


@pytest.mark.parametrize("dialect", [SQLITE, POSTGRESQL], ids=["sqlite", "postgresql"])
def test_nothing_stays_nothing(dialect: object) -> None:
    for kind in (RailsDateTime(), RailsBoolean(), SortKey()):
        assert kind.process_bind_param(None, dialect) is None  # type: ignore[arg-type]
        assert kind.process_result_value(None, dialect) is None  # type: ignore[arg-type]


# Sort keys


@given(st.text())
def test_a_sort_key_is_the_stored_text_itself(stored: str) -> None:
    """A keyset cursor must find its place again, whatever somebody stored."""
    key = SortKey().process_result_value(stored, SQLITE)
    assert key == stored
    assert SortKey().process_bind_param(key, SQLITE) == stored


@given(st.datetimes())
def test_a_sort_key_on_postgresql_is_the_same_timestamp(stored: datetime) -> None:
    """As text, which the server reads: infinity, which Python has not, is a place in the order too."""
    key = SortKey().process_result_value(stored, POSTGRESQL)
    assert datetime.fromisoformat(SortKey().process_bind_param(key, POSTGRESQL)) == stored
    assert SortKey().process_bind_param("infinity", POSTGRESQL) == "infinity"


def test_a_numeric_sort_key_is_text() -> None:
    """A purely numeric string becomes INTEGER through the column's affinity."""
    assert SortKey().process_result_value(1795437296, SQLITE) == "1795437296"


# Booleans


@given(st.booleans())
def test_a_flag_is_stored_as_an_integer_and_comes_back(flag: bool) -> None:
    stored = RailsBoolean().process_bind_param(flag, SQLITE)
    assert type(stored) is int
    assert stored == int(flag)
    assert RailsBoolean().process_result_value(stored, SQLITE) is flag
    assert RailsBoolean().process_bind_param(flag, POSTGRESQL) is flag


@pytest.mark.parametrize("stored", [1, 2, -1, "t", "true", "T", "TRUE", "1", "on", 0.5])
def test_what_activerecord_reads_as_true(stored: object) -> None:
    assert RailsBoolean().process_result_value(stored, SQLITE) is True


@pytest.mark.parametrize("stored", [0, "f", "false", "F", "FALSE", "0", "off", 0.0])
def test_what_activerecord_reads_as_false(stored: object) -> None:
    assert RailsBoolean().process_result_value(stored, SQLITE) is False


@pytest.mark.parametrize("stored", [None, ""])
def test_what_activerecord_reads_as_nil(stored: object) -> None:
    assert RailsBoolean().process_result_value(stored, SQLITE) is None


# Integers


@given(st.integers(-(2**63), 2**63 - 1))
def test_an_integer_comes_back(number: int) -> None:
    assert TolerantInteger().process_result_value(number, SQLITE) == number


@given(st.one_of(st.text(), st.binary(), st.floats(), st.booleans(), st.none()))
def test_nothing_makes_reading_an_integer_fail(stored: object) -> None:
    found = TolerantInteger().process_result_value(stored, SQLITE)
    assert found is None or (type(found) is int and isinstance(stored, float) and found == math.trunc(stored))


# On disk, past all the types


FOREIGN = [
    "'2026-11-23T12:34:56Z'",
    "'2026-11-23'",
    "'never'",
    "''",
    "1795437296",
    "'1795437296'",
    "12.5",
    "x'00ff'",
]


@pytest.mark.parametrize("value", FOREIGN)
def test_a_foreign_value_in_a_file_hides_no_row(seed_file: Path, value: str) -> None:
    raw.write(
        seed_file,
        f"UPDATE users SET created_at = {value}, authenticated = {value} WHERE id = 3",
        f"UPDATE conversations SET last_message_at = {value}, ai_ready_score = {value}, unread_count = {value} "
        "WHERE id = 3",
    )
    database = Database.open(str(seed_file))
    with database.read() as session:
        people = session.execute(
            users.select().with_only_columns(users.c.id, users.c.created_at, users.c.authenticated)
        )
        assert len(people.all()) == 60
        columns = (conversations.c.last_message_at, conversations.c.ai_ready_score, conversations.c.unread_count)
        assert len(session.execute(conversations.select().with_only_columns(*columns)).all()) == 60
        key = select(type_coerce(conversations.c.last_message_at, SortKey())).where(conversations.c.id == 3)
        found = session.execute(key).scalar_one()
    database.close()
    assert found == str(raw.one(seed_file, "SELECT last_message_at FROM conversations WHERE id = 3"))
