"""Helpers for the Whisul side of tests: several jobs, answers by prompt, another host; and the bot's log."""

import json
from collections.abc import AsyncGenerator, Iterable, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from aiohttp import web

from sandbox.discord.application.interaction import SeenInteraction
from sandbox.discord.world.model import Channel, Message
from sandbox.whisul import Behaviour, Respond, SeenRequest
from sandbox.whisul.exchange import Answer, Exchange
from tests.e2e.actions import until_true
from tests.e2e.rig import Rig, words


@dataclass(frozen=True, slots=True)
class Elsewhere:
    """A host that is none of the bot's business, and what reached it."""

    url: str
    requests: list[str] = field(default_factory=list[str])


@asynccontextmanager
async def elsewhere() -> AsyncGenerator[Elsewhere]:
    """Another host on this machine, which no setting names."""
    seen: list[str] = []

    async def take(request: web.Request) -> web.Response:
        seen.append(f"{request.method} {request.path_qs} {dict(request.headers)}")
        return web.Response(body=b"ID3 not for you")

    app = web.Application()
    app.router.add_route("*", "/{anything:.*}", take)
    runner = web.AppRunner(app, access_log=None)
    await runner.setup()
    try:
        await web.TCPSite(runner, "127.0.0.1", 0).start()
        yield Elsewhere(f"http://127.0.0.1:{runner.addresses[0][1]}", seen)
    finally:
        await runner.cleanup()


class ByPrompt(Behaviour):
    """Scripts the first submits of each prompt, since the simulator's own scripts know only their order."""

    def __init__(self, answers: Mapping[str, Iterable[Respond]]) -> None:
        self._answers = {prompt: iter(each) for prompt, each in answers.items()}

    async def instead(self, exchange: Exchange) -> Answer | None:
        """Answer what is among the first."""
        answer = next(self._answers.get(exchange.seen.json["prompt"], iter(())), None)
        return await answer.instead(exchange) if answer else None


def no_credit() -> Respond:
    """The account has no credit left."""
    return Respond(status=402, body={"error": "Insufficient credit", "message": "Please top up"})


def submits(rig: Rig) -> list[SeenRequest]:
    """Every attempt to submit that reached Whisul, under whichever path and with whatever end."""
    return [request for request in rig.whisul.requests if request.method == "POST"]


def polls(rig: Rig) -> list[SeenRequest]:
    """Every poll that reached Whisul."""
    return [request for request in rig.whisul.requests if request.kind == "poll"]


def all_lines(rig: Rig) -> list[dict[str, Any]]:
    """What the bot has logged so far."""
    return [json.loads(line) for line in rig.bot.log.splitlines() if line.startswith("{")]


def log_lines(rig: Rig, event: str) -> list[dict[str, Any]]:
    """What the bot has logged under this name."""
    lines = [line for line in rig.bot.log.splitlines() if f'"{event}"' in line and line.startswith("{")]
    return [line for line in map(json.loads, lines) if line["event"] == event]


async def until_logged(rig: Rig, event: str) -> None:
    """Wait for a line in the bot's log."""
    await until_true(rig, lambda: log_lines(rig, event))


def peak_memory_bytes(rig: Rig) -> int:
    """The most memory that the bot's process has had in use so far."""
    status = Path(f"/proc/{rig.bot.process.pid}/status").read_text(encoding="ascii")
    (line,) = [line for line in status.splitlines() if line.startswith("VmHWM:")]
    return int(line.split()[1]) * 1024


async def start_and_compose(rig: Rig, prompt: str = "a song", **settings: str) -> tuple[SeenInteraction, str]:
    """Start the bot and have one job running; returns the command and the job ID."""
    await rig.start(**settings)
    asked = await rig.compose(prompt)
    await rig.until_whisul(lambda: rig.whisul.submits)
    await rig.until_stored(lambda row: row["state"] == "running")
    return asked, rig.whisul.submits[0].job_id


async def compose_all(
    rig: Rig, prompts: Iterable[str], channels: Mapping[str, Channel] | None = None
) -> dict[str, str]:
    """Have a job running for each prompt, where given in its own channel; returns their job IDs by prompt."""
    wanted, before = list(prompts), len(rig.whisul.submits)
    for prompt in wanted:
        await rig.compose(prompt, channel=channels[prompt] if channels else "music")
    await rig.until_whisul(lambda: len(rig.whisul.submits) == before + len(wanted))
    return {submit.prompt: submit.job_id for submit in rig.whisul.submits[before:]}


async def post_of(rig: Rig, job_id: str, channel: str | Channel = "music") -> Message:
    """Wait for the post of a job; there must be one only."""
    await rig.until(lambda: posts_of(rig, job_id, channel))
    (only,) = posts_of(rig, job_id, channel)
    return only


def posts_of(rig: Rig, job_id: str, channel: str | Channel = "music") -> list[Message]:
    """The posts that name a job in their footer."""
    return [post for post in rig.posts(channel) if f"Job {job_id}" in words(post)]


async def row_of(rig: Rig, job_id: str, state: str, *, delivery: str = "delivered") -> dict[str, Any]:
    """Wait until a job is in a state and delivered; returns its row."""
    await rig.until_stored(
        lambda row: (row["job_id"], row["state"], row["delivery"]) == (job_id, state, delivery)
    )
    (row,) = [row for row in rig.rows() if row["job_id"] == job_id]
    return row


async def completes(rig: Rig, job_id: str) -> dict[str, Any]:
    """Let a job finish, and see that it is posted once and stored so; returns its row."""
    rig.whisul.finish(job_id)
    post = await post_of(rig, job_id)
    row = await row_of(rig, job_id, "completed")
    assert (row["rung"], row["post_message_id"], row["reason"]) == ("channel", post.id, None)
    assert len(posts_of(rig, job_id)) == 1
    return row


def audio_url(rig: Rig, job_id: str) -> str:
    """Where the simulator serves a job's song."""
    return f"http://{rig.whisul.media_host}/audio/{job_id[:8]}.mp3"
