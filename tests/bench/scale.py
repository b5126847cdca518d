"""The console on many conversations, each figure against its floor in the same run: a bare Textual app, the same SQL
through the bare SQLite library, itself with few conversations, and what a person would use instead.

    python -m tests.bench screens [--scale full] [--save]
"""

from __future__ import annotations

import contextlib
import os
import random
import re
import statistics
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from models.store.sqlite import library
from tests.bench import others, panes, ptybench

HERE = Path(__file__).parent
#: A name of the generated people, on the first screen of the list.
ROW = r"(Анна|Мария|Елена|Ольга|Наталья|Ирина|Татьяна|Светлана|Юлия|Александр|Сергей|Дмитрий|Андрей|Алексей|Иван|John)"
#: A conversation that is given a page of messages, for comparison with the longest.
SHORT = 2
#: Seconds that the console is given for what it does once after opening: loading the list to its end.
SETTLE = {"small": 4.0, "full": 30.0}
COMMON: dict[str, Any] = {
    "size": (120, 36),
    "quiet": 40,
    "miss": 500,
    "burst": 3000,
    "gap": 0,
    "ready_timeout": 60,
    "timeout": 300,
    "cwd": None,
    "quit": ["q"],
}


@dataclass(frozen=True, slots=True)
class Line:
    """One figure: `floor` is what it is compared with, `reach` the ratio (or the figure) to reach."""

    what: str
    measured: float
    floor: float
    reach: float
    unit: str = "ms"


def environment(folder: Path) -> dict[str, str]:
    """Nothing of the person who measures, and no index of the search, which would be built meanwhile."""
    made = {f"XDG_{name}_HOME": str(folder / name.lower()) for name in ("STATE", "CONFIG", "CACHE", "DATA")}
    return {"FRONTDESK_LANG": "en", "FRONTDESK_OPERATOR": "bench", **made}


def console(path: Path) -> list[str]:
    return [sys.executable, "-m", "console", str(path)]


def index(path: Path, folder: Path) -> None:
    """The search index as a console finds it that was open here before: not built while others are measured."""
    command = [sys.executable, "-m", "console", "search", "index", "--json", "--database", str(path)]
    settings = {**os.environ, **environment(folder)}
    subprocess.run(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, env=settings, check=False)


def in_terminal(path: Path, few: Path, scale: str, runs: int, folder: Path) -> list[Line]:
    """Start, keys, bytes and memory in a real pty; the programs take turns."""
    wait = round(SETTLE.get(scale, 4.0) * 1000)
    keys = (
        f"wait:{wait},j*12,home,phase:page,pagedown*5,phase:ends,end,%,home,hold:j@30*90,wait:500,"
        "%,wait:500,phase:middle,hold:j@30*90,wait:500,home,wait:3000,mark:rest,wait:20000,mark:later"
    )
    specs: dict[str, dict[str, Any]] = {
        "floor": {"command": [sys.executable, str(HERE / "floor.py")], "ready": "floor 0", "keys": "j*30"},
        "frame": {"command": console(path), "ready": "1 All", "keys": ""},
        "few frame": {"command": console(few), "ready": "1 All", "keys": ""},
        "few": {"command": console(few), "ready": ROW, "keys": "wait:4000,mark:rest"},
        "many": {"command": console(path), "ready": ROW, "keys": keys},
        **others.specs(folder),
    }
    taken: dict[str, list[Any]] = {name: [] for name in specs}
    for _ in range(runs):
        for name, spec in specs.items():
            taken[name].append(ptybench.run_once({**COMMON, "env": environment(folder), **spec, "label": name}))
    merged = {name: ptybench.merge(each) for name, each in taken.items()}
    for name, result in merged.items():
        if "start" not in result:
            raise SystemExit(f"{name}: {result.get('errors')}\n{result.get('screen')}")
    return _lines(merged)


