"""The colours of our own themes. Needs no terminal library: the first frame is drawn before it is imported."""

from __future__ import annotations

DARK = {
    "primary": "#5aa7e8",
    "accent": "#5aa7e8",
    "secondary": "#56b6c2",  # interested
    "warning": "#e0b15e",  # evaluating
    "success": "#7cc47f",  # ready to buy
    "error": "#e5707a",
    "foreground": "#d9dce3",
    "background": "#14161b",
    "surface": "#191c22",
    "panel": "#242832",
}
LIGHT = {
    "primary": "#1467a8",
    "accent": "#1467a8",
    "secondary": "#0b7285",
    "warning": "#8f5b00",
    "success": "#23702d",
    "error": "#b3261e",
    "foreground": "#1d2127",
    "background": "#fbfbfa",
    "surface": "#f3f3f1",
    "panel": "#e6e7e6",
}
PALETTES = {"frontdesk-dark": DARK, "frontdesk-light": LIGHT}
