"""What a step is judged by: the bot's records and database, and Discord's REST API."""

import sqlite3
from collections.abc import Callable
from contextlib import closing
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from sandbox.bot_process import BotProcess
from tests.rehearse.discord_rest import DiscordRest
from tests.rehearse.recorder import Record, read_record

Row = dict[str, Any]
CALLBACK = "Discord POST /interactions/{id}/{token}/callback"
SUBMITS = ("Whisul POST /compose", "Whisul POST /generate")


class Unfulfilled(Exception):
    """Something is not as a step expects it; the text says what."""


def require(condition: object, expected: str) -> None:
    """Raise Unfulfilled unless it holds."""
    if not condition:
        raise Unfulfilled(expected)


@dataclass(slots=True)
class Scene:
    """The bot in one run, and what was seen of it.

    By the step that requested them, `jobs` are the keys of jobs, and `posts` the IDs of channel and message of posts that
    were seen. `places` are the channels with messages of the bot.
    """

    bot: BotProcess
    rest: DiscordRest
    database: Path
    records_file: Path
    application_id: str
    records: list[Record] = field(default_factory=list[Record])
    jobs: dict[str, int] = field(default_factory=dict[str, int])
    posts: dict[str, tuple[int, int]] = field(default_factory=dict[str, tuple[int, int]])
    places: set[int] = field(default_factory=set[int])
    _began: int = 0
    _taken: int = 0
    _jobs_before: set[int] = field(default_factory=set[int])

    def begin(self) -> None:
        """A new step begins."""
        self.look()
        self._began = len(self.records)
        self._jobs_before = {row["key"] for row in self.rows()}

    def look(self) -> None:
        """Take in what the bot has recorded, and the channels of its messages, for the end."""
        if self.records_file.exists():
            # A last line without its end is still being written.
            lines = self.records_file.read_text(encoding="utf-8").split("\n")[:-1]
            self.records += map(read_record, lines[len(self.records) :])
        for row in self.rows():
            # An erased job of direct messages has no channel.
            self.places |= {row["channel_id"], row["post_channel_id"] or row["channel_id"]} - {0}

    def take(self) -> list[Record]:
        """The records since the last call: none is left out, also not one that arrives between two steps."""
        self.look()
        new, self._taken = self.records[self._taken :], len(self.records)
        return new

    @property
    def of_step(self) -> list[Record]:
        """The records of this step."""
        return self.records[self._began :]

    def times(self, label: str) -> int:
        """How often a person did this in this step."""
        return sum(record.label == label for record in self.of_step)

    def calls(self, operation: str) -> int:
        """How often there was a request or event of this kind in this step."""
        return sum(record.operation == operation for record in self.of_step)

    def did(self, *labels: str) -> bool:
        """Whether a person did each of these in this step, and every interaction of the step was acknowledged."""
        interactions = sum(record.operation.startswith("event INTERACTION") for record in self.of_step)
        return all(map(self.times, labels)) and self.calls(CALLBACK) >= interactions

    def refusals(self) -> dict[str, str]:
        """The operations of this step that were answered with an error, and the status."""
        statuses = [(record.operation, record.shape.get("status", ["200"])[0]) for record in self.of_step]
        return {operation: status for operation, status in statuses if not status.startswith(("1", "2", "3"))}

    @property
    def submitted(self) -> int:
        """How many songs Whisul has accepted."""
        answers = [record.shape["status"] for record in self.records if record.operation in SUBMITS]
        return sum(status.startswith("2") for (status,) in answers)

    def rows(self, condition: Callable[[Row], bool] = bool) -> list[Row]:
        """The jobs as they are stored; none before there is a database."""
        try:
            with closing(sqlite3.connect(f"file:{self.database}?mode=ro", uri=True)) as connection:
                connection.row_factory = sqlite3.Row
                found = [dict(row) for row in connection.execute("SELECT * FROM jobs ORDER BY key")]
        except sqlite3.OperationalError:
            return []
        return list(filter(condition, found))

    def requested(self, step: str) -> Row | None:
        """The first job that was requested in the current step, which is noted as this step's."""
        new = self.rows(lambda row: row["key"] not in self._jobs_before)
        if not new:
            return None
        self.jobs[step] = new[0]["key"]
        return new[0]

    def job(self, step: str) -> Row:
        """The job of an earlier step."""
        (row,) = self.rows(lambda row: row["key"] == self.jobs[step])
        return row

    async def card(self, step: str) -> dict[str, Any]:
        """The card of a job. Raises Unfulfilled where there is none."""
        row = self.job(step)
        return await self.message(row["channel_id"], row["card_message_id"], "the card")

    async def post(self, step: str) -> dict[str, Any]:
        """The post of a job, in a channel or a direct message. Raises Unfulfilled where there is none."""
        row = self.job(step)
        post = await self.message(row["post_channel_id"], row["post_message_id"], "the post")
        self.posts[step] = row["post_channel_id"], row["post_message_id"]
        return post

    async def message(self, channel_id: int | None, message_id: int | None, what: str) -> dict[str, Any]:
        """A message that is there. Raises Unfulfilled."""
        found = await self.rest.message(channel_id, message_id) if channel_id and message_id else None
        if found is None:
            raise Unfulfilled(f"{what} is there")
        return found


def controls(message: dict[str, Any]) -> dict[str, str]:
    """The labels of a message's buttons by what they do; links are left out."""
    buttons = [each for row in message["components"] for each in row["components"]]
    return {each["custom_id"].split(":")[0]: each["label"] for each in buttons if "custom_id" in each}


def field_names(message: dict[str, Any]) -> list[str]:
    """The names of the fields of the only embed. Raises Unfulfilled where there is not one embed."""
    require(len(message["embeds"]) == 1, "the message has one embed")
    return [each["name"] for each in message["embeds"][0].get("fields", [])]
