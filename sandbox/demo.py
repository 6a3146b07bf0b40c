"""The demo: the simulator, the stand-in with its page, and the real bot, together on one machine."""

import asyncio
import contextlib
import json
import random
import re
import signal
import socket
import sys
import tempfile
import time
from collections.abc import AsyncGenerator
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TextIO

import click

from sandbox.bot_process import BotProcess, bot_settings
from sandbox.control.api import ControlApi
from sandbox.control.supervisor import BotSupervisor
from sandbox.discord import DiscordStandIn
from sandbox.discord.application.interaction import SeenInteraction
from sandbox.discord.client.command_input import Refused
from sandbox.discord.json_types import Json
from sandbox.discord.rules.fields import walk
from sandbox.discord.world.model import Message
from sandbox.whisul import PROMPT_WORDS, WhisulSimulator

TOKEN = "demo.discord.token"  # noqa: S105 - valid for the stand-in only
PUBLISHED_POLL_INTERVAL_S = 5.0
FASTEST_POLL_INTERVAL_S = 0.2
DEADLINE_S = 1800.0
NOT_FOUND_GRACE_S = 60.0
READY_TIMEOUT_S = 120.0
"""Where a start takes 3 s of computing, as on a small computer that is busy. A bot that exits is noticed at once."""
CHANNEL = "music"
_MASKED_LINK = re.compile(r"\[[^\]]+\]\((https?://[^)\s]+)\)")
PAGE = Path(__file__).parent / "page"
TYPICAL_SONG_S = 144.0
DEFAULT_PORT, TRIED_PORTS = 8080, 100
USAGE_ERROR = 2


@dataclass(frozen=True, slots=True)
class Demo:
    """The parts of a running demo."""

    whisul: WhisulSimulator
    discord: DiscordStandIn
    bot: BotProcess
    supervisor: BotSupervisor
    control: ControlApi


async def demo(
    *,
    once: str | None,
    speed: float,
    as_json: bool,
    port: int | None,
    data: Path | None,
    seed: int | None,
    post_format: str = "embed",
) -> int:
    """Run the demo until Ctrl-C, or one song with `once`; returns the exit code.

    Without a `port` the page is on the first free one from 8080 on. `once` is not blank.
    """
    if data is not None and (error := _write_error(data)):
        return _usage_error(f"Can't write to {data} ({error}). Choose another --data.")
    if port is not None and not once and (error := _port_error(port)):
        return _usage_error(f"Can't use port {port} ({error}). Choose another or leave out --port.")
    page_port = 0 if once else _free_port() if port is None else port
    stop = asyncio.Event()
    # Before anything is started: Ctrl-C has to stop a start, too.
    for number in (signal.SIGTERM, signal.SIGINT):
        asyncio.get_running_loop().add_signal_handler(number, stop.set)
    async with started(speed=speed, port=page_port, data=data, seed=seed, post_format=post_format) as running:
        ended = asyncio.create_task(running.supervisor.ended())
        work = asyncio.create_task(
            _once(running, once, speed, as_json)
            if once
            else _serve(running, speed, stop, is_expected_port=port is not None or page_port == DEFAULT_PORT)
        )
        stopped = asyncio.create_task(stop.wait())
        await asyncio.wait([ended, work, stopped], return_when=asyncio.FIRST_COMPLETED)
        for task in (ended, work, stopped):
            task.cancel()  # which changes nothing for one that is done
        try:
            # First: where the song is finished, it does not matter what else has ended.
            if work.done():
                return work.result()
        except TimeoutError as error:
            return _failure(f"The demo {error} and gave up", running.bot)
        return _failure(f"The bot exited with code {ended.result()}", running.bot) if ended.done() else 0


def _failure(what: str, bot: BotProcess) -> int:
    _print(f"{what}. The bot's log:\n{bot.log}", file=sys.stderr)
    return 1


def _print(text: str, *, file: TextIO | None = None) -> None:
    """Write in the stream's own encoding: click would replace ASCII by another one."""
    click.echo(text, file=file or sys.stdout)


def _usage_error(message: str) -> int:
    _print(f"error: {message}", file=sys.stderr)
    return USAGE_ERROR