def _lines(found: dict[str, Any]) -> list[Line]:
    floor, many, few = found["floor"], found["many"], found["few"]
    ready = {name: each["start"]["ready_ms"] for name, each in found.items()}
    key, page = floor["keys"]["j"]["paint_ms"], many["keys"]["page/pagedown"]["paint_ms"]["p50"]
    view, ends = many["keys"]["j"], many["keys"]
    top, middle = many["hold"]["ends/j@30"], many["hold"]["middle/j@30"]
    rest, later = many["marks"]["rest"], many["marks"]["later"]
    lines = [
        Line("first paint of the frame / bare Textual", ready["frame"], ready["floor"], 1.3),
        Line("first paint of the frame / itself with 1,000", ready["frame"], ready["few frame"], 1.1),
        Line("first page of real rows / bare Textual", ready["many"], ready["floor"], 3.0),
        Line("j in view, p50 / a key of bare Textual", view["paint_ms"]["p50"], key["p50"], 1.5),
        Line("j in view, p95 / a key of bare Textual", view["paint_ms"]["p95"], key["p95"], 2.0),
        Line("j at 30 Hz for 3 s: frames / keys", top["frames"], top["n"], 1.0, ""),
        Line("j at 30 Hz for 3 s: drained after / 20 ms", top["drain_ms"], 20.0, 1.0),
        Line("the same in the middle: frames / keys", middle["frames"], middle["n"], 1.0, ""),
        Line("the same in the middle: drained after / 20 ms", middle["drain_ms"], 20.0, 1.0),
        Line("middle of the list / a page down", ends["ends/%"]["paint_ms"]["p50"], page, 2.0),
        Line("end of the list / a page down", ends["ends/end"]["paint_ms"]["p50"], page, 2.0),
        Line("start of the list / a page down", ends["ends/home"]["paint_ms"]["p50"], page, 2.0),
        Line("memory / bare Textual", many["start"]["rss_mb"], floor["start"]["rss_mb"], 2.5, "MB"),
        Line("memory more than with 1,000 / 12 MB", rest["rss_mb"] - few["marks"]["rest"]["rss_mb"], 12.0, 1.0, "MB"),
        Line("processor at rest, % / 1 %", (later["cpu_s"] - rest["cpu_s"]) / 20 * 100, 1.0, 1.0, "%"),
    ]
    for name, reach in (("neomutt", 0.5), ("aerc", 0.75)):
        if name in ready:
            lines.append(Line(f"first page of real rows / {name}, 100,000", ready["many"], ready[name], reach))
    for name in ("DataTable", "ListView"):
        if name in ready:
            lines.append(Line(f"first page of real rows / Textual's {name}", ready["many"], ready[name], 1.0))
    return lines


def medians(work: dict[str, Callable[[], object]], runs: int, repeat: int) -> dict[str, float]:
    """Median milliseconds of each piece of work, the runs interleaved."""
    taken: dict[str, list[float]] = {name: [] for name in work}
    for _ in range(runs):
        for name, call in work.items():
            call()
            for _ in range(repeat):
                start = time.perf_counter()
                call()
                taken[name].append((time.perf_counter() - start) * 1000)
    return {name: statistics.median(times) for name, times in taken.items()}


def services(path: Path, runs: int) -> list[Line]:
    """What the screen waits for, against the same rows through the bare SQLite library."""
    from models.services.desk import Desk
    from models.services.inbox_pages import serves
    from models.views import Order, View
    from tests.models.services.statements import sent

    desk = Desk.open(str(path), operator="bench")
    raw = library().connect(str(path), check_same_thread=False)
    settle(desk)
    lines: list[Line] = []

    def against(what: str, call: Callable[[], object], reach: float = 3.0) -> None:
        with sent(desk.database) as statements:
            call()

        def plainly() -> None:
            for statement, parameters in statements:
                raw.execute(statement, parameters).fetchall()

        took = medians({"ours": call, "plain": plainly}, runs, 15)
        lines.append(Line(f"{what} / the same SQL", took["ours"], took["plain"], reach))

    ids = desk.inbox.ids(View.ALL, Order.RECENT, limit=50).ids
    against("page of 50 ids", lambda: desk.inbox.ids(View.ALL, Order.RECENT, limit=50))
    against("their rows", lambda: desk.inbox.rows(ids))
    for view, order in ((View.WAITING, Order.WAITING), (View.UNREAD, Order.RECENT), (View.READY, Order.SCORE)):
        if desk.keeper.usable and serves(view, order):
            against(f"200 ids of {view}, {order}", lambda v=view, o=order: desk.inbox.ids(v, o))
    against("newest 100 of the longest thread", lambda: desk.inbox.thread(1))
    before = desk.inbox.thread(1).older
    against("the 100 before them", lambda: desk.inbox.thread(1, before=before))
    against("counts of the views", desk.inbox.counts)

    def open_thread(id: int) -> Callable[[], object]:
        return lambda: (desk.inbox.thread(id), desk.inbox.lead(id, whole=False))

    fill(path, SHORT, 100)
    threads = medians({"long": open_thread(1), "short": open_thread(SHORT)}, runs, 15)
    lines.append(Line("opening a thread of 100,000 / one of 100", threads["long"], threads["short"], 1.2))
    if desk.keeper.usable:
        from models.services.inbox_counts import counts_of

        def recount() -> None:
            with desk.database.read() as session:
                counts_of(session, desk.features, desk.operator, desk.clock())

        counts = medians({"kept": desk.inbox.counts}, runs, 15)["kept"]
        start = time.perf_counter()
        recount()
        lines.append(Line("counts of the views / 1 ms", counts, 1.0, 1.0))
        lines.append(Line("counts of the views / a full recount", counts, (time.perf_counter() - start) * 1000, 1.0))
    raw.close()
    desk.close()
    return lines


