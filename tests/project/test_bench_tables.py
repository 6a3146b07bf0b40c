"""The tables in the documentation are those of the measured results."""

import pytest

from bench.document import DOCUMENT, OTHER_RESULTS, RESULTS, loaded, with_tables
from bench.figures import Figure, percentile, table

RUN = {
    "made_at": "2026-11-23T21:09:10+00:00",
    "machine": {"processor": "x86_64", "cores": 2, "system": "Linux"},
    "versions": {"python": "3.11.7"},
    "seeds": [1, 2],
    "took_s": 9.5,
}


def test_the_tables_of_the_document_are_those_of_the_last_run() -> None:
    text = DOCUMENT.read_text(encoding="utf-8")
    assert with_tables(text, loaded(RESULTS), loaded(OTHER_RESULTS)) == text


def test_every_figure_of_the_last_run_stands_in_the_document() -> None:
    text = DOCUMENT.read_text(encoding="utf-8")
    for row in loaded(RESULTS)["figures"]:
        assert f"| {row['figure']} | {row['case']} |" in text


def test_a_table_gets_the_figures_that_it_names_and_says_which_fall_short() -> None:
    figures = [
        Figure(name="ack_ms", case="500 at once", values=[1234, 900, 2000], bound=1000),
        Figure(name="post_ms", case="p95", values=[20, 30, 40], bound=150),
    ]
    results = RUN | {"figures": [figure.row() for figure in figures]}
    other = results | {"figures": [Figure(name="ack_ms", case="500 at once", values=[700]).row()]}
    text = with_tables("a\n<!-- table: ack_ -->\nold\n<!-- end -->\nb\n", results, other)
    assert "| ack_ms | 500 at once | **1,234** (too much) | 900 | 2,000 | 700 | 1,000 |" in text
    assert "post_ms" not in text
    assert "old" not in text
    assert "2026-11-23 on 2 cores" in with_tables("<!-- table: run -->\n<!-- end -->", results, other)


@pytest.mark.parametrize(("share", "expected"), [(0.5, 5), (0.95, 10), (0.99, 10), (0.1, 1), (1, 10)])
def test_a_percentile_is_one_of_the_values(share: float, expected: int) -> None:
    assert percentile([10, 9, 8, 7, 6, 5, 4, 3, 2, 1], share) == expected


def test_the_printed_table_shows_what_is_not_met() -> None:
    row = Figure(name="ack_ms", case="500 at once", values=[3.0], bound=2.0).row()
    assert table([row]).splitlines()[1].endswith("NO")
