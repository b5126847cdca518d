"""People with paid access in every state, for the tests of the screens that are about it."""

from __future__ import annotations

from datetime import timedelta
from decimal import Decimal
from pathlib import Path

from models.rules.expiry import LIFETIME, Term
from models.rules.money import Money
from models.services.desk import Desk
from models.services.sign_in import conversation_of, find_or_create_user
from models.views.access import GrantOrder
from tests.conftest import FixedClock

NAMES = ("Анна Ёлкина", "Борис", "Vera", "Глеб", "Дина", "Ева", "Жанна", "[red]Zoe")


def rubles(amount: str) -> Money:
    return Money(Decimal(amount), "RUB")


def people_who_paid(path: Path, clock: FixedClock) -> dict[str, int]:
    """By name: Анна has vip and lessons, Борис ran out and is paid still, Vera is paid without a reason for it, Глеб is
    enrolled and not paid, Дина got her money back, Ева ends in three days, Жанна is an admin, Zoe never bought."""
    made = clock.now
    clock.now = made - timedelta(days=40)
    desk = Desk.open(str(path), operator="vera", clock=clock, source="test")
    ids = {}
    for number, name in enumerate(NAMES):
        first, _, last = name.partition(" ")
        ids[first] = find_or_create_user(
            desk.database, 500 + number, username=f"user{number}", first_name=first, last_name=last or None
        )
        with desk.database.write() as session:
            conversation_of(session, desk.features, clock, ids[first])

    def grant(name: str, tier: str, price: str, receipt: str, term: Term = LIFETIME) -> None:
        desk.grants.grant(GrantOrder(ids[name], tier, rubles(price), receipt, term))

    grant("Анна", "vip", "38000", "AB-1")
    grant("Борис", "basic", "9000.50", "B-2", Term(days=10))
    desk.access.set_paid(ids["Vera"], True, reason="a friend of the house")
    grant("Глеб", "vip", "38000", "G-4")
    desk.access.set_paid(ids["Глеб"], False)
    grant("Дина", "basic", "9000", "D-5")
    desk.payments.refund("D-5", "unhappy")
    grant("Ева", "accelerator", "20000", "E-6", Term(days=43))
    desk.access.set_admin(ids["Жанна"], True)
    desk.lessons.record(ids["Анна"], "01-intro", completed=True, seconds=754)
    desk.lessons.record(ids["Анна"], "02-start", seconds=60)
    desk.close()
    clock.now = made
    return ids
