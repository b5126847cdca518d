"""Random sequences of everything that changes access, by two operators, with crashes: what always holds."""

from __future__ import annotations

import json
import random
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import replace
from decimal import Decimal
from pathlib import Path
from unittest.mock import patch

import pytest
from sqlalchemy import select, text

from models.errors import FrontdeskError
from models.rules.expiry import LIFETIME, Term
from models.rules.money import Money, totals
from models.rules.receipts import receipt_key
from models.services import access_facts, grants, grants_end
from models.services.desk import Desk
from models.views.access import GrantOrder
from tests.conftest import FixedClock
from tests.seed import raw

PEOPLE, STEPS = 4, 45
NOW = "'2026-11-01 10:00:00'"


class Crash(Exception):
    """The process dies here."""


@contextmanager
def crashing(chance: random.Random) -> Iterator[None]:
    """Sometimes dies before the journal is written, sometimes after it, never in between without a rollback."""
    die = chance.random() < 0.2
    real = grants.write_entry

    def write(*arguments: object, **named: object) -> int:
        if chance.random() < 0.5:
            raise Crash
        real(*arguments, **named)  # type: ignore[arg-type]
        raise Crash

    if not die:
        yield
        return
    with patch.object(grants, "write_entry", write), patch.object(grants_end, "write_entry", write):
        yield


def step(chance: random.Random, desks: list[Desk], clock: FixedClock) -> None:
    desk, user = chance.choice(desks), chance.randint(1, PEOPLE)
    match chance.choice(
        ["grant"] * 6 + ["undo", "undo", "revoke", "refund", "expire", "later", "race", "admin", "paid"]
    ):
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
    assert {id: [bool(admin), bool(paid)] for id, admin, paid in people} == told
    assert enrolled[0] == enrolled[1]
    kept = [sorted((r.user_id, r.receipt, r.status, r.amount, r.currency) for r in rows) for rows in paid]
    assert kept[0] == kept[1]
    keys = [receipt_key(row.receipt) for row in paid[0]]
    assert len(keys) == len(set(keys))
    completed = [Money(row.amount, row.currency) for row in paid[0] if row.status == "completed"]
    assert desk.payments.sums().get("completed", ()) == totals(completed)
    of_each = [money for id, *_ in people for money in desk.people_access.of(id).sums]
    assert totals(of_each) == totals(completed)


@pytest.mark.parametrize("seed", range(2))
def test_what_always_holds(owned_file: Path, clock: FixedClock, seed: int) -> None:
    values = ", ".join(f"({id}, {700 + id}, 'P{id}', {NOW}, {NOW})" for id in range(1, PEOPLE + 1))
    raw.write(owned_file, f"INSERT INTO users (id, telegram_id, first_name, created_at, updated_at) VALUES {values}")
    chance = random.Random(seed)
    desks = [Desk.open(str(owned_file), operator=name, clock=clock, source="walk") for name in ("anna", "boris")]
    done = 0
    for number in range(STEPS):
        before = raw.stored(owned_file) if number % 5 == 0 else None
        try:
            with crashing(chance), suppress(FrontdeskError):
                step(chance, desks, clock)
                done += 1
        except Crash:
            if before is not None:
                assert raw.changes(before, raw.stored(owned_file)) == {}
        if number % 3 == 0:
            check(desks[0])
    check(desks[1])
    assert done > STEPS / 2
    for desk in desks:
        desk.close()
