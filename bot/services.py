"""What the commands may call."""

from dataclasses import dataclass

import discord

from bot.administration import Administration
from bot.clock import Clock
from bot.composer import Composer
from bot.delivery import Cards, CardWiper, Posts, Promises
from bot.library import Library
from bot.ops.metrics import Metrics
from bot.privacy import Privacy
from bot.stopper import Stopper
from bot.store import Store
from bot.tracker import Tracker
from bot.turns import Turns


@dataclass(frozen=True, slots=True, kw_only=True)
class Services:
    """Opened and wired by `bot.app`, handed to each cog when it is loaded."""

    administration: Administration
    composer: Composer
    library: Library
    cards: Cards
    wiper: CardWiper
    promises: Promises
    posts: Posts
    stopper: Stopper
    privacy: Privacy
    tracker: Tracker
    turns: Turns
    metrics: Metrics
    store: Store
    clock: Clock


def services_of(bot: discord.Client) -> Services:
    """The services that a bot carries; each cog's set-up takes them from here, and so does who answers errors."""
    services = getattr(bot, "services", None)
    if not isinstance(services, Services):
        raise TypeError("cogs are loaded by a bot that carries Services")
    return services
