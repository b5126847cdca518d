"""The README's first promises, checked: the key table, the commands, the settings, the picture."""

from __future__ import annotations

import re
import subprocess

from console import targets
from console.cli import VERBS
from console.config import NAMES
from console.presets import TABLES, read_presets
from models.rules.waiting import Targets
from tests.console.command import frontdesk
from tests.console.readme_keys import README, with_block

TEXT = README.read_text("utf-8")


def test_the_key_table_is_what_the_registry_says() -> None:
    assert with_block(TEXT) == TEXT, "run `make picture`"


def test_every_setting_is_documented() -> None:
    documented = set(re.findall(r"`FRONTDESK_([A-Z_]+)` \|", TEXT))
    assert documented == {name.upper() for name in NAMES}


def test_every_verb_is_documented() -> None:
    for verb in VERBS:
        assert f"frontdesk {verb}" in TEXT or f"make {verb}" in TEXT


def test_the_configuration_shown_works() -> None:
    import tomllib

    shown = re.search(r"    # config\.toml\n((?:    .*\n|\n)+)", TEXT)
    assert shown is not None
    written = tomllib.loads(re.sub(r"^    ", "", shown[1], flags=re.MULTILINE))
    flat = {f"backup_{name}" for name in written.pop("backup")}
    assert set(written) - {"keymap", *TABLES, targets.TABLE} | flat <= set(NAMES)
    assert targets.read_targets(written, "README") == Targets()
    assert read_presets(written, "README").prices_of("vip")
    from screens.actions import BY_ID

    for context, keys in written["keymap"].items():
        assert all(f"{context}.{name}" in BY_ID for name in keys)


def test_the_picture_is_there_and_asks_nobody_for_anything() -> None:
    [picture] = re.findall(r"!\[[^]]*\]\(([^)]+)\)", TEXT)
    svg = (README.parent / picture).read_text("utf-8")
    assert svg.startswith("<svg")
    assert "@import" not in svg
    assert "url(http" not in svg.replace('"', "")


def test_it_is_installed_by_pipx_or_into_an_environment_only() -> None:
    assert "pipx install" in TEXT
    assert not re.findall(r"(?<!bin/)pip install", TEXT)


def test_the_exit_codes_are_those_of_the_program() -> None:
    from models.errors import ExitCode

    assert re.findall(r"^\| (\d) \|", TEXT, re.MULTILINE) == [str(int(code)) for code in ExitCode]


def test_the_make_targets_exist() -> None:
    for target in set(re.findall(r"(?:`|^    )make\s+(\w+)", TEXT, re.MULTILINE)):
        done = subprocess.run(["make", "-n", target], cwd=README.parent, capture_output=True, text=True, timeout=60)
        assert done.returncode == 0, target


def test_the_changelog_has_this_version() -> None:
    version = frontdesk("--version").stdout.split()[1]
    changelog = (README.parent / "CHANGELOG.md").read_text("utf-8")
    assert re.search(rf"^## \[{re.escape(version)}\] - \d{{4}}-\d\d-\d\d$", changelog, re.MULTILINE)
