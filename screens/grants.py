"""Access by a list: the lines, their count typed, a person a transaction, a report."""

from __future__ import annotations

from functools import partial
from pathlib import Path

from textual.widgets import ProgressBar

from models.errors import FrontdeskError
from models.rules.money import totals
from models.rules.text import one_line
from models.views import Changes
from models.views.access import BatchResult, GrantPreview
from screens.access_words import notice_of
from screens.actions import Context, bindings
from screens.dialogs.grant_lines import CountDialog, SaveDialog
from screens.grant_lines import LinesScreen, written
from screens.i18n import _, ngettext
from screens.money import money
from screens.widgets.grant_table import GRANTED
from screens.work import start


class GrantsScreen(LinesScreen):
    """Nothing is granted before its count was typed."""

    CONTEXTS = (Context.BATCH,)
    BINDINGS = bindings(Context.BATCH)
    CSS_PATH = "grants.tcss"
    AUTO_FOCUS = "#lines"

    # Granting

    def _ask(self) -> None:
        wanted = [row for place, row in enumerate(self.rows) if row.state in GRANTED and not self._granted(place)]
        if not wanted:
            self.status(_("No line can be granted: each says why."))
            return
        sums = totals(row.line.money for row in wanted if row.line.money is not None)
        facts = [
            ngettext("{count} grant, {sums}", "{count} grants, {sums}", len(wanted)).format(
                count=len(wanted), sums=" + ".join(money(each) for each in sums)
            ),
            _("The people are told.") if self._telling else _("Nobody is told."),
        ]
        if others := len(self.rows) - len(wanted):
            facts.append(
                ngettext("{count} line is passed by.", "{count} lines are passed by.", others).format(count=others)
            )

        def answered(answer: object) -> None:
            if answer and not self._busy:
                self._busy, self._stop = True, False
                self.console.write(self._apply, name="grants")

        self.app.push_screen(CountDialog(len(wanted), facts), answered)

    async def _apply(self) -> None:
        """A person a transaction. What is stopped half way leaves what is granted; the rest stands as it was."""
        hold, telling = self.services.undo_seconds, self._notice
        places = [place for place, row in enumerate(self.rows) if row.state in GRANTED and not self._granted(place)]
        rows = [self.rows[place] for place in places]
        bar = self.query_one(ProgressBar)
        bar.update(total=len(places), progress=0)
        self.add_class("-working")
        try:
            results = await self.services.call(lambda desk: desk.batch.apply(rows, telling, hold=hold))
            for place in places:
                if self._stop:
                    break
                result = await self.services.call(lambda _desk: next(results))
                self.results[place] = result
                self.table.update_line(place, self.rows[place], result)
                bar.advance(1)
        finally:
            self._busy = False
            self.remove_class("-working")
            self.services.kick()
            self.console.publish(Changes(everything=True))
            self._draw()
        done = sum(self._granted(place) for place in places)
        said = ngettext("{count} granted.", "{count} granted.", done).format(count=done)
        if done < len(places):
            said += " " + _("{count} not: each says why.").format(count=len(places) - done)
        self.console.say(_("{said} E exports the report.").format(said=said))

    def _notice(self, preview: GrantPreview) -> str | None:
        return notice_of(self.services.presets, preview) if self._telling else None

    # The report

    def action_save(self) -> None:
        if not self.allowed("batch.save"):
            return
        name = f"frontdesk-grants-{self.console.clock().astimezone():%Y%m%d-%H%M%S}.csv"

        def answered(answer: str | None) -> None:
            if answer is not None:
                start(self, partial(self._save, answer), name="report")

        self.app.push_screen(SaveDialog(str(Path.home() / name)), answered)

    async def _save(self, path: str) -> None:
        results = [self.results.get(place, BatchResult(row)) for place, row in enumerate(self.rows)]
        try:
            saved = await self.services.save_report(Path(path).expanduser(), results)
        except FrontdeskError as error:
            self.explain(error)
            return
        self.status(_("Saved: {path}").format(path=one_line(str(saved), 200)))

    # Out

    def action_out(self) -> None:
        """One step out: stops the work, then the text again, then where it came from."""
        if self.has_class("-working"):
            self._stop = True
            self.status(_("Stopping after this person; what is granted stays."))
        elif self.has_class("-table"):
            self.remove_class("-table")
            left = [row.line for place, row in enumerate(self.rows) if not self._granted(place)]
            self.lines.text = "\n".join(written(line) for line in left)
            self.rows, self.results = (), {}
            self.table.show(self.rows, self.results)
            self.lines.focus()
            self._draw()
        else:
            self.app.switch_mode(self._back)
