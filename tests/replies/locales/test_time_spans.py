"""Limits and time spans are read in English and in each language, as the bot itself writes them."""

import re

import pytest

from bot.domain.policy.edits import means_no_limit, with_windows
from bot.domain.policy.errors import PolicyInvalid
from bot.domain.policy.model import Policy, Rule, Window
from bot.domain.policy.spans import parse_span_s
from bot.replies.locales import _, in_language, languages
from bot.replies.time_spans import limit_line, reader, span_text
from bot.services.song_search import parse_duration_s

SPANS_S = (60, 90, 3600, 5400, 7200, 86_400, 7 * 86_400, 93_784, 30 * 86_400)


@pytest.mark.parametrize("language", languages())
def test_every_span_is_read_back_to_the_second(language: str) -> None:
    with in_language(language):
        for span_s in SPANS_S:
            assert parse_span_s(span_text(span_s), in_english=reader()) == span_s
            line = limit_line(5000, span_s)
            (window,) = with_windows(Policy(), Rule.MEMBER, line, reader()).member
            assert window == Window(songs=5000, window_s=span_s), line


@pytest.mark.parametrize("language", languages())
def test_english_is_read_in_every_language(language: str) -> None:
    with in_language(language):
        assert parse_span_s("per 1 hour and 30 minutes", in_english=reader()) == 5400
        assert means_no_limit("none", reader())
        assert parse_duration_s("2 min 30 sec", reader()) == 150


@pytest.mark.parametrize("language", languages())
def test_the_examples_in_messages_can_be_typed(language: str) -> None:
    with in_language(language):
        spans = _(
            "{value} isn't a time span I understand. Use one like `hour`, `24 hours`, `7 days` or `30m`.",
            value="",
        )
        found = [parse_span_s(each, in_english=reader()) for each in re.findall("`(.+?)`", spans)]
        assert sorted(found) == [1800, 3600, 86_400, 7 * 86_400]
        line = _("{value} isn't a limit I understand. Use lines like `5 per hour`.", value="")
        (example,) = re.findall("`(.+?)`", line)
        lines = f"{_('20 per 24 hours')}\n{example}"
        assert len(with_windows(Policy(), Rule.MEMBER, lines, reader()).member) == 2
        assert with_windows(Policy(), Rule.MEMBER, _("5 per hour\n20 per 7 days"), reader()).member
        assert means_no_limit(_("none"), reader())


def test_a_word_of_another_language_is_shown_as_it_was_typed() -> None:
    with in_language("de"):
        for typed in ("3 Quartale", "31 Tage"):
            with pytest.raises(PolicyInvalid) as refused:
                parse_span_s(typed, in_english=reader())
            assert refused.value.faults[0].value == typed
