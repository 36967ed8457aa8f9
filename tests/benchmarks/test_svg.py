"""Plots can be read: they are XML, have axes with round numbers, and put values where they belong."""

import re
from xml.etree import ElementTree

import pytest
from hypothesis import given
from hypothesis import strategies as st

from benchmarks.svg import HEIGHT, LEFT, RIGHT, TOP, WIDTH, Axis, Line, Plot, draw_bars, draw_lines

POSITIVE = st.floats(1e-3, 1e7)


def plot(*lines: Line, is_log: bool = False) -> Plot:
    return Plot(
        title="A & B <c>", x_label="followers", y_label="ms", lines=lines, is_log_x=is_log, is_log_y=is_log
    )


def parts(picture: str, kind: str) -> list[ElementTree.Element]:
    whole = ElementTree.fromstring(picture)  # noqa: S314 - made here
    return [each for each in whole.iter() if each.tag.endswith(kind)]


def texts(picture: str) -> list[str]:
    return [each.text or "" for each in parts(picture, "text")]


@given(st.lists(st.tuples(POSITIVE, POSITIVE), min_size=1, max_size=20), st.booleans())
def test_every_point_lies_inside_the_axes(points: list[tuple[float, float]], is_log: bool) -> None:
    picture = draw_lines(plot(Line("some", points), is_log=is_log))

    circles = parts(picture, "circle")
    assert len(circles) == len(points)
    for each in circles:
        assert LEFT - 0.1 <= float(each.attrib["cx"]) <= WIDTH - RIGHT + 0.1
        assert TOP - 0.1 <= float(each.attrib["cy"]) <= HEIGHT


def test_title_axes_and_lines_are_named() -> None:
    picture = draw_lines(plot(Line("ours", [(1, 2)]), Line("theirs", [(3, 4)])))

    assert {"A & B <c>", "followers", "ms", "ours", "theirs"} <= set(texts(picture))


@given(st.lists(POSITIVE, min_size=1, max_size=5), st.booleans())
def test_ticks_are_few_cover_the_values_and_rise(values: list[float], is_log: bool) -> None:
    axis = Axis(values, 0, 100, is_log=is_log)
    ticks = axis.ticks()

    assert 2 <= len(ticks) <= 14
    assert ticks == sorted(ticks)
    assert ticks[0] <= min(values) * 1.0001
    assert ticks[-1] >= max(values) * 0.9999
    assert axis.at(ticks[0]) == pytest.approx(0)
    assert axis.at(ticks[-1]) == pytest.approx(100)


def test_larger_is_further_up() -> None:
    picture = draw_lines(plot(Line("rising", [(1, 10), (2, 100)]), is_log=True))
    heights = [float(y) for y in re.findall(r'cy="([\d.]+)"', picture)]

    assert heights[0] > heights[1]


def test_logarithmic_axes_leave_out_what_they_cannot_show() -> None:
    picture = draw_lines(plot(Line("some", [(0, 5), (10, 5)]), is_log=True))

    assert picture.count("<circle") == 1


def test_nothing_measured_is_said() -> None:
    assert "nothing was measured" in texts(draw_lines(plot(Line("none", []))))
    assert "nothing was measured" in texts(draw_bars("Bars", "times", []))


def test_bars_that_miss_their_goal_have_another_colour() -> None:
    picture = draw_bars("Bars", "times", [("hit", 60, 50), ("missed", 40, 50), ("free", 3, None)])
    colours = re.findall(r'<rect x="[\d.]+" y="\d+" width="[\d.]+" height="18" fill="(#\w+)"', picture)

    assert len(colours) == 3
    assert colours[0] == colours[2] != colours[1]
    assert {"hit", "missed", "free", "60", "40", "times"} <= set(texts(picture))
