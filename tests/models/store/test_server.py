"""A PostgreSQL database opened: sessions, change tokens, and each trouble in words of ours."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime

import psycopg
import pytest
from sqlalchemy import select, text, update

from models.errors import DatabaseProblem, Refused, Usage
from models.rules.address import name_of, names_server, shown
from models.store import postgresql
from models.store.database import Database
from models.store.lifecycle import initialise, status, upgrade
from models.tables import User
from models.tables.extended import users
from tests.postgresql import Server

EVERYBODY = select(*(users.c[name] for name in ("telegram_id", "first_name", "last_name", "created_at", "updated_at")))


@pytest.fixture
def database(owned_url: str) -> Iterator[Database]:
    opened = Database.open(owned_url, timeout_ms=400)
    yield opened
    opened.close()


def add(database: Database, telegram_id: int, **values: object) -> None:
    with database.write() as session:
        session.add(User(telegram_id=telegram_id, **values))


def test_what_init_makes_is_whole(database: Database, owned_url: str) -> None:
    found = status(database)
    assert (found.engine, found.owner, found.features.shape, found.missing) == ("postgresql", "frontdesk", "S", ())
    assert found.library_version.startswith("18")
    assert found.url == owned_url
    assert upgrade(database).tables == ()
    with pytest.raises(DatabaseProblem) as caught:
        initialise(owned_url)
    assert caught.value.id == "exists"


def test_moments_and_flags_are_stored_as_rails_stores_them(database: Database, server: Server, owned_url: str) -> None:
    """The server's own zone is Moscow: neither what is written nor what is read may shift."""
    moment = datetime(2026, 11, 23, 12, 0, 0, 123456, tzinfo=UTC)
    add(database, 1, created_at=moment, updated_at=moment)
    stored = server.execute("SELECT created_at::text, admin FROM users", name_of(owned_url))
    assert stored == [("2026-11-23 12:00:00.123456", False)]
    with database.read() as session:
        assert session.execute(EVERYBODY).mappings().one()["created_at"] == moment
        assert abs((database.time(session) - datetime.now(UTC)).total_seconds()) < 60
        assert session.execute(text("SHOW TimeZone")).scalar() == "UTC"


def test_a_moment_beyond_pythons_hides_no_other(database: Database, server: Server, owned_url: str) -> None:
    add(database, 1)
    server.execute("UPDATE users SET created_at = 'infinity', updated_at = '12000-01-01'", name_of(owned_url))
    with database.read() as session:
        row = session.execute(EVERYBODY).mappings().one()
    assert (row["created_at"], row["updated_at"]) == (None, None)


def test_what_postgresql_refuses_is_stored_in_other_words(database: Database) -> None:
    add(database, 1, first_name="a\0b", last_name="\ud800")
    with database.read() as session:
        row = session.execute(EVERYBODY).mappings().one()
        assert session.execute(EVERYBODY.where(users.c.first_name == "a\0b")).all()
    assert (row["first_name"], row["last_name"]) == ("a␀b", "\N{REPLACEMENT CHARACTER}")


def test_a_reading_session_keeps_one_snapshot_and_writes_nothing(database: Database) -> None:
    with database.read() as session:
        assert session.execute(EVERYBODY).all() == []
        add(database, 1)
        assert session.execute(EVERYBODY).all() == []
        with pytest.raises(DatabaseProblem) as caught, database.read() as other:
            other.execute(update(users).values(paid=True))
    assert caught.value.id == "read-only"


def test_a_failed_write_leaves_nothing(database: Database) -> None:
    def half() -> None:
        with database.write() as session:
            session.add(User(telegram_id=1))
            session.flush()
            raise RuntimeError

    with pytest.raises(RuntimeError):
        half()
    with database.read() as session:
        assert session.execute(EVERYBODY).all() == []


def test_the_token_moves_with_every_commit_and_rests_otherwise(database: Database, owned_url: str) -> None:
    first = database.change_token()
    with database.read() as session:
        session.execute(EVERYBODY).all()
    assert database.change_token() == first
    add(database, 1)
    second = database.change_token()
    assert second != first
    assert second[0] == first[0]
    with psycopg.connect(owned_url, autocommit=True) as other:
        other.execute("UPDATE users SET paid = true")
    assert database.change_token() != second


def test_a_killed_backend_is_replaced_before_anybody_notices(database: Database, server: Server) -> None:
    before = database.change_token()
    with database.read() as session:
        session.execute(text("SELECT 1"))
    server.execute("SELECT pg_terminate_backend(pid, 5000) FROM pg_stat_activity WHERE application_name = 'frontdesk'")
    add(database, 1)
    with database.read() as session:
        assert len(session.execute(EVERYBODY).all()) == 1
    with pytest.raises(DatabaseProblem) as caught:
        database.change_token()
    assert caught.value.id == "gone"
    # Everything counts as changed after an outage.
    assert database.change_token()[0] == before[0] + 1


def test_a_backend_killed_within_a_transaction_loses_all_of_it(database: Database, server: Server) -> None:
    def interrupted() -> None:
        with database.write() as session:
            session.add(User(telegram_id=1))
            session.flush()
            pid = session.execute(text("SELECT pg_backend_pid()")).scalar()
            server.execute(f"SELECT pg_terminate_backend({pid}, 5000)")
            session.execute(text("SELECT 1"))

    with pytest.raises(DatabaseProblem) as caught:
        interrupted()
    assert caught.value.id == "gone"
    add(database, 2)
    with database.read() as session:
        assert [row.telegram_id for row in session.execute(EVERYBODY)] == [2]


