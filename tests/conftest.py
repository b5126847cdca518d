"""What every test stands on: files of its own, a clock that stands still, no settings of whoever runs it."""

from __future__ import annotations

import os
import shutil
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from hypothesis import settings

from screens.i18n import set_language

if TYPE_CHECKING:
    from models.services.desk import Desk
    from tests.postgresql import Server

DATA = Path(__file__).with_name("data")
#: Files that ActiveRecord wrote, by shape.
SHAPES = {"S": DATA / "seed.sqlite3", "O": DATA / "oct2025.sqlite3", "H": DATA / "head.sqlite3"}

# Machines are noisy: a slow example says nothing.
settings.register_profile("frontdesk", deadline=None)
settings.load_profile("frontdesk")


class FixedClock:
    """A clock that moves only when told."""

    def __init__(self, now: datetime = datetime(2026, 11, 23, 12, 0, tzinfo=UTC)) -> None:
        self.now = now

    def __call__(self) -> datetime:
        return self.now

    def advance(self, seconds: float) -> datetime:
        self.now += timedelta(seconds=seconds)
        return self.now


@pytest.fixture(autouse=True)
def _own_surroundings(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """No test, and no process that it starts, reads or writes what belongs to whoever runs it."""
    for name in list(os.environ):
        if name.startswith("FRONTDESK_"):
            monkeypatch.delenv(name)
    home = tmp_path / "home"
    for name, folder in {
        "HOME": "",
        "XDG_CONFIG_HOME": "config",
        "XDG_DATA_HOME": "data",
        "XDG_STATE_HOME": "state",
        "XDG_CACHE_HOME": "cache",
        "XDG_RUNTIME_DIR": "run",
    }.items():
        (home / folder).mkdir(parents=True, exist_ok=True)
        monkeypatch.setenv(name, str(home / folder))
    # English, wherever the machine stands.
    for name in ("LC_ALL", "LC_MESSAGES", "LANG"):
        if os.environ.get(name, "").startswith("ru"):
            monkeypatch.setenv(name, "C.UTF-8")
    set_language("en")
    # A proxy or a colour setting of the machine would change what is tested.
    for name in ("HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY", "http_proxy", "https_proxy", "all_proxy", "NO_COLOR"):
        monkeypatch.delenv(name, raising=False)


@pytest.fixture
def clock() -> FixedClock:
    """2026-11-23 12:00 UTC until `advance`d."""
    return FixedClock()


def copy_of(shape: str, folder: Path) -> Path:
    """A fresh copy of the real file of one shape."""
    return Path(shutil.copyfile(SHAPES[shape], folder / f"{SHAPES[shape].stem}.sqlite3"))


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    """Where the application's data lie: in a file of each shape, and for tests marked `both_engines` on a server too,
    in the shape that has the most."""
    marked = metafunc.definition.get_closest_marker
    servers = marked("both_engines") is not None and marked("sqlite_only") is None
    if "shape_file" in metafunc.fixturenames:
        shapes = ["H"] if marked("one_shape") else ["S", "O", "H"]
        places = [*shapes, *(["PostgreSQL-H"] if servers else [])]
        metafunc.parametrize("shape_file", places, indirect=True)
    if "seed_file" in metafunc.fixturenames:
        metafunc.parametrize("seed_file", ["S", *(["PostgreSQL-S"] if servers else [])], indirect=True)
    if servers and "owned_file" in metafunc.fixturenames:
        metafunc.parametrize("owned_file", ["file", "PostgreSQL"], indirect=True)


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """On a server one case of each test is enough, unless FRONTDESK_TEST_EVERY_CASE is set: a new database costs more
    than most tests."""
    if os.environ.get("FRONTDESK_TEST_EVERY_CASE"):
        return
    seen: set[tuple[Path, str]] = set()
    kept = []
    for item in items:
        if isinstance(item, pytest.Function) and "PostgreSQL" in item.name:
            test = (item.path, item.originalname)
            if test in seen:
                continue
            seen.add(test)
        kept.append(item)
    items[:] = kept


def _place(request: pytest.FixtureRequest, folder: Path) -> Iterator[Path | str]:
    engine, _, shape = request.param.rpartition("-")
    if not engine:
        yield copy_of(shape, folder)
        return
    server: Server = request.getfixturevalue("server")
    # Our tables are made once for all tests that have a desk.
    ours = bool({"desk", "seed_desk"} & set(request.fixturenames))
    name = server.create(request.getfixturevalue("_carried_over")(shape, ours))
    yield server.url(name)
    server.drop(name)


@pytest.fixture
def shape_file(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Path | str]:
    """A copy of a file that ActiveRecord wrote, in each of the three shapes; on a server the database's URL."""
    yield from _place(request, tmp_path)


@pytest.fixture
def seed_file(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Path | str]:
    """A copy of the file of shape S; on a server the database's URL."""
    yield from _place(request, tmp_path)


@pytest.fixture(scope="session")
def _owned_template(tmp_path_factory: pytest.TempPathFactory) -> Path:
    from models.store.lifecycle import initialise

    path = tmp_path_factory.mktemp("owned") / "template.sqlite3"
    initialise(path)
    return path


@pytest.fixture
def owned_file(request: pytest.FixtureRequest, _owned_template: Path, tmp_path: Path) -> Path | str:
    """A new, empty database as `frontdesk db init` makes it; on a server the database's URL."""
    if getattr(request, "param", "file") == "PostgreSQL":
        url: str = request.getfixturevalue("owned_url")
        return url
    return Path(shutil.copyfile(_owned_template, tmp_path / "owned.sqlite3"))


@pytest.fixture(scope="session")
def server() -> Iterator[Server]:
    """A PostgreSQL of this worker's own."""
    from tests.postgresql import running

    with running() as started:
        yield started


@pytest.fixture(scope="session")
def _carried_over(server: Server) -> Callable[[str, bool], str]:
    """The template of a shape: what its file holds, on the server, with or without our tables."""
    from tests.seed.rails_on_postgresql import carry_over

    @cache
    def template(shape: str, ours: bool) -> str:
        name = carry_over(SHAPES[shape], server)
        if ours:
            with_our_tables(server.url(name))
        return name

    return template


@pytest.fixture
def empty_url(server: Server) -> Iterator[str]:
    """An empty database of the server."""
    name = server.create()
    yield server.url(name)
    server.drop(name)


@pytest.fixture(scope="session")
def _owned_database(server: Server) -> str:
    from models.store.lifecycle import initialise

    name = server.create()
    initialise(server.url(name))
    return name


@pytest.fixture
def owned_url(server: Server, _owned_database: str) -> Iterator[str]:
    """A new database of the server, as `frontdesk db init` makes it."""
    name = server.create(_owned_database)
    yield server.url(name)
    server.drop(name)


#: Files as they are after the upgrade, by what they held before: the steps themselves have tests of their own.
_upgraded: dict[bytes, bytes] = {}


def with_our_tables(path: Path | str) -> Path | str:
    """`path` after what `frontdesk db upgrade` does; nobody may have it open. A content seen before is not upgraded
    again but written."""
    if isinstance(path, str) or Path(f"{path}-wal").exists():
        return _upgrade(path)
    content = path.read_bytes()
    if content in _upgraded:
        path.write_bytes(_upgraded[content])
    else:
        _upgrade(path)
        if not Path(f"{path}-wal").exists():
            _upgraded[content] = path.read_bytes()
    return path


def _upgrade(path: Path | str) -> Path | str:
    from models.store.database import Database
    from models.store.lifecycle import upgrade

    database = Database.open(str(path))
    try:
        upgrade(database)
    finally:
        database.close()
    return path


@pytest.fixture
def desk(shape_file: Path, clock: FixedClock) -> Iterator[Desk]:
    """A desk on each shape, with our tables added."""
    from models.services.desk import Desk

    opened = Desk.open(str(with_our_tables(shape_file)), operator="tester", clock=clock)
    try:
        yield opened
    finally:
        opened.close()
