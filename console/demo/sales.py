"""What a colleague has sold in the demo: grants with their payments and journal, a renewal, lessons, and the odd case
that the list of access drift is for."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from decimal import Decimal
from pathlib import Path

from models.rules.expiry import LIFETIME, Term
from models.rules.money import Money
from models.services.desk import Desk
from models.views.access import GrantOrder

YEAR = Term(months=12)
#: Tier, price, term and processor of the sales, the newest first; the days between now and each.
SALES: tuple[tuple[int, str, Money, Term, str | None], ...] = (
    (1, "accelerator", Money(Decimal(38_000)), YEAR, None),
    (2, "basic", Money(Decimal(9_900)), Term(months=6), "yookassa"),
    (4, "basic", Money(Decimal(110), "USD"), Term(months=6), "stripe"),
    (5, "vip", Money(Decimal(120_000)), LIFETIME, None),
    (9, "accelerator", Money(Decimal(38_000)), YEAR, "yookassa"),
    (12, "basic", Money(Decimal(9_900)), Term(months=6), "yookassa"),
    (16, "accelerator", Money(Decimal(400), "USD"), YEAR, "stripe"),
    (23, "basic", Money(Decimal(9_900)), Term(months=6), "yookassa"),
    (26, "basic", Money(Decimal(4_900)), Term(days=30), "yookassa"),
    (34, "accelerator", Money(Decimal(38_000)), YEAR, None),
    (95, "basic", Money(Decimal(9_900)), Term(days=90), "yookassa"),
)
LESSONS = ("01-introduction", "02-first-program", "03-data", "04-web", "05-project")


@dataclass
class _Then:
    """A clock that is set back for each sale."""

    now: datetime = field()

    def __call__(self) -> datetime:
        return self.now


def sell(path: Path, buyers: Sequence[tuple[int, datetime]], *, now: datetime, operator: str) -> None:
    """Grants to `buyers` (user ids and since when each is known; whom to prefer first), each sale at its own day before
    `now`, to somebody who was there by then. Raises DatabaseProblem, FrontdeskError."""
    left, sales = list(buyers), []
    for sale in SALES:
        buyer = next((one for one in left if one[1] < now - timedelta(days=sale[0] + 1)), None)
        if buyer is not None:
            left.remove(buyer)
            sales.append((buyer[0], sale))
    clock = _Then(now)
    desk = Desk.open(str(path), operator=operator, clock=clock, source="vera@desk")
    try:
        for number, (user_id, sale) in reversed(list(enumerate(sales))):
            days, tier, price, term, processor = sale
            clock.now = now - timedelta(days=days, minutes=number * 7)
            order = GrantOrder(user_id, tier, price, f"2026-{4100 - days:04}-{number:02}", term, processor)
            desk.grants.grant(order)
            # Who bought longer ago is further on, and the last of it takes its time.
            for place, slug in enumerate(LESSONS[: min(len(LESSONS), days // 3)]):
                clock.now = min(now, clock.now + timedelta(hours=30))
                done = place < min(len(LESSONS), days // 3) - 1
                desk.lessons.record(user_id, slug, completed=done, seconds=1500 + 420 * place)
    finally:
        desk.close()
