"""Lists for spreadsheets: a Russian Excel opens them, and reckons with nothing that somebody wrote."""

from __future__ import annotations

import csv
import io
from datetime import UTC, datetime

import pytest

from models.rules.csv_text import BOM, csv_lines


def read(text: str) -> list[list[str]]:
    return list(csv.reader(io.StringIO(text.removeprefix(BOM), newline=""), delimiter=";"))


@pytest.mark.parametrize(
    ("value", "cell"),
    [
        (None, ""),
        (-5, "-5"),
        (True, "true"),
        (datetime(2026, 11, 23, 12, tzinfo=UTC), "2026-11-23T12:00:00Z"),
        ({"paid": True}, '{"paid": true}'),
        ("=1+1", "'=1+1"),
        (" \t=cmd|'/C calc'!A0", "'     =cmd|'/C calc'!A0"),
        ("+7 900", "'+7 900"),
        ("-1", "'-1"),
        ("@SUM(A1)", "'@SUM(A1)"),
        ("＝1", "'＝1"),
        ('a;b "c"\r\nd', 'a;b "c"⏎d'),
        ("\x1b[2J\u202eevil", "␛[2Jevil"),
        ("Ёлка 🍜", "Ёлка 🍜"),
    ],
)
def test_a_cell(value: object, cell: str) -> None:
    made = "".join(csv_lines(["x", "y"], [{"x": value, "y": "z"}]))
    assert made.startswith("\ufeffx;y\r\n")
    assert read(made)[1] == [cell, "z"]


def test_no_record_is_a_heading() -> None:
    assert list(csv_lines(["a", "b"], [])) == ["\ufeffa;b\r\n"]
