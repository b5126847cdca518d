"""The lead, corrected by people and written by scripts: the application's columns, and what the AI had said."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from sqlalchemy import RowMapping, delete, insert, or_, select, update
from sqlmodel import Session

from models.errors import NotFound, Refused
from models.rules.clock import Clock
from models.rules.stuck import STUCK
from models.rules.text import for_storage
from models.services.journal import write_entry
from models.services.lead_acts import AI, CORRECT, PAUSE, RESUME, FieldState, facet_of, log_act, state_of
from models.services.lead_facts import corrections_table, said
from models.services.lead_scores import keep_change
from models.services.triage import TURN
from models.services.triage_facets import Facet
from models.store.database import Database
from models.store.turns import take_turn
from models.tables.extended import conversations
from models.views import Field, Operator

#: Longest text of a field, in characters.
LONGEST = 10_000


class Leads:
    """`operator` raises Refused when nobody may write; `source` is where from, as the journal tells it."""

    def __init__(self, database: Database, clock: Clock, operator: Callable[[], Operator], source: str) -> None:
        self.database = database
        self.clock = clock
        self.source = source
        self._operator = operator

    def correct(self, conversation_id: int, field: Field, value: str | int | None) -> bool:
        """Writes a field as an operator wants it, and keeps what the AI had said; nothing is an empty field. The AI's
        own word ends a correction. False: it read so already.

        Raises NotFound('conversation-not-found'), Refused('bad-score', 'too-long-field', …), DatabaseProblem.
        """
        operator, wanted = self._operator(), checked(field, value)
        with self.database.write() as session:
            take_turn(session, TURN)
            row = self._locked(session, conversation_id)
            now, known = said(row[field.column]), self._known(session, conversation_id, field)
            before = self._state(session, conversation_id, field)
            if now == wanted:
                if known is None or known["value"] == wanted:
                    return False
                # The AI wrote over a correction, and is right: there is nothing to bring back any more.
                self._forget(session, conversation_id, field)
                self._note(session, operator, row, "lead.accept", field, known["value"], wanted)
                self._log(session, operator, conversation_id, {field: before})
                return True
            # What stands there is the AI's word, unless it is the correction itself.
            theirs = known["said"] if known is not None and known["value"] == now else now
            self._write(session, row, {field: wanted}, operator)
            if wanted == theirs:
                self._forget(session, conversation_id, field)
            else:
                self._keep(session, operator, conversation_id, field, wanted, theirs, new=known is None)
            self._note(session, operator, row, "lead.correct", field, now, wanted)
            self._log(session, operator, conversation_id, {field: before})
        return True

    def bring_back(self, conversation_id: int) -> tuple[Field, ...]:
        """Writes every correction again that the AI has written over; which fields that were. Raises as `correct`."""
        operator = self._operator()
        restored: dict[Field, FieldState] = {}
        with self.database.write() as session:
            take_turn(session, TURN)
            row = self._locked(session, conversation_id)
            for field in Field:
                known = self._known(session, conversation_id, field)
                now = said(row[field.column])
                if known is None or known["value"] == now:
                    continue
                restored[field] = self._state(session, conversation_id, field)
                self._write(session, row, {field: known["value"]}, operator)
                self._keep(session, operator, conversation_id, field, known["value"], now, new=False)
                self._note(session, operator, row, "lead.restore", field, now, known["value"])
            self._log(session, operator, conversation_id, restored)
        return tuple(restored)

    def write(self, conversation_id: int, values: Mapping[Field, str | int | None]) -> tuple[Field, ...]:
        """Writes fields as the AI does, in one statement, and no correction is made of it; an empty value never erases
        what was known. Which fields changed. Raises as `correct`."""
        operator = self._operator()
        given = {field: checked(field, value) for field, value in values.items()}
        with self.database.write() as session:
            row = self._locked(session, conversation_id)
            changed = {field: text for field, text in given.items() if text and text != said(row[field.column])}
            if changed:
                self._write(session, row, changed, None)
            for field, text in changed.items():
                self._note(session, operator, row, "lead.write", field, said(row[field.column]), text)
        return tuple(changed)

    def reset_ai(self, conversation_id: int) -> None:
        """Ends AI that has been at work for more than ten minutes.

        Raises NotFound('conversation-not-found'), Refused('ai-not-stuck', …), DatabaseProblem.
        """
        operator, own, now = self._operator(), conversations.c, self.clock()
        with self.database.write() as session:
            row = self._locked(session, conversation_id)
            dead = or_(own.updated_at < now - STUCK, own.updated_at.is_(None))
            ended = update(conversations).where(own.id == conversation_id, own.ai_processing.is_(True), dead)
            if session.execute(ended.values(ai_processing=False, updated_at=now).returning(own.id)).first() is None:
                raise Refused("ai-not-stuck")
            self._entry(session, operator, row, "ai.reset", {"ai_processing": True}, {"ai_processing": False})

    def pause_ai(self, conversation_id: int, paused: bool) -> bool:
        """Lets the application's AI answer in this conversation, or not; False: it was so already.

        Raises NotFound('conversation-not-found'), Refused('no-pause', …), DatabaseProblem.
        """
        operator, own = self._operator(), conversations.c
        if not self.database.features.ai_paused:
            raise Refused("no-pause")
        with self.database.write() as session:
            take_turn(session, TURN)
            row = self._locked(session, conversation_id)
            other = or_(own.ai_paused.is_(not paused), own.ai_paused.is_(None))
            moved = update(conversations).where(own.id == conversation_id, other)
            values = {"ai_paused": paused, "updated_at": self.clock()}
            if session.execute(moved.values(**values).returning(own.id)).first() is None:
                return False
            action = "ai.pause" if paused else "ai.resume"
            self._entry(session, operator, row, action, {"ai_paused": not paused}, {"ai_paused": paused})
            changes: list[Facet] = [(conversation_id, AI, _flag(not paused), _flag(paused))]
            log_act(session, operator, self.clock(), PAUSE if paused else RESUME, changes)
        return True

    # Taking back

    def stands(self, session: Session, conversation_id: int, facet: str, value: str | None) -> bool:
        """Whether it is still as an act left it: the application has written nothing over it."""
        if facet == AI:
            if not self.database.features.ai_paused:
                return False
            query = select(conversations.c.ai_paused).where(conversations.c.id == conversation_id)
            found = session.execute(query.with_for_update()).first()
            return found is not None and _flag(found[0]) == value
        try:
            self._locked(session, conversation_id)
        except NotFound:
            return False
        state = self._state(session, conversation_id, _field_of(facet))
        return value is not None and state.now == state_of(value).now

    def put_back(
        self, session: Session, operator: Operator, conversation_id: int, facet: str, value: str | None
    ) -> None:
        """Writes a facet as it is once an act is taken back or done again; the journal tells of it."""
        row = self._locked(session, conversation_id)
        if facet == AI:
            paused = value == _flag(True)
            values = {"ai_paused": paused, "updated_at": self.clock()}
            session.execute(update(conversations).where(conversations.c.id == conversation_id).values(**values))
            action = "ai.pause" if paused else "ai.resume"
            self._entry(session, operator, row, action, {"ai_paused": not paused}, {"ai_paused": paused})
            return
        field, state = _field_of(facet), state_of(value or "")
        self._write(session, row, {field: state.now}, operator)
        if state.corrected:
            new = self._known(session, conversation_id, field) is None
            self._keep(session, operator, conversation_id, field, state.value, state.said, new=new)
        else:
            self._forget(session, conversation_id, field)
        self._note(session, operator, row, "lead.correct", field, said(row[field.column]), state.now)

    def _state(self, session: Session, conversation_id: int, field: Field) -> FieldState:
        column = conversations.c[field.column]
        now = said(session.execute(select(column).where(conversations.c.id == conversation_id)).scalar())
        known = self._known(session, conversation_id, field)
        return FieldState(now) if known is None else FieldState(now, True, known["value"], known["said"])

    def _log(
        self, session: Session, operator: Operator, conversation_id: int, before: Mapping[Field, FieldState]
    ) -> None:
        """An act on these fields, which were so before it."""
        changes: list[Facet] = [
            (conversation_id, facet_of(field), was.written(), self._state(session, conversation_id, field).written())
            for field, was in before.items()
        ]
        log_act(session, operator, self.clock(), CORRECT, changes)

    def _locked(self, session: Session, conversation_id: int) -> RowMapping:
        columns = [conversations.c[name] for name in ("id", "user_id", *(field.column for field in Field))]
        query = select(*columns).where(conversations.c.id == conversation_id).with_for_update()
        row = session.execute(query).mappings().first()
        if row is None:
            raise NotFound("conversation-not-found", id=conversation_id)
        return row

    def _known(self, session: Session, conversation_id: int, field: Field) -> RowMapping | None:
        query = select(corrections_table.c.value, corrections_table.c.said).where(_of(conversation_id, field))
        return session.execute(query).mappings().first()

    def _write(
        self, session: Session, row: RowMapping, texts: Mapping[Field, str | None], operator: Operator | None
    ) -> None:
        values: dict[str, Any] = {field.column: text for field, text in texts.items()}
        if Field.SCORE in texts:
            score = texts[Field.SCORE]
            values[Field.SCORE.column] = None if score is None else int(score)
        now = self.clock()
        session.execute(update(conversations).where(conversations.c.id == row["id"]).values(**values, updated_at=now))
        if Field.SCORE in texts:
            before, after = row[Field.SCORE.column], values[Field.SCORE.column]
            keep_change(session, row["id"], at=now, before=before, score=after, operator=operator)

    def _keep(
        self,
        session: Session,
        operator: Operator,
        conversation_id: int,
        field: Field,
        value: str | None,
        theirs: str | None,
        *,
        new: bool,
    ) -> None:
        values = {"value": value, "said": theirs, "operator_id": operator.id, "updated_at": self.clock()}
        if new:
            key = {"conversation_id": conversation_id, "field": field.value}
            session.execute(insert(corrections_table).values(**key, **values))
        else:
            session.execute(update(corrections_table).where(_of(conversation_id, field)).values(**values))

    def _forget(self, session: Session, conversation_id: int, field: Field) -> None:
        session.execute(delete(corrections_table).where(_of(conversation_id, field)))

    def _note(
        self,
        session: Session,
        operator: Operator,
        row: RowMapping,
        action: str,
        field: Field,
        before: str | None,
        after: str | None,
    ) -> None:
        """A score is a fact; of a text the journal holds only that there is one, and the words where they can go."""
        if field is Field.SCORE:
            score, new_score = (None if text is None else int(text) for text in (before, after))
            self._entry(session, operator, row, action, {"score": score}, {"score": new_score})
            return
        was, becomes = ({field.value: text is not None} for text in (before, after))
        self._entry(session, operator, row, action, was, becomes, f"{before or '—'} → {after or '—'}")

    def _entry(
        self,
        session: Session,
        operator: Operator,
        row: RowMapping,
        action: str,
        before: Mapping[str, object],
        after: Mapping[str, object],
        words: str | None = None,
    ) -> None:
        write_entry(
            session, self.clock, operator, self.source,
            action=action, user_id=row["user_id"], before=before, after=after, reason=words,
        )  # fmt: skip


def checked(field: Field, value: str | int | None) -> str | None:
    """A value as the field takes it, None for nothing. Raises Refused('bad-score', 'too-long-field')."""
    text = said(for_storage(str(value))) if value is not None else None
    if text is None:
        return None
    if field is Field.SCORE:
        if not (text.isascii() and text.isdigit() and len(text) < 10) or int(text) > 100:
            raise Refused("bad-score", value=text)
        return str(int(text))
    if len(text) > LONGEST:
        raise Refused("too-long-field", limit=LONGEST)
    return " ".join(text.split()) if field is Field.REAL_NAME else text


def _flag(value: object) -> str:
    return "true" if value else "false"


def _field_of(facet: str) -> Field:
    return Field(facet.partition(" ")[2])


def _of(conversation_id: int, field: Field) -> Any:
    return (corrections_table.c.conversation_id == conversation_id) & (corrections_table.c.field == field.value)
