"""Seed: Future Schema. Enrollments, lesson_progress and payments, made as the seed writes them: always in a database of
our own, in the application's only when its owner asks (correction 22: without them `paid` is the only fact of access).
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path

import pytest
from sqlalchemy import select
from sqlalchemy.exc import IntegrityError, StatementError
from sqlmodel import Session

from models.errors import DatabaseProblem, Refused
from models.store.database import Database
from models.store.lifecycle import downgrade, plan_upgrade, status, upgrade
from models.store.steps import PLANNED_TABLES
from models.tables import Enrollment, LessonProgress, Payment, User
from tests.conftest import FixedClock
from tests.seed import raw

#: Name, type, NOT NULL, default, as Rails 8 declares what the seed's blocks say; `id` and the timestamps are in each.
COLUMNS = {
    "enrollments": [
        ("user_id", "integer", True, None),
        ("tier", "varchar", True, None),
        ("amount_paid", "decimal(10,2)", False, None),
        ("currency", "varchar", False, "'RUB'"),
        ("payment_id", "varchar", False, None),
        ("enrolled_at", "datetime(6)", True, None),
        ("expires_at", "datetime(6)", False, None),
    ],
    "lesson_progress": [
        ("user_id", "integer", True, None),
        ("lesson_slug", "varchar", True, None),
        ("completed", "boolean", False, "0"),
        ("completed_at", "datetime(6)", False, None),
        ("time_spent_seconds", "integer", False, None),
    ],
    "payments": [
        ("user_id", "integer", True, None),
        ("enrollment_id", "integer", False, None),
        ("payment_processor", "varchar", False, None),
        ("transaction_id", "varchar", True, None),
        ("amount", "decimal(10,2)", True, None),
        ("currency", "varchar", False, "'RUB'"),
        ("status", "varchar", True, None),
        ("metadata", "text", False, None),
    ],
}
#: Columns, and whether unique. The names are Rails': `index_TABLE_on_A_and_B`.
INDEXES = {
    "enrollments": {("user_id",): False, ("user_id", "tier"): True, ("tier",): False},
    "lesson_progress": {
        ("user_id",): False,
        ("user_id", "lesson_slug"): True,
        ("user_id", "completed"): False,
        ("lesson_slug",): False,
    },
    "payments": {("user_id",): False, ("enrollment_id",): False, ("transaction_id",): True},
}
KEYS = {
    "enrollments": {("user_id", "users"): "fk_rails_e860e0e46b"},
    "lesson_progress": {("user_id", "users"): "fk_rails_d135fefb97"},
    "payments": {
        ("user_id", "users"): "fk_rails_081dc04a02",
        ("enrollment_id", "enrollments"): "fk_rails_f7dc98b00c",
    },
}


@pytest.mark.parametrize("name", PLANNED_TABLES)
def test_a_new_database_has_them_as_the_seed_writes_them(owned_file: Path, name: str) -> None:
    table = raw.table(owned_file, name)
    stamps = [("created_at", "datetime(6)", True, None), ("updated_at", "datetime(6)", True, None)]
    declared = [(column.name, column.type, column.not_null, column.default) for column in table.columns]
    assert declared == [("id", "integer", True, None), *COLUMNS[name], *stamps]
    assert "AUTOINCREMENT" in table.sql
    wanted = {f"index_{name}_on_{'_and_'.join(on)}": (unique, on) for on, unique in INDEXES[name].items()}
    assert table.indexes == wanted
    assert {(column, target) for column, target, _ in table.foreign_keys} == set(KEYS[name])
    assert set(table.foreign_keys.values()) == {("NO ACTION", "NO ACTION")}
    for key in KEYS[name].values():
        assert key in table.sql


def test_the_applications_database_gets_them_only_when_asked(shape_file: Path) -> None:
    database = Database.open(str(shape_file))
    upgrade(database)
    assert not raw.table_names(shape_file) & set(PLANNED_TABLES)
    assert status(database).missing == ()
    before = {key: sql for key, sql in raw.master(shape_file).items() if "sqlite_sequence" not in key}
    plan = upgrade(database, planned_tables=True)
    assert plan.tables == PLANNED_TABLES
    after = raw.master(shape_file)
    assert {key: after[key] for key in before} == before
    assert set(PLANNED_TABLES) <= raw.table_names(shape_file)
    # From then on they are ours to move, without asking again.
    assert plan_upgrade(database).steps == ()
    assert [step.branch for step in downgrade(database, "planned@base")] == ["planned"]
    assert not raw.table_names(shape_file) & set(PLANNED_TABLES)
    database.close()


def test_a_database_that_has_them_already_opens_as_well(any_file: Path) -> None:
    """The application, or somebody by hand, made its own first: they stay as they are, and asking is refused."""
    if any_file.stem == "owned":
        raw.write(any_file, "DELETE FROM console_schema_version WHERE version_num = '2026_11_22_000000'")
        raw.write(any_file, *(f"DROP TABLE {name}" for name in ("payments", "lesson_progress", "enrollments")))
    raw.write(any_file, *(f"CREATE TABLE {name} (id integer PRIMARY KEY, tier varchar)" for name in PLANNED_TABLES))
    before = {name: raw.table(any_file, name).sql for name in PLANNED_TABLES}
    database = Database.open(str(any_file))
    upgrade(database)
    for asked in (lambda: upgrade(database, planned_tables=True), lambda: upgrade(database, "planned@head")):
        with pytest.raises(Refused) as caught:
            asked()
        assert (caught.value.id, caught.value.values["tables"]) == ("planned-exist", PLANNED_TABLES)
    database.close()
    assert {name: raw.table(any_file, name).sql for name in PLANNED_TABLES} == before


@pytest.mark.parametrize("paid", [True, False])
def test_without_them_paid_is_the_only_fact_of_access(paid: bool) -> None:
    assert User(telegram_id=1, paid=paid).has_dashboard_access is paid


@pytest.fixture
def person(database: Database) -> int:
    with database.write() as session:
        user = User(telegram_id=7)
        session.add(user)
        session.flush()
        return user.id or 0


@pytest.fixture
def session(database: Database) -> Iterator[Session]:
    with database.write() as opened:
        yield opened


AT = datetime(2026, 11, 23, 12, 0, tzinfo=UTC)


def test_what_is_written_is_what_rails_would_write(database: Database, owned_file: Path, person: int) -> None:
    with database.write() as session:
        enrollment = Enrollment(user_id=person, tier="vip", amount_paid=Decimal("38000.00"), enrolled_at=AT)
        session.add(enrollment)
        session.flush()
        session.add(LessonProgress(user_id=person, lesson_slug="01-introduction"))
        session.add(
            Payment(
                user_id=person,
                enrollment_id=enrollment.id,
                transaction_id="t-1",
                amount=Decimal("0.10"),
                status="pending",
                payment_processor="yookassa",
                details=json.dumps({"card": "МИР"}, ensure_ascii=False),
            )
        )
    stored = raw.stored(owned_file)
    row = stored["enrollments"][1]
    assert (row["amount_paid"], row["currency"]) == ("integer:38000", "text:'RUB'")
    assert row["enrolled_at"] == "text:'2026-11-23 12:00:00'"
    assert (row["expires_at"], row["payment_id"]) == ("null:NULL", "null:NULL")
    assert stored["lesson_progress"][1]["completed"] == "integer:0"
    payment = stored["payments"][1]
    assert (payment["amount"], payment["metadata"]) == ("real:0.1", 'text:\'{"card": "МИР"}\'')


def test_the_databases_own_defaults(owned_file: Path, person: int) -> None:
    now = "'2026-11-23 12:00:00'"
    raw.write(
        owned_file,
        f"INSERT INTO enrollments (user_id, tier, enrolled_at, created_at, updated_at) VALUES "
        f"({person}, 'basic', {now}, {now}, {now})",
        f"INSERT INTO lesson_progress (user_id, lesson_slug, created_at, updated_at) VALUES "
        f"({person}, 'a', {now}, {now})",
        f"INSERT INTO payments (user_id, transaction_id, amount, status, created_at, updated_at) VALUES "
        f"({person}, 't', 1, 'pending', {now}, {now})",
    )
    assert raw.one(owned_file, "SELECT currency FROM enrollments") == "RUB"
    assert raw.one(owned_file, "SELECT currency FROM payments") == "RUB"
    assert raw.one(owned_file, "SELECT typeof(completed) || completed FROM lesson_progress") == "integer0"


@pytest.mark.parametrize("amount", ["0.01", "0.10", "38000.00", "99999999.99", "-12.34", "0"])
def test_money_is_exact(database: Database, person: int, amount: str) -> None:
    with database.write() as session:
        session.add(
            Payment(user_id=person, transaction_id=amount, amount=Decimal(amount), currency="USD", status="completed")
        )
    with database.read() as session:
        [read] = session.scalars(select(Payment)).all()
        assert str(read.amount) == str(Decimal(amount).quantize(Decimal("0.01")))


@pytest.mark.parametrize("amount", [Decimal("0.001"), Decimal("100000000"), Decimal("NaN"), Decimal("Infinity"), 1.5])
def test_an_amount_that_does_not_fit_is_refused_not_rounded(session: Session, amount: object) -> None:
    session.add(User(id=5, telegram_id=8))
    session.add(Payment(user_id=5, transaction_id="t", amount=amount, status="completed"))
    with pytest.raises((StatementError, Refused)):
        session.flush()
    session.rollback()


@pytest.mark.parametrize(
    "row",
    [
        Enrollment(user_id=1, tier="gold", enrolled_at=AT),
        Enrollment(user_id=1, tier="vip", currency="EUR", enrolled_at=AT),
        Payment(user_id=1, transaction_id="t", amount=Decimal(1), status="done"),
        Payment(user_id=1, transaction_id="t", amount=Decimal(1), status="failed", currency="rub"),
        Payment(user_id=1, transaction_id="t", amount=Decimal(1), status="failed", payment_processor="paypal"),
    ],
    ids=lambda row: type(row).__name__,
)
def test_what_the_seed_does_not_know_is_refused_on_write(database: Database, row: object) -> None:
    with pytest.raises(Refused) as caught, database.write() as session:
        session.add(row)
    assert caught.value.id == "bad-value"


def test_what_the_seed_does_not_know_is_read_and_kept(
    database: Database, owned_file: Path, person: int, clock: FixedClock
) -> None:
    """Another program wrote a tier of its own: the row is read, its other columns may change."""
    now = "'2026-11-23 12:00:00'"
    raw.write(
        owned_file,
        f"INSERT INTO enrollments (user_id, tier, currency, amount_paid, enrolled_at, created_at, updated_at) VALUES "
        f"({person}, 'platinum', 'EUR', 'much', {now}, {now}, {now})",
    )
    clock.advance(60)
    with database.write() as session:
        [row] = session.scalars(select(Enrollment)).all()
        assert (row.tier, row.currency, row.amount_paid) == ("platinum", "EUR", None)
        row.payment_id = "p-1"
    assert raw.rows(owned_file, "SELECT tier, payment_id FROM enrollments") == [("platinum", "p-1")]
    with pytest.raises(Refused), database.write() as session:
        session.scalars(select(Enrollment)).one().tier = "gold"


def test_unique_pairs_and_transactions(database: Database, person: int) -> None:
    def twice(*rows: object) -> None:
        with pytest.raises((IntegrityError, DatabaseProblem)), database.write() as session:
            session.add_all(rows)

    twice(*(Enrollment(user_id=person, tier="vip", enrolled_at=AT) for _ in range(2)))
    twice(*(LessonProgress(user_id=person, lesson_slug="a") for _ in range(2)))
    twice(*(Payment(user_id=person, transaction_id="t", amount=Decimal(1), status="pending") for _ in range(2)))
    twice(Enrollment(user_id=999, tier="vip", enrolled_at=AT))
