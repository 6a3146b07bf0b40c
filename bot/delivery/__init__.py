"""How people are told: the card while a job works, and the ladder by which its outcome reaches them."""

from bot.delivery.cards import Cards
from bot.delivery.discord_clock import DiscordClock
from bot.delivery.line import Line, posted_once
from bot.delivery.messages import (
    edit_fields,
    missing_for_posts,
    original_url,
    post_url,
    relabelled,
    send_fields,
)
from bot.delivery.posts import Posts
from bot.delivery.promises import Promises
from bot.delivery.service import Delivery
from bot.delivery.wiping import CardWiper

__all__ = [
    "CardWiper",
    "Cards",
    "Delivery",
    "DiscordClock",
    "Line",
    "Posts",
    "Promises",
    "edit_fields",
    "missing_for_posts",
    "original_url",
    "post_url",
    "posted_once",
    "relabelled",
    "send_fields",
]
