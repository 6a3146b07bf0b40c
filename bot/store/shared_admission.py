"""Decides many requests of one moment in one transaction on PostgreSQL, exactly as one after the other would be decided.

The lock that admissions of all processes share is held for a handful of round trips, however many requests there are: one
statement finds for every limit of every request how much of it is used, and one inserts. What the requests of the batch take from
each other's limits is counted here.
"""

from collections.abc import Collection, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from functools import cache
from typing import Any, NamedTuple

from sqlalchemy import (
    ARRAY,
    JSON,
    BigInteger,
    CompoundSelect,
    Connection,
    Integer,
    Text,
    bindparam,
    column,
    func,
    literal_column,
    select,
    union_all,
)

from bot.domain.jobs import NewJob
from bot.domain.policy.limits import Admission, Limit, access_refusal, applicable_limits
from bot.domain.policy.model import Policy, Rule, Whose
from bot.errors import RequestError
from bot.store.admission import REQUESTED_AT, AskerColumns, CountedMember, Counts, Refusal, times_counted
from bot.store.column_types import UtcDateTime
from bot.store.pseudonyms import LIMIT_KEY, pseudonym_with
from bot.store.tables import facts, policies


@dataclass(frozen=True, slots=True)
class Recording:
    """A request to be recorded if the limits of `admission` admit it; None: whatever they are."""

    new: NewJob
    admission: Admission | None
    now: datetime


class _Scope(NamedTuple):
    """Songs that count together: what counts, as the index in `_SHAPES`, and for whom; IDs that make no difference are None."""

    shape: int
    guild_id: int | None = None
    channel_id: int | None = None
    member_id: int | None = None
    ref: str | None = None


@dataclass(slots=True, eq=False)
class _Group:
    """The songs of a scope: how many the batch may add, and when those were requested that it has added so far."""

    scope: _Scope
    requests: int = 0
    added: list[datetime] = field(default_factory=list[datetime])


@dataclass(slots=True, eq=False)
class _Line:
    """A limit of a group. `stored` are the songs that are stored already, in the order of the limit's places, newest first.

    A limit of n songs is used up if the n-th newest one is in its window. As only the batch adds songs, at most as many of the
    stored ones as it has requests can come to that place: those before them are not read.
    """

    group: _Group
    limit: Limit
    since: datetime | None
    stored: Sequence[datetime] = ()

    @property
    def skipped(self) -> int:
        """How many of the newest stored songs are not read."""
        return max(0, self.limit.songs - self.group.requests)

    def last(self, since: datetime | None) -> datetime | None:
        """When the last song was requested that the limit allows; None if there are fewer since that time."""
        place = self.limit.songs - self.skipped
        if len(self.stored) + len(self.group.added) < place:
            return None
        found = sorted([*self.stored, *self.group.added], reverse=True)[place - 1]
        return found if since is None or found > since else None


@dataclass(frozen=True, slots=True)
class _Asked:
    """A request with its limits, and the time from which on songs count for each; a song of it is added to all `groups`.

    `refused` is why the policy admits no request of this member there.
    """

    recording: Recording
    refused: RequestError | None
    ref: str | None
    groups: Sequence[_Group]
    lines: Sequence[tuple[_Line, datetime | None]]

    def decided(self) -> Refusal | RequestError | None:
        """Admit the request, or refuse it, after those before it."""
        if self.refused is not None:
            return self.refused
        last = [line.last(since) for line, since in self.lines]
        if self.recording.admission is not None and any(last):
            who = CountedMember(self.recording.admission.context, self.ref)
            return Refusal([line.limit for line, _ in self.lines], last, who)
        # Only what is admitted takes from the limits of the requests behind it.
        for group in self.groups:
            group.added.append(self.recording.now)
        return None


def decide(connection: Connection, recordings: Sequence[Recording]) -> list[Refusal | RequestError | None]:
    """For each request whether its server's policy or limits refuse it, in this order.

    The transaction must hold `lock_for_decision`.
    """
    guild_ids = {each.new.guild_id for each in recordings if each.new.guild_id is not None}
    documents, key = _settings(connection, guild_ids)
    read: dict[int | None, Policy] = {
        int(guild_id): Policy.model_validate(each) for guild_id, each in documents.items()
    }
    ledger = _Ledger(key)
    asked = [ledger.asked(each, read.get(each.new.guild_id, Policy())) for each in recordings]
    ledger.read_stored(connection)
    return [each.decided() for each in asked]


def _settings(connection: Connection, guild_ids: Collection[int]) -> tuple[dict[str, Any], str | None]:
    """The documents of servers that have a policy, by the ID as text, and the key of pseudonyms."""
    found: Any = connection.execute(_SETTINGS, {"guilds": sorted(guild_ids)}).one()
    return found[0] or {}, found[1]


_SETTINGS = select(
    select(func.json_object_agg(policies.c.guild_id, policies.c.document, type_=JSON))
    .where(policies.c.guild_id == func.any(bindparam("guilds", type_=ARRAY(BigInteger))))
    .scalar_subquery(),
    select(facts.c.value).where(facts.c.name == LIMIT_KEY).scalar_subquery(),
    # Planning the query that follows takes longer than the query. Without this, PostgreSQL plans it for the first six times on each
    # connection, to find that the plan that fits all parameters is as good; until the transaction ends, that one is made at once.
    func.set_config("plan_cache_mode", "force_generic_plan", True),
)


