"""The composition root: builds desk, gateway and delivery loop, the same for the console, `run` and `reply`.

Importing it loads no database library; `LazyServices.start` does, in a thread, behind the first paint.
"""

from __future__ import annotations

import asyncio
import contextlib
import gc
from collections.abc import Callable, Iterable, Sequence
from concurrent.futures import ThreadPoolExecutor
from importlib import import_module
from pathlib import Path
from typing import TYPE_CHECKING, TypeVar

from console.config import Settings, cache_path, exports_path, os_identity
from console.exports import write_private
from models.errors import FrontdeskError, Refused, Usage
from models.rules.address import name_of
from models.rules.clock import Clock, utc_now
from models.rules.delivery import State
from models.rules.mode import Known, mode_of
from models.rules.text import clean
from screens.i18n import _
from screens.wording import words

if TYPE_CHECKING:
    from console.courier import Courier
    from console.scout import Scout
    from models.loops.amend import Amend
    from models.loops.delivery import Delivered
    from models.loops.indexing import Indexing
    from models.services.amend import Answer
    from models.services.desk import Desk
    from models.views import BotHealth, FirstPage, Pause
    from models.views.access import BatchResult

T = TypeVar("T")

#: Threads for the database: a page, a thread of messages, the feed and a write at once; and the delivery loop's.
THREADS, DELIVERY_THREADS = 4, 2
#: Objects made until the collector looks, from then on.
GARBAGE = (50_000, 20, 20)
#: Longest that the desk waits for the first page to stand, in seconds.
HELD = 3.0


def open_desk(settings: Settings, *, read_only: bool = False, clock: Clock = utc_now, any_step: bool = False) -> Desk:
    """Imports the database libraries and opens the desk; `any_step` is for verbs that move a schema. Raises
    FrontdeskError."""
    if settings.database is None:
        raise Usage("no-database")
    from models.services.desk import Desk

    return Desk.open(
        settings.database,
        operator=settings.operator,
        read_only=read_only or settings.read_only,
        clock=clock,
        timeout_ms=int(settings.database_timeout),
        pool=settings.database_pool,
        any_step=any_step,
        cache=cache_path(settings),
    )


