import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.domain.policy.errors import PolicyInvalid
from bot.domain.policy.spans import format_span, parse_span_s
from bot.replies.config.faults import sentence

HOUR, DAY = 3600, 86_400


TYPED_SPANS = {
    "hour": HOUR,
    "24 hours": DAY,
    "7 days": 7 * DAY,
    "30m": 1800,
    "  Per  Week ": 7 * DAY,
    "every 2 days": 2 * DAY,
    "in any hour": HOUR,
    "1h 30m": 5400,
    "1h30m": 5400,
    "1 hour and 30 minutes": 5400,
    "half an hour": 1800,
    "1.5 hours": 5400,
    "1,5 h": 5400,
    "daily": DAY,
    "a month": 30 * DAY,
    "90 sec": 90,
    "٣ h": 3 * HOUR,
}


def test_typed_time_spans_are_parsed() -> None:
    assert {text: parse_span_s(text) for text in TYPED_SPANS} == TYPED_SPANS


def test_text_that_is_no_time_span_is_refused_with_examples() -> None:
    for text in ("", " ", "per", "fortnight", "-3 h", "1e9 h", "5", "h5", "5 songs"):
        with pytest.raises(PolicyInvalid) as error:
            parse_span_s(text)
        assert "Use one like `hour`" in sentence(error.value.faults[0]), text


def test_a_span_of_time_lies_between_a_minute_and_thirty_days() -> None:
    for text in ("59 s", "0 days", "31 days", "5 weeks", "9" * 40 + " days"):
        with pytest.raises(PolicyInvalid) as error:
            parse_span_s(text)
        assert "between 1 minute and 30 days" in sentence(error.value.faults[0]), text


def test_a_wait_between_two_songs_may_be_shorter() -> None:
    assert parse_span_s("45 s", shortest_s=1) == 45


@given(st.integers(1, 30 * DAY))
def test_a_formatted_span_is_parsed_to_the_same_second(seconds: int) -> None:
    assert parse_span_s(format_span(seconds), shortest_s=1) == seconds


@given(st.text(max_size=60))
def test_any_text_is_parsed_or_refused(text: str) -> None:
    try:
        assert 60 <= parse_span_s(text) <= 30 * DAY
    except PolicyInvalid as error:
        assert error.faults  # noqa: PT017 - either outcome is right
