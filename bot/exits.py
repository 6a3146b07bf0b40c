"""How the process ends when it cannot go on."""

from enum import IntEnum
from typing import Self

from bot.errors import BotError


class ExitCode(IntEnum):
    """How the process ends, after sysexits.h; `meaning` is for operators."""

    meaning: str

    OK = 0, "stopped as asked"
    USAGE = 64, "`backup`: the database is on a server; use its own tools"
    UNAVAILABLE = 69, "`check`: Discord or Whisul gives no usable answer"
    SOFTWARE = 70, "a fault in the program; the log line before tells which"
    CANNOT_CREATE = 73, "`backup`: the copy cannot be written, or would overwrite a file"
    DATABASE = 74, "the database cannot be used, or the disk is full"
    BUSY = 75, "another bot holds the database, or another program its lock"
    SETTINGS = 78, "a setting is missing or wrong, or Discord refuses the token or the intents"

    def __new__(cls, code: int, meaning: str) -> Self:
        """The code with what it means."""
        member = int.__new__(cls, code)
        member._value_ = code
        member.meaning = meaning
        return member


class Fatal(BotError):
    """The program cannot go on, and starting it again as it is will not help."""

    def __init__(self, message: str, code: ExitCode) -> None:
        super().__init__(message)
        self.code = code
