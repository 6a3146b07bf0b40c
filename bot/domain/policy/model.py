"""The policy of a server: one validated document, which is stored, logged and exported as JSON."""

import re
from enum import StrEnum
from typing import Annotated, Literal, Self

from pydantic import (
    AfterValidator,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    PlainSerializer,
    ValidationInfo,
    model_validator,
)
from pydantic_core import PydanticCustomError

from bot.domain.policy.faults import FaultKind

MINUTE_S = 60
DAY_S = 86_400
LONGEST_WINDOW_S = 30 * DAY_S
LONGER_DAY_S = 2 * 60 * MINUTE_S
"""A calendar day is longer than 24 hours by no more than this: no daylight saving time differs by more."""

MAX_SONGS = 10_000
MAX_WINDOWS = 5
MAX_ROLES = 50
MAX_CHANNELS = 100
MAX_WORDS = 200
MAX_BLOCKED_MEMBERS = 150
MAX_WORD_CHARS = 80

_LANGUAGE_CODE = re.compile(r"[a-z]{2}(-[A-Z]{2}|-419)?")
_ZONE_NAME = re.compile(r"[A-Za-z0-9_+/-]{1,64}")


def _fault(kind: FaultKind) -> PydanticCustomError:
    return PydanticCustomError(kind.value, "{kind}", {"kind": kind.value})


def _as_text(value: object, info: ValidationInfo) -> object:
    if info.mode == "json" and not isinstance(value, str):
        raise _fault(FaultKind.ID_NOT_TEXT)
    return value


def _language_code(value: str) -> str:
    if _LANGUAGE_CODE.fullmatch(value) is None:
        kind = FaultKind.NOT_A_CHOICE.value
        raise PydanticCustomError(kind, "{kind}", {"kind": kind, "expected": "`en-US`, `de`, `pt-BR` …"})
    return value


def _zone_name(value: str) -> str:
    if _ZONE_NAME.fullmatch(value) is None:
        raise _fault(FaultKind.ZONE_UNKNOWN)
    return value


Snowflake = Annotated[
    int,
    Field(gt=0, lt=2**63),
    BeforeValidator(_as_text),
    PlainSerializer(str, return_type=str, when_used="json"),
]
"""A Discord ID; a string in JSON, because other programs round large numbers."""


