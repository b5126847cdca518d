"""`frontdesk templates`: what one console exports another one imports."""

from __future__ import annotations

import stat
from pathlib import Path

from tests.conftest import with_our_tables
from tests.console.command import frontdesk, frontdesk_json

FILE = '[[template]]\nname = "price"\ndigit = 1\nbody = """\nIt is {price}\\u001b[2J.\nBye"""\n'


def test_a_file_goes_in_and_comes_out(seed_file: Path, tmp_path: Path) -> None:
    source, made = tmp_path / "in.toml", tmp_path / "out.toml"
    source.write_text(FILE, "utf-8")
    templates = ("--database", seed_file, "templates")
    assert "db upgrade" in frontdesk(*templates, "import", source, code=4).stderr
    with_our_tables(seed_file)
    assert frontdesk_json(*templates) == []
    assert frontdesk_json(*templates, "import", source) == {"new": 1, "changed": 0, "removed": 0}
    [template] = frontdesk_json(*templates)
    assert (template["name"], template["digit"], template["body"]) == ("price", 1, "It is {price}\x1b[2J.\nBye")
    assert "\x1b" not in frontdesk(*templates).stdout
    frontdesk(*templates, "export", made)
    assert made.read_text("utf-8") == FILE == frontdesk(*templates, "export").stdout
    assert stat.S_IMODE(made.stat().st_mode) == 0o600
    assert "can't be written" in frontdesk(*templates, "export", made, code=2).stderr
    source.write_text("[[template]]\nname = 'price'\nbody = ' '", "utf-8")
    assert "price can't be kept: it has no text" in frontdesk(*templates, "import", source, code=2).stderr
    for wrong in (["import"], ["import", tmp_path / "none"], ["export", "--replace"]):
        frontdesk(*templates, *wrong, code=2)
    source.write_text("", "utf-8")
    assert "templates export" in frontdesk(*templates, "import", source, "--replace", code=2).stderr
    assert len(frontdesk_json(*templates)) == 1
