"""`frontdesk templates`: lists them; `import FILE` and `export [FILE]` carry them over as TOML."""

from __future__ import annotations

import argparse
import os
import sys
from dataclasses import asdict
from pathlib import Path

from console.output import as_json, cell, say, table
from console.verbs.common import desk_of, settings_of
from models.errors import ExitCode
from models.rules.templates import Text, as_toml, from_toml
from screens.i18n import _
from screens.private import write_private

#: Largest file that is read.
_LARGEST = 4_000_000


def configure(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("what", nargs="?", choices=["import", "export"], help=_("from or to a TOML file"))
    parser.add_argument("file", nargs="?", metavar="FILE", help=_("the file; - is standard input or output"))
    parser.add_argument("--replace", action="store_true", help=_("import: remove those that the file does not have"))


def run(arguments: argparse.Namespace) -> int:
    if arguments.replace and arguments.what != "import":
        arguments.fail(_("--replace goes with import"))
    if arguments.what == "import":
        return _import(arguments)
    with desk_of(settings_of(arguments), read_only=True) as desk:
        templates = desk.templates.list()
    if arguments.what == "export":
        text = as_toml(Text(each.name, each.body, each.digit) for each in templates)
        if arguments.file in (None, "-"):
            sys.stdout.buffer.write(text.encode())
        else:
            write_private(Path(arguments.file), text.encode())
        return ExitCode.DONE
    if arguments.json:
        say(as_json([asdict(each) for each in templates]))
        return ExitCode.DONE
    head = (_("KEY"), _("NAME"), _("TEXT"))
    rows = [(str(each.digit or "-"), cell(each.name, 40), cell(each.body, 100)) for each in templates]
    for line in table(head, rows):
        say(line)
    return ExitCode.DONE


def _import(arguments: argparse.Namespace) -> int:
    if arguments.file is None:
        arguments.fail(_("import needs a FILE"))
    settings = settings_of(arguments)
    try:
        with open(0 if arguments.file == "-" else arguments.file, "rb", closefd=arguments.file != "-") as file:
            text = file.read(_LARGEST).decode("utf-8-sig")
    except OSError as error:
        why = os.strerror(error.errno or 0)
        arguments.fail(_("{file} can't be read: {why}").format(file=arguments.file, why=why))
    except UnicodeDecodeError:
        arguments.fail(_("{file} is no UTF-8 text").format(file=arguments.file))
    texts = from_toml(text)
    with desk_of(settings) as desk:
        if (refused := desk.why_not_write()) is not None:
            raise refused
        new, changed, removed = desk.templates.take_over(texts, replace=arguments.replace)
    if arguments.json:
        say(as_json({"new": new, "changed": changed, "removed": removed}))
    else:
        say(_("{new} new, {changed} changed, {removed} removed").format(new=new, changed=changed, removed=removed))
    return ExitCode.DONE
