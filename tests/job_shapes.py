"""Jobs for tests of replies: the reference example, and every combination of fields."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

from hypothesis import strategies as st

from bot.discord_io.payloads import message_url
from bot.domain.jobs import DeliveryRoute, DeliveryState, Job, JobState, Lineage, Reason, Song
from bot.generation.poll_schedule import Expectation

ASKED_AT = datetime(2026, 2, 17, 15, 39, 30, tzinfo=UTC)
NOW = ASKED_AT + timedelta(seconds=60)
JOB_ID = "81fa5ff7-6197-4c24-8062-c0ff8b62d58d"
REQUESTER_ID = 100_000_000_000_000_001
CHANNEL_ID = 200_000_000_000_000_002
JUMP_URL = "https://discord.com/channels/3/2/1"
USUAL = Expectation(median_s=144, p90_s=180, samples=20)

MIDNIGHT_GRID = Song(
    song_url="https://cdn.whisul.com/audio/81fa5ff7.mp3",
    title="Midnight Grid",
    bpm=140,
    duration_s=167,
    tags=("trap", "dark", "808s", "synth", "bass"),
    image_url="https://cdn.whisul.com/covers/81fa5ff7.jpg",
)


def a_job(state: JobState = JobState.RUNNING, **facts: Any) -> Job:
    """The reference job in some state; final ones settled after 2 min 24 s."""
    given: dict[str, Any] = {
        "key": 12,
        "guild_id": 3,
        "channel_id": CHANNEL_ID,
        "requester_id": REQUESTER_ID,
        "prompt": "a trap song",
        "nonce": "j12",
        "created_at": ASKED_AT,
        "state": state,
        "job_id": JOB_ID,
        "settled_at": ASKED_AT + timedelta(seconds=144) if state.is_final else None,
    }
    return Job(**(given | facts))


def a_song_job(**song_facts: Any) -> Job:
    """The completed reference job, its song with other facts than usual."""
    return a_job(JobState.COMPLETED, song=replace(MIDNIGHT_GRID, **song_facts))


_NASTY = [
    "@everyone", "@here", "<@1>", "<@!1>", "<@&1>", "<#1>", "</compose:1>", "<t:1:R>", "<:e:1>", "<a:e:1>", "<id:customize>",
    "[a](https://evil.example)", "https://evil.example/x", "discord.gg/abc", "discord://x", "steam://run", "# ", "## ", "-# ",
    "> ", ">>> ", "- ", "* ", "1. ", "10. ", "`", "```", "**", "__", "_", "~~", "||", "\\", "\\\\", "\n", "\r\n", "\n\n\n",
    "\u202e", "\u2066", "\u200b", "\u200d", "\u200c", "\ufeff", "\x00", "\x1b", "\ud800", "\u0301" * 9, "e\u0301", "👩\u200d🚀",
    "👍🏽", "🇬🇧", "🏴\U000e0067\U000e0062\U000e0065\U000e006e\U000e0067\U000e007f", " ", "a", "It's", "@", "<", ">", "(", ")", "://",
]  # fmt: skip


def _repeated(piece: str, times: int) -> str:
    return piece * times


def _long_url(count: int) -> str:
    return "https://x.example/" + "ä" * count


def _expectation(median_s: float, more_s: float) -> Expectation:
    return Expectation(median_s, median_s + more_s, 3)


texts: st.SearchStrategy[str] = st.one_of(
    st.text(st.characters(), max_size=60),
    st.lists(st.one_of(st.sampled_from(_NASTY), st.text(st.characters(), max_size=4)), max_size=25).map(
        "".join
    ),
    st.builds(_repeated, st.sampled_from(_NASTY), st.sampled_from([30, 300, 1200])),
)
urls: st.SearchStrategy[str] = st.one_of(
    texts,
    st.builds("https://{}/{}".format, st.sampled_from(["cdn.whisul.com", "a_b.example:8080", "[::1]", "127.0.0.1", "ü.example"]), texts),
    st.sampled_from(["javascript:alert(1)", "file:///etc/passwd", "https://a:b@c.example/", "http://localhost/a", "https://", "//x.example"]),
    st.builds(_long_url, st.integers(0, 3000)),
)  # fmt: skip
numbers = st.one_of(st.floats(), st.floats(0, 4000), st.integers(-5, 500).map(float))
moments = st.datetimes(datetime(2020, 1, 1), datetime(2100, 1, 1), timezones=st.just(UTC))  # noqa: DTZ001 - `timezones` makes them aware
songs = st.builds(
    Song,
    song_url=st.none() | urls,
    title=st.none() | texts,
    bpm=st.none() | numbers,
    duration_s=st.none() | numbers,
    tags=st.lists(texts, max_size=30).map(tuple),
    image_url=st.none() | urls,
)
snowflakes = st.integers(1, 2**63 - 1)
jump_urls = st.builds(message_url, st.none() | snowflakes, snowflakes, snowflakes)
jobs = st.builds(
    Job,
    key=st.integers(1, 2**63 - 1),
    guild_id=st.none() | snowflakes,
    channel_id=snowflakes,
    requester_id=snowflakes,
    prompt=texts,
    nonce=st.just("j1"),
    created_at=moments,
    is_private=st.booleans(),
    state=st.sampled_from(JobState),
    job_id=st.none() | texts,
    submit_after=st.none() | moments,
    submitted_at=st.none() | moments,
    accepted_at=st.none() | moments,
    started_at=st.none() | moments,
    finished_at=st.none() | moments,
    settled_at=st.none() | moments,
    reason=st.none() | st.sampled_from(Reason),
    error=st.none() | texts,
    song=st.none() | songs,
    delivery=st.sampled_from(DeliveryState),
    route=st.none() | st.sampled_from(DeliveryRoute),
    results_channel_id=st.none() | snowflakes,
    post_channel_id=st.none() | snowflakes,
    delivered_at=st.none() | moments,
)
expectations = st.none() | st.builds(_expectation, st.floats(0, 1e5), st.floats(0, 1e5))
lineages = st.builds(Lineage, st.none() | jobs, st.lists(jobs, max_size=8).map(tuple))
