"""The README's key table, made from the registry of actions: `python -m tests.console.readme_keys` writes it."""

from __future__ import annotations

from pathlib import Path

from screens.actions import CONTEXT_WORDS, display, of

README = Path(__file__).parents[2] / "README.md"
BEGIN = "<!-- keys: written by `make picture` from screens/actions.py -->"
END = "<!-- end of keys -->"


def block() -> str:
    """The table between the markers, without them."""
    lines = ["| where | key | does |", "| --- | --- | --- |"]
    for context, title in CONTEXT_WORDS.items():
        first = True
        for action in of(context):
            keys = display(action.keys).replace("|", "\\|")
            # Code spans keep `_`, `*` and `[` what they are.
            spans = " ".join(f"`{key}`" for key in keys.split())
            lines.append(f"| {title if first else ''} | {spans} | {action.description} |")
            first = False
    return "\n".join(lines)


def with_block(readme: str) -> str:
    """`readme` with the block brought up to date. Raises ValueError without the markers."""
    before, _, rest = readme.partition(BEGIN)
    _, found, after = rest.partition(END)
    if not found:
        raise ValueError("README.md has no markers for the key table")
    return f"{before}{BEGIN}\n{block()}\n{END}{after}"


if __name__ == "__main__":
    README.write_text(with_block(README.read_text("utf-8")), "utf-8")
