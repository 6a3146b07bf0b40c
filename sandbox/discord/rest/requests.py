"""REST requests as they are recorded and as handlers get them, and the routes that lead to handlers."""

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field

from sandbox.discord.json_types import Json, is_array, is_object, snowflake
from sandbox.discord.rules import fields
from sandbox.discord.rules.errors import FormErrors, invalid_field, invalid_json, not_found
from sandbox.discord.rules.messages import SeenFile

_BOOLEANS = {"true": True, "1": True, "false": False, "0": False}

Answer = tuple[int, Json | list[Json] | None]


@dataclass(slots=True, eq=False)
class SeenRequest:
    """A recorded REST request. `status` is the answer's, None while (or because) there was none.

    `kind` is the route's short name ("message.create"), `handled` whether it took effect, `code` Discord's error code
    where it was refused, `at` the stand-in's time in seconds.
    """

    kind: str
    method: str
    route: str
    path: str
    query: dict[str, str]
    headers: dict[str, str] = field(repr=False)
    at: float
    json: Json | list[Json] | None = None
    files: list[SeenFile] = field(default_factory=list[SeenFile])
    status: int | None = None
    code: int | None = None
    handled: bool = False


@dataclass(slots=True)
class Call:
    """A request as a handler gets it. `params` are the variable parts of its path."""

    seen: SeenRequest
    params: dict[str, str]

    @property
    def payload(self) -> Json:
        """The JSON object in the body; empty where there was none."""
        return self.seen.json if is_object(self.seen.json) else {}

    @property
    def payloads(self) -> list[Json]:
        """The JSON array of objects in the body.

        Raises:
            DiscordError: 50109 no array, 50035 anything else in it.
        """
        if not is_array(self.seen.json):
            raise invalid_json()
        form = FormErrors()
        found = fields.json_objects(form.at(), self.seen.json, high=len(self.seen.json))
        form.raise_if_any()
        return [item for _, item in found]

    @property
    def files(self) -> list[SeenFile]:
        """The uploaded files."""
        return self.seen.files

    def flag(self, name: str) -> bool:
        """A boolean of the query, which Discord reads as "true", "True" or "1"; false where there is none."""
        value = self.seen.query.get(name, "false").lower()
        if value not in _BOOLEANS:
            raise invalid_field((name,), "BOOLEAN_TYPE_CONVERT", "Must be either true or false.")
        return _BOOLEANS[value]

    def check_id_in_query(self, name: str) -> None:
        """Refuse what is no ID in the query."""
        form = FormErrors()
        fields.object_id(form.at(name), self.seen.query.get(name))
        form.raise_if_any()

    def id(self, name: str) -> int:
        """The ID in the path that has this name."""
        number = snowflake(self.params[name])
        if number is None:
            raise not_found()
        return number


Handler = Callable[[Call], Awaitable[Answer]]


@dataclass(slots=True)
class Route:
    """One route. `kind` is the short name of its requests, by which they are recorded and by which faults are planned.

    `kind_of` takes the place of `kind` where it depends on the parts of the path.
    """

    method: str
    path: str
    kind: str
    handler: Handler
    needs_token: bool = True
    kind_of: Callable[[Mapping[str, str]], str] | None = None
