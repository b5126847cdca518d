"""A kill at any step of the morning costs no draft more than its last second, and no confirmed reply."""

from __future__ import annotations

import copy
import random
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.e2e.conftest import Telegram, settings_for, telegram_at
from tests.e2e.inbox import inbox_of_120
from tests.harness.drafted import Drafted
from tests.harness.killed import FAULTS, Killed
from tests.harness.morning_steps import PARTS


@pytest.fixture
def telegram(tmp_path: Path) -> Iterator[Telegram]:
    with telegram_at(tmp_path, FAULTS) as server:
        yield server


@pytest.mark.parametrize("part", list(PARTS))
def test_a_kill_costs_a_draft_its_last_second_at_most(owned_file: Path, telegram: Telegram, part: str) -> None:
    inbox_of_120(owned_file)
    on = Killed(owned_file, telegram, settings_for(telegram), random.Random(1128))
    try:
        for said, step in PARTS[part].items():
            step(on)
            on.kill(said)
        if part == "sending":
            on.drained()
        assert on.kills.total() == len(PARTS[part])
    finally:
        on.close()


def test_what_the_check_tells() -> None:
    """It would see a loss, a stray draft, a reply that is gone, doubled or unasked."""
    model = Drafted()
    model.typed(1, "one ", pressed=7.9, shown=8.0)
    model.typed(1, "one two ", pressed=9.4, shown=9.5)
    assert copy.deepcopy(model).after_kill(10, {1: "one "}, []) == []
    assert copy.deepcopy(model).after_kill(10, {1: "one tw"}, []) == []
    assert copy.deepcopy(model).after_kill(10, {1: "on"}, []) != []
    assert copy.deepcopy(model).after_kill(10, {1: "one ", 2: "one "}, []) != []
    assert copy.deepcopy(model).after_kill(10, {}, [(1, "one two")]) != []
    model.either[1] = "one two"
    assert copy.deepcopy(model).after_kill(10, {}, [(1, "one two")]) == []
    assert copy.deepcopy(model).after_kill(10, {1: "one "}, []) == []
    assert copy.deepcopy(model).after_kill(10, {1: "one "}, [(1, "one two")]) != []
    assert copy.deepcopy(model).after_kill(10, {}, []) != []
    model.confirmed(1, "one two")
    model.either = {}
    assert copy.deepcopy(model).after_kill(10, {}, [(1, "one two")]) == []
    assert copy.deepcopy(model).after_kill(10, {}, [(1, "one two")] * 2) != []
    assert copy.deepcopy(model).after_kill(10, {1: "one two"}, []) != []
    model.either[1] = "one two"
    assert copy.deepcopy(model).after_kill(10, {1: "one two"}, []) == []
    assert copy.deepcopy(model).after_kill(10, {}, []) != []
