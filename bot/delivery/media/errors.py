"""Errors of downloads."""

from bot.errors import BotError


class MediaError(BotError):
    """A cover or audio file that could not be downloaded."""


class MediaForbidden(MediaError):
    """The address is not a public http(s) address."""


class MediaTooLarge(MediaError):
    """The file is larger than its cap."""

    def __init__(self, message: str, *, limit_bytes: int) -> None:
        super().__init__(message)
        self.limit_bytes = limit_bytes


class MediaUnknown(MediaError):
    """A binary file of an unknown type: it may or may not play."""


class MediaUnavailable(MediaError):
    """No usable file at the address: no answer, an error status, or a text."""


class MediaIncomplete(MediaUnavailable):
    """The file began with the expected type, but was not received completely."""
