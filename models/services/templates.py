"""Templates: kept, filled for one person, carried over as TOML texts."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import delete, insert, select, update
from sqlmodel import Session

from models.errors import NotFound, Refused
from models.rules.clock import Clock
from models.rules.templates import FIELDS, Filled, Text, checked, fill, placeholders, unfilled
from models.services.access_facts import enrolled_of
from models.store.database import Database
from models.store.turns import take_turn
from models.tables.console_templates import TemplateRow
from models.tables.extended import conversations, users
from models.views import Operator
from models.views.access import Enrolled
from models.views.templates import Template

_templates = TemplateRow.__table__  # type: ignore[attr-defined]
_TURN = "templates"


def _date(moment: datetime | None) -> str:
    return "" if moment is None else f"{moment.astimezone():%d.%m.%Y}"


class Templates:
    """`operator` raises Refused when nobody may write; `who` is at the keyboard, or None."""

    def __init__(
        self,
        database: Database,
        clock: Clock,
        operator: Callable[[], Operator],
        who: Callable[[], Operator | None] = lambda: None,
    ) -> None:
        self.database = database
        self.clock = clock
        self._operator = operator
        self._who = who

    def list(self) -> tuple[Template, ...]:
        """By digit, then by name. Empty without our tables."""
        if not self.database.features.console_tables:
            return ()
        with self.database.read() as session:
            return self._all(session)

    def save(self, template: Text, *, id: int | None = None, seen: Template | None = None) -> Template:
        """Keeps a new one, or changes the one of this id; whoever had its digit before has none then. `seen` is what
        was on the screen: a colleague's change in the meantime is not written over.

        Raises Usage('bad-template'), NotFound('template-not-found'), Refused('template-name', 'template-changed', …),
        DatabaseProblem.
        """
        operator, template = self._operator(), checked(template)
        with self.database.write() as session:
            take_turn(session, _TURN)
            others = [each for each in self._all(session) if each.id != id]
            if any(each.name == template.name for each in others):
                raise Refused("template-name", name=template.name)
            now = self._get(session, id) if id is not None else None
            if seen is not None and now != seen:
                raise Refused("template-changed")
            made = self._write(session, operator, template, id)
            return self._get(session, made)

    def delete(self, id: int) -> None:
        """Raises NotFound('template-not-found'), Refused, DatabaseProblem."""
        self._operator()
        with self.database.write() as session:
            self._get(session, id)
            session.execute(delete(_templates).where(_templates.c.id == id))

    def take_over(self, texts: Sequence[Text], *, replace: bool = False) -> tuple[int, int, int]:
        """All of a file, or nothing: new ones, changed ones (by name), and with `replace` others removed; how many of
        each. Raises Usage('bad-template'), Refused, DatabaseProblem."""
        operator, texts = self._operator(), [checked(text) for text in texts]
        with self.database.write() as session:
            take_turn(session, _TURN)
            known = {each.name: each for each in self._all(session)}
            new = changed = removed = 0
            if replace:
                gone = [each.id for name, each in known.items() if name not in {text.name for text in texts}]
                session.execute(delete(_templates).where(_templates.c.id.in_(gone)))
                removed = len(gone)
            for text in texts:
                old = known.get(text.name)
                if old is not None and (old.body, old.digit) == (text.body, text.digit):
                    continue
                self._write(session, operator, text, None if old is None else old.id)
                new, changed = new + (old is None), changed + (old is not None)
        return new, changed, removed

    def filled(
        self,
        id: int,
        conversation_id: int,
        *,
        tier: Callable[[str], str] = str,
        until: Callable[[datetime | None], str] = _date,
    ) -> Filled:
        """A template with what is known of the person and the lead; what is not known stays as a placeholder. `tier`
        and `until` word a tier, and the end of access (None: it has none).

        Raises NotFound('template-not-found', 'conversation-not-found').
        """
        with self.database.read() as session:
            values = self._values(session, conversation_id)
            last = self._access(session, conversation_id)
            if last is not None:
                values |= {"tier": tier(last.tier), "until": until(last.expires_at)}
            return fill(self._get(session, id).body, values)

    def unfilled(self, text: str) -> tuple[int, int] | None:
        """Where in `text` the first placeholder of ours or of any template stands; None: it may be sent. Braces that
        no template uses are text."""
        if not placeholders(text):
            return None
        return unfilled(text, {*FIELDS, *(name for each in self.list() for name in placeholders(each.body))})

    def _write(self, session: Session, operator: Operator, template: Text, id: int | None) -> int:
        now = self.clock()
        if template.digit is not None:
            taken = update(_templates).where(_templates.c.digit == template.digit)
            session.execute(taken.values(digit=None))
        values: dict[str, Any] = {
            "name": template.name,
            "body": template.body,
            "digit": template.digit,
            "operator_id": operator.id,
            "updated_at": now,
        }
        if id is not None:
            session.execute(update(_templates).where(_templates.c.id == id).values(**values))
            return id
        made = session.execute(insert(_templates).values(created_at=now, **values).returning(_templates.c.id))
        return int(made.scalar_one())

    def _all(self, session: Session) -> tuple[Template, ...]:
        t = _templates.c
        query = select(t.id, t.name, t.digit, t.body, t.updated_at).order_by(t.digit.is_(None), t.digit, t.name)
        return tuple(Template(*row) for row in session.execute(query))

    def _get(self, session: Session, id: int) -> Template:
        found = next((each for each in self._all(session) if each.id == id), None)
        if found is None:
            raise NotFound("template-not-found", id=id)
        return found

    def _values(self, session: Session, conversation_id: int) -> dict[str, str | None]:
        own = [conversations.c[name] for name in ("ai_real_name", "ai_background", "ai_query")]
        names = [users.c[name] for name in ("first_name", "last_name", "username")]
        joined = conversations.outerjoin(users, users.c.id == conversations.c.user_id)
        query = select(*own, conversations.c.ai_ready_score, *names).select_from(joined)
        row = session.execute(query.where(conversations.c.id == conversation_id)).mappings().first()
        if row is None:
            raise NotFound("conversation-not-found", id=conversation_id)
        score = row["ai_ready_score"]
        return {
            # Not the application's "User" for nobody's name: nobody is greeted so.
            "name": " ".join(part.strip() for part in (row["first_name"], row["last_name"]) if part and part.strip()),
            "first_name": row["first_name"],
            "last_name": row["last_name"],
            "username": row["username"],
            "real_name": row["ai_real_name"],
            "background": row["ai_background"],
            "query": row["ai_query"],
            "score": None if score is None else str(score),
            "operator": self._own_name(session),
        }

    def _own_name(self, session: Session) -> str | None:
        """Who answers, as people call them: the first name where the operator is a known person, else the name that was
        configured; a user and host is none."""
        who = self._who()
        if who is None:
            return None
        if who.user_id is not None:
            first = session.execute(select(users.c.first_name).where(users.c.id == who.user_id)).scalar()
            if first and first.strip():
                return str(first)
        name = who.name.removeprefix("@")
        return None if "@" in name else name

    def _access(self, session: Session, conversation_id: int) -> Enrolled | None:
        """The tier that lasts, the newest if several do."""
        whose = select(conversations.c.user_id).where(conversations.c.id == conversation_id)
        user_id = session.execute(whose).scalar()
        if user_id is None:
            return None
        tiers = enrolled_of(session, self.database.features, user_id, self.clock())
        return next((each for each in reversed(tiers) if each.current), None)
