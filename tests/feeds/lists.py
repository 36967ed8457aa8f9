"""Home lists of people of a world."""

from hubbub.feeds.home_lists import HomeLists, ListState
from hubbub.platform.paging import Window
from tests.support.world import Person, World


async def open_list(world: World, *people: Person) -> None:
    """Begin empty lists: what comes later shows what was pushed, and to whom."""
    await world.settle()
    lists = world.services.part(HomeLists)
    for person in people:
        building = await lists.begin(person.id)
        assert building.state is ListState.NONE
        assert await lists.finish(person.id, building.token, [], floor=0)


async def listed(world: World, person: Person) -> list[str] | None:
    """Ids in the list, once all is delivered; None when there is no list."""
    await world.settle()
    look = await world.services.part(HomeLists).look(person.id, Window(limit=1000))
    return [str(id_) for id_ in look.ids] if look.is_ready else None
