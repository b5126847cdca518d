"""The catalogues of `screens/locale`, kept by Babel: `make messages` extracts, updates and compiles them.

What is compiled is kept beside its source, so that a checkout, an editable installation and a wheel speak alike without
a build of their own.
"""

from __future__ import annotations

import ast
import io
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

from babel.messages.catalog import Catalog
from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po, write_po

ROOT = Path(__file__).parents[2]
LOCALE = ROOT / "screens" / "locale"
FLOORS = ("console", "screens", "models")
#: The functions that mark a string, and what their first arguments are.
KEYWORDS = {
    "_": ("one",),
    "N_": ("one",),
    "ngettext": ("one", "many"),
    "pgettext": ("context", "one"),
    "NP_": ("context", "one"),
}
#: No date of their own: the same strings make the same bytes.
_UNDATED = datetime(2026, 11, 23, tzinfo=UTC)
_LEFT_OUT = (
    *("POT-Creation-Date", "PO-Revision-Date", "Generated-By", "Last-Translator", "Language-Team"),
    *("Project-Id-Version", "Report-Msgid-Bugs-To"),
)


def extracted() -> Catalog:
    """Every string of the sources, untranslated."""
    found = Catalog(project="Frontdesk", charset="utf-8", fuzzy=False)
    for floor in FLOORS:
        for path in sorted((ROOT / floor).rglob("*.py")):
            for line, message, context in marked(path):
                found.add(message, None, [(str(path.relative_to(ROOT)), line)], context=context)
    for path, line, text in from_models():
        found.add(text, None, [(str(path.relative_to(ROOT)), line)])
    return found


def marked(path: Path) -> Iterator[tuple[int, str | tuple[str, ...], str | None]]:
    """The strings that a file marks: line, singular and plural where there are two, context. Babel's own reader works
    on tokens, and on Python 3.11 it sees nothing of what stands within an f-string."""
    for node in ast.walk(ast.parse(path.read_text("utf-8"))):
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id in KEYWORDS:
            words = [each.value for each in node.args if isinstance(each, ast.Constant) and isinstance(each.value, str)]
            if len(words) < len(KEYWORDS[node.func.id]):  # a name: what it stands for is marked where it is written
                continue
            given = dict(zip(KEYWORDS[node.func.id], words, strict=False))
            both = (given["one"], given["many"]) if "many" in given else given["one"]
            yield node.lineno, both, given.get("context")


def from_models() -> Iterator[tuple[Path, int, str]]:
    """What models say without knowing of any language, and the floors above translate: the titles of the steps of the
    schema, the reasons in errors."""
    for path in sorted((ROOT / "models").rglob("*.py")):
        tree = ast.parse(path.read_text("utf-8"))
        if path.parent.name == "versions":
            yield path, 1, " ".join((ast.get_docstring(tree) or "").split()).rstrip(".")
        for node in ast.walk(tree):
            if "store" not in path.parts:  # elsewhere a reason is a name, worded above
                continue
            if isinstance(node, ast.keyword) and node.arg == "why" and isinstance(node.value, ast.Constant):
                yield path, node.value.lineno, node.value.value


def source(language: str) -> Path:
    """The catalogue that people write."""
    return LOCALE / language / "LC_MESSAGES" / "frontdesk.po"


def compiled(language: str) -> Path:
    """The one that is read."""
    return source(language).with_suffix(".mo")


def written(language: str) -> Catalog:
    """The catalogue as it stands."""
    with source(language).open("rb") as file:
        return read_po(file, locale=language, domain="frontdesk", abort_invalid=True)


def updated(language: str, template: Catalog | None = None) -> Catalog:
    """The catalogue with the strings of the sources, and no others; what is new has no translation."""
    catalogue = written(language) if source(language).exists() else Catalog(locale=language, domain="frontdesk")
    catalogue.update(template or extracted(), no_fuzzy_matching=True, update_header_comment=True)
    catalogue.obsolete.clear()
    catalogue.fuzzy = False
    catalogue.header_comment = "# Frontdesk: `make messages` after a change of strings, then translate what is empty."
    return catalogue


def as_source(catalogue: Catalog) -> bytes:
    """A catalogue as it is kept."""
    made = io.BytesIO()
    write_po(made, catalogue, width=120, sort_by_file=True, ignore_obsolete=True, include_lineno=False)
    lines = made.getvalue().decode().splitlines(keepends=True)
    return "".join(line for line in lines if not line.startswith(tuple(f'"{name}' for name in _LEFT_OUT))).encode()


def as_compiled(catalogue: Catalog) -> bytes:
    """A catalogue as gettext reads it."""
    catalogue.creation_date = catalogue.revision_date = _UNDATED
    made = io.BytesIO()
    write_mo(made, catalogue)
    return made.getvalue()


def main() -> None:
    from screens.i18n import LANGUAGES

    template = extracted()
    for language in LANGUAGES[1:]:
        catalogue = updated(language, template)
        source(language).parent.mkdir(parents=True, exist_ok=True)
        source(language).write_bytes(as_source(catalogue))
        compiled(language).write_bytes(as_compiled(written(language)))
        empty = sum(1 for message in catalogue if message.id and not translated(message.string))
        print(f"{language}: {len(catalogue)} strings, {empty} of them to translate")


def translated(string: str | tuple[str, ...] | list[str]) -> bool:
    """Whether a translation, in every form of it, is there."""
    return all(string) if isinstance(string, tuple | list) else bool(string)


if __name__ == "__main__":
    main()