def test_a_lock_of_somebody_else_is_waited_for_no_longer_than_allowed(database: Database, owned_url: str) -> None:
    add(database, 1)
    with psycopg.connect(owned_url) as other:
        other.execute("UPDATE users SET paid = true")
        with pytest.raises(DatabaseProblem) as caught, database.write() as session:
            session.execute(update(users).values(paid=False))
    assert caught.value.id == "locked"


def test_a_statement_that_never_ends_is_stopped(owned_url: str) -> None:
    database = Database.open(owned_url, timeout_ms=100)
    with pytest.raises(DatabaseProblem) as caught, database.read() as session:
        session.execute(text("SELECT pg_sleep(60)"))
    assert caught.value.id == "too-slow"
    database.close()


def test_a_full_pool_is_one_line_not_a_hang(owned_url: str) -> None:
    database = Database.open(owned_url, timeout_ms=200, pool=1)
    with database.read() as holder:
        holder.connection()
        with pytest.raises(DatabaseProblem) as caught, database.read() as session:
            session.connection()
    assert caught.value.id == "pool-full"
    database.close()


def test_opened_read_only(owned_url: str) -> None:
    database = Database.open(owned_url, read_only=True)
    with pytest.raises(Refused), database.write():
        pass
    with database.read() as session:
        assert session.execute(text("SHOW transaction_read_only")).scalar() == "on"
    database.close()


def problem_of(url: str) -> DatabaseProblem:
    with pytest.raises(DatabaseProblem) as caught:
        Database.open(url, timeout_ms=500)
    return caught.value


def test_what_can_not_be_opened(server: Server, empty_url: str, owned_url: str) -> None:
    assert problem_of(server.url("nowhere")).id == "no-such-database"
    assert problem_of(server.url(name_of(owned_url), user="stranger")).id == "refused-login"
    assert problem_of("postgresql://u:hunter2@127.0.0.1:1/d").id == "gone"
    assert "hunter2" not in str(problem_of("postgresql://u:hunter2@127.0.0.1:1/d"))
    empty = problem_of(empty_url)
    assert (empty.id, empty.values["empty"]) == ("unknown-shape", True)
    with pytest.raises(Usage) as caught:
        Database.open("postgresql://u:hunt%zz@h/d")
    assert caught.value.id == "bad-url"
    assert "hunt" not in str(caught.value)


def test_a_rails_queue_is_named_as_such(server: Server, empty_url: str) -> None:
    server.execute("CREATE TABLE solid_queue_jobs (id bigint)", name_of(empty_url))
    assert problem_of(empty_url).values["rails_file"] == "queue"


def test_a_role_without_rights_is_told_so(server: Server, owned_url: str) -> None:
    name = name_of(owned_url)
    server.execute(f"CREATE ROLE {name}_guest LOGIN")
    try:
        assert problem_of(server.url(name, user=f"{name}_guest")).id == "forbidden"
    finally:
        server.execute(f"DROP ROLE {name}_guest")


@pytest.mark.parametrize(
    ("said", "name"),
    [
        ("CockroachDB CCL v24.1.0 (x86_64-pc-linux-gnu)", "CockroachDB"),
        ("PostgreSQL 11.2-YB-2.20.1.0-b0 on x86_64-pc-linux-gnu", "YugabyteDB"),
        ("PostgreSQL 8.0.2 on i686-pc-linux-gnu, Redshift 1.0.54239", "Redshift"),
        ("PostgreSQL 9.4.26 (Greenplum Database 6.25.3)", "Greenplum"),
        ("PostgreSQL 12.22 (Debian)", "PostgreSQL 12"),
        ("Something 5", "Something 5"),
    ],
)
def test_engines_that_only_speak_the_protocol_are_refused_by_name(said: str, name: str) -> None:
    with pytest.raises(DatabaseProblem) as caught:
        postgresql.check_engine(said)
    assert (caught.value.id, caught.value.values["name"]) == ("other-engine", name)


def test_postgresql_itself_is_welcome() -> None:
    postgresql.check_engine("PostgreSQL 13.1 on x86_64-pc-linux-gnu")
    postgresql.check_engine("PostgreSQL 18.4 on x86_64-pc-linux-gnu, compiled by gcc")


@pytest.mark.parametrize(
    ("url", "wanted"),
    [
        ("postgresql+psycopg://u:secret@h:5432/d?sslmode=require", "postgresql://u@h:5432/d?sslmode=require"),
        ("postgres://h/d?password=secret&user=u", "postgresql://h/d?user=u"),
        ("postgresql://u:sec/ret@h/d", "postgresql://…"),
        ("postgresql://u@a,b/d?host=/run/secretless", "postgresql://u@a,b/d?host=/run/secretless"),
        ("/a/b.sqlite3", "/a/b.sqlite3"),
    ],
)
def test_no_password_is_shown(url: str, wanted: str) -> None:
    assert shown(url) == wanted
    assert names_server(url) == wanted.startswith("postgresql")


def test_of_several_hosts_the_one_that_writes_is_asked_for() -> None:
    settings = postgresql.parameters("postgresql://a,b/d", read_only=False)
    assert settings["target_session_attrs"] == "read-write"
    assert "target_session_attrs" not in postgresql.parameters("postgresql://a/d", read_only=False)
