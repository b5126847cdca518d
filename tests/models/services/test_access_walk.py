"""Random sequences of everything that changes access, by two operators and the application, with crashes at any
statement: what always holds, on both engines."""

from __future__ import annotations

import json
import random
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import replace
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import event, select, text

from models.errors import FrontdeskError
from models.rules.access_lines import parse_lines
from models.rules.expiry import LIFETIME, Term
from models.rules.money import Money, totals
from models.rules.receipts import receipt_key
from models.services import access_facts
from models.services.desk import Desk
from models.views.access import Drift, GrantOrder, LineState
from tests.conftest import FixedClock
from tests.seed import raw

PEOPLE, STEPS = 4, 36
NOW = "'2026-11-01 10:00:00'"


class Crash(Exception):
    """The process dies here."""


@contextmanager
def crashing(chance: random.Random, desks: list[Desk]) -> Iterator[None]:
    """Sometimes dies before one of the statements of a write, or before its commit."""
    if chance.random() < 0.75:
        yield
        return
    left = chance.randrange(1, 14)

    def count(*_told: object) -> None:
        nonlocal left
        left -= 1
        if left == 0:
            raise Crash

    engines = [desk.database.writer_engine for desk in desks]
    for engine in engines:
        event.listen(engine, "before_cursor_execute", count)
        event.listen(engine, "commit", count)
    try:
        yield
    finally:
        for engine in engines:
            event.remove(engine, "before_cursor_execute", count)
            event.remove(engine, "commit", count)


#: Acts of one transaction: a crash leaves nothing of them. The others end or grant a person a transaction.
WHOLE = frozenset({"grant", "undo", "revoke", "refund", "admin", "paid"})
TABLES = ("users", "enrollments", "payments", "console_journal", "console_outbox")


def picture(desk: Desk) -> list[Any]:
    """Every row of what the acts write."""
    with desk.database.read() as session:
        return [session.execute(text(f"SELECT * FROM {table} ORDER BY id")).all() for table in TABLES]


ACTS = ["grant"] * 6 + [
    "undo",
    "undo",
    "revoke",
    "refund",
    "expire",
    "later",
    "race",
    "admin",
    "paid",
    "list",
    "foreign",
]


def step(act: str, chance: random.Random, desks: list[Desk], clock: FixedClock, place: Path | str) -> None:
    desk, user = chance.choice(desks), chance.randint(1, PEOPLE)
    match act:
        case "grant":
            term = chance.choice([LIFETIME, Term(days=3), Term(months=1)])
            receipt = chance.choice(["R-1", "r 1", "Р-1"]) if chance.random() < 0.2 else f"N-{chance.randrange(10**6)}"
            price = Money(Decimal(chance.randrange(1, 10**6)).scaleb(-2), chance.choice(["RUB", "USD"]))
            tier = chance.choice(["basic", "vip"])
            desk.grants.grant(GrantOrder(user, tier, price, receipt, term))
        case "undo":
            made = [entry.id for entry in desk.journal.page(actions=["grant", "renew"], limit=3)]
            if made:
                desk.grants.undo(chance.choice(made))
        case "revoke":
            desk.endings.revoke(user, "why")
        case "refund":
            paid = desk.payments.page(limit=5)
            if paid:
                desk.payments.refund(chance.choice(paid).receipt, "why")
        case "expire":
            desk.endings.expire_all()
        case "later":
            clock.advance(chance.choice([60, 86_400, 5 * 86_400]))
        case "race":
            orders = [GrantOrder(user, "vip", Money(Decimal(1)), f"X-{chance.randrange(10**6)}") for _ in desks]
            seen = [each.grants.preview(order).seen for each, order in zip(desks, orders, strict=True)]
            desks[0].grants.grant(orders[0], seen=seen[0])
            with pytest.raises(FrontdeskError, match="changed-meanwhile"):
                desks[1].grants.grant(replace(orders[1]), seen=seen[1])
        case "admin":
            desk.access.set_admin(user, chance.random() < 0.5)
        case "paid":
            desk.access.set_paid(user, chance.random() < 0.5, reason="by hand")
        case "list":
            receipts = [f"L-{chance.randrange(10**6)}" for _ in range(3)]
            lines = parse_lines("\n".join(f"#{chance.randint(1, PEOPLE)}, basic, 9000, {each}" for each in receipts))
            for _again in range(2):
                rows = desk.batch.resolve(lines, lambda _tier: Term(days=30))
                results = list(desk.batch.apply(rows, lambda _preview: None))
            assert [row.state for row in rows] == [LineState.DONE] * 3
            assert not any(result.granted for result in results)
        case "foreign":
            raw.write(place, f"UPDATE users SET paid = {chance.randrange(2)} WHERE id = {user} AND admin = 0")


