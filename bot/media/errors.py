"""Why a cover or an audio file could not be had."""

from bot.errors import BotError


class MediaError(BotError):
    """A file behind a song that could not be fetched."""


class MediaForbidden(MediaError):
    """The address is not a public http(s) address."""


class MediaTooLarge(MediaError):
    """The file is larger than its cap."""

    def __init__(self, message: str, *, limit_bytes: int) -> None:
        super().__init__(message)
        self.limit_bytes = limit_bytes


class MediaUnknown(MediaError):
    """A file came, neither a page nor text, of a kind that is not in the table of those known to play."""


class MediaUnavailable(MediaError):
    """The address gave no usable file."""


class MediaIncomplete(MediaUnavailable):
    """The file began as it should, and could not be had whole."""
