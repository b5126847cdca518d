"""Report: pictures of the inbox and the sales over a period, and who is behind each bar."""

from __future__ import annotations

import asyncio
from datetime import date, timedelta

from textual.app import ComposeResult
from textual.containers import Horizontal, Vertical, VerticalScroll
from textual.content import Content
from textual.events import Click, Resize
from textual.timer import Timer
from textual.widgets import ProgressBar, Sparkline, Static

from models.errors import Usage
from models.rules.clock import monotonic
from models.rules.days import Period, ahead, day_of, period
from models.views import Changes
from models.views.report import Counting, Picture, Report
from screens.actions import Context, bindings
from screens.base import BaseScreen
from screens.i18n import _, ngettext
from screens.pictures import Drawing, drawings
from screens.report_words import TITLES, spanned
from screens.services import Services
from screens.text import plain
from screens.widgets.bars import Bars
from screens.widgets.behind_lists import ConversationsBehind, PeopleBehind
from screens.widgets.filter_tabs import FilterTabs
from screens.widgets.status_bar import StatusBar
from screens.widgets.window_list import WindowList
from screens.work import start

#: Lengths of a period, in days.
LENGTHS = (7, 30, 90, 365, 1096)
#: Fewest seconds between two looks at what has moved, beside five times as long as the last one took.
PAUSE = 5.0
#: Seconds between two looks whether another process has counted to the end.
ELSEWHERE = 0.5
#: Seconds before the progress of counting is shown.
PATIENCE = 0.3


