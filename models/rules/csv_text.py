"""Lists for spreadsheets: UTF-8 with a byte-order mark, and semicolons, as a Russian Excel opens them."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import datetime

from models.rules.clock import iso_z
from models.rules.text import clean

BOM = "\ufeff"
#: How a cell begins that a spreadsheet would reckon with; full-width twins are taken for the same.
_FORMULA = tuple("=+-@＝＋－＠")


def csv_lines(columns: Sequence[str], records: Iterable[Mapping[str, object]]) -> Iterator[str]:
    """A heading and a line for each record, each with its end; texts cleaned, none of them a formula."""
    yield BOM + _line(columns)
    for record in records:
        yield _line([_cell(record[name]) for name in columns])


def _cell(value: object) -> str:
    if value is None:
        return ""
    if isinstance(value, datetime):
        return str(iso_z(value))
    if isinstance(value, bool | int | float):
        return str(value).lower()
    text = json.dumps(value, ensure_ascii=False) if isinstance(value, dict | list | tuple) else str(value)
    text = clean(text)
    return f"'{text}" if text.lstrip().startswith(_FORMULA) else text


def _line(cells: Sequence[str]) -> str:
    made = io.StringIO()
    csv.writer(made, delimiter=";", lineterminator="\r\n").writerow(cells)
    return made.getvalue()