def fill(path: Path, conversation_id: int, messages: int) -> None:
    """At least so many messages in a conversation, as the application writes them."""
    connection = connected(path)
    count = "SELECT count(*) FROM messages WHERE conversation_id = ?"
    for number in range(messages - int(connection.execute(count, (conversation_id,)).fetchone()[0])):
        commit(connection, conversation_id, f"message {number} of a thread of {messages}")
    connection.close()


def settle(desk: Any, seconds: float = 1800.0) -> None:
    """The table of the views is there and followed; a database of few conversations has none."""
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        wait = desk.keeper.step()
        if desk.keeper.usable or desk.keeper.progress is None:
            return
        time.sleep(min(wait, 0.01))


class Writer:
    """Another program that commits messages at a steady rate, each into a conversation by chance; `commit` says when
    one of a recognisable name was there."""

    def __init__(self, path: Path, many: int, rate: float) -> None:
        self._path, self._many, self._rate = path, many, rate
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._work, daemon=True)
        self.written = 0

    def __enter__(self) -> Writer:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._stop.set()
        self._thread.join()

    def _work(self) -> None:
        dice, connection = random.Random(3), connected(self._path)
        began = time.perf_counter()
        while not self._stop.is_set():
            due = int((time.perf_counter() - began) * self._rate)
            if self.written < due:
                commit(connection, dice.randrange(1, self._many), f"written {self.written}")
                self.written += 1
            else:
                time.sleep(0.0005)
        connection.close()


def connected(path: Path) -> Any:
    connection = library().connect(str(path), isolation_level=None, timeout=10, check_same_thread=False)
    connection.execute("PRAGMA synchronous=NORMAL")
    return connection


def commit(connection: Any, conversation_id: int, body: str) -> None:
    """What the application does for one incoming message."""
    now = time.strftime("%Y-%m-%d %H:%M:%S", time.gmtime()) + f".{time.time_ns() // 1000 % 1_000_000:06}"
    connection.execute("BEGIN IMMEDIATE")
    connection.execute(
        "INSERT INTO messages (conversation_id, user_id, body, direction, read, created_at, updated_at)"
        " VALUES (?, ?, ?, 0, 0, ?, ?)",
        (conversation_id, conversation_id, body, now, now),
    )
    connection.execute(
        "UPDATE conversations SET last_message_at = ?, updated_at = ?, unread_count = unread_count + 1 WHERE id = ?",
        (now, now, conversation_id),
    )
    connection.execute("COMMIT")


@contextlib.contextmanager
def opened(path: Path, scale: str, folder: Path) -> Iterator[Any]:
    """A console in a pty, its list loaded."""
    session = ptybench.Session(console(path), 120, 36, environment(folder), None, timeout=600)
    try:
        if session.wait_ready(re.compile(ROW, re.M), 60) is None:
            raise SystemExit(f"the console was never ready:\n{session.term.text()}")
        end = time.perf_counter() + SETTLE.get(scale, 4.0)
        while time.perf_counter() < end:
            session.pump(0.1)
        session.flush()
        yield session
    finally:
        session.close(["q"])


