"""Settings: which place wins, and one line that names the place when one can't be used."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from console.config import API_URL, Settings, config_path, data_path, database_address, load
from models.errors import ExitCode, Usage
from screens.wording import words

TOKEN = "123456:canary-AAbbCCddEEffGGhhIIjjKKllMMnnOO"


def write_config(text: str) -> Path:
    path = config_path()
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text, "utf-8")
    return path


def refusal(environ: dict[str, str] | None = None, **flags: str) -> str:
    """The one line for settings that can't be used."""
    with pytest.raises(Usage) as caught:
        load(environ=environ or {}, **flags)  # type: ignore[arg-type]
    assert caught.value.exit_code == ExitCode.USAGE
    line = words(caught.value)
    assert "\n" not in line
    return line


def test_nothing_configured() -> None:
    settings = load(environ={})
    assert settings == Settings(operator=settings.operator)
    assert "@" in settings.operator
    assert (settings.database, settings.token, settings.undo_seconds, settings.database_pool) == (None, None, 5, 5)
    assert settings.telegram_api_url == API_URL


def test_the_default_database_is_opened_once_it_exists() -> None:
    data_path().parent.mkdir(parents=True)
    data_path().touch()
    assert load(environ={}).database == str(data_path())


def test_places_stand_inside_the_folders_of_the_test(tmp_path: Path) -> None:
    assert config_path().is_relative_to(tmp_path)
    assert data_path().is_relative_to(tmp_path)


def test_flags_beat_variables_beat_the_file() -> None:
    path = write_config('database_url = "/file.db"\noperator = "file"\nundo_seconds = 7\n')
    environ = {"FRONTDESK_DATABASE_URL": "/variable.db", "FRONTDESK_OPERATOR": "@variable"}
    settings = load(database="/flag.db", environ=environ)
    assert (settings.database, settings.operator, settings.undo_seconds) == ("/flag.db", "@variable", 7)
    assert settings.sources == {
        "database_url": "--database",
        "operator": "FRONTDESK_OPERATOR",
        "undo_seconds": f"{path}: undo_seconds",
    }
    assert load(environ=environ).database == "/variable.db"
    assert load(environ={}).database == "/file.db"


def test_everything_from_the_file() -> None:
    write_config(
        f"""
        database_url = "sqlite:////srv/production.sqlite3"
        telegram_token = "{TOKEN}"
        telegram_api_url = "http://127.0.0.1:8081/"
        mode = "attached"
        lang = "ru"
        operator = "@anna"
        undo_seconds = 0
        theme = "nord"
        database_timeout = 2500
        database_pool = 3
        [keymap]
        inbox.reply = "R"
        "app.leave" = "ctrl+x"
        """
    )
    settings = load(environ={})
    assert settings.database == "/srv/production.sqlite3"
    assert settings.token is not None
    assert settings.token.bot_id == 123456
    assert settings.telegram_api_url == "http://127.0.0.1:8081"
    assert (settings.mode, settings.lang, settings.operator, settings.theme) == ("attached", "ru", "@anna", "nord")
    assert (settings.undo_seconds, settings.database_timeout, settings.database_pool) == (0, 2500, 3)
    assert settings.keymap == {"inbox.reply": "R", "app.leave": "ctrl+x"}
    assert TOKEN not in repr(settings)


@pytest.mark.parametrize(
    ("written", "path"),
    [
        ("plain.db", None),
        ("/a b/ё.sqlite3", "/a b/ё.sqlite3"),
        ("sqlite:////abs/x.db", "/abs/x.db"),
        ("sqlite+pysqlite:////abs/x.db", "/abs/x.db"),
        ("~/x.db", "~"),
    ],
)
def test_a_path_is_accepted_wherever_a_url_is(written: str, path: str | None) -> None:
    found = database_address(written, "here")
    if path == "~":
        assert found == str(Path.home() / "x.db")
    else:
        assert found == (path or str(Path.cwd() / written))


@pytest.mark.parametrize("url", ["postgresql://u:hunter2@h/d", "postgres://h/d", "postgresql+psycopg://h/d"])
def test_a_servers_url_stays_as_it_is(url: str) -> None:
    settings = load(environ={"FRONTDESK_DATABASE_URL": url})
    assert settings.database == url
    assert "hunter2" not in repr(settings) + settings.database_shown