class _Ledger:
    """All groups and limits that the requests of a batch have, each once."""

    def __init__(self, pseudonym_key: str | None) -> None:
        self._key = pseudonym_key
        self._groups: dict[_Scope, _Group] = {}
        self._lines: dict[tuple[_Scope, int, int | None, str | None], _Line] = {}

    def asked(self, recording: Recording, policy: Policy) -> _Asked:
        """Add a request; all have to be added before `read_stored`."""
        new, admission = recording.new, recording.admission
        ref = self._key and pseudonym_with(self._key, new.guild_id, new.requester_id)
        groups = {
            shape: self._group(_scope(shape, counts.whose, new, ref))
            for shape, counts in enumerate(_SHAPES)
            if counts.whose.counts_in(new.guild_id)
        }
        # Every request, admitted or not: how many stored songs are read depends on it.
        for group in groups.values():
            group.requests += 1
        refused = access_refusal(policy, admission.context) if admission else None
        limits = applicable_limits(policy, admission.caps, admission.context) if admission else ()
        # By the policy that this transaction reads: an admin may have changed it since the command.
        lines = [self._line(groups[_SHAPE_OF[limit.rule]], limit, recording.now) for limit in limits]
        return _Asked(recording, refused, ref, list(groups.values()), lines)

    def _group(self, scope: _Scope) -> _Group:
        return self._groups.get(scope) or self._groups.setdefault(scope, _Group(scope))

    def _line(self, group: _Group, limit: Limit, now: datetime) -> tuple[_Line, datetime | None]:
        since = limit.since(now)
        # Requests of one moment differ in `now` by milliseconds: their limits are one line all the same.
        key = (group.scope, limit.songs, limit.window_s, limit.zone)
        line = self._lines.setdefault(key, _Line(group, limit, since))
        if since is not None and line.since is not None:
            # The songs of the longest time, where requests differ in nothing but their moment.
            line.since = min(since, line.since)
        return line, since

    def read_stored(self, connection: Connection) -> None:
        """Read the stored songs of all limits, by one statement."""
        lines = list(self._lines.values())
        rows = [
            (n, *line.group.scope, line.since, line.skipped, line.limit.songs - line.skipped)
            for n, line in enumerate(lines)
        ]
        columns = zip(*rows, strict=True) if rows else [()] * len(_COLUMNS)
        parameters = {name: list(values) for name, values in zip(_COLUMNS, columns, strict=True)}
        found: Any = connection.execute(_stored_query(), parameters)
        for number, times in found:
            lines[number].stored = times or ()


def _scope(shape: int, whose: Whose, new: NewJob, ref: str | None) -> _Scope:
    match whose:
        case Whose.EVERYBODY:
            return _Scope(shape)
        case Whose.SERVER:
            return _Scope(shape, new.guild_id)
        case Whose.CHANNEL:
            return _Scope(shape, new.guild_id, channel_id=new.root_channel_id or new.channel_id)
        case Whose.MEMBER:
            return _Scope(shape, new.guild_id, member_id=new.requester_id, ref=ref)
        case Whose.PERSON:
            return _Scope(shape, member_id=new.requester_id, ref=ref)


_SHAPES = tuple(dict.fromkeys(map(Counts.of, Rule)))
_SHAPE_OF = {rule: _SHAPES.index(Counts.of(rule)) for rule in Rule}
_COLUMNS: dict[str, Any] = {
    "number": Integer,
    "shape": Integer,
    "guild": BigInteger,
    "channel": BigInteger,
    "member": BigInteger,
    "ref": Text,
    "since": UtcDateTime,
    "skipped": Integer,
    "taken": Integer,
}


@cache
def _stored_query() -> CompoundSelect[Any]:
    """Rows of number and times: the newest songs that count, after the `skipped` first, `taken` of them.

    The parameters are arrays, so that the statement is the same for every batch, and prepared once.
    """
    arrays = (bindparam(name, type_=ARRAY(type_)) for name, type_ in _COLUMNS.items())
    columns = [column(name, type_) for name, type_ in _COLUMNS.items()]
    asked = select(func.unnest(*arrays).table_valued(*columns, name="given").render_derived()).cte("asked")
    its = AskerColumns(asked.c.guild, asked.c.channel, asked.c.member, asked.c.ref, asked.c.since)
    parts: list[Any] = []
    for number, counts in enumerate(_SHAPES):
        times = times_counted(counts, its, has_ref=True, outer=asked)
        # Limits of open songs need no order: any row at this place proves that the limit is used up.
        if counts.has_window:
            times = times.order_by(REQUESTED_AT.desc())
        block = times.offset(asked.c.skipped).limit(asked.c.taken).subquery()
        found = select(func.array_agg(block.c[REQUESTED_AT.name], type_=ARRAY(UtcDateTime)))
        parts.append(
            select(asked.c.number, found.scalar_subquery()).where(
                asked.c.shape == literal_column(str(number))
            )
        )
    return union_all(*parts)
