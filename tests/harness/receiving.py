"""`make soak`, its second half: receiving at the whole figures. Exit 1 when anything is wrong."""

from __future__ import annotations

import argparse
import asyncio
import sys
import tempfile
from pathlib import Path

from tests.harness.fuzz import Fuzzed, fuzz
from tests.harness.intake import Flood, Found, flood


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m tests.harness.receiving", description=__doc__)
    parser.add_argument("--seed", type=int, default=20_261_123)
    parser.add_argument("--updates", type=int, default=100_000, help="of mixed kinds; and as many fuzzed ones")
    parser.add_argument("--kills", type=int, default=50)
    options = parser.parse_args()
    plan = Flood(options.seed, updates=options.updates, kills=options.kills)
    with tempfile.TemporaryDirectory() as folder:
        found = asyncio.run(flood(plan, Path(folder) / "flood.sqlite3"))
        tell_flood(plan, found)
        fuzzed = fuzz(options.seed, options.updates, Path(folder) / "fuzz.sqlite3")
        tell_fuzz(options.seed, fuzzed)
    return 0 if found.sound and found.kills >= plan.kills and fuzzed.sound else 1


def tell_flood(plan: Flood, found: Found) -> None:
    print(
        f"receiving: seed {plan.seed}, {plan.updates} updates of mixed kinds to {plan.chats} chats, {found.kills} "
        f"kills in {found.seconds:.0f} s: {found.messages} messages, {len(found.missing)} missing, "
        f"{len(found.doubled)} doubled, {len(found.differing)} with another text, {len(found.out_of_order)} chats out "
        f"of order, {found.quarantined} in quarantine, {found.polls} polls"
    )
    for kind in ("missing", "doubled", "differing", "out_of_order", "other"):
        for each in getattr(found, kind)[:5]:
            print(f"  {kind}: {each}")


def tell_fuzz(seed: int, found: Fuzzed) -> None:
    print(
        f"fuzz: seed {seed}, {found.updates} mutated updates in {found.seconds:.0f} s: {found.stored} stored, "
        f"{found.quarantined} in quarantine, {found.texts} texts looked at, {len(found.control)} with a control "
        f"character after cleaning, the token {found.tokens} times, still working: {found.works}"
    )


if __name__ == "__main__":
    sys.exit(main())
