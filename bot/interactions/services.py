"""The services that commands may call."""

from dataclasses import dataclass

import discord

from bot.clock import Clock
from bot.delivery.acknowledgements import Acknowledgements
from bot.delivery.card_wipes import CardWiper
from bot.delivery.cards import Cards
from bot.delivery.notices import ServerNotices
from bot.delivery.sharing import SongSharing
from bot.ops.membership import Membership
from bot.ops.metrics import Metrics
from bot.services.cancellation import Cancellation
from bot.services.job_lookup import JobLookup
from bot.services.playlists import Playlists
from bot.services.privacy import Privacy
from bot.services.requests import Requests
from bot.services.server_settings import ServerSettings
from bot.services.song_search import SongSearch
from bot.store import Store


@dataclass(frozen=True, slots=True, kw_only=True)
class Services:
    """Built by `bot.app` and passed to each cog when it is loaded."""

    server_settings: ServerSettings
    requests: Requests
    job_lookup: JobLookup
    song_search: SongSearch
    playlists: Playlists
    cards: Cards
    card_wiper: CardWiper
    acknowledgements: Acknowledgements
    sharing: SongSharing
    cancellation: Cancellation
    privacy: Privacy
    membership: Membership
    metrics: Metrics
    notices: ServerNotices
    store: Store
    clock: Clock


def services_of(bot: discord.Client) -> Services:
    """The services of a `bot.client.music_bot.MusicBot`, for the `setup` of cogs and for error answers."""
    services = getattr(bot, "services", None)
    if not isinstance(services, Services):
        raise TypeError("cogs are loaded by a bot that carries Services")
    return services
