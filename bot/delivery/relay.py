"""Passes on what a process has to tell the others: which job has changed, and what the leader has to look at.

Each process draws the cards of the servers that it serves and delivers there; only one of them leads. With SQLite both are this
process, and nothing is announced.
"""

from collections.abc import Callable, Iterable, Sequence

from bot.concurrency import Wakeup
from bot.delivery.cards import Cards
from bot.delivery.worker import DeliveryWorker
from bot.domain.jobs import Job
from bot.generation.job_listener import JobListener
from bot.ops.membership import MEMBERS_CHANGED, Membership
from bot.store import Store

_CHANGED, _CARD, _LOOK, _POLL = "changed", "card", "look", "poll"


class Relay(JobListener):
    """Tells this process, or announces to the others.

    Attributes:
        queue_wakeups: of the leader's loops that look for work when a job was queued.
        erasure_wakeups: of those that look for what is left of an erasure.
        poll: polls the job with this key soon.
    """

    def __init__(
        self, *, store: Store, membership: Membership, delivery: DeliveryWorker, cards: Cards
    ) -> None:
        self._announcements = store.announcements
        self._is_alone = store.is_exclusive
        self._membership = membership
        self._delivery = delivery
        self._cards = cards
        self.queue_wakeups: Sequence[Wakeup] = ()
        self.erasure_wakeups: Sequence[Wakeup] = ()
        self.poll: Callable[[int], None] = lambda _: None

    def job_changed(self, job: Job, /) -> None:
        """A job has changed: its card is to be drawn, or its outcome delivered."""
        if self._membership.serves(job.guild_id):
            self._delivery.job_changed(job)
        else:
            # Direct messages have no server: then the word is empty.
            self._announcements.send(_CHANGED, job.key, "" if job.guild_id is None else job.guild_id)

    def card_changed(self, key: int, /) -> None:
        """The card of a job is to be drawn, by whoever serves its server."""
        # Here too: each process draws it only if it serves the job's server.
        self._cards.refresh_soon(key)
        if not self._is_alone:
            self._announcements.send(_CARD, key)

    def poll_wanted(self, key: int, /) -> None:
        """A person asks for the status of a job."""
        self._announcements.send(_POLL, key)

    def job_queued(self) -> None:
        """There is a job to submit."""
        self._wake_leader(self.queue_wakeups)

    def data_erased(self) -> None:
        """There may be cards to wipe and posts to delete."""
        self._wake_leader(self.erasure_wakeups)

    def _wake_leader(self, wakeups: Iterable[Wakeup]) -> None:
        if self._membership.leads:
            for wakeup in wakeups:
                wakeup.wake()
        else:
            self._announcements.send(_LOOK)

    def received(self, words: list[str]) -> None:
        """An announcement of another process; one of a newer version may be unknown."""
        match words:
            case [str(kind), str(key), str(guild_id)] if kind == _CHANGED:
                if self._membership.serves(int(guild_id) if guild_id else None):
                    self._delivery.wakeup.wake()
                    self._cards.refresh_soon(int(key))
            case [str(kind), str(key)] if kind == _CARD:
                self._cards.refresh_soon(int(key))
            case [str(kind), str(key)] if kind == _POLL:
                if self._membership.leads:
                    self.poll(int(key))
            case [str(kind)] if kind == _LOOK:
                if self._membership.leads:
                    self._wake_leader((*self.queue_wakeups, *self.erasure_wakeups))
            case [str(kind)] if kind == MEMBERS_CHANGED:
                self._membership.wakeup.wake()
            case _:
                pass
