"""The real bot between the sandbox's two servers, with helpers to drive and observe it."""

import asyncio
import re
import sqlite3
from collections.abc import AsyncGenerator, Callable, Iterator
from contextlib import asynccontextmanager, closing
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from sandbox.bot_process import BotProcess, bot_settings
from sandbox.discord import DiscordStandIn
from sandbox.discord.application import command_registry
from sandbox.discord.application.interaction import SeenInteraction
from sandbox.discord.world.model import Channel, Message
from sandbox.whisul import WhisulSimulator

TOKEN = "stand-in.bot.token"
PATIENCE_S = 60.0
"""Long enough for a slow machine; nothing waits for it when things go well."""


QUICK = {
    "POLL_INTERVAL_S": "0.25",
    "WHISUL_REQUESTS_PER_SECOND": "500",
    "WHISUL_REQUEST_BURST": "500",
}
"""Settings of a bot that waits for Whisul no longer than a test has to."""


def check_commands_once() -> None:
    """Have the stand-in check equal commands once: nearly all bots send the same, and to check them takes 10 ms."""
    check, accepted = command_registry.check_all, list[object]()

    def check_all(payload: list[dict[str, Any]]) -> None:
        if payload not in accepted:
            check(payload)
            accepted.append(payload)

    command_registry.check_all = check_all


check_commands_once()


def settings_between(
    whisul: WhisulSimulator, discord: DiscordStandIn, *, database: Path, **others: str
) -> dict[str, str]:
    """The settings of a bot between the two servers that reaches no limit and logs JSON; `others` go on top."""
    unlimited = {
        "MAX_QUEUED_JOBS": "100000",
        "MAX_RUNNING_JOBS_PER_SERVER": "100000",
        "MAX_SONGS_PER_DAY": "100000",
        "MAX_SONGS_PER_DAY_PER_SERVER": "100000",
        "LOG_FORMAT": "json",
    }
    return bot_settings(
        discord_token=TOKEN,
        discord_api_url=discord.api_url,
        discord_gateway_url=discord.gateway_url,
        whisul_url=whisul.url,
        whisul_key=whisul.api_key,
        media_host=whisul.media_host,
        database=database,
        **(unlimited | others),
    )


