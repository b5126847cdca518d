"""A fatal error tells no secrets."""

from __future__ import annotations

import stat
from pathlib import Path

from console import crash
from models.errors import DatabaseProblem

TOKEN = "123456789:AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA"
BODY = "my card is 4111 1111 1111 1111"


def failing() -> BaseException:
    """An error with a token, a body and a URL in its texts, its cause and its locals."""
    secret = f"{TOKEN} {BODY}"
    try:
        try:
            raise KeyError(secret)
        except KeyError as cause:
            raise RuntimeError(
                f"POST https://api.telegram.org/bot{TOKEN}/sendMessage said '{BODY}'\n[parameters: ({BODY!r},)]"
            ) from cause
    except RuntimeError as error:
        return error


def test_the_report_holds_classes_places_and_versions_and_no_secret(tmp_path: Path) -> None:
    path = crash.report(failing(), tmp_path / "state" / "frontdesk")
    assert path is not None
    text = path.read_text("utf-8")
    assert "builtins.RuntimeError: …" in text
    assert "builtins.KeyError: …" in text
    assert "failing" in text
    assert "textual " in text
    assert TOKEN not in text
    assert "4111" not in text
    assert "https:" not in text
    assert stat.S_IMODE(path.stat().st_mode) == 0o600


def test_two_reports_of_one_second_have_two_names(tmp_path: Path) -> None:
    assert crash.report(failing(), tmp_path) != crash.report(failing(), tmp_path)


def test_a_disk_that_takes_nothing_is_no_second_crash(tmp_path: Path) -> None:
    file = tmp_path / "file"
    file.write_text("")
    assert crash.report(failing(), file) is None
    assert "no report could be written" in crash.told(failing(), None)


def test_the_line_for_the_person_names_the_class_only() -> None:
    line = crash.told(failing(), Path("/state/crash.txt"))
    assert "RuntimeError" in line
    assert "/state/crash.txt" in line
    assert TOKEN not in line
    assert "4111" not in line


def test_what_is_kept_of_a_text_holds_no_value() -> None:
    assert crash.redacted(AttributeError("'Lead' object has no attribute 'nmae'")) == "… object has no attribute …"
    assert crash.redacted(FileNotFoundError(2, "No such file", "/home/anna/secret")) == "ENOENT"
    assert crash.redacted(DatabaseProblem("failed", kind=BODY)) == "failed"
    assert crash.redacted(ValueError(BODY)) == "…"


def test_an_error_that_can_not_say_what_it_is_still_ends_well() -> None:
    class Mute(TypeError):
        def __str__(self) -> str:
            raise ValueError

    assert crash.redacted(Mute()) == "…"
