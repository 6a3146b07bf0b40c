"""Standard output and standard error in any encoding: what it has no character for is spelled in ASCII."""

import codecs
import io
import sys

SPELLED = {
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
    """Make writing to both streams safe, whatever the terminal, the locale or PYTHONIOENCODING says."""
    codecs.register_error(HANDLER, _spelled)
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(errors=HANDLER)


def _spelled(error: UnicodeError) -> tuple[str, int]:
    if not isinstance(error, UnicodeEncodeError):
        raise error
    missing = error.object[error.start : error.end]
    spelled = "".join(SPELLED.get(each) or ascii(each)[1:-1] for each in missing)
    return spelled, error.end