@dataclass(frozen=True, slots=True)
class Rig:
    """One simulator, one stand-in, one bot."""

    whisul: WhisulSimulator
    discord: DiscordStandIn
    bot: BotProcess
    database: Path

    async def start(self, **settings: str) -> None:
        """Start the bot and wait until it can be used."""
        starts = len(self.discord.identifies)
        await self.bot.start(**settings)
        # The connection of the process before may still look open.
        await self.until(lambda: len(self.discord.identifies) > starts and self.is_ready())

    def is_ready(self) -> bool:
        """Whether the bot is online and its commands are synced."""
        return self.discord.bot_online and bool(self.discord.command_registry.of_scope(None))

    async def until(self, predicate: Callable[[], Any]) -> Any:
        """Wait until a condition holds in the stand-in; fails with the bot's log."""
        try:
            return await self.discord.wait_for(predicate, timeout_s=PATIENCE_S)
        except TimeoutError:
            raise AssertionError(f"it never came true; the bot's log:\n{self.bot.log[-6000:]}") from None

    async def until_whisul(self, predicate: Callable[[], Any]) -> None:
        """The same for the simulator."""
        try:
            await self.whisul.wait_for(predicate, timeout_s=PATIENCE_S)
        except TimeoutError:
            raise AssertionError(f"it never came true; the bot's log:\n{self.bot.log[-6000:]}") from None

    async def compose(
        self, prompt: str = "a trap song", *, user: str = "ada", channel: str | Channel = "music"
    ) -> SeenInteraction:
        """A member types /compose; returns once it is acknowledged."""
        asked = await self.discord.command(
            user=user, channel=self.channel(channel), name="compose", options={"prompt": prompt}
        )
        await self.until(lambda: asked.acknowledged)
        return asked

    async def status(self, job_id: str, *, user: str = "ada", channel: str | Channel = "music") -> Message:
        """A member types /job status; returns the answer."""
        asked = await self.discord.command(
            user=user, channel=self.channel(channel), name="job status", options={"job_id": job_id}
        )
        return await self.until(lambda: asked.answer)

    def channel(self, channel: str | Channel) -> Channel:
        """A channel by its name."""
        return self.discord.world.channel(channel) if isinstance(channel, str) else channel

    def posts(self, channel: str | Channel = "music") -> list[Message]:
        """What the bot has posted in a channel, its cards left out."""
        return [message for message in self._of_bot(self.channel(channel)) if message.interaction_id is None]

    def cards(self, channel: str | Channel = "music") -> list[Message]:
        """The public answers to commands in a channel."""
        return [
            message for message in self._of_bot(self.channel(channel)) if message.interaction_id is not None
        ]

    def direct_messages(self, user: str = "ada") -> list[Message]:
        """The direct messages from the bot to a user."""
        channel = self.discord.world.dm_with(user)
        return self._of_bot(channel) if channel else []

    def _of_bot(self, channel: Channel) -> list[Message]:
        bot_id = self.discord.world.bot.id
        return [message for message in self.discord.messages(channel) if message.author_id == bot_id]

    async def post(self, channel: str | Channel = "music", number: int = 1) -> Message:
        """Wait for the number-th post of a channel."""
        await self.until(lambda: len(self.posts(channel)) >= number)
        return self.posts(channel)[number - 1]

    def rows(self) -> list[dict[str, Any]]:
        """The jobs as they are stored, oldest first."""
        with closing(sqlite3.connect(f"file:{self.database}?mode=ro", uri=True)) as connection:
            connection.row_factory = sqlite3.Row
            return [dict(row) for row in connection.execute("SELECT * FROM jobs ORDER BY key")]

    def row(self) -> dict[str, Any]:
        """The only job."""
        (row,) = self.rows()
        return row

    async def settled(self, state: str, *, delivery: str = "delivered") -> dict[str, Any]:
        """Wait until the only job is in a state and delivered."""
        await self.until_stored(lambda row: row["state"] == state and row["delivery"] == delivery)
        return self.row()

    async def until_stored(self, predicate: Callable[[dict[str, Any]], bool]) -> None:
        """Wait until the only job's row is as wanted, by polling the database."""
        for _ in range(int(PATIENCE_S / 0.05)):
            if any(map(predicate, self.rows())):
                return
            await asyncio.sleep(0.05)
        raise AssertionError(f"the rows never came to be so: {self.rows()}\n{self.bot.log[-6000:]}")

    async def until_all(self, predicate: Callable[[dict[str, Any]], bool], *, number: int) -> None:
        """Wait until there are so many rows, and every one is as wanted."""
        for _ in range(int(PATIENCE_S / 0.05)):
            rows = self.rows()
            if len(rows) == number and all(map(predicate, rows)):
                return
            await asyncio.sleep(0.05)
        raise AssertionError(f"the rows never came to be so: {self.rows()}\n{self.bot.log[-6000:]}")

    @asynccontextmanager
    async def on(self, database: Path) -> AsyncGenerator["Rig"]:
        """The same servers with a bot on another database, stopped at the end of the block."""
        bot = self.bot.twin(database.with_suffix(".log"), DATABASE_URL=f"sqlite+aiosqlite:///{database}")
        try:
            yield Rig(self.whisul, self.discord, bot, database)
        finally:
            if bot.started:
                await bot.stop()

    def another(self) -> BotProcess:
        """A second bot with the same settings."""
        return self.bot.twin(self.database.parent / "second.log")


def embed(message: Message) -> dict[str, Any]:
    """The only embed of a message."""
    (only,) = message.embeds
    return dict(only)


def fields(message: Message) -> dict[str, str]:
    """The fields of the only embed."""
    return {field["name"]: field["value"] for field in embed(message).get("fields", [])}


def listen_url(message: Message) -> str:
    """Where the only embed's link to the audio leads."""
    urls: list[str] = re.findall(r"\[Listen\]\((\S+)\)", embed(message)["description"])
    (url,) = urls
    return url


TEXT_DISPLAY = 10


def walk(components: list[dict[str, Any]]) -> Iterator[dict[str, Any]]:
    """All components of a message, nested ones too."""
    for each in components:
        yield each
        yield from walk(each.get("components", []))


def words(message: Message) -> str:
    """Everything that a person reads in a message."""
    texts = [message.content]
    for each in message.embeds:
        texts += [str(each.get("title", "")), str(each.get("description", ""))]
        texts += [f"{field['name']}: {field['value']}" for field in each.get("fields", [])]
        texts.append(str(each.get("footer", {}).get("text", "")))
    texts += [str(each["content"]) for each in walk(message.components) if each["type"] == TEXT_DISPLAY]
    return "\n".join(filter(None, texts))