class ReportScreen(BaseScreen):
    """The period ends today until somebody moves it."""

    CONTEXTS = (Context.REPORT,)
    BINDINGS = bindings(Context.REPORT)
    CSS_PATH = "report.tcss"
    AUTO_FOCUS = "#bars"

    def __init__(self, services: Services) -> None:
        super().__init__(services, id="report")
        self._picture = Picture.MESSAGES
        self._length = 30
        self._back = 0  # days before today at which the period ends
        self._report: Report | None = None
        self._drawn: tuple[Drawing, ...] = ()
        self._shown: tuple[Picture, date, date] | None = None
        self._pausing: Timer | None = None
        self._took = 0.0
        self._moving = False  # another period is wanted than is shown

    def compose(self) -> ComposeResult:
        clock = self.console.clock
        yield FilterTabs([_(TITLES[picture]) for picture in Picture], id="pictures")
        with Horizontal(id="report-panes"):
            with VerticalScroll(id="overview", can_focus=False):
                for picture in Picture:
                    with Vertical(classes="card", id=f"card-{picture}"):
                        yield Static(classes="name", markup=False)
                        yield Static(classes="figures", markup=False)
                        yield Sparkline([], classes="trend")
            with Vertical(id="picture"):
                yield Static(id="headline", markup=False)
                yield Static(id="meaning", markup=False)
                with Horizontal(id="trend"):
                    yield Sparkline([], id="course")
                    yield Static(id="scale", markup=False)
                with Horizontal(id="counting"):
                    yield Static(id="counted", markup=False)
                    yield ProgressBar(show_eta=True, id="progress")
                yield Bars(id="bars")
                yield Static(id="behind-title", markup=False)
                yield ConversationsBehind(self.services, clock, id="conversations-behind")
                yield PeopleBehind(self.services, clock, id="people-behind")
        yield StatusBar()

    def on_mount(self) -> None:
        self._draw()
        self.load()

    @property
    def bars(self) -> Bars:
        return self.query_one(Bars)

    @property
    def report(self) -> Report | None:
        """What is shown; None: not counted yet."""
        return self._report

    # The period

    def periods(self) -> tuple[Period, Period]:
        """The period as it is now, and the weeks ahead."""
        today = day_of(self.console.clock())
        until = today - timedelta(days=self._back)
        return period(until - timedelta(days=self._length - 1), until), ahead(today)

    def action_period(self, step: int) -> None:
        """A longer or a shorter one."""
        at = LENGTHS.index(self._length) + step
        if 0 <= at < len(LENGTHS):
            self._length = LENGTHS[at]
            self._moved()

    def action_move(self, step: int) -> None:
        """As many days earlier or later as it is long; not beyond today."""
        before = self._back
        self._back = max(0, self._back - step * self._length)
        try:
            self.periods()
        except (Usage, OverflowError):
            self._back = before
        self._moved()

    def _moved(self) -> None:
        wanted, _coming = self.periods()
        days = ngettext("{n} day", "{n} days", len(wanted.days)).format(n=len(wanted.days))
        self.status(_("{since} to {until}, {days}").format(since=wanted.since, until=wanted.until, days=days))
        self._leave_behind()
        self._moving = True
        self.load()

    # Loading

    def load(self) -> None:
        """Counts what has come, then shows the period."""
        start(self, self._load, name="report", group="report", exclusive=True)

    async def _load(self) -> None:
        wanted, coming = self.periods()
        begun = monotonic()
        try:
            desk = self.services.desk
            if desk is not None and (known := desk.report.last(wanted)) is not None:
                self._show(known, wanted, coming)
            while True:
                counting = await self.services.call(lambda desk: desk.report.step())
                if counting.finished:
                    reading = self.set_timer(PATIENCE, self._show_reading)
                    try:
                        made = await self.services.call(lambda desk: desk.report.report(wanted, coming))
                    finally:
                        reading.stop()
                    if made is not None:
                        break
                if monotonic() - begun > PATIENCE:
                    self._show_counting(counting)
                if counting.elsewhere:
                    await asyncio.sleep(ELSEWHERE)
        finally:
            self.remove_class("-counting")
        self._took = monotonic() - begun
        self._moving = False
        self._show(made, wanted, coming)

    def _show_counting(self, counting: Counting) -> None:
        self.add_class("-counting")
        words = (
            _("Another Frontdesk counts the messages, once:") if counting.elsewhere else _("Counting messages, once:")
        )
        self.query_one("#counted", Static).update(plain(words))
        self.query_one(ProgressBar).update(total=max(1, counting.total), progress=counting.done)

    def _show_reading(self) -> None:
        """Nobody knows how long it takes: the bar only moves. What is known already stays as it is meanwhile."""
        if self._report is None or self._moving:
            self.add_class("-counting")
            self.query_one("#counted", Static).update(plain(_("Reading the period:")))
            self.query_one(ProgressBar).update(total=None)

    def on_news(self, changes: Changes) -> None:
        """Looks again after a pause, and only while somebody looks."""
        if self._pausing is None and self.is_current:
            self._pausing = self.set_timer(max(PAUSE, 5 * self._took), self._look_again)

    def _look_again(self) -> None:
        self._pausing = None
        if self.is_current and not self.has_class("-counting"):
            self.load()

    def on_screen_resume(self) -> None:
        super().on_screen_resume()
        if self._report is not None:
            self.load()

    # Drawing

    @property
    def _needs_note(self) -> bool:
        """Whether the tabs have no room for the period."""
        return self.size.width < 72 or 110 <= self.size.width < 150

    def on_resize(self, event: Resize) -> None:
        width, height = event.size
        self.set_class(width < 110, "-small")
        self.set_class(height >= 44, "-high")
        self.set_class(height < 30, "-low")
        self.set_class(width < 40 or height < 12, "-least")

    def _show(self, report: Report, wanted: Period, coming: Period) -> None:
        self._report = report
        self._drawn = drawings(report, wanted, coming)
        self._draw()

    def _draw(self) -> None:
        report, pictures = self._report, list(Picture)
        at = pictures.index(self._picture)
        note = spanned(report) if report is not None else ""
        self.query_one(FilterTabs).show(at, {}, note)
        for number, picture in enumerate(pictures):
            self._draw_card(picture, self._drawn[number] if self._drawn else None)
        if not self._drawn or report is None:
            self.query_one("#headline", Static).update(plain(_(TITLES[self._picture])))
            return
        drawing = self._drawn[at]
        self.query_one("#headline", Static).update(_headline(drawing, note if self._needs_note else ""))
        self.query_one("#meaning", Static).update(plain(drawing.meaning))
        self.query_one("#course", Sparkline).data = list(drawing.trend)
        self.query_one("#scale", Static).update(plain(drawing.scale))
        self.query_one("#trend").set_class(not drawing.scale, "-none")
        shown = (self._picture, report.since, report.until)
        self.bars.show(drawing, plain(drawing.empty), anew=shown != self._shown)
        self._shown = shown

    def _draw_card(self, picture: Picture, drawing: Drawing | None) -> None:
        card = self.query_one(f"#card-{picture}")
        card.set_class(picture is self._picture, "-chosen")
        number = list(Picture).index(picture) + 1
        card.query_one(".name", Static).update(plain(f" {number} {_(TITLES[picture])} "))
        card.query_one(".figures", Static).update(plain(drawing.headline if drawing is not None else ""))
        course = card.query_one(Sparkline)
        course.data = list(drawing.trend) if drawing is not None else []
        course.display = drawing is not None and bool(drawing.scale)

    # Pictures

    def show_picture(self, picture: Picture) -> None:
        """Another picture of the same period."""
        self._picture = picture
        self._leave_behind()
        self._draw()

    def action_picture(self, step: int) -> None:
        pictures = list(Picture)
        self.show_picture(pictures[(pictures.index(self._picture) + step) % len(pictures)])

    def action_picture_number(self, number: int) -> None:
        self.show_picture(list(Picture)[number - 1])

    def on_filter_tabs_chosen(self, event: FilterTabs.Chosen) -> None:
        self.action_picture_number(event.index + 1)

    def on_click(self, event: Click) -> None:
        for node in event.widget.ancestors_with_self if event.widget is not None else ():
            if node.id is not None and node.id.startswith("card-"):
                self.show_picture(Picture(node.id.removeprefix("card-")))

    # Behind a bar

    def on_bars_opened(self, event: Bars.Opened) -> None:
        event.stop()
        bar = event.bar
        if bar.behind is None:
            return
        people = bar.behind.people
        title = f"{_(TITLES[bar.behind.picture])} · {bar.label} · {bar.figures}"
        self.query_one("#behind-title", Static).update(plain(title, "$foreground-muted"))
        self.set_class(people, "-of-people")
        self.set_class(not people, "-of-conversations")
        self.add_class("-behind")
        behind = self.query_one(PeopleBehind) if people else self.query_one(ConversationsBehind)
        behind.show(bar.behind)
        behind.focus()

    def on_window_list_opened(self, event: WindowList.Opened) -> None:
        event.stop()
        if event.list is self.query_one(PeopleBehind):
            row = self.query_one(PeopleBehind).row(event.row_id)
            if row is not None:
                self.console.show_person(str(row.telegram_id))
        else:
            self.console.show_conversation(event.row_id)

    def _leave_behind(self) -> bool:
        if not self.has_class("-behind"):
            return False
        self.remove_class("-behind", "-of-people", "-of-conversations")
        self.bars.focus()
        return True

    def action_out(self) -> None:
        """One step out: of the list behind a bar."""
        self._leave_behind()


def _headline(drawing: Drawing, note: str) -> Content:
    """Title and figures, and the period where no tab has room for it."""
    return plain(" · ".join(filter(None, (drawing.title, drawing.headline, note))))
