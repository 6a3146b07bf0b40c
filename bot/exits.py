"""How the process ends when it cannot go on."""

from enum import IntEnum

from bot.errors import BotError


class ExitCode(IntEnum):
    """How the process ends, after sysexits.h."""

    OK = 0
    USAGE = 64
    NEWER = 65
    UNAVAILABLE = 69
    SOFTWARE = 70
    CANNOT_CREATE = 73
    DATABASE = 74
    BUSY = 75
    SETTINGS = 78


class Fatal(BotError):
    """The program cannot go on, and starting it again as it is will not help."""

    def __init__(self, message: str, code: ExitCode) -> None:
        super().__init__(message)
        self.code = code
