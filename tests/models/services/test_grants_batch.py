"""A list of grants mended in place: the line itself, and the lines that share its receipt."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal

import pytest

from models.rules.access_lines import parse_lines
from models.rules.expiry import LIFETIME, Term
from models.rules.money import Money
from models.services.desk import Desk
from models.services.sign_in import find_or_create_user
from models.views.access import BatchRow, GrantOrder
from tests.conftest import FixedClock


def lasting(tier: str) -> Term:
    del tier
    return LIFETIME


def states(rows: tuple[BatchRow, ...]) -> list[str]:
    return [row.state.value for row in rows]


@pytest.mark.both_engines
def test_a_line_is_mended_with_those_that_share_its_receipt(owned_file: str, clock: FixedClock) -> None:
    desk = Desk.open(str(owned_file), operator="tester", clock=clock)
    ids = [find_or_create_user(desk.database, 100 + at, username=f"p{at}") for at in range(4)]
    desk.grants.grant(GrantOrder(ids[3], "basic", Money(Decimal(1)), "USED-1"))
    lines = parse_lines("@p0, vip, 10, A-1\n@p1, vip, 10, a 1\n@p2, vip, 10, used 1\n")
    rows = desk.batch.resolve(lines, lasting)
    assert states(rows) == ["new", "duplicate", "like"]
    # The first one left out makes room for the second, and comes back behind nobody.
    rows = desk.batch.mend(rows, 0, replace(lines[0], left_out=True), lasting)
    assert states(rows) == ["left", "new", "like"]
    rows = desk.batch.mend(rows, 0, lines[0], lasting)
    assert states(rows) == ["new", "duplicate", "like"]
    other = rows
    rows = desk.batch.mend(rows, 2, replace(lines[2], override="another bank"), lasting)
    assert states(rows) == ["new", "duplicate", "new"]
    assert rows[0] is other[0]
    rows = desk.batch.mend(rows, 0, parse_lines("#4711, vip, 10, B-2")[0], lasting)
    assert states(rows) == ["nobody", "new", "new"]
    results = list(desk.batch.apply(rows, lambda _preview: None))
    assert [result.granted is not None for result in results] == [False, True, True]
    assert desk.journal.page(user_id=ids[2])[0].reason == "another bank"
    assert states(desk.batch.resolve([row.line for row in rows], lasting)) == ["nobody", "done", "done"]
    desk.close()