class _Part(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class Window(_Part):
    """At most `songs` in any `window_s` seconds."""

    songs: Annotated[int, Field(ge=1, le=MAX_SONGS)]
    window_s: Annotated[int, Field(ge=MINUTE_S, le=LONGEST_WINDOW_S)]

    @property
    def songs_per_s(self) -> float:
        """The rate, to compare how generous windows are."""
        return self.songs / self.window_s


class Whose(StrEnum):
    """Whose songs a limit counts."""

    MEMBER = "member"  # of one member in one server
    CHANNEL = "channel"  # requested in one channel and its threads
    SERVER = "server"
    PERSON = "person"  # of one person in direct messages
    EVERYBODY = "everybody"  # everywhere

    def counts_in(self, guild_id: int | None) -> bool:
        """Whether songs requested in that server, or for None in a direct message, count for such limits."""
        return self is Whose.EVERYBODY or (self is Whose.PERSON) is (guild_id is None)


class Measure(StrEnum):
    """What a limit counts, and so what its field of the policy holds."""

    WINDOWS = "windows"  # songs in spans of time: a tuple of windows
    AT_ONCE = "at_once"  # open songs: a number, or None
    INTERVAL = "interval"  # the time between two songs: seconds, or None


class Rule(StrEnum):
    """The kinds of limits, in the order in which refusals name them. Jobs that ended without a song count for none of them.

    A new kind is a member here and the field of `Policy` that it names: its command, form, texts, counts and preview
    follow from these three attributes. Operator's kinds have no field.
    """

    whose: Whose
    measure: Measure
    field: str | None

    MEMBER = "member", Whose.MEMBER, Measure.WINDOWS, "member"
    COOLDOWN = "cooldown", Whose.MEMBER, Measure.INTERVAL, "cooldown_s"
    MEMBER_AT_ONCE = "member_at_once", Whose.MEMBER, Measure.AT_ONCE, "member_at_once"
    CHANNEL = "channel", Whose.CHANNEL, Measure.WINDOWS, "channel"
    SERVER = "server", Whose.SERVER, Measure.WINDOWS, "server"
    SERVER_AT_ONCE = "server_at_once", Whose.SERVER, Measure.AT_ONCE, "server_at_once"
    OPERATOR_SERVER_DAY = "operator_server_day", Whose.SERVER, Measure.WINDOWS, None
    OPERATOR_PERSON_DAY = "operator_person_day", Whose.PERSON, Measure.WINDOWS, None
    OPERATOR_PERSON_AT_ONCE = "operator_person_at_once", Whose.PERSON, Measure.AT_ONCE, None
    OPERATOR_DAY = "operator_day", Whose.EVERYBODY, Measure.WINDOWS, None
    QUEUE = "queue", Whose.EVERYBODY, Measure.AT_ONCE, None  # requests that wait to be submitted

    def __new__(cls, name: str, whose: Whose, measure: Measure, field: str | None) -> Self:
        """A member with its attributes; the name is its value."""
        rule = str.__new__(cls, name)
        rule._value_ = name
        rule.whose = whose
        rule.measure = measure
        rule.field = field
        return rule


ADMIN_RULES = {
    rule.field: rule
    for rule in sorted(Rule, key=lambda rule: list(Measure).index(rule.measure))
    if rule.field is not None
}
"""The kinds that admins set, by their field of the policy, in the order in which the settings show them."""


class RoleKind(StrEnum):
    """The effect of a role on its members."""

    LIMITED = "limited"  # its window replaces the server's member limits
    UNLIMITED = "unlimited"  # no member limit applies
    BLOCKED = "blocked"  # no songs at all


class RoleRule(_Part):
    """The rule of a role; `window` is set if and only if it is `limited`."""

    kind: RoleKind
    window: Window | None = None

    @model_validator(mode="after")
    def _fits(self) -> Self:
        if (self.window is not None) is not (self.kind is RoleKind.LIMITED):
            raise _fault(FaultKind.ROLE_WINDOW)
        return self


class ChannelMode(StrEnum):
    """Whether a channel list allows or denies its channels."""

    ALLOW = "allow"  # only there
    DENY = "deny"  # everywhere but there


class Channels(_Part):
    """A channel list. A thread counts as its parent channel, and a category stands for all its channels."""

    mode: ChannelMode
    ids: Annotated[frozenset[Snowflake], Field(min_length=1, max_length=MAX_CHANNELS)]


class PrivateRule(StrEnum):
    """Whether members may request private drafts."""

    ALLOW = "allow"
    FORBID = "forbid"
    FORCE = "force"  # outside the music channels every song is a private draft


class Policy(_Part):
    """The settings of one server. With the default only the operator's caps apply."""

    version: Literal[1] = 1
    member: Annotated[tuple[Window, ...], Field(max_length=MAX_WINDOWS)] = ()
    channel: Annotated[tuple[Window, ...], Field(max_length=MAX_WINDOWS)] = ()
    server: Annotated[tuple[Window, ...], Field(max_length=MAX_WINDOWS)] = ()
    member_at_once: Annotated[int, Field(ge=1, le=MAX_SONGS)] | None = None
    server_at_once: Annotated[int, Field(ge=1, le=MAX_SONGS)] | None = None
    cooldown_s: Annotated[int, Field(ge=1, le=LONGEST_WINDOW_S)] | None = None
    roles: Annotated[dict[Snowflake, RoleRule], Field(max_length=MAX_ROLES)] = {}
    channels: Channels | None = None
    results_channel_id: Snowflake | None = None
    # Where admins are warned before a limit of the whole server is used up.
    warnings_channel_id: Snowflake | None = None
    # Where the weekly digest is posted; None: there is none.
    digest_channel_id: Snowflake | None = None
    words: Annotated[
        tuple[Annotated[str, Field(min_length=1, max_length=MAX_WORD_CHARS)], ...],
        Field(max_length=MAX_WORDS),
    ] = ()
    # Members who may request no songs; those who have left the server stay in the list.
    blocked_member_ids: Annotated[frozenset[Snowflake], Field(max_length=MAX_BLOCKED_MEMBERS)] = frozenset()
    private: PrivateRule = PrivateRule.ALLOW
    music_channel_ids: Annotated[frozenset[Snowflake], Field(max_length=MAX_CHANNELS)] = frozenset()
    retention_days: Annotated[int, Field(ge=1, le=3650)] | None = None
    first_come: bool = False
    # A name of the IANA database: days are calendar days there. Not looked up here: another machine may know fewer zones.
    timezone: Annotated[str, AfterValidator(_zone_name)] | None = None
    language: Annotated[str, AfterValidator(_language_code)] | None = None

    def limit(self, rule: Rule) -> tuple[Window, ...] | int | None:
        """The value of the field that a kind of limit names."""
        value: tuple[Window, ...] | int | None = getattr(self, rule.field or "")
        return value

    def kept_s(self, *, most_days: int | None = None) -> int | None:
        """Seconds for which prompts and results are kept, if the operator keeps them for `most_days`; None: for ever.

        At least the longest window of any limit: an erased job has no requester, so it would no longer count for one.
        """
        days = min((each for each in (self.retention_days, most_days) if each is not None), default=None)
        if days is None:
            return None
        counted = [window.window_s for window in (*self.member, *self.channel, *self.server)]
        counted += [rule.window.window_s for rule in self.roles.values() if rule.window is not None]
        longest_s = max(self.cooldown_s or 0, *counted, 0) + (LONGER_DAY_S if self.timezone else 0)
        return max(days * DAY_S, longest_s)

    @model_validator(mode="after")
    def _one_limit_for_each_window(self) -> Self:
        for windows in (self.member, self.channel, self.server):
            if len({window.window_s for window in windows}) < len(windows):
                raise _fault(FaultKind.SAME_WINDOW)
        return self
