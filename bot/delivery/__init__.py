"""Cards while jobs work, acknowledgements, and the delivery of each result exactly once, trying routes in order.

Imports replies, services, generation, the adapters and the domain.
"""

from bot.delivery.acknowledgements import Acknowledgements
from bot.delivery.card_wipes import CardWiper
from bot.delivery.cards import Cards
from bot.delivery.sharing import SongSharing
from bot.delivery.worker import DeliveryWorker

__all__ = ["Acknowledgements", "CardWiper", "Cards", "DeliveryWorker", "SongSharing"]
