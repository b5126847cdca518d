"""Templates: one for all operators, filled for one person, never half a file."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

import pytest

from models.errors import NotFound, Refused, Usage
from models.rules.expiry import Term
from models.rules.money import parse_money
from models.rules.templates import Text
from models.services.desk import Desk
from models.views.access import GrantOrder
from tests.conftest import FixedClock
from tests.seed import raw

pytestmark = pytest.mark.both_engines


def names(desk: Desk) -> list[tuple[str, int | None]]:
    return [(each.name, each.digit) for each in desk.templates.list()]


def test_kept_changed_and_deleted(desk: Desk, clock: FixedClock) -> None:
    price = desk.templates.save(Text("  the  price", "It is {price}.", 2))
    hello = desk.templates.save(Text("hello", "Hi {name}", 1))
    plain = desk.templates.save(Text("bye", "Bye"))
    assert names(desk) == [("hello", 1), ("the price", 2), ("bye", None)]
    clock.advance(1)
    desk.templates.save(Text("bye", "Bye!", 1), id=plain.id, seen=plain)
    assert names(desk) == [("bye", 1), ("the price", 2), ("hello", None)], "a digit is one template's"
    with pytest.raises(Refused, match="template-changed"):
        desk.templates.save(Text("bye", "Farewell"), id=plain.id, seen=plain)
    with pytest.raises(Refused, match="template-name"):
        desk.templates.save(Text("bye", "x"), id=price.id)
    with pytest.raises(Usage, match="bad-template"):
        desk.templates.save(Text("x", " "))
    desk.templates.delete(hello.id)
    for act in (lambda: desk.templates.delete(hello.id), lambda: desk.templates.filled(hello.id, 1)):
        with pytest.raises(NotFound, match="template-not-found"):
            act()


def test_filled_from_the_person_and_the_lead(desk: Desk, shape_file: Path, clock: FixedClock) -> None:
    raw.write(
        shape_file,
        "UPDATE conversations SET ai_real_name = '{query}', ai_background = ' ', ai_query = 'diets', ai_ready_score = 0"
        " WHERE id = 4",
        "UPDATE users SET first_name = 'Ann', last_name = NULL, username = 'ann_b' WHERE id = 4",
    )
    body = (
        "{name} {first_name} {last_name} @{username} {real_name} {background} {query} {score} {operator} {tier} {until}"
    )
    made = desk.templates.save(Text("all", body))
    filled = desk.templates.filled(made.id, 4)
    assert filled.text == "Ann Ann {last_name} @ann_b {query} {background} diets 0 tester {tier} {until}"
    assert filled.missing == ("last_name", "background", "tier", "until")
    desk.grants.grant(GrantOrder(4, "vip", parse_money("1"), "R-1", Term(days=10)))
    expires = max(each.expires_at or datetime.min.replace(tzinfo=UTC) for each in desk.people_access.of(4).enrollments)
    assert desk.templates.filled(made.id, 4).text.endswith(f"vip {expires.astimezone():%d.%m.%Y}")
    assert desk.templates.filled(made.id, 4, tier=str.upper, until=lambda at: "then").text.endswith("VIP then")
    with pytest.raises(NotFound, match="conversation-not-found"):
        desk.templates.filled(made.id, 4242)


def test_nobodys_name_is_asked_for(desk: Desk, shape_file: Path) -> None:
    raw.write(shape_file, "UPDATE users SET first_name = NULL, last_name = NULL WHERE id = 4")
    assert desk.templates.filled(desk.templates.save(Text("a", "{name}")).id, 4).missing == ("name",)


def test_who_answers_is_called_by_name(desk: Desk, shape_file: Path, clock: FixedClock) -> None:
    raw.write(shape_file, "UPDATE users SET first_name = 'Vera', username = 'vera_desk' WHERE id = 4")
    made = desk.templates.save(Text("a", "{operator}"))
    for handle, name in (("@vera_desk", "Vera"), ("Anna B", "Anna B"), ("root@vm", "{operator}")):
        other = Desk.open(str(shape_file), operator=handle, clock=clock)
        assert other.templates.filled(made.id, 1).text == name
        other.close()


def test_what_is_left_unfilled_is_found_also_in_a_draft(desk: Desk) -> None:
    desk.templates.save(Text("price", "It is {price}"))
    assert desk.templates.unfilled("so it is {price}") == (9, 16)
    assert desk.templates.unfilled("hi {name}") == (3, 9)
    assert desk.templates.unfilled("code { x } {y}") is None


def test_a_file_is_taken_over_whole_or_not_at_all(desk: Desk) -> None:
    desk.templates.save(Text("old", "x", 1))
    desk.templates.save(Text("same", "y", 2))
    texts = [Text("same", "y", 2), Text("old", "x", 3), Text("new", "z", 1)]
    assert desk.templates.take_over(texts) == (1, 1, 0)
    assert desk.templates.take_over(texts) == (0, 0, 0)
    assert names(desk) == [("new", 1), ("same", 2), ("old", 3)]
    with pytest.raises(Usage, match="bad-template"):
        desk.templates.take_over([Text("more", "z"), Text("", "z")])
    assert desk.templates.take_over(texts[:1], replace=True) == (0, 0, 2)
    assert names(desk) == [("same", 2)]


def test_who_may_not_write_reads(desk: Desk, shape_file: Path, clock: FixedClock) -> None:
    made = desk.templates.save(Text("a", "x"))
    reader = Desk.open(str(shape_file), operator="tester", clock=clock, read_only=True)
    assert reader.templates.list() == (made,)
    with pytest.raises(Refused, match="read-only-session"):
        reader.templates.save(Text("b", "x"))
    reader.close()
