"""Makes standard output and standard error safe to write to.

Characters that the encoding lacks are replaced by ASCII. Output that cannot be written (a closed pipe, a full disk) is
dropped, and does not change the exit code.
"""

import codecs
import io
import os
import sys
from pathlib import Path
from typing import TYPE_CHECKING, TextIO

if TYPE_CHECKING:
    from _typeshed import ReadableBuffer

REPLACEMENTS = {
    "✓": "[ok]",
    "✗": "[x]",
    "→": "->",
    "…": "...",
    "\N{EN DASH}": "-",
    "·": "-",
    "“": '"',
    "”": '"',
    "\N{RIGHT SINGLE QUOTATION MARK}": "'",
    "\N{NO-BREAK SPACE}": " ",
}
HANDLER = "bot.spelled"


def set_up() -> None:
    """Replace both streams by safe ones, whatever the terminal, the locale or PYTHONIOENCODING says."""
    codecs.register_error(HANDLER, _replace_unencodable)
    sys.stdout, sys.stderr = _safe_stream(sys.stdout), _safe_stream(sys.stderr)


def _safe_stream(stream: TextIO | None) -> TextIO:
    if stream is None:  # the program was started with the stream closed
        return Path(os.devnull).open("w", encoding="utf-8")
    if not isinstance(stream, io.TextIOWrapper):
        return stream
    raw = _LossyFile(stream.fileno(), "wb", closefd=False)
    return io.TextIOWrapper(
        io.BufferedWriter(raw),
        encoding=stream.encoding,
        errors=HANDLER,
        line_buffering=stream.line_buffering or stream.write_through,
    )


class _LossyFile(io.FileIO):
    """A file that reports failed writes as successful."""

    def write(self, data: "ReadableBuffer", /) -> int:
        """Write `data`; on an error pretend that all of it was written."""
        try:
            return super().write(data)
        except OSError:
            return memoryview(data).nbytes


def _replace_unencodable(error: UnicodeError) -> tuple[str, int]:
    if not isinstance(error, UnicodeEncodeError):
        raise error
    missing = error.object[error.start : error.end]
    spelled = "".join(REPLACEMENTS.get(each) or ascii(each)[1:-1] for each in missing)
    return spelled, error.end
