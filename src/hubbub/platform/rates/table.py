"""The tables of docs/limits.md. `python -m hubbub.platform.rates.table docs/limits.md` writes them anew."""

import sys
from pathlib import Path

from hubbub.platform.rates.budgets import PURPOSE_BUDGETS, ROUTE_BUDGETS, Budget, Role, RouteClass

BEGIN, END = "<!-- budgets: made from the code -->\n", "<!-- end of budgets -->\n"


def budget_tables() -> str:
    return f"### By route class\n\n{_route_table()}\n### By purpose\n\n{_purpose_table()}"


def with_tables(document: str) -> str:
    """The document with what stands between the two marks made anew."""
    head, _, rest = document.partition(BEGIN)
    _, _, tail = rest.partition(END)
    return f"{head}{BEGIN}\n{budget_tables()}\n{END}{tail}"


def _route_table() -> str:
    rows = [["Class", *Role, "Per", "What"]]
    for route_class in RouteClass:
        budgets = {role: ROUTE_BUDGETS.get((route_class, role)) for role in Role}
        some = next(budget for budget in budgets.values() if budget is not None)
        limits = [f"{budget.limit:,.0f}" if budget else "–" for budget in budgets.values()]
        rows.append([f"`{route_class}`", *limits, _period(some.period_seconds), some.why])
    return _table(rows)


def _purpose_table() -> str:
    rows = [["Budget", "At once", "Comes back", "Without Valkey", "Counts"]]
    rows += [_purpose_row(budget) for budget in PURPOSE_BUDGETS]
    return _table(rows)


def _purpose_row(budget: Budget) -> list[str]:
    back = f"{budget.limit:g} in {_period(budget.period_seconds)}"
    fails = "half the rate" if budget.fails_open else "503"
    return [f"`{budget.name}`", str(budget.burst), back, fails, budget.why]


def _period(seconds: int) -> str:
    if seconds % 86400 == 0:
        return f"{seconds // 86400} d"
    return f"{seconds // 3600} h" if seconds % 3600 == 0 else f"{seconds // 60} min"


def _table(rows: list[list[str]]) -> str:
    head, *body = rows
    lines = [head, ["---"] * len(head), *body]
    return "".join(f"| {' | '.join(line)} |\n" for line in lines)


if __name__ == "__main__":
    path = Path(sys.argv[1])
    path.write_text(with_tables(path.read_text()))
