"""How people are told: the card while a job works, and the ladder by which its outcome reaches them."""

from bot.delivery.cards import Cards
from bot.delivery.line import Line, posted_once
from bot.delivery.messages import edit_fields, original_url, post_url, send_fields
from bot.delivery.promises import Promises
from bot.delivery.service import Delivery

__all__ = [
    "Cards",
    "Delivery",
    "Line",
    "Promises",
    "edit_fields",
    "original_url",
    "post_url",
    "posted_once",
    "send_fields",
]