def _port_error(port: int) -> str | None:
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(("127.0.0.1", port))
            probe.listen()
        except OSError as error:
            return error.strerror
    return None


def _free_port() -> int:
    """The default port or the next free one; 0 (any) when TRIED_PORTS are taken."""
    tried = range(DEFAULT_PORT, DEFAULT_PORT + TRIED_PORTS)
    return next((port for port in tried if not _port_error(port)), 0)


def _write_error(folder: Path) -> str | None:
    try:
        folder.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryFile(dir=folder):
            return None
    except OSError as error:
        return error.strerror


@asynccontextmanager
async def started(
    *,
    speed: float,
    port: int,
    data: Path | None,
    seed: int | None,
    song_seconds: int | None = None,
    post_format: str = "embed",
    bot_type: type[BotProcess] = BotProcess,
) -> AsyncGenerator[Demo, None]:
    """Start all parts, and stop them in reverse order. With `song_seconds` every song is that long.

    `post_format` is the bot's POST_FORMAT, and `bot_type` how its process is started.
    """
    async with AsyncExitStack() as stack:
        folder = data or Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="whisul-demo-")))
        folder.mkdir(parents=True, exist_ok=True)
        seed = random.randrange(2**32) if seed is None else seed
        whisul = await stack.enter_async_context(
            WhisulSimulator(speed=speed, seed=seed, song_seconds=song_seconds)
        )
        discord = DiscordStandIn(token=TOKEN, page_dir=PAGE, about=_about(whisul, speed))
        discord.world.add_group("ada", "bela", "eve", name="The Band")
        # Otherwise the bot would be offline for up to 5 s more after each crash and each change of speed.
        discord.gateway.starts.bucket_s = 0.0
        bot = bot_type({}, folder=folder, log_file=folder / "bot.log")
        supervisor = BotSupervisor(bot)
        control = ControlApi(
            whisul=whisul, discord=discord, supervisor=supervisor, speed_settings=_speed_settings
        )
        discord.extra_routes = control.add_to
        await discord.start(port=port)
        stack.push_async_callback(discord.stop)
        # After both servers, which it connects to; so it is stopped before them.
        await bot.start(**_settings(whisul, discord, folder, speed), POST_FORMAT=post_format)
        stack.push_async_callback(bot.stop)
        stack.push_async_callback(control.close)
        yield Demo(whisul, discord, bot, supervisor, control)


def _settings(whisul: WhisulSimulator, discord: DiscordStandIn, folder: Path, speed: float) -> dict[str, str]:
    return bot_settings(
        discord_token=TOKEN,
        discord_api_url=discord.api_url,
        discord_gateway_url=discord.gateway_url,
        whisul_url=whisul.url,
        whisul_key=whisul.api_key,
        media_host=whisul.media_host,
        database=(folder / "bot.db").resolve(),
        LOG_FORMAT="json",
        ALLOW_USER_INSTALL="true",
        **_speed_settings(speed),
    )


def _speed_settings(speed: float) -> dict[str, str]:
    """The bot's intervals and deadlines for a speed."""
    return {
        "POLL_INTERVAL_S": str(max(FASTEST_POLL_INTERVAL_S, PUBLISHED_POLL_INTERVAL_S / speed)),
        "JOB_DEADLINE_S": str(max(10.0, DEADLINE_S / speed)),
        "JOB_NOT_FOUND_GRACE_S": str(max(1.0, NOT_FOUND_GRACE_S / speed)),
        "WHISUL_REQUESTS_PER_SECOND": str(max(5.0, 5.0 * speed)),
    }


def _about(whisul: WhisulSimulator, speed: float) -> dict[str, Any]:
    hints = [{"word": word.word, "meaning": word.meaning} for word in PROMPT_WORDS]
    return {"whisul_url": whisul.url, "speed": speed, "hints": hints, "control": True}


