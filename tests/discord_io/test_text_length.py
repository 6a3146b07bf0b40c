from bot.discord_io.text_length import clamp, utf16_units


def test_text_within_the_limit_is_not_cut() -> None:
    assert clamp("a trap song", 11) == "a trap song"
    assert clamp("", 0) == ""


def test_cut_keeps_the_limit_and_whole_characters() -> None:
    cuts = {
        ("a trap song", 7): "a trap…", ("a trap song", 8): "a trap…", ("abc", 1): "…", ("abc", 0): "",
        (r"ab\*cd", 4): "ab…", (r"ab\*cd", 5): r"ab\*…", (r"ab\\cd", 5): r"ab\\…", ("🎵🎵🎵", 4): "🎵…",
        ("🎵🎵🎵", 5): "🎵🎵…", ("abe\u0301cd", 4): "ab…", ("ab👩\u200d🚀cd", 6): "ab…", ("ab👍🏽cd", 5): "ab…",
        ("🇬🇧🇫🇷", 6): "🇬🇧…", ("🇬🇧🇫🇷", 7): "🇬🇧…", ("e" + "\u0301" * 9, 5): "…",
    }  # fmt: skip
    assert {(text, limit): clamp(text, limit) for text, limit in cuts} == cuts
    assert [cut for (_, limit), cut in cuts.items() if utf16_units(cut) > limit] == []


def test_lengths_are_utf16_code_units() -> None:
    assert utf16_units("aé🎵") == 4
