"""Settings: flags first, then FRONTDESK_… variables, then the configuration file.

Every setting that can't be used ends in one line that names where it came from; the token's value is in none.
"""

from __future__ import annotations

import getpass
import os
import shlex
import socket
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from console.presets import TABLES as PRESET_TABLES
from console.presets import read_presets
from console.targets import TABLE as TARGETS_TABLE
from console.targets import read_targets
from models.errors import Usage
from models.rules.access_presets import Presets
from models.rules.address import names_server, path_of, shown
from models.rules.waiting import Targets
from screens.i18n import LANGUAGES, _

if TYPE_CHECKING:
    from console.telegram import Token

#: The public Bot API.
API_URL = "https://api.telegram.org"
MODES = ("attached", "standalone")
#: Settings of the configuration file and, upper-cased after FRONTDESK_, of the environment.
NAMES = (
    "database_url",
    "telegram_token",
    "telegram_token_file",
    "telegram_api_url",
    "mode",
    "lang",
    "operator",
    "undo_seconds",
    "typing",
    "theme",
    "database_timeout",
    "database_pool",
    "backup_folder",
    "export_folder",
    "backup_after",
    "backup_schedule",
    "expire_access",
)
#: Settings that the file may also hold in a table: `[backup]` and `after` for `backup_after`.
_TABLES = ("backup",)
SCHEDULES = ("daily",)
SWITCH = ("on", "off")


@dataclass(frozen=True, slots=True)
class Settings:
    """Times in seconds. `database` is a path to a file or a PostgreSQL URL (which may hold a password: show
    `database_shown`), None with nothing configured and no file at the default place; `sources` says where each setting
    that is not a default came from."""

    database: str | None = field(default=None, repr=False)
    token: Token | None = field(default=None, repr=False)
    token_file: Path | None = None
    telegram_api_url: str = API_URL
    mode: str | None = None
    lang: str | None = None
    operator: str = ""
    undo_seconds: float = 5.0
    typing: bool = True
    theme: str | None = None
    keymap: Mapping[str, str] = field(default_factory=dict)
    database_timeout: float = 5000.0  # milliseconds, as in the application's own database.yml
    database_pool: int = 5
    backup_folder: Path | None = None
    export_folder: Path | None = None
    backup_after: tuple[str, ...] = ()
    backup_schedule: str | None = None
    expire_access: bool = False
    presets: Presets = field(default_factory=Presets)
    targets: Targets = field(default_factory=Targets)
    read_only: bool = False
    cache_folder: Path | None = None  # of what can be made again; only a demo has one of its own
    sources: Mapping[str, str] = field(default_factory=dict)

    @property
    def database_shown(self) -> str:
        """The database as it may be shown: a URL without its password."""
        return shown(self.database or "")


@dataclass(frozen=True, slots=True)
class _Given:
    """One setting as written, and where."""

    value: Any
    where: str


def config_path() -> Path:
    """Where the configuration file is looked for."""
    import platformdirs

    return Path(platformdirs.user_config_path("frontdesk")) / "config.toml"


def data_path() -> Path:
    """Where `frontdesk db init` makes a database unless told otherwise."""
    import platformdirs

    return Path(platformdirs.user_data_path("frontdesk")) / "frontdesk.sqlite3"


def backups_path(settings: Settings) -> Path:
    """The folder of backups: the one that is set, else at the system's place for data."""
    return settings.backup_folder or data_path().with_name("backups")


def exports_path(settings: Settings) -> Path:
    """The folder of exports: the one that is set, else at the system's place for data."""
    return settings.export_folder or data_path().with_name("exports")


def state_path() -> Path:
    """Where crash reports go, and what Telegram accepted while the database could not be written."""
    import platformdirs

    return Path(platformdirs.user_state_path("frontdesk"))


def cache_path(settings: Settings) -> Path:
    """Where the search index goes: it can be made again."""
    import platformdirs

    return settings.cache_folder or Path(platformdirs.user_cache_path("frontdesk"))


def os_identity() -> str:
    """`user@host` of whoever runs this process."""
    try:
        user = getpass.getuser()
    except (KeyError, OSError):  # a container without a passwd entry
        user = str(os.getuid())
    return f"{user}@{socket.gethostname()}"


