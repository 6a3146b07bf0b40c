"""Cards while jobs work, acknowledgements, and the delivery of each result exactly once, trying routes in order.

Imports replies, services, generation, the adapters and the domain.
"""

from bot.delivery.acknowledgements import Acknowledgements
from bot.delivery.card_wipes import CardWiper
from bot.delivery.cards import Cards
from bot.delivery.sharing import Posts
from bot.delivery.worker import Delivery
from bot.discord_io.connection import DiscordConnection, posted_once
from bot.discord_io.discord_clock import DiscordClock
from bot.discord_io.payloads import (
    edit_fields,
    original_url,
    post_url,
    relabelled,
    send_fields,
)

__all__ = [
    "Acknowledgements",
    "CardWiper",
    "Cards",
    "Delivery",
    "DiscordClock",
    "DiscordConnection",
    "Posts",
    "edit_fields",
    "original_url",
    "post_url",
    "posted_once",
    "relabelled",
    "send_fields",
]
