"""What Telegram accepted while the database could take nothing is kept on this host until it can."""

from __future__ import annotations

import stat
import threading
from datetime import UTC, datetime
from pathlib import Path

import pytest

from models.services.notes import Note, Notes

AT = datetime(2026, 11, 23, 12, 0, tzinfo=UTC)
ONE, TWO = Note(1, 1, 77, AT), Note(2, 3, None, AT)


@pytest.fixture
def notes(tmp_path: Path) -> Notes:
    return Notes(tmp_path / "state" / "accepted")


def test_a_note_stands_until_it_is_removed(notes: Notes) -> None:
    assert notes.read() == ()
    notes.remove(ONE)
    notes.write(ONE)
    notes.write(TWO)
    assert Notes(notes.path).read() == (ONE, TWO)
    notes.remove(ONE)
    assert notes.read() == (TWO,)
    notes.remove(TWO)
    assert not notes.path.exists()


def test_it_is_for_its_owner_only_and_holds_no_text(notes: Notes) -> None:
    notes.write(ONE)
    assert stat.S_IMODE(notes.path.stat().st_mode) == 0o600
    assert notes.path.read_text() == "1 1 77 2026-11-23T12:00:00+00:00\n"


@pytest.mark.parametrize("rest", ["", "2 3", "2 3 0 2026-11-23T12:00:00+00:00", "-1 1 77 2026-11-23T12:00:00+00:00"])
def test_a_line_that_a_crash_cut_off_spoils_no_other(notes: Notes, rest: str) -> None:
    notes.write(ONE)
    with notes.path.open("a") as file:
        file.write(rest)
    assert notes.read() == (ONE,)
    third = Note(3, 1, 78, AT)
    notes.write(third)
    assert set(notes.read()) >= {third}


def test_garbage_is_passed_over(notes: Notes) -> None:
    notes.write(ONE)
    with notes.path.open("ab") as file:
        file.write(b"\xff\xfe\n1 2 x y\n\n1\n")
    assert notes.read() == (ONE,)


def test_a_disk_that_takes_nothing_stops_nobody(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    notes = Notes(tmp_path / "file" / "accepted")
    notes.write(ONE)
    assert notes.read() == ()
    notes.remove(ONE)


def test_a_link_is_not_followed(tmp_path: Path) -> None:
    (tmp_path / "elsewhere").write_text("")
    (tmp_path / "accepted").symlink_to(tmp_path / "elsewhere")
    Notes(tmp_path / "accepted").write(ONE)
    assert (tmp_path / "elsewhere").read_text() == ""


def test_writers_and_removers_at_once_lose_no_note(notes: Notes) -> None:
    def work(owner: int) -> None:
        for number in range(30):
            note = Note(owner, number, number + 1, AT)
            notes.write(note)
            if number % 3:
                notes.remove(note)

    threads = [threading.Thread(target=work, args=(owner,)) for owner in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted((note.outbox_id, note.attempt) for note in notes.read()) == [
        (owner, number) for owner in range(4) for number in range(0, 30, 3)
    ]