def load(
    *,
    database: str | None = None,
    flag: str = "--database",
    read_only: bool = False,
    environ: Mapping[str, str] | None = None,
) -> Settings:
    """All settings. `database` is what the command line named, by `flag`. Raises Usage('bad-setting', name, why)."""
    environ = os.environ if environ is None else environ
    path = config_path()
    written = _read_file(path)
    given = {name: _Given(value, f"{path}: {name}") for name, value in written.items() if name in NAMES}
    for name in NAMES:
        variable = f"FRONTDESK_{name.upper()}"
        if environ.get(variable, "").strip():
            given[name] = _Given(environ[variable], variable)
            _drop_rival(given, name)
    if database is not None:
        given["database_url"] = _Given(database, flag)
    default = data_path()
    return Settings(
        database=_database(given.get("database_url")) or (str(default) if default.is_file() else None),
        token=_token(given.get("telegram_token"), given.get("telegram_token_file")),
        token_file=_token_file(given.get("telegram_token_file")),
        telegram_api_url=_api_url(given.get("telegram_api_url")),
        mode=_choice(given.get("mode"), MODES),
        lang=_choice(given.get("lang"), LANGUAGES),
        operator=_text(given.get("operator")) or os_identity(),
        undo_seconds=_number(given.get("undo_seconds"), 5.0, low=0, high=600),
        typing=_choice(given.get("typing"), SWITCH) != "off",
        theme=_text(given.get("theme")),
        keymap=_keymap(written.get("keymap", {}), f"{path}: keymap"),
        database_timeout=_number(given.get("database_timeout"), 5000.0, low=100, high=600_000),
        database_pool=int(_number(given.get("database_pool"), 5, low=1, high=100, whole=True)),
        backup_folder=_folder(given.get("backup_folder")),
        export_folder=_folder(given.get("export_folder")),
        backup_after=_command(given.get("backup_after")),
        backup_schedule=_choice(given.get("backup_schedule"), SCHEDULES),
        expire_access=_choice(given.get("expire_access"), SWITCH) == "on",
        presets=read_presets(written, str(path)),
        targets=read_targets(written, str(path)),
        read_only=read_only,
        sources={name: setting.where for name, setting in given.items()},
    )


def database_address(value: str, where: str) -> str:
    """A PostgreSQL URL as it is, or the file behind a plain path or an SQLite URL; `where` names the setting in errors.
    Raises Usage."""
    if names_server(value):
        return value
    try:
        path = path_of(value)
    except Usage:
        raise _bad(where, _("not a path to an SQLite file, nor a URL with sqlite:/// or postgresql://")) from None
    if not value.strip() or "\0" in value or value.endswith((":///", ":memory:")):
        raise _bad(where, _("names no file"))
    return str(path.absolute())


def _bad(where: str, why: str) -> Usage:
    return Usage("bad-setting", name=where, why=why)


def _drop_rival(given: dict[str, _Given], name: str) -> None:
    """A token file in a stronger place beats a token in a weaker one, and the other way round."""
    rivals = {"telegram_token": "telegram_token_file", "telegram_token_file": "telegram_token"}
    rival = rivals.get(name)
    if rival in given and not given[rival].where.startswith("FRONTDESK_"):
        del given[rival]


def _read_file(path: Path) -> dict[str, Any]:
    try:
        content = path.read_bytes()
    except FileNotFoundError:
        return {}
    except OSError as error:
        raise _bad(str(path), _("can't be read: {why}").format(why=error.strerror)) from None
    import tomllib

    try:
        written = tomllib.loads(content.decode())
    except UnicodeDecodeError:
        raise _bad(str(path), _("is not UTF-8")) from None
    except tomllib.TOMLDecodeError as error:
        # The message quotes at most one character of the file.
        raise _bad(str(path), _("is not TOML: {why}").format(why=error)) from None
    for table in _TABLES:
        inner = written.get(table)
        if isinstance(inner, dict):
            del written[table]
            written |= {f"{table}_{name}": value for name, value in inner.items()}
    for name in written:
        if name not in (*NAMES, "keymap", *PRESET_TABLES, TARGETS_TABLE):
            raise _bad(f"{path}: {name}", _("is no setting"))
    return written