@pytest.mark.parametrize("url", ["mysql://u:hunter2@h/d", "sqlite://", "sqlite:///", ":memory:", "http://x", "a\0b"])
def test_what_is_no_file(url: str) -> None:
    line = refusal({"FRONTDESK_DATABASE_URL": url})
    assert "FRONTDESK_DATABASE_URL" in line
    assert "hunter2" not in line


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("UNDO_SECONDS", "five"),
        ("UNDO_SECONDS", "-1"),
        ("UNDO_SECONDS", "nan"),
        ("UNDO_SECONDS", "inf"),
        ("DATABASE_POOL", "2.5"),
        ("DATABASE_POOL", "0"),
        ("DATABASE_TIMEOUT", "0"),
        ("MODE", "both"),
        ("LANG", "de"),
        ("TELEGRAM_API_URL", "api.telegram.org"),
        ("TELEGRAM_API_URL", "ftp://x"),
        ("TELEGRAM_API_URL", "http://x:99999"),
        ("TELEGRAM_API_URL", "https://user:pass@x"),
        ("TELEGRAM_API_URL", "https://x/?a=b"),
        ("TELEGRAM_TOKEN_FILE", "/nowhere/token"),
        ("TELEGRAM_TOKEN_FILE", "/dev/zero"),
    ],
)
def test_a_bad_variable_is_named(name: str, value: str) -> None:
    assert f"FRONTDESK_{name} " in refusal({f"FRONTDESK_{name}": value})


@pytest.mark.parametrize(
    ("text", "named"),
    [
        ("undo_seconds = '5 s'", "undo_seconds"),
        ("undo_seconds = true", "undo_seconds"),
        ("database_url = 5", "database_url"),
        ("database_ulr = 'x'", "database_ulr"),
        ("keymap = 'r'", "keymap"),
        ("keymap.inbox.reply = 5", "keymap"),
        ("keymap.inbox.reply.again = 'r'", "keymap"),
        ("not toml", "config.toml"),
        ("telegram_token = 'x'\ntelegram_token_file = 'y'", "telegram_token_file"),
    ],
)
def test_a_bad_line_of_the_file_is_named(text: str, named: str) -> None:
    path = write_config(text)
    line = refusal()
    assert str(path) in line
    assert named in line


def test_a_file_that_is_not_utf8() -> None:
    path = write_config("")
    path.write_bytes(b"operator = '\xff'")
    assert "UTF-8" in refusal()


def test_a_configuration_that_is_a_folder_is_said() -> None:
    config_path().mkdir(parents=True)
    assert "config.toml" in refusal()


@pytest.mark.parametrize("place", ["variable", "file", "config"])
def test_a_bad_token_is_never_echoed(place: str, tmp_path: Path) -> None:
    bad = "123456:secret secret"
    environ = {}
    if place == "variable":
        environ["FRONTDESK_TELEGRAM_TOKEN"] = bad
    elif place == "file":
        (tmp_path / "token").write_text(bad)
        environ["FRONTDESK_TELEGRAM_TOKEN_FILE"] = str(tmp_path / "token")
    else:
        write_config(f'telegram_token = "{bad}"')
    with pytest.raises(Usage) as caught:
        load(environ=environ)
    assert "token" in words(caught.value).lower()
    error: BaseException | None = caught.value
    while error is not None:
        assert "secret" not in f"{error!r} {error} {getattr(error, 'values', '')}"
        error = error.__cause__ or (None if error.__suppress_context__ else error.__context__)


def test_the_token_file_may_end_in_a_newline(tmp_path: Path) -> None:
    (tmp_path / "token").write_text(f"{TOKEN}\n")
    settings = load(environ={"FRONTDESK_TELEGRAM_TOKEN_FILE": str(tmp_path / "token")})
    assert settings.token is not None
    assert settings.token_file == tmp_path / "token"
    assert settings.token.bot_id == 123456


def test_a_token_variable_beats_a_token_file_of_the_configuration(tmp_path: Path) -> None:
    write_config('telegram_token_file = "/nowhere"')
    assert load(environ={"FRONTDESK_TELEGRAM_TOKEN": TOKEN}).token is not None


def test_two_tokens_in_one_place_are_refused() -> None:
    line = refusal({"FRONTDESK_TELEGRAM_TOKEN": TOKEN, "FRONTDESK_TELEGRAM_TOKEN_FILE": "/x"})
    assert "set one of them" in line
    assert TOKEN not in line


def test_a_named_pipe_is_no_token_file(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe")
    assert "FRONTDESK_TELEGRAM_TOKEN_FILE" in refusal({"FRONTDESK_TELEGRAM_TOKEN_FILE": str(tmp_path / "pipe")})


def test_empty_variables_count_as_unset() -> None:
    assert load(environ={"FRONTDESK_MODE": "", "FRONTDESK_TELEGRAM_TOKEN": " "}).token is None
