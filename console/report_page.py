"""The report as one page: inline SVG, light and dark, nothing fetched from anywhere, foreign text escaped.

It holds no message and, unless asked for, no name. Bars are drawn in a box of their own that stretches with the page;
words stand beside them as text, so that they are as large on a phone as on a desk.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from html import escape

from console.report_files import PAGE
from models.rules.text import clean
from models.views.report import NamedPerson, Picture, Report
from screens.i18n import _, language
from screens.pictures import Bar, Drawing
from screens.report_words import operator_name, spanned
from screens.times import stamp

#: Nothing may be fetched, run or sent, whatever a name holds.
_POLICY = "default-src 'none'; style-src 'unsafe-inline'; base-uri 'none'; form-action 'none'"
_STYLE = """
:root { color-scheme: light dark; --paper: #fbfaf7; --ink: #1f2328; --faint: #626a73; --line: #dcd8cf; --card: #ffffff;
  --bar: #2f6f9f; --second: #a9c3d6; --exploring: #8a8f98; --interested: #4f7fb5;
  --evaluating: #b3730f; --ready: #2e7d4f; }
@media (prefers-color-scheme: dark) {
  :root { --paper: #15181c; --ink: #e6e4df; --faint: #9aa3ad; --line: #343a41; --card: #1d2126; --bar: #6fb1e0;
    --second: #37536a; --exploring: #8d949e; --interested: #7fa9d8; --evaluating: #e0a94a; --ready: #6cc08b; }
}
* { box-sizing: border-box; }
body { margin: 0; background: var(--paper); color: var(--ink); font: 16px/1.45 system-ui, -apple-system, "Segoe UI",
  Roboto, "Noto Sans", sans-serif; }
header, main, footer { max-width: 1240px; margin: 0 auto; padding: 0 16px; }
header { padding-top: 24px; }
h1 { font-size: 1.5rem; margin: 0; }
h2 { font-size: 1.1rem; margin: 0; }
p { margin: 4px 0 0; }
.faint, .meaning, footer, th { color: var(--faint); font-size: .875rem; }
main { padding-top: 16px; column-gap: 16px; }
@media (min-width: 900px) { main { column-count: 2; } .wide { column-span: all; } }
section { margin-bottom: 16px; break-inside: avoid;
  background: var(--card); border: 1px solid var(--line); border-radius: 10px; padding: 16px; min-width: 0; }
.headline { font-weight: 600; overflow-wrap: anywhere; }
svg { display: block; width: 100%; overflow: visible; }
.columns { height: 150px; margin-top: 12px; border-bottom: 1px solid var(--line); }
.row svg { height: 14px; }
.first { fill: var(--bar); } .second { fill: var(--second); }
.exploring { fill: var(--exploring); } .interested { fill: var(--interested); }
.evaluating { fill: var(--evaluating); } .ready { fill: var(--ready); }
.key { color: var(--bar); } .key.two { color: var(--second); }
.axis { display: flex; justify-content: space-between; color: var(--faint); font-size: .8125rem; padding-top: 4px; }
.rows { margin: 12px 0 0; padding: 0; list-style: none; display: grid; gap: 8px; }
.row { display: grid; grid-template-columns: minmax(0, 1fr); gap: 2px; }
.row .label { overflow-wrap: anywhere; }
.row .figures { color: var(--faint); font-size: .875rem; font-variant-numeric: tabular-nums; }
@media (min-width: 560px) {
  .rows { grid-template-columns: fit-content(12rem) minmax(5rem, 1fr) fit-content(15rem); column-gap: 12px;
    align-items: center; }
  .row { display: contents; } .row .figures { text-align: right; }
}
details { margin-top: 12px; } summary { cursor: pointer; color: var(--faint); font-size: .875rem; }
.scroll { overflow-x: auto; }
table { border-collapse: collapse; width: 100%; margin-top: 8px; font-variant-numeric: tabular-nums; font-size: .9rem; }
th, td { text-align: left; padding: 4px 12px 4px 0; border-bottom: 1px solid var(--line); vertical-align: top; }
td { overflow-wrap: anywhere; }
footer { padding-top: 16px; padding-bottom: 32px; }
"""
#: Drawn as columns in the order of time; the others as rows.
_COLUMNS = frozenset({Picture.MESSAGES, Picture.ANSWERS, Picture.WAITING})


def page(report: Report, pictures: Sequence[Drawing], *, names: bool, ending: Sequence[NamedPerson] = ()) -> str:
    """The whole file. `ending` are people whose access ends, for `names`."""
    body = "\n".join(_section(report, drawing, names=names) for drawing in pictures)
    if names and ending:
        body += "\n" + _people(report, ending)
    title = _("Report {period}").format(period=spanned(report))
    counted = _("Counted {moment}.").format(moment=stamp(report.at, report.at))
    who = _("With names: keep it as you keep the database.") if names else _("No names, no messages.")
    return f"""{PAGE}
<html lang="{language()}">
<head>
<meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="{_POLICY}">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="referrer" content="no-referrer">
<meta name="robots" content="noindex">
<title>{_text(title)}</title>
<style>{_STYLE}</style>
</head>
<body>
<header><h1>{_text(_("Report"))}</h1><p class="faint">{_text(spanned(report))}</p></header>
<main>
{body}
</main>
<footer>{_text(counted)} {_text(who)}</footer>
</body>
</html>
"""


def _text(text: str) -> str:
    """Foreign text for the page: cleaned, and no markup whatever it holds."""
    return escape(clean(text), quote=True)


def _section(report: Report, drawing: Drawing, *, names: bool) -> str:
    bars = drawing.bars
    if drawing.picture is Picture.OPERATORS and not names:
        bars = _nameless(report, bars)
    columns = drawing.picture in _COLUMNS
    drawn = "" if not bars else _columns(bars, drawing.scale) if columns else _rows(bars)
    meaning = _text(drawing.meaning).replace("█", '<b class="key">■</b>').replace("░", '<b class="key two">■</b>')
    wide = ' class="wide"' if drawing.picture is Picture.MESSAGES else ""
    headline = drawing.headline or drawing.empty
    return f"""<section{wide}>
<h2>{_text(drawing.title)}</h2>
<p class="headline">{_text(headline)}</p>
<p class="meaning">{meaning}</p>
{drawn}
</section>"""


def _nameless(report: Report, bars: Sequence[Bar]) -> tuple[Bar, ...]:
    """Operators by their numbers."""
    labels = [operator_name(each.id, None) for each in report.operators]
    return tuple(
        Bar(label, bar.first, bar.figures, second=bar.second, full=bar.full)
        for label, bar in zip(labels, bars, strict=True)
    )


def _columns(bars: Sequence[Bar], scale: str) -> str:
    """One column a bar, the oldest first, `scale` under them, and all figures in a table to unfold."""
    ordered = list(reversed(bars))
    shapes = []
    for at, bar in enumerate(ordered):
        first, second = 100 * bar.first / bar.full, 100 * bar.second / bar.full
        said = _text(f"{bar.label}: {bar.figures}")
        shapes.append(
            f'<g><title>{said}</title><rect x="{at}" y="0" width="1" height="100" fill="transparent"/>'
            f'<rect class="first" x="{at + 0.1:.1f}" y="{100 - first:.2f}" width="0.8" height="{first:.2f}"/>'
            f'<rect class="second" x="{at + 0.1:.1f}" y="{100 - first - second:.2f}" width="0.8"'
            f' height="{second:.2f}"/></g>'
        )
    named = _text(f"{ordered[0].label} – {ordered[-1].label}")
    axis = "".join(f"<span>{_text(words)}</span>" for words in (ordered[0].label, scale, ordered[-1].label))
    rows = "".join(f"<tr><td>{_text(bar.label)}</td><td>{_text(bar.figures)}</td></tr>" for bar in bars)
    return f"""<svg class="columns" viewBox="0 0 {len(ordered)} 100" preserveAspectRatio="none" role="img"
 aria-label="{named}">{"".join(shapes)}</svg>
<div class="axis">{axis}</div>
<details><summary>{_text(_("All figures"))}</summary><div class="scroll"><table>{rows}</table></div></details>"""


def _rows(bars: Sequence[Bar]) -> str:
    """One line a bar, with its figures."""
    return f'<ul class="rows">{"".join(map(_row, bars))}</ul>'


def _row(bar: Bar) -> str:
    first, second = 100 * bar.first / bar.full, 100 * bar.second / bar.full
    hue = bar.band or "first"
    return (
        f'<li class="row"><span class="label">{_text(bar.label)}</span>'
        f'<svg viewBox="0 0 100 10" preserveAspectRatio="none" aria-hidden="true">'
        f'<rect class="{hue}" x="0" y="0" width="{first:.2f}" height="10"/>'
        f'<rect class="second" x="{first:.2f}" y="0" width="{second:.2f}" height="10"/></svg>'
        f'<span class="figures">{_text(bar.figures)}</span></li>'
    )


def _people(report: Report, people: Iterable[NamedPerson]) -> str:
    """Whose access ends, by name."""
    rows = "".join(
        f"<tr><td>{_text(stamp(each.at, report.at))}</td><td>{_text(each.name)}</td>"
        f"<td>{_text('@' + each.username if each.username else '')}</td></tr>"
        for each in people
    )
    return f"""<section class="wide">
<h2>{_text(_("Whose access ends"))}</h2>
<div class="scroll"><table>{rows}</table></div>
</section>"""