def _text(given: _Given | None) -> str | None:
    if given is None:
        return None
    if not isinstance(given.value, str):
        raise _bad(given.where, _("must be text in quotes"))
    return given.value.strip() or None


def _database(given: _Given | None) -> str | None:
    if given is None:
        return None
    return database_address(_text(given) or "", given.where)


def _choice(given: _Given | None, allowed: tuple[str, ...]) -> str | None:
    value = _text(given)
    if given is not None and value is not None and value not in allowed:
        raise _bad(given.where, _("must be one of: {choices}").format(choices=", ".join(allowed)))
    return value


def _number(given: _Given | None, default: float, *, low: float, high: float, whole: bool = False) -> float:
    if given is None:
        return default
    wanted = _("must be a whole number from {low} to {high}") if whole else _("must be a number from {low} to {high}")
    problem = _bad(given.where, wanted.format(low=f"{low:g}", high=f"{high:g}"))
    if isinstance(given.value, bool) or not isinstance(given.value, str | int | float):
        raise problem
    try:
        number = float(given.value)
    except ValueError:
        raise problem from None
    if not low <= number <= high or (whole and number != int(number)):  # NaN fails the first
        raise problem
    return number


def _api_url(given: _Given | None) -> str:
    value = _text(given)
    if given is None or value is None:
        return API_URL
    try:
        parts = urlsplit(value)
        port = parts.port
    except ValueError:
        raise _bad(given.where, _("is not a URL")) from None
    if parts.scheme not in ("http", "https") or not parts.hostname or port == 0:
        raise _bad(given.where, _("must be a URL that begins with http:// or https://"))
    if parts.query or parts.fragment or parts.username:
        raise _bad(given.where, _("must be the address of the server alone"))
    return value.rstrip("/")


def _token(given: _Given | None, given_file: _Given | None) -> Token | None:
    if given is not None and given_file is not None:
        raise _bad(given_file.where, _("is set beside {other}: set one of them").format(other=given.where))
    if given is None and given_file is None:
        return None
    from console.telegram import Token

    try:
        if given is not None:
            return Token(_text(given) or "")
        assert given_file is not None
        return Token(_read_token(given_file))
    except Usage as error:
        if error.id == "bad-setting":
            raise
        where = (given or given_file or _Given("", "")).where
        raise _bad(where, _("is not a bot token (digits, a colon, letters and digits)")) from None


def _folder(given: _Given | None) -> Path | None:
    value = _text(given)
    return None if value is None else Path(value).expanduser().absolute()


def _command(given: _Given | None) -> tuple[str, ...]:
    """A program and its arguments: a list, or one text with the quotes of a shell and nothing else of it."""
    if given is None:
        return ()
    if isinstance(given.value, list) and all(isinstance(word, str) for word in given.value):
        return tuple(given.value)
    try:
        return tuple(shlex.split(_text(given) or ""))
    except ValueError as error:
        raise _bad(given.where, _("is not a command: {why}").format(why=error)) from None


def _token_file(given: _Given | None) -> Path | None:
    return None if given is None else Path(_text(given) or "").expanduser()


def _read_token(given: _Given) -> str:
    path = Path(_text(given) or "").expanduser()
    try:
        # A FIFO or a device may never end: a token file is a plain, small file.
        if not path.is_file():
            raise _bad(given.where, _("names no file: {path}").format(path=path))
        with path.open("rb") as file:
            return file.read(4096).decode().strip()
    except OSError as error:
        raise _bad(given.where, _("can't be read: {why}").format(why=error.strerror)) from None
    except UnicodeDecodeError:
        raise _bad(given.where, _("holds no token")) from None


def _keymap(written: Any, where: str) -> Mapping[str, str]:
    """Action ids and keys: a text, or a list of them; `inbox.reply` may be written bare, which TOML reads as a table in
    a table."""
    problem = _bad(where, _('must be a table of lines such as: inbox.reply = "r"'))
    if not isinstance(written, dict):
        raise problem
    found: dict[str, str] = {}
    for name, keys in written.items():
        inner = keys if isinstance(keys, dict) else {"": keys}
        for last, value in inner.items():
            if isinstance(value, list) and all(isinstance(each, str) for each in value):
                value = " ".join(value)
            if not isinstance(value, str):
                raise problem
            found[f"{name}.{last}" if last else str(name)] = value
    return found
