from datetime import UTC, datetime

from bot.replies.formatting import age, bpm, duration, expected_range, plural, timestamp, wait

NAN, INF = float("nan"), float("inf")


def test_wait_names_at_most_two_units() -> None:
    shown = {0.2: "under 1 s", 45: "45 s", 59.6: "1 min", 120: "2 min", 144: "2 min 24 s", 3600: "1 h", 3785: "1 h 3 min"}  # fmt: skip
    assert {wait_s: wait(wait_s) for wait_s in shown} == shown


def test_duration_is_shown_as_in_a_player() -> None:
    shown = {167: "2:47", 167.4: "2:47", 59.9: "1:00", 5: "0:05", 3723: "1:02:03", 86400: "24:00:00"}
    assert {duration_s: duration(duration_s) for duration_s in shown} == shown


def test_duration_of_an_implausible_value_is_none() -> None:
    assert {duration(value) for value in (0, 0.4, -3, NAN, INF, 1e300)} == {None}


def test_bpm_has_at_most_one_decimal() -> None:
    shown = {140.0: "140", 92.5: "92.5", 92.46: "92.5", 1234.5: "1234.5", 100: "100"}
    assert {value: bpm(value) for value in shown} == shown


def test_bpm_of_an_implausible_value_is_none() -> None:
    assert {bpm(value) for value in (0.0, 0.04, -90.0, NAN, INF, 1e300)} == {None}


def test_expected_range_rounds_median_and_90th_percentile() -> None:
    shown = {
        (144, 180): "2-3 min",
        (179, 181): "3-4 min",
        (155, 170): "about 3 min",
        (25, 95): "up to 2 min",
        (22, 47): "20-50 s",
        (2.4, 3.1): "2-4 s",
        (45, 45): "about 45 s",
        (0.4, 0.6): "up to 1 s",
    }
    assert {(median_s, p90_s): expected_range(median_s, p90_s) for median_s, p90_s in shown} == shown


def test_timestamp_is_discords_markup_in_whole_seconds() -> None:
    moment = datetime(2026, 2, 17, 15, 39, 34, 900_000, tzinfo=UTC)
    assert timestamp(moment) == "<t:1771342774:R>"
    assert timestamp(moment, "f") == "<t:1771342774:f>"


def test_age_is_plain_text() -> None:
    shown = {0: "just now", 59: "just now", 300: "5 min ago", 7200: "2 h ago", 86_400: "1 day ago", 1e6: "11 days ago"}  # fmt: skip
    assert {passed_s: age(passed_s) for passed_s in shown} == shown


def test_the_plural_is_used_except_for_one() -> None:
    texts = ("{n} song in {where}", "{n} songs in {where}")
    shown = [plural(number, *texts, where="{n}") for number in (0, 1, 1200)]
    assert shown == ["0 songs in {n}", "1 song in {n}", "1,200 songs in {n}"]
