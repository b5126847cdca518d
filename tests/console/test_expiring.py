"""`run` ends what has expired, when told to."""

from __future__ import annotations

from concurrent.futures import Executor, Future
from pathlib import Path
from typing import Any

from console.config import Settings
from console.expiring import LOOK, Expiring
from models.errors import DatabaseProblem
from models.rules.access_presets import Presets
from models.rules.expiry import Term
from models.rules.money import parse_money
from models.services.desk import Desk
from models.services.sign_in import conversation_of, find_or_create_user
from models.views.access import GrantOrder
from tests.conftest import FixedClock


class AtOnce(Executor):
    """Runs what it is given before it returns."""

    def submit(self, fn: Any, /, *args: Any, **kwargs: Any) -> Future[Any]:
        future: Future[Any] = Future()
        try:
            future.set_result(fn(*args, **kwargs))
        except Exception as error:
            future.set_exception(error)
        return future


def test_it_looks_now_and_then(owned_file: Path, clock: FixedClock) -> None:
    desk = Desk.open(str(owned_file), operator="run", clock=clock)
    person = find_or_create_user(desk.database, 5, first_name="Anna")
    with desk.database.write() as session:
        conversation_of(session, desk.features, clock, person)
    desk.grants.grant(GrantOrder(person, "vip", parse_money("1"), "R-1", Term(days=1)))
    said: list[str] = []
    now = [0.0]
    settings = Settings(presets=Presets(notices={"expired": "{name}: {tier} has ended"}))
    expiring = Expiring(desk, settings, AtOnce(), said.append, now=lambda: now[0])
    for _ in range(4):
        expiring.look()
    assert (said, desk.people.person(person).row.paid) == ([], True)
    clock.advance(2 * 86_400)
    expiring.look()
    assert desk.people.person(person).row.paid
    now[0] = LOOK
    expiring.look()
    expiring.look()
    assert said == ["Anna: access ended (VIP)"]
    assert not desk.people.person(person).row.paid
    assert [reply.body for reply in desk.outbox.list()] == ["Anna: VIP has ended"]
    desk.close()


def test_trouble_is_said_and_tried_again(owned_file: Path, clock: FixedClock) -> None:
    desk = Desk.open(str(owned_file), operator="run", clock=clock)
    said: list[str] = []

    def fails(**_: Any) -> Any:
        raise DatabaseProblem("locked")

    desk.endings.expire_all = fails  # type: ignore[method-assign]
    expiring = Expiring(desk, Settings(), AtOnce(), said.append, now=lambda: 0.0)
    expiring.look()
    expiring.look()
    assert len(said) == 1
    assert "locked" in said[0]
    desk.close()
