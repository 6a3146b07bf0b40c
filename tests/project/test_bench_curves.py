"""The pictures of growing costs are those of the measured results, and can be read without seeing them."""

import json
from xml.etree import ElementTree as ET

from bench.curves import Chart, drawn
from bench.growth import PICTURES, RESULTS, pictures

SVG = "{http://www.w3.org/2000/svg}"


def test_the_pictures_are_those_of_the_last_run() -> None:
    made = pictures(json.loads(RESULTS.read_text("utf-8")))
    assert made == {file.name: file.read_text("utf-8") for file in PICTURES.iterdir()}


def test_a_chart_shows_and_tells_each_point() -> None:
    chart = Chart("poll-cpu", "CPU & more", x="jobs", y="ms")
    root = ET.fromstring(drawn(chart, {"one": [(100, 0.5), (10_000, 2)], "two": [(100, 1)]}))  # noqa: S314 - our own
    assert (
        root.findtext(f"{SVG}title") == "CPU & more in ms, by jobs. one: 0.5 at 100, 2 at 10k; two: 1 at 100"
    )
    (low, high), (only,) = (
        [
            (float(dot.get("cx", 0)), float(dot.get("cy", 0)))
            for dot in root.iterfind(f"{SVG}circle[@class='{name}']")
        ]
        for name in ("series-1", "series-2")
    )
    assert low[0] == only[0] < high[0], "more jobs stand further right"
    assert low[1] > only[1] > high[1], "higher costs stand higher"
