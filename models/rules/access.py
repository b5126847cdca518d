"""The seed's rules of access. Pure."""

from __future__ import annotations

#: The seed's fallback for a person without first and last name (User#full_name).
NAMELESS = "Пользователь"


def has_dashboard_access(*, admin: bool | None, paid: bool | None) -> bool:
    """Seed: access is admin or paid."""
    return bool(admin) or bool(paid)


def full_name(first_name: str | None, last_name: str | None) -> str:
    """Seed: first and last joined by a space, nils left out; 'Пользователь' when the result is blank."""
    name = " ".join(part for part in (first_name, last_name) if part is not None)
    return name if name.strip() else NAMELESS
