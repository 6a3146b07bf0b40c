"""What was recorded, compared with the schema: each request of the bot, each answer and each event of the stand-in."""

from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from http import HTTPStatus
from typing import Any

from sandbox.discord.json_types import is_object
from tests.schema.published import Difference, Json, Path_, Published, ref
from tests.schema.recorder import Dispatch, Exchange, Record

_BOOLEANS = {"true": True, "1": True, "false": False, "0": False}
"""How Discord writes booleans in queries, by its reference ("Boolean Query Strings")."""


@dataclass(frozen=True, slots=True)
class Complaint:
    """A difference, by where it is: such as `request create_message $.nonce maxLength`."""

    where: str
    example: str


@dataclass(slots=True)
class Findings:
    """What was looked at, and each complaint with how often it was found."""

    requests: int = 0
    responses: int = 0
    events: int = 0
    kinds: Counter[str] = field(default_factory=Counter[str])
    complaints: Counter[str] = field(default_factory=Counter[str])
    examples: dict[str, str] = field(default_factory=dict[str, str])

    def add(self, complaints: Iterable[Complaint], *, times: int = 1) -> None:
        """Count these."""
        for complaint in complaints:
            self.complaints[complaint.where] += times
            self.examples.setdefault(complaint.where, complaint.example)

    def add_all(self, other: "Findings") -> None:
        """Add the counts and complaints of others."""
        self.requests += other.requests
        self.responses += other.responses
        self.events += other.events
        self.kinds += other.kinds
        self.complaints += other.complaints
        self.examples = other.examples | self.examples


class TrafficCheck:
    """Compares records with the schema; requests only where they are the bot's, and not what a test made up."""

    def __init__(self, published: Published, events: dict[str, Json], *, by_bot: bool = True) -> None:
        self._published = published
        self._events = events
        self._by_bot = by_bot

    def findings(self, records: Iterable[tuple[Record, int]]) -> Findings:
        """Compare all of them; each comes with how often it was made."""
        found = Findings()
        for record, count in records:
            if isinstance(record, Dispatch):
                found.events += count
                found.kinds[record.name] += count
                found.add(self._event(record), times=count)
            else:
                found.requests += count if self._by_bot else 0
                found.responses += 0 if record.is_scripted else count
                found.kinds[f"{record.method} {record.route}"] += count
                found.add(self._exchange(record), times=count)
        return found

    def _event(self, event: Dispatch) -> Iterator[Complaint]:
        schema = self._events.get(event.name)
        if schema is None:
            yield Complaint(f"event {event.name}", "is not known")
            return
        yield from self._compared(f"event {event.name}", schema, event.data)

    def _exchange(self, exchange: Exchange) -> Iterator[Complaint]:
        operation = self._published.operation(exchange.method, exchange.route)
        if operation is None and exchange.status == HTTPStatus.NOT_FOUND and not self._by_bot:
            return
        if operation is None:
            yield Complaint(f"operation {exchange.method} {exchange.route}", "is not in the schema")
            return
        name: str = operation["operationId"]
        if self._by_bot:
            yield from self._query(f"query {name}", self._published.query_schemas(operation), exchange.query)
        if self._by_bot and exchange.json is not None:
            schema = self._published.request_schema(operation)
            yield from self._compared(f"request {name}", schema or {"not": {}}, exchange.json)
        if exchange.is_scripted:
            yield from self._fault(f"fault {name}", exchange)
            return
        schema = self._published.response_schema(operation, exchange.status)
        if schema is None:
            yield Complaint(f"status {name} {exchange.status}", "is not in the schema")
            return
        yield from self._compared(f"response {name}", schema, exchange.body)

    def _fault(self, where: str, exchange: Exchange) -> Iterator[Complaint]:
        """A planned fault in JSON has the form of an error; one of the network in front of Discord is no JSON."""
        if is_object(exchange.body):
            limited = exchange.status == HTTPStatus.TOO_MANY_REQUESTS and "retry_after" in exchange.body
            schema = ref("RatelimitedResponse" if limited else "ErrorResponse")
            yield from self._compared(where, schema, exchange.body)

    def _query(self, where: str, schemas: dict[str, Json], query: dict[str, str]) -> Iterator[Complaint]:
        for key, text in query.items():
            if key not in schemas:
                yield Complaint(f"{where} ?{key} unknown", text)
                continue
            schema = self._published.resolved(schemas[key])
            for difference in self._published.differences(schema, _from_query(schema, text)):
                yield Complaint(f"{where} ?{key} {difference.keyword}", difference.message)

    def _compared(self, where: str, schema: Json, value: Any) -> Iterator[Complaint]:
        for difference in self._published.differences(schema, value):
            yield Complaint(described(where, difference), difference.message)


def described(where: str, difference: Difference) -> str:
    """A complaint's name: the same for every place in a list, and for every ID that is a key."""
    return f"{where} {path_text(difference.path)} {difference.keyword}"


def path_text(path: Path_) -> str:
    """A path as JSONPath writes it; `*` is any place in a list, or any ID that is a key."""
    parts = ["*" if isinstance(part, int) or part.isdigit() else part for part in path]
    return ".".join(["$", *parts])


def _from_query(schema: Json, text: str) -> object:
    kind = schema.get("type")
    if kind == "boolean":
        return _BOOLEANS.get(text.lower(), text)
    return int(text) if kind == "integer" and text.lstrip("-").isdigit() else text