class LazyServices:
    """`screens.services.Services`: opens behind the first paint, in threads of its own; belongs to one event loop."""

    def __init__(
        self, settings: Settings, *, clock: Clock = utc_now, patience: float = 0.0, scout: Scout | None = None
    ) -> None:
        """`patience`: seconds after opening until delivery and indexing begin; the first page comes before them.
        `scout` reads that page meanwhile; the desk is opened when it stands."""
        self.settings = settings
        self._scout = scout
        self._scouted = False
        self._held: asyncio.Event | None = asyncio.Event() if scout is not None else None
        self._patience = patience
        self.undo_seconds = settings.undo_seconds
        self.presets = settings.presets
        self.targets = settings.targets
        self._clock = clock
        self._executor = ThreadPoolExecutor(THREADS, thread_name_prefix="desk")
        # Threads of its own: while screens wait for a locked file, an answer from Telegram must not stand behind them.
        self._delivery_executor = ThreadPoolExecutor(DELIVERY_THREADS, thread_name_prefix="delivery")
        # And one for the search index: it is never done, and nobody waits for it.
        self._index_executor = ThreadPoolExecutor(1, thread_name_prefix="index")
        self._indexing: Indexing | None = None
        self._desk: Desk | None = None
        self._courier: Courier | None = None
        self._opening: asyncio.Task[Desk] | None = None
        self._beginning: asyncio.Task[None] | None = None
        self._stopping = False
        self._answered: set[int] = set()

    @property
    def answered(self) -> int:
        """In how many conversations a reply went out from here."""
        return len(self._answered)

    def _note(self, delivered: Delivered) -> None:
        if delivered.state is State.SENT:
            self._answered.add(delivered.conversation_id)

    @property
    def desk(self) -> Desk | None:
        return self._desk

    @property
    def why_not_send(self) -> str | None:
        if self._desk is not None and (refused := self._desk.why_not_write()) is not None:
            return words(refused)
        if self.settings.read_only:
            return words(Refused("read-only-session"))
        if self.settings.token is None:
            return words(Refused("no-token"))
        return None

    @property
    def can_send(self) -> bool:
        return self.why_not_send is None

    @property
    def source(self) -> str:
        return _("console as {who}").format(who=os_identity())

    @property
    def database(self) -> str:
        return name_of(self.settings.database) if self.settings.database else ""

    @property
    def mode(self) -> str:
        """'attached', 'standalone' or 'unknown' (see `models.rules.mode`)."""
        if self._courier is not None and self._courier.receiver is not None:
            return self._courier.receiver.mode
        rails_owned = self._desk is not None and self._desk.features.rails_owned
        return mode_of(Known(self.settings.mode, rails_owned))

    @property
    def health(self) -> BotHealth | None:
        return self._courier.receiver.health if self._courier is not None and self._courier.receiver else None

    @property
    def trouble(self) -> str | None:
        return self._courier.delivery.trouble.kind if self._courier is not None else None

    @property
    def pause(self) -> Pause | None:
        return self._courier.delivery.pause if self._courier is not None else None

    @property
    def scouting(self) -> bool:
        return self._held is not None and not self._held.is_set()

    async def first_page(self) -> FirstPage | None:
        scout = self._scout
        if scout is None or self._scouted or self._stopping:
            return None
        self._scouted = True
        page = await asyncio.get_running_loop().run_in_executor(self._executor, scout.read)
        if page is None:
            self.begin()
        return page

    def _leave_scout(self) -> None:
        """Whoever waits for it waits no longer: on its thread it would hold up the end of this process too."""
        if self._scout is None:
            return
        self._scout.end()
        if not self._scouted:
            self._scouted = True
            self._scout.close()

    def begin(self) -> None:
        if self._held is not None:
            self._held.set()

    async def start(self) -> Desk:
        if self._held is not None and self.scouting:
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(self._held.wait(), HELD)
        if self._stopping and self._desk is None:
            raise asyncio.CancelledError  # the threads that would open it are gone
        if self._opening is None or (self._opening.done() and self._failed(self._opening)):
            self._opening = asyncio.create_task(self._open(), name="opening")
        # Shielded: a screen that loses interest may not stop what the others wait for.
        desk = await asyncio.shield(self._opening)
        if self._patience <= 0:
            self._deliver(desk)
            self._index(desk)
        elif self._beginning is None:
            self._beginning = asyncio.create_task(self._begin(desk), name="beginning")
        return desk

    async def _begin(self, desk: Desk) -> None:
        """Delivers and indexes from now on, when the first page has been shown."""
        await asyncio.sleep(self._patience)
        if self.settings.token is not None:
            # The libraries of the network take a tenth of a second to import: not on the thread that answers keys.
            await asyncio.get_running_loop().run_in_executor(self._executor, import_module, "console.courier")
        self._patience = 0.0
        self._deliver(desk)
        self._index(desk)

    @staticmethod
    def _failed(task: asyncio.Task[Desk]) -> bool:
        return task.cancelled() or task.exception() is not None

    async def _open(self) -> Desk:
        loop = asyncio.get_running_loop()
        self._desk = await loop.run_in_executor(self._executor, self._open_desk)
        self._leave_scout()  # the desk answers by now
        return self._desk

    def _open_desk(self) -> Desk:
        desk = open_desk(self.settings, clock=self._clock)
        try:
            desk.keeper.begin()
            # What was imported stays: looking through it again and again would be felt at the keys.
            gc.freeze()
            gc.set_threshold(*GARBAGE)
        except BaseException:
            desk.close()
            raise
        return desk

    def _deliver(self, desk: Desk) -> None:
        """Starts delivering where this process may; more than once is harmless."""
        token = self.settings.token
        if self._courier is None and not self._stopping and token is not None and desk.why_not_write() is None:
            from console.courier import Courier

            self._courier = Courier(
                desk,
                token,
                self.settings,
                executor=self._delivery_executor,
                clock=self._clock,
                on_outcome=self._note,
                receive=True,
            )

    def _index(self, desk: Desk) -> None:
        """Keeps the search index in step from now on."""
        if self._indexing is None and not self._stopping:
            from models.loops.indexing import Indexing

            self._indexing = Indexing(desk.upkeep, executor=self._index_executor)

    async def call(self, use: Callable[[Desk], T]) -> T:
        desk = self._desk if self._desk is not None else await self.start()
        return await asyncio.get_running_loop().run_in_executor(self._executor, use, desk)

    async def save_report(self, path: Path, results: Sequence[BatchResult]) -> Path:
        from console.reports import save_report

        return await asyncio.get_running_loop().run_in_executor(self._executor, save_report, path, results)

    @property
    def exports(self) -> str:
        return clean(str(exports_path(self.settings)))

    async def export(self, name: str, lines: Callable[[Desk], Iterable[str]]) -> str:
        folder = exports_path(self.settings)
        return clean(str(await self.call(lambda desk: write_private(folder, name, lines(desk)))))

    def kick(self) -> None:
        if self._desk is not None:
            self._deliver(self._desk)
        if self._courier is not None:
            self._courier.delivery.kick()

    async def edit_message(self, message_id: int, text: str) -> Answer:
        return await self._amend().edit(message_id, text)

    async def delete_message(self, message_id: int) -> Answer:
        return await self._amend().delete(message_id)

    def _amend(self) -> Amend:
        if self._desk is not None:
            self._deliver(self._desk)
        if self._courier is None:
            raise Refused("no-token")
        return self._courier.amend

    def typing(self, conversation_id: int, channel: str | None = None) -> None:
        if self._courier is not None and self.settings.typing:
            self._courier.typing.tell(conversation_id, channel)

    async def stop(self) -> None:
        self._stopping = True
        self.begin()
        self._leave_scout()
        if self._beginning is not None:
            self._beginning.cancel()
        try:
            if self._indexing is not None:
                await self._indexing.stop()
            if self._courier is not None:
                await self._courier.stop()
        finally:
            if self._opening is not None:
                with contextlib.suppress(FrontdeskError, asyncio.CancelledError):
                    await self._opening
            if self._desk is not None:
                self._desk.close()
            for executor in (self._executor, self._delivery_executor, self._index_executor):
                executor.shutdown(wait=False, cancel_futures=True)
