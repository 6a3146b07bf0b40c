"""How the parts hang together: each is made once, of the others that it names, when it is first asked for.

Calls point downwards; news travels up through the callbacks that are given here.
"""

import random
from dataclasses import dataclass, field
from datetime import timedelta
from functools import cached_property

from bot.administration import Administration
from bot.alarm import Alarm
from bot.clock import Clock
from bot.composer import Composer
from bot.delivery import Cards, CardWiper, Delivery, Line, Posts, Promises
from bot.delivery.attachments import Packer
from bot.delivery.attempt import Attempts
from bot.delivery.channel import ChannelRung
from bot.delivery.direct import DirectMessageRung
from bot.delivery.private import PrivateRung
from bot.delivery.refusal import InteractionRung
from bot.gate import Gate
from bot.library import Library
from bot.limits import Caps
from bot.media import MediaFetcher
from bot.ops.health import Health
from bot.ops.metrics import Metrics
from bot.ops.notices import Notices
from bot.privacy import Privacy, TokenExpiry
from bot.runtime import App
from bot.schedule import Schedule
from bot.services import Services
from bot.settings import Settings
from bot.stopper import Stopper
from bot.store import Store
from bot.submitter import Submitter
from bot.tracker import Tracker
from bot.turns import Turns
from bot.whisul import WhisulClient


@dataclass(kw_only=True)
class Wiring:
    """The parts of one program, made of what `bot.app` has opened and closes again in the end."""

    settings: Settings
    clock: Clock
    store: Store
    whisul: WhisulClient
    media: MediaFetcher
    line: Line
    metrics: Metrics
    _work_to_submit: Alarm = field(default_factory=Alarm, init=False)

    def app(self) -> App:
        """All of them."""
        return App(
            settings=self.settings,
            store=self.store,
            composer=self.composer,
            submitter=self.submitter,
            tracker=self.tracker,
            cards=self.cards,
            wiper=self.wiper,
            tokens=self.tokens,
            delivery=self.delivery,
            line=self.line,
            services=self.services,
            gate=self.gate,
            metrics=self.metrics,
            health=Health(),
            notices=Notices.from_environment(),
        )

    # --- what tells people ---------------------------------------------------------------------------------------

    @cached_property
    def cards(self) -> Cards:
        """The messages that show jobs at work."""
        return Cards(store=self.store, line=self.line, gate=self.gate, clock=self.clock, turns=self.turns)

    @cached_property
    def wiper(self) -> CardWiper:
        """What takes the prompts off the cards of erased jobs."""
        return CardWiper(store=self.store, line=self.line, cards=self.cards, clock=self.clock)

    @cached_property
    def packer(self) -> Packer:
        """What fetches the files that go with a post."""
        return Packer(media=self.media, enabled=self.settings.attach_media)

    @cached_property
    def delivery(self) -> Delivery:
        """The outbox."""
        return Delivery(
            store=self.store,
            line=self.line,
            cards=self.cards,
            attempts=self.attempts,
            clock=self.clock,
            owner=self.store.owner,
        )

    @cached_property
    def attempts(self) -> Attempts:
        """What tells one job, by the best route first."""
        return Attempts(
            store=self.store,
            line=self.line,
            cards=self.cards,
            packer=self.packer,
            routes=[
                PrivateRung(line=self.line, clock=self.clock, cards=self.cards),
                InteractionRung(line=self.line, clock=self.clock, store=self.store),
                ChannelRung(line=self.line, clock=self.clock, store=self.store),
                DirectMessageRung(line=self.line, clock=self.clock),
            ],
            metrics=self.metrics,
        )

    # --- what calls Whisul ---------------------------------------------------------------------------------------

    @cached_property
    def gate(self) -> Gate:
        """The budget of the one API key."""
        return Gate(
            clock=self.clock,
            first_probe_wait_s=self.settings.poll_interval_s,
            calls_per_s=self.settings.whisul_requests_per_second,
            burst=self.settings.whisul_request_burst,
        )

    @cached_property
    def turns(self) -> Turns:
        """Whose turn it is to be submitted."""
        return Turns(
            store=self.store,
            most=self.settings.max_running_jobs,
            most_per_server=self.settings.max_running_jobs_per_server,
        )

    @cached_property
    def submitter(self) -> Submitter:
        """What sends queued jobs."""
        return Submitter(
            store=self.store,
            turns=self.turns,
            whisul=self.whisul,
            gate=self.gate,
            clock=self.clock,
            metrics=self.metrics,
            owner=self.store.owner,
            max_running_jobs=self.settings.max_running_jobs,
            job_deadline_s=self.settings.job_deadline_s,
            alarm=self._work_to_submit,
            on_running=lambda job: self.tracker.follow([job]),
            on_change=self.delivery.announce,
            on_waiting=self.cards.refresh_soon,
        )

    @cached_property
    def tracker(self) -> Tracker:
        """What follows running jobs."""
        return Tracker(
            store=self.store,
            whisul=self.whisul,
            gate=self.gate,
            clock=self.clock,
            metrics=self.metrics,
            owner=self.store.owner,
            schedule=Schedule(interval_s=self.settings.poll_interval_s, chance=random.random),
            poll_interval_s=self.settings.poll_interval_s,
            job_deadline_s=self.settings.job_deadline_s,
            not_found_grace_s=self.settings.job_not_found_grace_s,
            on_change=self.delivery.announce,
            on_room=self.submitter.room_made,
        )

    # --- what commands call --------------------------------------------------------------------------------------

    @cached_property
    def caps(self) -> Caps:
        """What the operator allows at most, whatever admins set."""
        return Caps(
            server_songs_per_day=self.settings.max_songs_per_day_per_server,
            songs_per_day=self.settings.max_songs_per_day,
            queued=self.settings.max_queued_jobs,
        )

    @cached_property
    def composer(self) -> Composer:
        """What takes requests."""
        return Composer(
            store=self.store,
            clock=self.clock,
            caps=self.caps,
            max_prompt_chars=self.settings.max_prompt_chars,
            on_queued=self._queued,
        )

    def _queued(self) -> None:
        self._work_to_submit.ring()
        self.tokens.alarm.ring()

    @cached_property
    def tokens(self) -> TokenExpiry:
        """What wipes interaction tokens when they expire."""
        return TokenExpiry(store=self.store, clock=self.clock)

    @cached_property
    def privacy(self) -> Privacy:
        """What shows and erases what is stored."""
        return Privacy(
            store=self.store,
            clock=self.clock,
            erase_left_guilds_after=timedelta(days=self.settings.erase_left_guilds_after_days),
            on_erased=self.wiper.alarm.ring,
        )

    @cached_property
    def services(self) -> Services:
        """What the commands are given."""
        return Services(
            administration=Administration(
                store=self.store, whisul=self.whisul, gate=self.gate, caps=self.caps, clock=self.clock
            ),
            composer=self.composer,
            library=Library(store=self.store, clock=self.clock),
            cards=self.cards,
            wiper=self.wiper,
            promises=Promises(store=self.store, line=self.line, clock=self.clock),
            posts=Posts(store=self.store, line=self.line, packer=self.packer),
            stopper=Stopper(store=self.store, clock=self.clock),
            privacy=self.privacy,
            tracker=self.tracker,
            turns=self.turns,
            metrics=self.metrics,
            store=self.store,
            clock=self.clock,
        )
