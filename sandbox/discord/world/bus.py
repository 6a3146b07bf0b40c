"""The event bus: publishes every change in the world, and lets callers wait for a condition."""

import asyncio
from collections.abc import Callable
from dataclasses import dataclass
from enum import StrEnum
from typing import Any, TypeVar

T = TypeVar("T")


class Topic(StrEnum):
    """The kinds of change. The comment gives the type of `subject`."""

    MESSAGE_CREATE = "message_create"  # Message
    MESSAGE_UPDATE = "message_update"  # Message
    MESSAGE_DELETE = "message_delete"  # Message
    CHANNEL_CREATE = "channel_create"  # Channel
    CHANNEL_UPDATE = "channel_update"  # Channel
    CHANNEL_DELETE = "channel_delete"  # Channel
    ROLE_CREATE = "role_create"  # (Guild, Role)
    ROLE_UPDATE = "role_update"  # (Guild, Role)
    ROLE_DELETE = "role_delete"  # (Guild, Role)
    THREAD_JOIN = "thread_join"  # (Channel, User)
    GUILD_UPDATE = "guild_update"  # Guild
    MEMBER_UPDATE = "member_update"  # Guild
    GUILD_JOIN = "guild_join"  # Guild
    GUILD_LEAVE = "guild_leave"  # Guild
    USER_UPDATE = "user_update"  # User
    PRESENCE = "presence"  # None: the bot went online or offline
    COMMANDS = "commands"  # None: the registered commands changed
    REQUEST = "request"  # SeenRequest
    INTERACTION = "interaction"  # SeenInteraction
    GATEWAY = "gateway"  # None: identified, resumed, closed
    TYPING = "typing"  # Channel


@dataclass(frozen=True, slots=True)
class Change:
    """One change; the type of `subject` depends on the topic."""

    topic: Topic
    subject: Any = None


class EventBus:
    """Calls every subscriber with every change, and wakes the callers of `wait_for`."""

    def __init__(self) -> None:
        self._listeners: list[Callable[[Change], None]] = []
        self._waiters: set[asyncio.Event] = set()

    def subscribe(self, listener: Callable[[Change], None]) -> Callable[[], None]:
        """Call `listener` with every change; returns a function that ends the subscription."""
        self._listeners.append(listener)
        return lambda: self._listeners.remove(listener)

    def publish(self, topic: Topic, subject: Any = None) -> None:
        """Call all subscribers, in the order in which they subscribed."""
        change = Change(topic, subject)
        for listener in tuple(self._listeners):
            listener(change)
        for event in self._waiters:
            event.set()

    async def wait_for(
        self, predicate: Callable[[], T | None], *, timeout_s: float, what: str = "a change"
    ) -> T:
        """Wait until `predicate()` is true, which is checked after every change, and return its value.

        Raises:
            TimeoutError: it was not true within `timeout_s` seconds.
        """
        changed = asyncio.Event()
        self._waiters.add(changed)
        try:
            async with asyncio.timeout(timeout_s):
                while not (result := predicate()):
                    await changed.wait()
                    changed.clear()
                return result
        except TimeoutError:
            raise TimeoutError(f"waited {timeout_s:g} s for {what}") from None
        finally:
            self._waiters.discard(changed)
