from collections.abc import Sequence

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hubbub.platform.ids import MAX_ID
from hubbub.platform.paging import BadCursor, Cursors, Slice, Window, fill_slice
from hubbub.platform.secrets import Keyring

CURSORS = Cursors(Keyring("a key for tests"))


@given(st.integers(0, MAX_ID), st.booleans(), st.integers(0, MAX_ID))
def test_cursor_gives_back_what_was_written(position: int, is_back: bool, rank: int) -> None:
    cursor = CURSORS.write("list", position, is_back=is_back, rank=rank)

    assert CURSORS.read("list", cursor, 7) == Window(7, position, is_back, False, rank)


@given(st.integers(0, MAX_ID), st.integers(0, 400), st.integers(1, 255))
def test_changed_cursor_is_refused(position: int, index: int, flip: int) -> None:
    cursor = CURSORS.write("list", position)
    at = index % len(cursor)
    changed = cursor[:at] + chr((ord(cursor[at]) ^ flip) % 128) + cursor[at + 1 :]
    if changed == cursor:
        return

    with pytest.raises(BadCursor):
        CURSORS.read("list", changed, 7)


@pytest.mark.parametrize("cursor", ["", "a", "é", "AAAA", "=" * 40, "A" * 300])
def test_what_was_never_a_cursor_is_refused(cursor: str) -> None:
    with pytest.raises(BadCursor):
        CURSORS.read("list", cursor, 7)


def test_cursor_of_another_list_is_refused() -> None:
    with pytest.raises(BadCursor):
        CURSORS.read("other", CURSORS.write("list", 5), 7)


async def page(ids: Sequence[int], visible: set[int], window: Window) -> Slice[int]:
    ordered = sorted(ids, reverse=not window.is_back)

    async def fetch(scan: Window) -> Sequence[int]:
        ahead = [i for i in ordered if (i > scan.position if scan.is_back else i < scan.position)]
        return ahead[: scan.limit]

    async def keep(candidates: Sequence[int]) -> Sequence[tuple[int, int]]:
        return [(i, i) for i in candidates if i in visible]

    return await fill_slice(window, fetch, keep, lambda i: i)


@given(st.sets(st.integers(1, 400)), st.data(), st.integers(1, 9))
async def test_paging_gives_exactly_what_is_visible(ids: set[int], data: st.DataObject, limit: int) -> None:
    visible = data.draw(st.sets(st.sampled_from(sorted(ids)))) if ids else set()
    seen: list[int] = []
    window = Window(limit=limit)

    for _ in range(500):
        got = await page(list(ids), visible, window)
        seen += got.items
        if got.last is None:
            break
        assert len(got.items) == limit, "a page before the end is full"
        window = window.after(got.last, limit)

    assert seen == sorted(visible, reverse=True)


async def test_thin_list_ends_a_page_early_with_a_cursor_to_go_on() -> None:
    ids = list(range(1, 10_000))

    got = await page(ids, {1}, Window(limit=20))

    assert got.items == []
    assert got.last is not None
    assert 1 < got.last < 9_999
