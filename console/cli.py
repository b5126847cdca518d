"""The command line: finds the verb, imports what it needs, turns whatever goes wrong into one line and a code."""

from __future__ import annotations

import argparse
import os
import sys
from collections.abc import Mapping, Sequence
from importlib import import_module
from typing import NoReturn, Protocol, cast

from console.output import broken_pipe, close_quietly, complain, prepare_streams
from models.errors import ExitCode, FrontdeskError
from screens.i18n import N_, _, language_of, set_language


class Verb(Protocol):
    """A module of `console/verbs/`."""

    def configure(self, parser: argparse.ArgumentParser) -> None:
        """Adds the verb's own arguments."""

    def run(self, arguments: argparse.Namespace) -> int:
        """Does it; returns an exit code. Raises FrontdeskError."""


#: The verbs, in the order of the help, with the module that serves each and what it does.
VERBS: dict[str, tuple[str, str]] = {
    "demo": ("console.verbs.demo", N_("open the console on generated data; needs no token")),
    "conversations": ("console.verbs.conversations", N_("list conversations")),
    "messages": ("console.verbs.messages", N_("print the newest messages of a conversation")),
    "reply": ("console.verbs.reply", N_("send a reply and wait for its outcome")),
    "export": ("console.verbs.export", N_("write a conversation as Markdown, text, JSON or an HTML page")),
    "lead": ("console.verbs.lead", N_("show a lead, or write its fields from a script")),
    "search": ("console.verbs.search", N_("search all messages and people")),
    "templates": ("console.verbs.templates", N_("list templates, or carry them over as TOML")),
    "users": ("console.verbs.users", N_("list people")),
    "grant": ("console.verbs.grant", N_("give paid access to a person, or to a list")),
    "revoke": ("console.verbs.revoke", N_("take paid access away, with a reason")),
    "admin": ("console.verbs.admin", N_("make or unmake an admin")),
    "lesson": ("console.verbs.lesson", N_("note progress in a lesson")),
    "access": ("console.verbs.access", N_("say where the facts of access disagree, or end what has expired")),
    "payments": ("console.verbs.payments", N_("list payments and their sums, or note a refund")),
    "journal": ("console.verbs.journal", N_("say who did what, or export all of it")),
    "report": (
        "console.verbs.report",
        N_("show the inbox and the sales of a period, or write a page or a table"),
    ),
    "outbox": ("console.verbs.outbox", N_("list replies not yet delivered, or decide about one")),
    "run": ("console.verbs.run", N_("deliver the outbox without a screen, until stopped")),
    "db": ("console.verbs.db", N_("make a database, upgrade it, back it up, look after it")),
    "keys": ("console.verbs.keys", N_("list the keys and their ids, with those of the configuration")),
    "doctor": ("console.verbs.doctor", N_("check token, database, rights, locale and terminal")),
}
_CONSOLE = "console.verbs.screen"


class _Parser(argparse.ArgumentParser):
    """One clear line for a wrong argument, exit code 2."""

    def error(self, message: str) -> NoReturn:
        complain(_("{problem} (see `{program} --help`)").format(problem=message, program=self.prog))
        raise SystemExit(ExitCode.USAGE)


def split_verb(arguments: Sequence[str], verbs: Mapping[str, tuple[str, str]] = VERBS) -> tuple[str | None, list[str]]:
    """The verb, which may stand after common options, and the other arguments; None where there is none."""
    rest = list(arguments)
    skip = False
    for position, argument in enumerate(rest):
        if skip:
            skip = False
        elif argument == "--":
            break
        elif argument == "--database":
            skip = True
        elif not argument.startswith("-") or argument == "-":
            if argument in verbs:
                return argument, rest[:position] + rest[position + 1 :]
            break
    return None, rest


def _parser(verb: str | None, what: str, module: Verb) -> argparse.ArgumentParser:
    if verb is None:
        width = max(map(len, VERBS))
        listed = "\n".join(f"  {name:<{width}}  {_(what)}" for name, (_module, what) in VERBS.items())
        parser = _Parser(
            prog="frontdesk",
            description=_("The front desk of a Telegram bot: its inbox, in a terminal."),
            epilog=_("verbs:\n{verbs}\n\n`frontdesk VERB --help` tells more.").format(verbs=listed),
            formatter_class=argparse.RawDescriptionHelpFormatter,
            usage="frontdesk [FILE]\n       frontdesk VERB …",
            allow_abbrev=False,
        )
    else:
        parser = _Parser(prog=f"frontdesk {verb}", description=_sentence(_(what)), allow_abbrev=False)
    common = parser.add_argument_group(_("common options"))
    common.add_argument(
        "--database",
        metavar="FILE",
        help=_("the database: a path, or an sqlite:/// or postgresql:// URL (FRONTDESK_DATABASE_URL)"),
    )
    common.add_argument("--json", action="store_true", help=_("print JSON"))
    common.add_argument("--read-only", action="store_true", help=_("write nothing"))
    common.add_argument("--version", action="store_true", help=_("print the version and stop"))
    # What only the verb can judge is refused in the same words and with the same code.
    parser.set_defaults(fail=parser.error)
    module.configure(parser)
    return parser


def _sentence(text: str) -> str:
    return text[:1].upper() + text[1:] + "."


def run(argv: Sequence[str]) -> int:
    """Runs one command and returns its exit code. Nothing escapes but KeyboardInterrupt at the very start."""
    prepare_streams()
    try:
        return _guarded(argv)
    finally:
        close_quietly()


def _guarded(argv: Sequence[str]) -> int:
    try:
        code = _dispatch(argv)
        sys.stdout.flush()
        return int(code)
    except FrontdeskError as error:
        from screens.wording import words

        complain(words(error))
        return int(error.exit_code)
    except BrokenPipeError:
        # Whoever reads our output has seen enough.
        broken_pipe()
        return int(ExitCode.DONE)
    except KeyboardInterrupt:
        return int(ExitCode.FAILED)
    except SystemExit as leaving:
        return leaving.code if isinstance(leaving.code, int) else int(ExitCode.FAILED)
    except Exception as error:
        return _crashed(error)


def _dispatch(argv: Sequence[str]) -> int:
    verb, rest = split_verb(argv)
    if "--version" in rest and not {"-h", "--help"} & set(rest):
        from console import __version__

        print(f"frontdesk {__version__}")
        return ExitCode.DONE
    _speak()
    served_by, what = VERBS[verb] if verb else (_CONSOLE, "")
    module = cast(Verb, import_module(served_by))
    # A family of verbs is a module with verbs of its own.
    family: Mapping[str, tuple[str, str]] = getattr(module, "VERBS", {})
    member, others = split_verb(rest, family)
    if member is not None:
        served_by, what = family[member]
        verb, rest, module = f"{verb} {member}", others, cast(Verb, import_module(served_by))
    return module.run(_parser(verb, what, module).parse_args(rest))


def _speak() -> None:
    """The language, before any help is printed. The configuration file comes later."""
    from console import usage_words

    set_language(language_of(os.environ))
    usage_words.speak()


def _crashed(error: Exception) -> int:
    """A fault of ours: one line, and a report without locals, bodies or addresses."""
    if isinstance(error, OSError) and error.filename is None and error.errno is not None:
        # Most often standard output on a full disk.
        complain(_("the output could not be written: {why}").format(why=os.strerror(error.errno)))
        broken_pipe()
        return int(ExitCode.FAILED)
    from console.config import state_path
    from console.crash import report, told

    complain(told(error, report(error, state_path())))
    return int(ExitCode.FAILED)
