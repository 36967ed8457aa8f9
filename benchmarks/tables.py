"""Tables in Markdown, and how figures stand in them."""

from collections.abc import Iterable, Sequence

NONE = "–"
Rows = Iterable[Sequence[str]]


def table(head: Sequence[str], rows: Rows) -> str:
    lines = [f"| {' | '.join(head)} |", "|" + "---|" * len(head)]
    lines += [f"| {' | '.join(row)} |" for row in rows]
    return "\n".join(lines) + "\n"


def spread(found: dict[str, float] | None, digits: int = 0) -> str:
    if not found:
        return NONE
    median, low, high = (f"{found[key]:,.{digits}f}" for key in ("median", "low", "high"))
    return f"{median} ({low} to {high})"


def number(value: float | None) -> str:
    return NONE if value is None else f"{value:,.2f}"
