"""Tables written as text, so that a policy can be read at a glance."""

Table = dict[str, dict[str, str]]


def read_table(text: str) -> Table:
    """Rows by their first cell. Cells hold no blanks, but for the last column, which takes the rest.

    Rows with the same first cell get numbers behind it (`name#2`), in their order.
    """
    head, *lines = [line for line in text.splitlines() if line.strip()]
    columns = head.split()
    found: Table = {}
    for line in lines:
        cells = line.split(maxsplit=len(columns) - 1)
        if len(cells) != len(columns):
            raise ValueError(f"{len(columns)} cells are needed: {line}")
        found[_free(found, cells[0])] = dict(zip(columns, cells, strict=True))
    return found


def _free(taken: Table, name: str) -> str:
    number = 1
    free = name
    while free in taken:
        number += 1
        free = f"{name}#{number}"
    return free
