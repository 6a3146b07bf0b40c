"""From the poll that says completed to the post in the channel."""

import asyncio
import time

from bench.figures import RUNS, Figure, percentile
from bench.stage import Stage, staged
from sandbox.whisul import Kind, Phase, WhisulSimulator

SONGS = 20
CHANNEL = "music"


def post_ms() -> list[Figure]:
    """The 95th percentile of each run: songs that finish one after another, without attachments."""
    return [
        Figure(
            name="post_ms",
            case=f"95th percentile of {SONGS} songs, without attachments",
            values=asyncio.run(_runs()),
            bound=150.0,
        )
    ]


async def _runs() -> list[float]:
    whisul = WhisulSimulator(tiny_files=True)
    whisul.hold = True
    settings = {
        "ATTACH_MEDIA": "false",
        "POLL_INTERVAL_S": "0.1",
        "WHISUL_REQUESTS_PER_SECOND": "500",
        "WHISUL_REQUEST_BURST": "500",
    }
    async with staged(whisul=whisul, settings=settings) as stage:
        await stage.start()
        watch = _Watch(stage)
        return [percentile([await watch.song_ms() for _ in range(SONGS)], 0.95) for _ in range(RUNS)]


class _Watch:
    """Notes when the poll that says completed was answered, and when a post arrived."""

    def __init__(self, stage: Stage) -> None:
        self._stage = stage
        self._finished = False
        self._told_at: float | None = None
        self._posted_at: float | None = None
        stage.whisul.on_request = self._on_whisul
        stage.discord.on_request(self._on_discord)

    async def song_ms(self) -> float:
        """One song from /compose to its post; milliseconds between the two moments."""
        stage, number = self._stage, len(self._stage.whisul.jobs)
        self._finished, self._told_at, self._posted_at = False, None, None
        await stage.discord.command(
            user="ada", channel=CHANNEL, name="compose", options={"prompt": f"song {number}"}
        )
        await stage.until(lambda: len(stage.whisul.jobs) > number)
        job_id = list(stage.whisul.jobs)[number]
        await stage.until(lambda: any(job_id in request.path for request in stage.whisul.requests))
        self._finished = True
        stage.whisul.finish(job_id)
        await stage.until(lambda: self._posted_at is not None)
        if self._told_at is None or self._posted_at is None:
            raise RuntimeError("a post came before its poll")
        return 1000 * (self._posted_at - self._told_at)

    async def _on_whisul(self, kind: Kind, phase: Phase) -> None:
        if kind == "poll" and phase == "handled" and self._finished and self._told_at is None:
            self._told_at = time.monotonic()

    async def _on_discord(self, kind: str, phase: str) -> None:
        if kind == "message.create" and phase == "before":
            self._posted_at = time.monotonic()
