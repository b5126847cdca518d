"""Our own themes, the defaults. One accent for focus; other hues only for score bands and danger."""

from __future__ import annotations

from textual.theme import Theme

DARK = Theme(
    name="frontdesk-dark",
    dark=True,
    primary="#5aa7e8",
    accent="#5aa7e8",
    secondary="#56b6c2",  # interested
    warning="#e0b15e",  # evaluating
    success="#7cc47f",  # ready to buy
    error="#e5707a",
    foreground="#d9dce3",
    background="#14161b",
    surface="#191c22",
    panel="#242832",
    variables={
        "block-cursor-background": "#2b4a66",
        "block-cursor-foreground": "#ffffff",
        "block-cursor-text-style": "none",
        "block-cursor-blurred-background": "#2a2f3a",
        "border": "#5aa7e8",
        "border-blurred": "#343a46",
        "button-color-foreground": "#14161b",
    },
)

LIGHT = Theme(
    name="frontdesk-light",
    dark=False,
    primary="#1467a8",
    accent="#1467a8",
    secondary="#0b7285",
    warning="#8f5b00",
    success="#23702d",
    error="#b3261e",
    foreground="#1d2127",
    background="#fbfbfa",
    surface="#f3f3f1",
    panel="#e6e7e6",
    variables={
        "block-cursor-background": "#cfe2f3",
        "block-cursor-foreground": "#10151b",
        "block-cursor-text-style": "none",
        "block-cursor-blurred-background": "#e3e6ea",
        "border": "#1467a8",
        "border-blurred": "#cfd2d6",
        "button-color-foreground": "#ffffff",
    },
)

THEMES = (DARK, LIGHT)
