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
import subprocess
import sys
import tempfile
from collections.abc import Callable
from pathlib import Path

HERE = Path(__file__).parent
RESULTS = HERE / "results"
SCALES = {
    "few": (1_000, 10_000),
    "small": (10_000, 100_000),
    "middle": (100_000, 1_000_000),
    "full": (1_000_000, 10_000_000),
}


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
    making.rename(path)
    from models.services.desk import Desk
    from tests.bench.scale import settle

    desk = Desk.open(str(path), operator="bench")
    desk.upgrade()
    # As a console finds it that was open here before: the table of the views is made once.
    settle(desk)
    desk.close()
    return path


def screens(arguments: argparse.Namespace) -> str:
    """The console and its services on a generated database."""
    from tests.bench import others, scale

    folder: Path = arguments.folder
    folder.mkdir(parents=True, exist_ok=True)
    path, few = make_data(arguments.scale, folder), make_data("few", folder)
    conversations, messages = SCALES[arguments.scale]
    load = os.getloadavg()[0]
    head = [f"{conversations:,} conversations, {messages:,} messages; {arguments.runs} interleaved runs at 120x36"]
    head.append(f"{os.cpu_count()} cores, load {load:.1f} at the start: above 1, others were at work meanwhile")
    head += [f"{name}: not installed here, not measured" for name in others.absent()]
    if not arguments.no_index:
        for each in (path, few):
            scale.index(each, folder)
    else:
        head.append("the search index was not built before: the console builds it while it is measured")
    lines = scale.services(path, arguments.runs)
    lines += scale.in_terminal(path, few, arguments.scale, arguments.runs, folder)
    lines += scale.command_line(path, arguments.runs, folder)
    lines += scale.live(path, conversations, arguments.scale, folder)
    return "\n".join([*head, "", scale.table(lines)])


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
    parser.add_argument("--no-index", action="store_true", help="don't build the search index before `screens`")
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
