import pytest

from bot.errors import QueryFault, QueryUnclear
from bot.services.song_search import parse_duration_s

DURATIONS = {
    "2:30": 150, " 2:30 ": 150, "0:45": 45, "90:00": 5400, "1:02:03": 3723, "150": 150, "150s": 150, "150 sec": 150,
    "2m30s": 150, "2 min 30": 150, "2 Min": 120, "2 minutes": 120, "1h": 3600, "1 h 2 min": 3720, "2.5": 2.5, "150,5": 150.5,
}  # fmt: skip


def test_typed_durations_are_parsed() -> None:
    assert {typed: parse_duration_s(typed) for typed in DURATIONS} == DURATIONS


NO_DURATIONS = [
    "", " ", "quickly", ":", "2:", ":30", "2:75", "1:60:00", "2:3:4:5", "-3", "1e5", "nan", "inf", "٣", "2m90s", "2 30", "%"
]  # fmt: skip


def test_text_that_is_no_duration_is_refused() -> None:
    for typed in NO_DURATIONS:
        with pytest.raises(QueryUnclear) as caught:
            parse_duration_s(typed)
        assert (caught.value.fault, caught.value.given) == (QueryFault.DURATION, typed)
