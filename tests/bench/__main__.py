"""Tables of figures, each against its floor in the same run: `python -m tests.bench [PART …] [--scale full] [--save]`.

Parts: `screens` (the console and its services), `bulk` (many replies under Telegram's limits), `incoming` (from
Telegram to the screen), `moving` (seeds, backup, copy to PostgreSQL), `report` (counting messages once), `search` (its
index and answers); all of them by default.
Nothing here is asserted: machines are noisy. The plans of the statements are asserted in the tests.
"""

from __future__ import annotations

import argparse
import datetime as dt
import os
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

HERE = Path(__file__).parent
RESULTS = HERE / "results"
SCALES = {"small": (10_000, 100_000), "middle": (100_000, 1_000_000), "full": (1_000_000, 10_000_000)}
#: A name of the generated people, on the first screen of the list.
ROW = r"(Анна|Мария|Елена|Ольга|Наталья|Ирина|Татьяна|Светлана|Юлия|Александр|Сергей|Дмитрий|Андрей|Алексей|Иван|John)"


def make_data(scale: str, folder: Path) -> Path:
    """A generated database of the seed's schema with our tables added; made once and kept."""
    path = folder / f"{scale}.sqlite3"
    if path.exists():
        return path
    conversations, messages = SCALES[scale]
    making = path.with_suffix(".making")
    command = [sys.executable, str(HERE / "generate_database.py"), str(making)]
    command += ["--conversations", str(conversations), "--messages", str(messages)]
    command += ["--big", str(min(100_000, messages // 20))]
    subprocess.run(command, check=True)
    subprocess.run([sys.executable, "-m", "console", "db", "upgrade", "--database", str(making)], check=True)
    making.rename(path)
    return path


def medians(work: dict[str, Callable[[], object]], runs: int, repeat: int) -> dict[str, float]:
    """Median milliseconds of each piece of work, the runs interleaved."""
    taken: dict[str, list[float]] = {name: [] for name in work}
    for _ in range(runs):
        for name, call in work.items():
            start = time.perf_counter()
            for _ in range(repeat):
                call()
            taken[name].append((time.perf_counter() - start) * 1000 / repeat)
    return {name: statistics.median(times) for name, times in taken.items()}


def services_against_sql(path: Path, runs: int) -> list[tuple[str, float, float]]:
    """Pages that the screen waits for, against the same rows through the bare SQLite library."""
    from models.services.desk import Desk
    from models.store.sqlite import library
    from models.views import Order, View

    desk = Desk.open(str(path), operator="bench")
    raw = library().connect(str(path))
    ids = desk.inbox.ids(View.ALL, Order.RECENT, limit=50).ids
    marks = ",".join("?" * len(ids))

    def raw_page() -> None:
        raw.execute("SELECT id FROM conversations ORDER BY last_message_at DESC, id DESC LIMIT 50").fetchall()
        raw.execute(
            "SELECT c.*, u.*, (SELECT substr(body, 1, 300) FROM messages m WHERE m.conversation_id = c.id"
            " ORDER BY created_at DESC, id DESC LIMIT 1) FROM conversations c JOIN users u ON u.id = c.user_id"
            f" WHERE c.id IN ({marks})",
            ids,
        ).fetchall()

    def raw_thread() -> None:
        raw.execute(
            "SELECT * FROM messages WHERE conversation_id = ? ORDER BY created_at DESC, id DESC LIMIT 100", (1,)
        ).fetchall()

    def page() -> None:
        desk.inbox.rows(desk.inbox.ids(View.ALL, Order.RECENT, limit=50).ids)

    work: dict[str, Callable[[], object]] = {
        "page": page,
        "raw page": raw_page,
        "thread": lambda: desk.inbox.thread(1),
        "raw thread": raw_thread,
        "small": lambda: desk.inbox.thread(ids[0]),
    }
    took = medians(work, runs, 20)
    desk.close()
    return [
        ("page of 50 rows / the same SQL", took["page"], took["raw page"]),
        ("newest 100 of the longest thread / the same SQL", took["thread"], took["raw thread"]),
        ("opening the longest thread / a short one", took["thread"], took["small"]),
    ]


def screens_against_floor(path: Path, runs: int) -> list[tuple[str, float, float]]:
    """Start, key to paint, bytes and memory in a real pty, against a bare Textual app."""
    from tests.bench import ptybench

    common = {"size": (120, 36), "quiet": 40, "miss": 500, "burst": 1500, "gap": 0, "ready_timeout": 30, "timeout": 90}
    console = [sys.executable, "-m", "console", str(path)]
    specs = {
        "floor": {
            "command": [sys.executable, str(HERE / "floor.py")],
            "ready": "floor 0",
            "keys": "j*30",
            "quit": ["q"],
        },
        "frame": {"command": console, "ready": r"1 All", "keys": "", "quit": ["q"]},
        "console": {"command": console, "ready": ROW, "keys": "wait:500,j*20,phase:scroll,j*40", "quit": ["q"]},
    }
    taken: dict[str, list[Any]] = {name: [] for name in specs}
    for _ in range(runs):
        for name, spec in specs.items():
            taken[name].append(ptybench.run_once({**common, **spec, "label": name, "cwd": None, "env": {}}))
    merged = {name: ptybench.merge(each) for name, each in taken.items()}
    for name, result in merged.items():
        if "start" not in result:
            raise SystemExit(f"{name}: {result.get('errors')}\n{result.get('screen')}")
    floor, frame, full = merged["floor"], merged["frame"], merged["console"]
    floor_key = floor["keys"]["j"]["paint_ms"]
    view, scroll = full["keys"]["j"], full["keys"]["scroll/j"]
    return [
        ("first paint of the frame / bare Textual", frame["start"]["ready_ms"], floor["start"]["ready_ms"]),
        ("first real rows / bare Textual", full["start"]["ready_ms"], floor["start"]["ready_ms"]),
        ("memory, MB / bare Textual", full["start"]["rss_mb"], floor["start"]["rss_mb"]),
        ("j in view, p50 ms / a key of bare Textual", view["paint_ms"]["p50"], floor_key["p50"]),
        ("j in view, p95 ms / a key of bare Textual", view["paint_ms"]["p95"], floor_key["p95"]),
        ("j scrolling, p50 ms / a key of bare Textual", scroll["paint_ms"]["p50"], floor_key["p50"]),
        ("bytes for j in view / the 800 to reach", view["bytes"]["mean"], 800.0),
        ("bytes for j scrolling / the 2,000 to reach", scroll["bytes"]["mean"], 2000.0),
    ]


def screens(arguments: argparse.Namespace) -> str:
    """The console and its services on a generated database."""
    arguments.folder.mkdir(parents=True, exist_ok=True)
    path = make_data(arguments.scale, arguments.folder)
    conversations, messages = SCALES[arguments.scale]
    lines = [
        f"{conversations:,} conversations, {messages:,} messages; medians of {arguments.runs} interleaved runs",
        "",
    ]
    lines.append(f"{'what':54} {'measured':>10} {'floor':>10} {'ratio':>7}")
    for rows in (screens_against_floor(path, arguments.runs), services_against_sql(path, arguments.runs)):
        for what, measured, floor in rows:
            lines.append(f"{what:54} {measured:10.2f} {floor:10.2f} {measured / floor:6.2f}x")
    return "\n".join(lines)


def bulk(arguments: argparse.Namespace) -> str:
    from tests.bench.bulk import report

    return report(arguments.runs)


def incoming(arguments: argparse.Namespace) -> str:
    from tests.bench.incoming import report

    return report()


def moving(arguments: argparse.Namespace) -> str:
    from tests.bench.moving import SCALES as ROWS
    from tests.bench.moving import report

    return report(ROWS.get(arguments.scale, ROWS["small"]))


def search(arguments: argparse.Namespace) -> str:
    from tests.bench.search import report

    arguments.folder.mkdir(parents=True, exist_ok=True)
    return report(make_data(arguments.scale, arguments.folder))


def report(arguments: argparse.Namespace) -> str:
    from tests.bench.report import report as table

    arguments.folder.mkdir(parents=True, exist_ok=True)
    return table(make_data(arguments.scale, arguments.folder))


PARTS: dict[str, Callable[[argparse.Namespace], str]] = {
    "screens": screens,
    "bulk": bulk,
    "incoming": incoming,
    "moving": moving,
    "report": report,
    "search": search,
}


def main() -> int:
    """Prints the tables; `--save` keeps each as a file in `results`, dated."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("parts", nargs="*", metavar="PART", help=", ".join(PARTS))
    parser.add_argument("--scale", choices=SCALES, default="small")
    parser.add_argument("--runs", type=int, default=5)
    parser.add_argument("--save", action="store_true")
    parser.add_argument("--folder", type=Path, default=Path(tempfile.gettempdir()) / "frontdesk-bench")
    arguments = parser.parse_args()
    if strange := set(arguments.parts) - set(PARTS):
        parser.error(f"no such part: {', '.join(sorted(strange))}")
    os.environ.pop("PYTHONDONTWRITEBYTECODE", None)
    for part in arguments.parts or PARTS:
        text = PARTS[part](arguments)
        print(text, end="\n\n", flush=True)
        if arguments.save:
            RESULTS.mkdir(exist_ok=True)
            scale = f"-{arguments.scale}" if part in ("screens", "report", "search") else ""
            path = RESULTS / f"{dt.datetime.now(dt.UTC).date().isoformat()}-{part}{scale}.txt"
            path.write_text(text + "\n", encoding="utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main())
