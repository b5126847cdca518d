"""`make soak`: the whole figures on one database, and the two planted faults. Exit 1 when anything is wrong."""

from __future__ import annotations

import argparse
import asyncio
import contextlib
import sys
import tempfile
from dataclasses import replace
from pathlib import Path

from tests.harness.soak import Plan, Soak, Verdict
from tests.postgresql import running

#: Few replies are enough to find what is planted.
SMALL = Plan(seed=0, replies=120, chats=6, processes=3, kills=0, faults=60, rate=0.4, deadline=2, lease=4, parts=4,
             fast=True, limit=120)  # fmt: skip
#: As a server that keeps what it says it keeps.
LASTING = {"fsync": "on", "synchronous_commit": "on", "full_page_writes": "on"}


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m tests.harness", description=__doc__)
    parser.add_argument("--seed", type=int, default=20_261_123)
    parser.add_argument("--replies", type=int, default=2000)
    parser.add_argument("--kills", type=int, default=60)
    parser.add_argument(
        "--postgresql", action="store_true", help="on a PostgreSQL of its own instead of an SQLite file"
    )
    parser.add_argument("--fast", action="store_true", help="without the pace that Telegram asks for")
    options = parser.parse_args()
    plan = Plan(options.seed, replies=options.replies, kills=options.kills, fast=options.fast)
    with contextlib.ExitStack() as stack:
        where = Path(stack.enter_context(tempfile.TemporaryDirectory()))
        server = stack.enter_context(running(LASTING)) if options.postgresql else None

        def run(plan: Plan) -> Verdict:
            url = str(where / f"{plan.planted or 'product'}.sqlite3") if server is None else server.url(server.create())
            verdict = asyncio.run(Soak(plan, url, where).run())
            tell(f"planted: {plan.planted}" if plan.planted else "the product", plan, verdict)
            return verdict

        verdict = run(plan)
        good = verdict.sound and verdict.kills >= plan.kills and (plan.fast or verdict.busiest_claims <= 30)
        good &= bool(run(replace(SMALL, seed=options.seed, planted="retry")).doubled)
        good &= bool(run(replace(SMALL, seed=options.seed, planted="order")).out_of_order)
    return 0 if good else 1


def tell(name: str, plan: Plan, verdict: Verdict) -> None:
    print(
        f"{name}: seed {plan.seed}, {plan.replies} replies ({verdict.messages} messages) to {plan.chats} chats by "
        f"{plan.processes} processes, {verdict.kills} kills, {verdict.injected} faults of "
        f"{len(verdict.faults)} kinds in {verdict.seconds:.0f} s: {len(verdict.lost)} lost, {len(verdict.doubled)} "
        f"doubled, {len(verdict.out_of_order)} chats out of order, {len(verdict.rows)} rows differ, "
        f"{verdict.unsettled} unsettled; a person said arrived {verdict.decided['delivered']} and again "
        f"{verdict.decided['retry']} times; in the busiest second {verdict.busiest_claims} were claimed and "
        f"{verdict.busiest_second} arrived"
    )
    for kind in ("lost", "doubled", "out_of_order", "rows"):
        for each in getattr(verdict, kind)[:5]:
            print(f"  {kind}: {each}")


if __name__ == "__main__":
    sys.exit(main())
