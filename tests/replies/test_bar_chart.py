"""The picture of a bar chart, read with another program's decoder."""

import io

from hypothesis import given
from hypothesis import strategies as st
from PIL import Image

from bot.replies.bar_chart import BASELINE_PX, HEIGHT_PX, MARGIN_PX, TOP_PX, WIDTH_PX, Bar, as_text, draw

BACKGROUND, BAR, FIRST = (0x2B, 0x2D, 0x31), (0x2F, 0xA9, 0x8C), (0xE5, 0xB8, 0x4B)
MAX_BYTES = 50_000


def decoded(bars: list[Bar]) -> Image.Image:
    content = draw(bars)
    assert len(content) < MAX_BYTES
    with Image.open(io.BytesIO(content)) as image:
        assert image.format == "PNG"
        return image.convert("RGB")


def height_at(image: Image.Image, x: int, colour: tuple[int, int, int]) -> int:
    """How many pixels of this column have the colour of a bar."""
    return sum(image.getpixel((x, y)) == colour for y in range(HEIGHT_PX))


def test_bars_are_as_high_as_their_values_and_the_first_stands_out() -> None:
    image = decoded([Bar(label=1, value=10, is_first=True), Bar(label=2, value=5), Bar(label=3, value=0)])
    slot = (WIDTH_PX - 2 * MARGIN_PX) // 3
    first, second, third = (MARGIN_PX + slot * number + slot // 2 for number in range(3))
    highest = BASELINE_PX - TOP_PX
    assert height_at(image, first, FIRST) == highest
    assert height_at(image, second, BAR) == highest // 2
    assert height_at(image, third, BAR) == height_at(image, third, FIRST) == 0


@given(st.lists(st.builds(Bar, label=st.integers(1, 31), value=st.integers(0, 10**5)), max_size=31))
def test_any_bars_stay_inside_the_picture(bars: list[Bar]) -> None:
    image = decoded(bars)
    assert image.size == (WIDTH_PX, HEIGHT_PX)
    edges = [(x, y) for x in (0, WIDTH_PX - 1) for y in range(HEIGHT_PX)]
    edges += [(x, y) for y in (0, HEIGHT_PX - 1) for x in range(WIDTH_PX)]
    assert {image.getpixel(each) for each in edges} == {BACKGROUND}


def test_numbers_of_thirty_days_do_not_touch() -> None:
    image = decoded([Bar(label=day, value=0) for day in range(1, 31)])
    slot = (WIDTH_PX - 2 * MARGIN_PX) / 30
    for day in range(1, 30):
        x = round(MARGIN_PX + day * slot)
        assert {image.getpixel((x, y)) for y in range(BASELINE_PX + 4, HEIGHT_PX)} == {BACKGROUND}, day


def test_a_screen_reader_gets_the_numbers() -> None:
    assert as_text([Bar(label=1, value=12), Bar(label=2, value=9)]) == "1: 12, 2: 9"