def live(path: Path, many: int, scale: str, folder: Path, times: int = 25) -> list[Line]:
    """From another process's commit to the screen; keys at rest and under 1,000 messages a second."""
    lines = []
    with opened(path, scale, folder) as session:
        connection, dice, waits = connected(path), random.Random(5), []
        for number in range(times):
            # The first row again: a list whose cursor would leave the screen keeps what arrives behind its pill.
            session.write(ptybench.key_bytes("g"))
            end = time.perf_counter() + dice.uniform(0.3, 0.7)
            while time.perf_counter() < end:
                session.pump(0.05)
            session.flush()
            text = f"seen {number:03}"
            start = time.perf_counter()
            commit(connection, dice.randrange(1, many), text)
            seen = None
            while seen is None and time.perf_counter() - start < 10:
                session.pump(0.005)
                session.flush()
                if text in session.term.text():
                    seen = (time.perf_counter() - start) * 1000
            waits.append(seen if seen is not None else 10_000.0)
        connection.close()
        waits.sort()
        lines += _wire(session)
        lines.append(Line("another's commit on the screen, p95 / 300 ms", waits[round(0.95 * (times - 1))], 300.0, 1.0))
        rest = _keys(session)
        with Writer(path, many, 1000.0) as writer:
            time.sleep(1.0)
            began, before = time.perf_counter(), writer.written
            busy = _keys(session)
            rate = (writer.written - before) / (time.perf_counter() - began)
        lines.append(Line(f"a key while another commits {rate:,.0f} a second / at rest, p50", busy, rest, 1.3))
    return lines


def _wire(session: Any) -> list[Line]:
    """Bytes of a key, and when thread and lead have followed: in view, then where the list scrolls."""
    session.write(ptybench.key_bytes("g"))
    end = time.perf_counter() + 1.0
    while time.perf_counter() < end:
        session.pump(0.05)
    view, scroll = panes.press(session, "j", 12), panes.press(session, "j", 60)
    session.write(ptybench.key_bytes("g"))
    drawn = sorted([*view.drawn, *scroll.drawn])
    return [
        Line("j: the list's row is drawn, p95 / 16 ms", _p95(sorted([*view.paint, *scroll.paint])), 16.0, 1.0),
        Line("j: thread and lead have followed, p50 / 16 ms", statistics.median(drawn), 16.0, 1.0),
        Line("j: thread and lead have followed, p95 / 16 ms", _p95(drawn), 16.0, 1.0),
        Line("bytes of j in view, mean / 800", statistics.mean(view.bytes), 800.0, 1.0, "B"),
        Line("bytes of j scrolling, mean / 2,000", statistics.mean(scroll.bytes), 2000.0, 1.0, "B"),
    ]


def _p95(taken: list[float]) -> float:
    return taken[min(len(taken) - 1, round(0.95 * (len(taken) - 1)))]


def _keys(session: Any) -> float:
    paints = []
    for key in ("j", "k") * 20:
        paint, *_ = session.measure(ptybench.key_bytes(key), 0.04, 0.5, 3.0)
        if paint is not None:
            paints.append(paint * 1000)
    return statistics.median(paints) if paints else float("nan")


def command_line(path: Path, runs: int, folder: Path) -> list[Line]:
    """`frontdesk conversations --json` against importing sqlmodel and the same query by hand."""
    import_it = [sys.executable, "-c", "import sqlmodel"]
    ours = [sys.executable, "-m", "console", "conversations", "--json", "--database", str(path)]
    query = (
        "SELECT c.*, u.*, (SELECT body FROM messages m WHERE m.conversation_id = c.id ORDER BY created_at DESC, id DESC"
        " LIMIT 1) FROM conversations c JOIN users u ON u.id = c.user_id"
        " ORDER BY last_message_at DESC, c.id DESC LIMIT 50"
    )
    plain = f"import sqlite3, sys; sqlite3.connect(sys.argv[1]).execute({query!r}).fetchall()"
    by_hand = [sys.executable, "-c", plain, str(path)]
    settings = {**os.environ, **environment(folder)}

    def run(command: list[str]) -> Callable[[], object]:
        return lambda: subprocess.run(command, check=True, stdout=subprocess.DEVNULL, env=settings)

    took = medians({"ours": run(ours), "import": run(import_it), "query": run(by_hand)}, runs, 1)
    return [
        Line("conversations --json / import sqlmodel + the query", took["ours"], took["import"] + took["query"], 1.3)
    ]


def table(lines: list[Line]) -> str:
    """The figures as text; what is above its ratio to reach is marked."""
    out = [f"{'what':58} {'measured':>10} {'floor':>10} {'ratio':>7} {'to reach':>9}"]
    for line in lines:
        ratio = line.measured / line.floor if line.floor else float("nan")
        missed = "" if ratio <= line.reach or ": frames / keys" in line.what else "  missed"
        out.append(f"{line.what:58} {line.measured:10.2f} {line.floor:10.2f} {ratio:6.2f}x {line.reach:8.2f}x{missed}")
    return "\n".join(out)
