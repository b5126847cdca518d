"""The sales admin's morning with the console killed at each step: what was typed a second before is there, in its own
conversation, and what was confirmed goes out once. `make soak` runs it in a random order.
"""

from __future__ import annotations

import argparse
import contextlib
import os
import random
import sys
import tempfile
import time
from pathlib import Path

from models.store.lifecycle import initialise
from tests.e2e.conftest import settings_for, telegram_at
from tests.e2e.inbox import inbox_of_120
from tests.harness.killed import FAULTS, Killed
from tests.harness.morning_steps import PARTS

STEPS = {said: step for steps in PARTS.values() for said, step in steps.items()}


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m tests.harness.morning", description=__doc__)
    parser.add_argument("--seed", type=int, default=20_261_128)
    parser.add_argument("--kills", type=int, default=150)
    options = parser.parse_args()
    chance, began = random.Random(options.seed), time.monotonic()
    with contextlib.ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory()))
        for variable in ("HOME", "XDG_CONFIG_HOME", "XDG_DATA_HOME", "XDG_STATE_HOME", "XDG_CACHE_HOME"):
            os.environ[variable] = str(folder)
        path = folder / "morning.sqlite3"
        initialise(path)
        inbox_of_120(path)
        telegram = stack.enter_context(telegram_at(folder, FAULTS))
        on = Killed(path, telegram, settings_for(telegram), chance)
        stack.callback(on.close)
        for _each in range(options.kills):
            said = chance.choice(list(STEPS))
            STEPS[said](on)
            on.kill(said)
        on.drained()
    model = on.model
    print(
        f"morning: seed {options.seed}, {on.kills.total()} kills at {len(on.kills)} steps in"
        f" {time.monotonic() - began:.0f} s: {model.checked} drafts compared, none lost more than"
        f" {model.lost:.2f} s of typing; {model.sent.total()} replies confirmed, none lost, doubled or astray"
    )
    return 0


if __name__ == "__main__":
    sys.exit(main())
