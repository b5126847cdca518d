"""Our own themes, the defaults. One accent for focus; other hues only for score bands and danger."""

from __future__ import annotations

from collections.abc import Mapping

from textual.theme import Theme

from screens import palettes


def _theme(name: str, palette: Mapping[str, str], variables: dict[str, str], *, dark: bool) -> Theme:
    return Theme(
        name=name,
        dark=dark,
        primary=palette["primary"],
        accent=palette["accent"],
        secondary=palette["secondary"],
        warning=palette["warning"],
        success=palette["success"],
        error=palette["error"],
        foreground=palette["foreground"],
        background=palette["background"],
        surface=palette["surface"],
        panel=palette["panel"],
        variables=variables,
    )


DARK = _theme(
    "frontdesk-dark",
    palettes.DARK,
    {
        "block-cursor-background": "#2b4a66",
        "block-cursor-foreground": "#ffffff",
        "block-cursor-text-style": "none",
        "block-cursor-blurred-background": "#2a2f3a",
        "border": "#5aa7e8",
        "border-blurred": "#343a46",
        "button-color-foreground": "#14161b",
    },
    dark=True,
)

LIGHT = _theme(
    "frontdesk-light",
    palettes.LIGHT,
    {
        "block-cursor-background": "#cfe2f3",
        "block-cursor-foreground": "#10151b",
        "block-cursor-text-style": "none",
        "block-cursor-blurred-background": "#e3e6ea",
        "border": "#1467a8",
        "border-blurred": "#cfd2d6",
        "button-color-foreground": "#ffffff",
    },
    dark=False,
)

THEMES = (DARK, LIGHT)
