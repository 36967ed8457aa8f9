from collections.abc import Sequence
from functools import partial
from typing import Any, ClassVar

import pytest

from hubbub.platform.db import Tx
from hubbub.platform.outbox import Event, Reactions
from tests.events.samples import SampleMuted, SampleRung, record


class SampleUnheard(Event, frozen=True):
    aggregate: ClassVar[str] = "bell_id"
    consumers: ClassVar[tuple[str, ...]] = ("record",)
    bell_id: int


async def with_services(services: str, tx: Tx, events: Sequence[SampleRung]) -> None: ...


async def of_anything(tx: Tx, events: Sequence[int]) -> None: ...


async def of_nothing(tx: Tx) -> None: ...


def test_a_handler_gets_the_types_that_its_annotation_names() -> None:
    reactions = Reactions()
    bound = partial(with_services, "services")

    reactions.on("record", record)
    reactions.on("record", bound)

    assert reactions.handlers("record", SampleRung) == (record, bound)
    assert reactions.handlers("record", SampleMuted) == (record,)
    assert reactions.handlers("deliver", SampleRung) == ()


@pytest.mark.parametrize("handler", [of_anything, of_nothing])
def test_a_handler_without_event_types_is_refused(handler: Any) -> None:
    with pytest.raises(TypeError, match="must have a parameter like"):
        Reactions().on("record", handler)


def test_a_handler_of_events_that_never_come_is_refused() -> None:
    with pytest.raises(ValueError, match="SampleRung is not announced to 'mail'"):
        Reactions().on("mail", record)


def test_events_that_nobody_handles_are_known_all_the_same() -> None:
    kinds = Reactions().kinds("record")

    assert kinds["SampleUnheard"] is SampleUnheard
    assert "SampleUnheard" not in Reactions().kinds("mail")


async def test_rows_for_a_former_consumer_are_taken_and_dropped() -> None:
    class Quiet(Event, frozen=True):
        aggregate: ClassVar[str] = "id"
        consumers: ClassVar[tuple[str, ...]] = ()
        former_consumers: ClassVar[tuple[str, ...]] = ("record",)

        id: int

    reactions = Reactions()

    assert reactions.kinds("record")["Quiet"] is Quiet
    assert "Quiet" not in reactions.kinds("deliver")
    assert reactions.handlers("record", Quiet) == ()
