"""What the setting that names a database names: a file, or a database of a PostgreSQL server."""

from __future__ import annotations

import re
from pathlib import Path
from urllib.parse import parse_qsl, urlencode, urlsplit

from models.errors import Usage

_FILES = ("sqlite:///", "sqlite+pysqlite:///")
#: What people and applications write; psycopg is the one driver, whichever is named.
_SERVERS = ("postgresql", "postgres", "postgresql+psycopg")
#: Parameters that are shown to nobody.
_SECRETS = ("password", "sslpassword", "passfile", "sslkey", "options")


def scheme_of(address: str) -> str | None:
    """The scheme of a URL in lower case; None for a plain path."""
    return address.split("://", 1)[0].lower() if "://" in address else None


def names_server(address: str) -> bool:
    """Whether it is a PostgreSQL URL."""
    return scheme_of(address) in _SERVERS


def path_of(address: str) -> Path:
    """The file behind a plain path or an SQLite URL. Raises Usage('bad-url') for anything else."""
    for scheme in _FILES:
        if address.startswith(scheme):
            return Path(address.removeprefix(scheme)).expanduser()
    if (found := scheme_of(address)) is not None:
        raise Usage("bad-url", scheme=found)
    return Path(address).expanduser()


def server_url(address: str) -> str:
    """A PostgreSQL URL as libpq reads it: without the name of a driver."""
    return "postgresql://" + address.split("://", 1)[1]


def shown(address: str) -> str:
    """`address` as it may be shown to anybody: of a URL user, hosts, database and harmless parameters only."""
    if not names_server(address):
        return address
    parts = urlsplit(server_url(address))
    user, at, hosts = parts.netloc.rpartition("@")
    # A password with an unescaped slash, question mark or number sign spills over: then nothing is worth showing.
    if re.search(r"[@]", parts.path + parts.query + parts.fragment) or parts.fragment:
        return "postgresql://…"
    query = [(name, value) for name, value in parse_qsl(parts.query) if name.lower() not in _SECRETS]
    return f"postgresql://{user.split(':', 1)[0]}{at}{hosts}{parts.path}" + (f"?{_query(query)}" if query else "")


def _query(pairs: list[tuple[str, str]]) -> str:
    return urlencode(pairs, safe="/,:")


def name_of(address: str) -> str:
    """The short name for titles: of a file its own, of a server the database's."""
    if not names_server(address):
        return Path(address).name
    return urlsplit(shown(address)).path.strip("/") or "postgresql"
