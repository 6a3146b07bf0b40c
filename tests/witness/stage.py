"""The bot between simcord and the Whisul simulator, and helpers for scenes.

simcord replaces the connection to Discord: it handles discord.py's REST calls and webhooks, and passes events to discord.py's
parsers. Everything else is what `python -m bot run` runs.
"""

import asyncio
from collections.abc import AsyncGenerator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, TypeVar

import discord
import simcord

from bot.app import opened
from bot.client.identify_pace import IdentifyPace
from bot.client.music_bot import MusicBot
from bot.client.shard_clients import ShardClients
from bot.discord_io.request_pace import RequestPace
from bot.runtime import App
from bot.settings import Settings
from sandbox.bot_process import bot_settings
from sandbox.whisul import WhisulSimulator

T = TypeVar("T")
WAIT_S = 60.0
"""Long enough for a busy machine; nothing waits for it when things go well."""
ADMIN = discord.Permissions(manage_guild=True, view_channel=True, send_messages=True)


class NoClients(ShardClients):
    """Connects nothing: simcord runs the client."""

    def __init__(self) -> None: ...

    async def run(self) -> None:
        """Wait until cancelled."""
        await asyncio.Event().wait()


class _Transcript(list[Any]):
    """simcord's list of events and requests, with a callback for each entry."""

    def __init__(self, on_append: Callable[[], None]) -> None:
        super().__init__()
        self._on_append = on_append

    def append(self, entry: Any) -> None:
        super().append(entry)
        self._on_append()


@dataclass(slots=True)
class Stage:
    """simcord with one server: bela manages it, ada and dana are members."""

    env: simcord.Env
    whisul: WhisulSimulator
    app: App
    guild: simcord.GuildHandle
    music: simcord.ChannelHandle
    general: simcord.ChannelHandle
    ada: Any
    dana: Any
    bela: Any
    happened: asyncio.Event

    async def until(self, predicate: Callable[[], T | None], what: str) -> T:
        """Wait until something is true in simcord.

        Raises:
            AssertionError: it does not become true within `WAIT_S` seconds.
        """
        try:
            async with asyncio.timeout(WAIT_S):
                while not (found := predicate()):
                    self.happened.clear()
                    await self.happened.wait()
                return found
        except TimeoutError:
            raise AssertionError(f"no {what}:\n{self.env.transcript()[-6000:]}") from None

    async def ordered(self, prompt: str, *, number: int = 1) -> str:
        """Wait until Whisul works on a prompt for the number-th time; returns the job's ID."""

        def jobs() -> list[str]:
            return [submit.job_id for submit in self.whisul.submits if submit.prompt == prompt]

        await self.whisul.wait_for(lambda: len(jobs()) >= number, timeout_s=WAIT_S)
        return jobs()[number - 1]

    async def post(self, job_id: str, *, channel: simcord.ChannelHandle | None = None) -> discord.Message:
        """Wait for the post of a job, in #music unless said otherwise."""
        place = channel or self.music

        def found() -> discord.Message | None:
            return next(
                (post for post in self.posts(place) if post.embeds[0].footer.text == f"Job {job_id}"), None
            )

        return await self.until(found, f"post of {job_id}")

    async def deliveries_recorded(self) -> None:
        """Wait until no delivery is in flight; the last step of each is to store that it was delivered."""
        while tasks := self.app.delivery.in_flight():
            await asyncio.wait(tasks)

    def posts(self, channel: simcord.ChannelHandle) -> list[discord.Message]:
        """The songs that the bot has posted, oldest first."""
        return [
            message
            for message in channel.history()
            if any((embed.footer.text or "").startswith("Job ") for embed in message.embeds)
            and message.interaction_metadata is None
        ]


def words(message: Any) -> str:
    """All text of a message."""
    parts = [message.content]
    for embed in message.embeds:
        parts += [embed.title, embed.description, embed.footer.text]
        parts += [text for each in embed.fields for text in (each.name, each.value)]
    return "\n".join(filter(None, parts))


@asynccontextmanager
async def staged(folder: Path) -> AsyncGenerator[Stage]:
    """The bot, running; its database is in `folder`."""
    async with WhisulSimulator(tiny_files=True, reference=True) as whisul:
        whisul.hold = True
        async with opened(_settings(whisul, folder)) as whole:
            app = replace(whole, shard_clients=NoClients())
            await app.services.membership.set_shard_count(1)
            client = MusicBot(
                services=app.services,
                connection=app.connection,
                pace=RequestPace(app.services.clock),
                identify=IdentifyPace(app.services.store, app.services.clock),
                shard=0,
                on_ready=app.delivery.wakeup.wake,
            )
            async with simcord.run(client, settle_timeout=WAIT_S) as env, _served(app):
                yield await _world(env, whisul, app)
            app.connection.detach(client)


def _settings(whisul: WhisulSimulator, folder: Path) -> Settings:
    settings = bot_settings(
        discord_token="simcord.made.up",
        discord_api_url="https://discord.com/api/v10",  # the form that simcord expects; nothing is sent there
        discord_gateway_url="wss://gateway.discord.gg",
        whisul_url=whisul.url,
        whisul_key=whisul.api_key,
        media_host=whisul.media_host,
        database=folder / "bot.db",
        POLL_INTERVAL_S="0.1",
        WHISUL_REQUESTS_PER_SECOND="500",
        WHISUL_REQUEST_BURST="500",
    )
    file = folder / ".env"
    file.write_text("".join(f"{name}={value}\n" for name, value in settings.items()), encoding="utf-8")
    return Settings.load(file)


@asynccontextmanager
async def _served(app: App) -> AsyncGenerator[None]:
    stop = asyncio.Event()
    serving = asyncio.create_task(app.serve(stop))
    try:
        yield
    finally:
        stop.set()
        await serving


async def _world(env: simcord.Env, whisul: WhisulSimulator, app: App) -> Stage:
    # simcord's clock begins in the past and stands still; the bot compares Discord's times with this machine's.
    await env.advance_time((datetime.now(UTC) - env.now()).total_seconds())
    happened = asyncio.Event()
    env.backend.transcript = _Transcript(happened.set)
    guild = env.create_guild("Night Owls")
    managers = guild.create_role("Managers", permissions=ADMIN)
    guild.create_role("DJs")
    return Stage(
        env=env,
        whisul=whisul,
        app=app,
        guild=guild,
        music=guild.create_text_channel("music"),
        general=guild.create_text_channel("general"),
        ada=guild.add_member(env.create_user("ada")),
        dana=guild.add_member(env.create_user("dana")),
        bela=guild.add_member(env.create_user("bela"), roles=[managers]),
        happened=happened,
    )
