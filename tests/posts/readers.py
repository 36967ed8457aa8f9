"""Ways to read posts that many tests share."""

from tests.support.world import Person, World


def statements_of(recorded: list[str]) -> list[str]:
    """Without what the driver asks once per connection about types, and the frame of a transaction."""
    return [sql for sql in recorded if "pg_type" not in sql and not sql.startswith(("BEGIN", "COMMIT"))]


async def page_through(
    world: World, path: str, *, by: Person | None = None, limit: int = 3
) -> list[list[str]]:
    """The ids on each page, from the first page on."""
    pages, cursor = [], ""
    joint = "&" if "?" in path else "?"
    while True:
        body = (await world.get(f"{path}{joint}limit={limit}{cursor}", by=by)).raise_for_status().json()
        pages.append([item["id"] for item in body["items"]])
        if body["next"] is None:
            return pages
        assert len(pages) < 100, "the list does not end"
        cursor = f"&cursor={body['next']}"


async def page_back(world: World, path: str, *, by: Person | None = None, limit: int = 3) -> list[list[str]]:
    """The ids on each page, from the last page back to the first."""
    joint = "&" if "?" in path else "?"
    body = (await world.get(f"{path}{joint}limit={limit}", by=by)).raise_for_status().json()
    while body["next"] is not None:
        reply = await world.get(f"{path}{joint}limit={limit}&cursor={body['next']}", by=by)
        body = reply.raise_for_status().json()
    pages = [[item["id"] for item in body["items"]]]
    while body["prev"] is not None:
        reply = await world.get(f"{path}{joint}limit={limit}&cursor={body['prev']}", by=by)
        body = reply.raise_for_status().json()
        pages.append([item["id"] for item in body["items"]])
    return pages


async def ids(world: World, path: str, *, by: Person | None = None) -> list[str]:
    reply = (await world.get(path, by=by)).raise_for_status()
    return [item["id"] for item in reply.json()["items"]]
