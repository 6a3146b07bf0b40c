from datetime import UTC, datetime

import pytest

from bot.replies.formatting import bpm, duration, expected_range, timestamp, wait

NAN, INF = float("nan"), float("inf")


@pytest.mark.parametrize(
    ("wait_s", "shown"),
    [(0.2, "under 1 s"), (45, "45 s"), (59.6, "1 min"), (120, "2 min"), (144, "2 min 24 s"), (3600, "1 h"), (3785, "1 h 3 min")],
)  # fmt: skip
def test_a_wait_in_words(wait_s: float, shown: str) -> None:
    assert wait(wait_s) == shown


@pytest.mark.parametrize(
    ("duration_s", "shown"),
    [(167, "2:47"), (167.4, "2:47"), (59.9, "1:00"), (5, "0:05"), (3723, "1:02:03"), (86400, "24:00:00")],
)
def test_a_length_as_players_show_it(duration_s: float, shown: str) -> None:
    assert duration(duration_s) == shown


@pytest.mark.parametrize("duration_s", [0, 0.4, -3, NAN, INF, 1e300])
def test_no_length_is_made_of_nonsense(duration_s: float) -> None:
    assert duration(duration_s) is None


@pytest.mark.parametrize(
    ("value", "shown"), [(140.0, "140"), (92.5, "92.5"), (92.46, "92.5"), (1234.5, "1234.5"), (100, "100")]
)
def test_a_tempo_without_needless_digits(value: float, shown: str) -> None:
    assert bpm(value) == shown


@pytest.mark.parametrize("value", [0.0, 0.04, -90.0, NAN, INF, 1e300])
def test_no_tempo_is_made_of_nonsense(value: float) -> None:
    assert bpm(value) is None


@pytest.mark.parametrize(
    ("median_s", "p90_s", "shown"),
    [
        (144, 180, "2-3 min"),
        (179, 181, "3-4 min"),
        (155, 170, "about 3 min"),
        (25, 95, "up to 2 min"),
        (22, 47, "20-50 s"),
        (2.4, 3.1, "2-4 s"),
        (45, 45, "about 45 s"),
        (0.4, 0.6, "up to 1 s"),
    ],
)
def test_what_to_expect(median_s: float, p90_s: float, shown: str) -> None:
    assert expected_range(median_s, p90_s) == shown


def test_a_moment_is_discords_to_show() -> None:
    moment = datetime(2026, 2, 17, 15, 39, 34, 900_000, tzinfo=UTC)
    assert timestamp(moment) == "<t:1771342774:R>"
    assert timestamp(moment, "f") == "<t:1771342774:f>"