async def _serve(running: Demo, speed: float, stop: asyncio.Event, *, is_expected_port: bool) -> int:
    typical_s = TYPICAL_SONG_S / speed
    if not is_expected_port:
        _print(f"  Port {DEFAULT_PORT} is in use, so the page is on port {running.discord.port}.")
    _print(f"\n  Open {running.discord.page_url} and type /compose a trap song\n")
    _print(
        f"  Songs take about {typical_s:.0f} s each, {speed:g} times faster than real time. To watch jobs live, turn on faults or\n"
        "  change the speed, open the control room (the sliders icon at the upper right). To stop, press Ctrl-C.\n"
    )
    await stop.wait()
    return 0


# --- one song without a browser ------------------------------------------------------------------------------------


async def _once(running: Demo, prompt: str, speed: float, as_json: bool) -> int:
    """Request one song as a member, wait for its outcome, and print it."""
    discord, whisul = running.discord, running.whisul
    await discord.wait_online(READY_TIMEOUT_S)
    began = time.monotonic()
    try:
        asked = await discord.command(user="ada", channel=CHANNEL, name="compose", options={"prompt": prompt})
    except Refused as refusal:
        return _usage_error(str(refusal))
    timeout_s = READY_TIMEOUT_S + 2 * DEADLINE_S / speed
    outcome = await discord.wait_for(lambda: _outcome(discord, asked) or asked.failed, timeout_s=timeout_s)
    elapsed_s = time.monotonic() - began
    # The card is collapsed right after the post: wait, so that the final state of the channel is printed.
    with contextlib.suppress(TimeoutError):
        await discord.wait_for(lambda: not asked.answer or not asked.answer.embeds, timeout_s=2)
    job = next(iter(whisul.jobs.values()), None)
    completed = (
        isinstance(outcome, Message) and job is not None and job.status == "completed" and _has_audio(outcome)
    )
    report = {
        "status": "completed" if completed else "failed",
        "job_id": job.job_id if job else None,
        "elapsed_s": round(elapsed_s, 2),
        "messages": [_message_summary(discord, message) for message in _readable_messages(discord, asked)],
    }
    _print(json.dumps(report) if as_json else _as_text(report))
    return 0 if completed else 1


def _readable_messages(discord: DiscordStandIn, asked: SeenInteraction) -> list[Message]:
    """All messages that the requester can read, oldest first."""
    direct = discord.world.dm_with("ada")
    channels = [CHANNEL, direct] if direct else [CHANNEL]
    public = [message for channel in channels for message in discord.messages(channel)]
    private = [message for message in asked.followups if message.ephemeral and message not in public]
    return sorted([*public, *private], key=lambda message: message.id)


def _outcome(discord: DiscordStandIn, asked: SeenInteraction) -> Message | None:
    """The message with the outcome: it pings the requester, is ephemeral, or is a direct message."""
    for message in _readable_messages(discord, asked):
        direct = message.channel_id != asked.channel.id
        if message.ephemeral or direct or asked.user.id in message.pinged_user_ids:
            return message
    return None


def _has_audio(message: Message) -> bool:
    texts = [str(embed.get("description")) for embed in message.embeds]
    return any(map(_listen_url, [*texts, *_displayed(message.components)]))


def _listen_url(text: str) -> str:
    """The address of the song's link in a text; empty without one."""
    found = _MASKED_LINK.search(text)
    return found[1] if found else ""


def _displayed(components: list[Json]) -> list[str]:
    """The texts of a message of components."""
    return [str(each["content"]) for each in walk(components) if "content" in each]


def _message_summary(discord: DiscordStandIn, message: Message) -> dict[str, Any]:
    payload = discord.message_json(message)
    return {
        name: payload[name] for name in ("id", "channel_id", "content", "embeds", "attachments", "components")
    }


def _as_text(report: dict[str, Any]) -> str:
    lines = [f"{report['status']} after {report['elapsed_s']} s (job {report['job_id']})"]
    for message in report["messages"]:
        text = "\n".join(filter(None, [message["content"], *_displayed(message["components"])]))
        lines.append(f"- {text or '(no text)'}".replace("\n", "\n  "))
        for embed in message["embeds"]:
            lines.append(f"  {embed.get('title', '')}  {_listen_url(embed.get('description') or '')}")
            lines += [f"    {field['name']}: {field['value']}" for field in embed.get("fields", [])]
        lines += [f"  attached: {attachment['filename']}" for attachment in message["attachments"]]
    return "\n".join(lines)