def check(desk: Desk) -> None:
    with desk.database.read() as session:
        people = session.execute(text("SELECT id, admin, paid FROM users ORDER BY id")).all()
        told = {id: [False, False] for id, _admin, _paid in people}
        for subject, after in session.execute(text("SELECT subject_id, after FROM console_journal ORDER BY id")):
            facts = json.loads(after)
            for place, name in enumerate(("admin", "paid")):
                told[subject][place] = bool(facts.get(name, told[subject][place]))
        views = [desk.features, replace(desk.features, planned=False)]
        enrolled, paid = [], []
        for features in views:
            e, p = access_facts.enrollments(features), access_facts.payments(features)
            enrolled.append({(r.user_id, r.tier, r.expires_at) for r in session.execute(select(e))})
            paid.append([r for r in session.execute(select(p)) if r.status != "failed"])
    assert all(paid or not admin for _id, admin, paid in people)
    for id, admin, has_paid in people:
        assert told[id][0] == bool(admin)
        if told[id][1] != bool(has_paid):
            # The application's own write: it shows, unless nothing that is known here speaks against it.
            kinds = set(desk.drifts.kinds_of(id))
            lasting = any(each.current for each in desk.people_access.of(id).enrollments)
            if has_paid:
                assert admin or lasting or kinds & {Drift.PAID_WITHOUT_ENROLLMENT, Drift.EXPIRED_BUT_PAID}
            else:
                assert (Drift.ENROLLED_BUT_NOT_PAID in kinds) == lasting
        seen = desk.people.person(id).row
        assert (seen.admin, seen.paid) == (bool(admin), bool(has_paid))
    assert enrolled[0] == enrolled[1]
    kept = [sorted((r.user_id, r.receipt, r.status, r.amount, r.currency) for r in rows) for rows in paid]
    assert kept[0] == kept[1]
    keys = [receipt_key(row.receipt) for row in paid[0]]
    assert len(keys) == len(set(keys))
    completed = [Money(row.amount, row.currency) for row in paid[0] if row.status == "completed"]
    assert desk.payments.sums().get("completed", ()) == totals(completed)
    of_each = [money for id, *_ in people for money in desk.people_access.of(id).sums]
    assert totals(of_each) == totals(completed)


@pytest.mark.both_engines
@pytest.mark.parametrize("seed", range(2))
def test_what_always_holds(owned_file: Path | str, clock: FixedClock, seed: int) -> None:
    values = ", ".join(f"({id}, {700 + id}, 'P{id}', {NOW}, {NOW})" for id in range(1, PEOPLE + 1))
    raw.write(owned_file, f"INSERT INTO users (id, telegram_id, first_name, created_at, updated_at) VALUES {values}")
    chance = random.Random(seed)
    desks = [Desk.open(str(owned_file), operator=name, clock=clock, source="walk") for name in ("anna", "boris")]
    for desk in desks:
        desk.require_operator()
    done = crashed = 0
    for number in range(STEPS):
        act, before = chance.choice(ACTS), picture(desks[0])
        try:
            with crashing(chance, desks), suppress(FrontdeskError):
                step(act, chance, desks, clock, owned_file)
                done += 1
        except Crash:
            crashed += 1
            if act in WHOLE:
                assert picture(desks[1]) == before
        if number % 4 == 0:
            check(desks[0])
    check(desks[1])
    assert done > STEPS / 2
    assert crashed
    for desk in desks:
        desk.close()
