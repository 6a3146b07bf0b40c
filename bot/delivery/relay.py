"""Passes on what a process has to tell the others: which job has changed, and what the leader has to look at.

Each process draws the cards of the servers that it serves and delivers there; only one of them leads. With SQLite both are this
process, and nothing is announced.
"""

from collections.abc import Callable, Iterable

from bot.concurrency import Wakeup
from bot.delivery.cards import Cards
from bot.delivery.worker import DeliveryWorker
from bot.domain.jobs import Job
from bot.ops.membership import MEMBERS_CHANGED, Membership
from bot.store import Store

_CHANGED, _CARD, _LOOK, _POLL = "changed", "card", "look", "poll"


class Relay:
    """Tells this process, or announces to the others.

    Attributes:
        leaders_wakeups: the loops of the leader that look for work when they are woken.
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
        self.leaders_wakeups: Iterable[Wakeup] = ()
        self.poll: Callable[[int], None] = lambda _: None

    def job_changed(self, job: Job) -> None:
        """A job has changed: its card is to be drawn, or its outcome delivered."""
        if self._membership.serves(job.guild_id):
            self._delivery.job_changed(job)
        else:
            self._announcements.send(_CHANGED, job.key, job.guild_id)

    def card_changed(self, key: int) -> None:
        """The card of a job is to be drawn, by whoever serves its server."""
        self._cards.refresh_soon(key)
        if not self._is_alone:
            self._announcements.send(_CARD, key)

    def poll_wanted(self, key: int) -> None:
        """A person asks for the status of a job."""
        self._announcements.send(_POLL, key)

    def wake_leader(self) -> None:
        """There is work for the leader: a job to submit, or what is left of an erasure."""
        if self._membership.leads:
            for wakeup in self.leaders_wakeups:
                wakeup.wake()
        else:
            self._announcements.send(_LOOK)

    def received(self, words: list[str]) -> None:
        """An announcement of another process; one of a newer version may be unknown."""
        match words:
            case [str(kind), str(key), str(guild_id)] if kind == _CHANGED:
                if self._membership.serves(int(guild_id)):
                    self._delivery.wakeup.wake()
                    self._cards.refresh_soon(int(key))
            case [str(kind), str(key)] if kind == _CARD:
                self._cards.refresh_soon(int(key))
            case [str(kind), str(key)] if kind == _POLL:
                if self._membership.leads:
                    self.poll(int(key))
            case [str(kind)] if kind == _LOOK:
                if self._membership.leads:
                    self.wake_leader()
            case [str(kind)] if kind == MEMBERS_CHANGED:
                self._membership.wakeup.wake()
            case _:
                pass
