"""Reads `.env` without variable expansion, and finds names that are probably misspelt settings."""

import difflib
import io
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path

from dotenv.parser import Binding, parse_stream

from bot.errors import SettingsError

INVISIBLE = re.compile("[\u00ad\u061c\u180e\u200b-\u200f\u202a-\u202e\u2060-\u2064\ufeff]")
"""Zero-width characters and byte order marks, which get into a file or a value by copying."""

SAVE_AS_UTF_8 = "Save the file as UTF-8."

FOREIGN_PREFIXES = ("BUILDKIT_", "BUILDX_", "COMPOSE_", "DOCKER_", "PG", "POSTGRES_")
"""Variables of Docker, Compose and the PostgreSQL image, which read the same file."""

FILE_CUTOFF, ENVIRONMENT_CUTOFF, SHORT_NAME_CUTOFF = 0.75, 0.8, 0.9
"""The least similarity (difflib's ratio) of a misspelt name: in the file, in the environment, and there for short names."""

OWN_PREFIXES = ("BOT_", "DISCORD_", "WHISUL_")
_VARIABLE = re.compile(r"[A-Z][A-Z0-9_]{0,63}")


@dataclass(frozen=True, slots=True)
class UnknownName:
    """A variable that is no setting. `name` is None if it may be a misplaced secret; `nearest` is a similar setting."""

    name: str | None
    place: str
    nearest: str | None

    @property
    def what(self) -> str:
        """The problem, as a clause."""
        return f"{self.name or 'A name'} ({self.place}) isn't a setting and has no effect"

    @property
    def remedy(self) -> str:
        """What to do, as a sentence."""
        if self.nearest is None:
            return "Remove it, or correct its name. For all names, see .env.example."
        return f"Rename it to {self.nearest}, or remove it."


@dataclass(frozen=True, slots=True)
class Line:
    """A variable of the file, unchanged, with its line number."""

    name: str
    value: str
    number: int


def read(file: Path) -> dict[str, Line]:
    """The variables of the file by their names in capitals; empty if there is no file.

    Raises:
        SettingsError: the file is unreadable or has a broken line; one line with the file and the remedy.
    """
    try:
        content = file.read_bytes()
    except FileNotFoundError:
        return {}
    except OSError as error:
        what = f"Can't read {file} ({error.strerror})."
        raise SettingsError([f"{what} Put a text file there that the bot's user can read."]) from None
    bindings = parse_stream(io.StringIO(INVISIBLE.sub("", _text(file, content))))
    lines = filter(None, (_line(file, binding) for binding in bindings))
    return {line.name.upper(): line for line in lines}


def _text(file: Path, content: bytes) -> str:
    # Also without a byte order mark: of the first two bytes of ASCII text in UTF-16 exactly one is 0.
    is_utf_16 = content.startswith((b"\xff\xfe", b"\xfe\xff")) or (content[:2].count(0) == 1)
    if is_utf_16:
        raise SettingsError([f"{file} is UTF-16. {SAVE_AS_UTF_8}"])
    try:
        text = content.decode()
        at = content.find(0)
    except UnicodeDecodeError as error:
        text, at = "", error.start
    if at < 0:
        return text
    number = content[:at].count(b"\n") + 1
    raise SettingsError([f"{file}, line {number} isn't UTF-8 text. {SAVE_AS_UTF_8}"])


def _line(file: Path, binding: Binding) -> Line | None:
    """None for blank lines and comments."""
    text = binding.original.string
    blank_before = text[: len(text) - len(text.lstrip())]
    # The parser counts the blank lines before a binding as its part.
    number = binding.original.line + len(blank_before.replace("\r\n", "\n").splitlines())
    if binding.error or (binding.key is not None and binding.value is None):
        what = f"{file}, line {number} isn't NAME=value, or a quote isn't closed."
        raise SettingsError([f"{what} Fix that line."])
    if binding.key is None or binding.value is None:
        return None
    return Line(binding.key, binding.value, number)


def unknown_names(
    known: Iterable[str], *, file: Path, in_file: Mapping[str, Line], in_environment: Iterable[str]
) -> tuple[UnknownName, ...]:
    """Every unknown name of the file, and those of the environment that resemble a setting."""
    known = tuple(sorted(known))
    found: list[UnknownName] = []
    for name, line in in_file.items():
        if name in known or name.startswith(FOREIGN_PREFIXES):
            continue
        nearest = _nearest(name, known, cutoff=FILE_CUTOFF)
        # Anything that does not look like a name may be a secret, pasted on a line of its own.
        is_shown = nearest is not None or _VARIABLE.fullmatch(line.name)
        found.append(UnknownName(name if is_shown else None, f"{file}, line {line.number}", nearest))
    for name in sorted({name.upper() for name in in_environment}.difference(known)):
        nearest = _nearest(name, known, cutoff=ENVIRONMENT_CUTOFF)
        if nearest is not None and _is_likely_ours(name, nearest):
            found.append(UnknownName(name, "environment", nearest))
    return tuple(found)


def _nearest(name: str, known: Iterable[str], *, cutoff: float) -> str | None:
    for prefix in OWN_PREFIXES:
        if name.removeprefix(prefix) in known:
            return name.removeprefix(prefix)
    # Discord's API calls servers guilds.
    if (renamed := name.replace("GUILD", "SERVER")) in known:
        return renamed
    return next(iter(difflib.get_close_matches(name, known, n=1, cutoff=cutoff)), None)


def _is_likely_ours(name: str, nearest: str) -> bool:
    """Whether a name of the environment is meant for the bot; other programs have a LOG_LEVEL or DATABASE_USER, too."""
    if name.endswith(f"_{nearest}") and not name.startswith(OWN_PREFIXES):
        return False
    is_common = len(nearest) < len("DISCORD_TOKEN")
    return not is_common or difflib.SequenceMatcher(None, name, nearest).ratio() >= SHORT_NAME_CUTOFF
