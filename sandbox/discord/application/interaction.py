"""One interaction: what a person did with the bot, and everything that the bot answered."""

from collections.abc import Callable
from dataclasses import dataclass, field
from enum import IntEnum
from typing import TypeVar

from sandbox.discord.json_types import Json
from sandbox.discord.rules.commands import OptionType
from sandbox.discord.world.bus import EventBus
from sandbox.discord.world.model import Channel, Message, User

T = TypeVar("T")
WAIT_S = 5.0


class InteractionType(IntEnum):
    """The types of interaction."""

    COMMAND = 2
    COMPONENT = 3
    AUTOCOMPLETE = 4
    MODAL = 5


class ResponseType(IntEnum):
    """The types of first response."""

    MESSAGE = 4
    DEFERRED = 5
    DEFERRED_UPDATE = 6
    UPDATE = 7
    CHOICES = 8
    MODAL = 9


@dataclass(slots=True, eq=False)
class SeenInteraction:
    """An interaction with all of its answers, as a test reads it.

    `response` is the original response, which may still be loading; for an update it is the message that the component
    stands on (`updated` once it was edited). `modal` and `choices` hold the other kinds of answer. `failed` is the error
    that the person reads when no answer came in time. Times are the stand-in's, in seconds.
    """

    id: int
    token: str = field(repr=False)
    type: InteractionType
    user: User
    channel: Channel
    created_at: float
    name: str | None
    data: Json
    bus: EventBus = field(repr=False)
    command_type: int | None = None
    source: Message | None = None
    opened_by: "SeenInteraction | None" = None
    focused_type: int = OptionType.STRING
    user_installed: bool = False
    acknowledged_at: float | None = None
    response_type: ResponseType | None = None
    response: Message | None = None
    followups: list[Message] = field(default_factory=list[Message])
    followup_count: int = 0
    updated: bool = False
    modal: Json | None = None
    choices: list[Json] | None = None
    failed: str | None = None

    @property
    def acknowledged(self) -> bool:
        """Whether the bot sent its first response in time."""
        return self.acknowledged_at is not None

    @property
    def answer(self) -> Message | None:
        """The original response, once it is no longer loading."""
        return self.response if self.response and not self.response.loading else None

    async def wait_acknowledged(self, timeout_s: float = WAIT_S) -> None:
        """Wait for the first response of any kind."""
        await self._wait(lambda: self.acknowledged, timeout_s, "an acknowledgement of")

    async def wait_response(self, timeout_s: float = WAIT_S) -> Message:
        """Wait for an original response that is not loading."""
        return await self._wait(lambda: self.answer, timeout_s, "a response to")

    async def wait_followup(self, number: int = 1, timeout_s: float = WAIT_S) -> Message:
        """Wait for the first follow-up, or the one of this number."""
        await self._wait(lambda: len(self.followups) >= number, timeout_s, f"follow-up {number} to")
        return self.followups[number - 1]

    async def wait_update(self, timeout_s: float = WAIT_S) -> Message:
        """Wait until the bot edited the message whose component was used; a deferred update is no edit."""
        await self._wait(lambda: self.updated, timeout_s, "an update by")
        assert self.response is not None  # noqa: S101 - an update has its message
        return self.response

    async def wait_failed(self, timeout_s: float = WAIT_S) -> str:
        """Wait until the interaction has failed, and return the error that the person reads."""
        return await self._wait(lambda: self.failed, timeout_s, "the failure of")

    async def wait_modal(self, timeout_s: float = WAIT_S) -> Json:
        """Wait for a modal."""
        return await self._wait(lambda: self.modal, timeout_s, "a modal for")

    async def wait_choices(self, timeout_s: float = WAIT_S) -> list[Json]:
        """Wait for the choices of an autocompletion."""
        await self._wait(lambda: self.choices is not None, timeout_s, "choices for")
        return self.choices or []

    async def _wait(self, predicate: Callable[[], T | None], timeout_s: float, what: str) -> T:
        return await self.bus.wait_for(predicate, timeout_s=timeout_s, what=f"{what} {self.name}")
