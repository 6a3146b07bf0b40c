"""A REST request as it was recorded, as a route sees it, and the route that serves it."""

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field

from sandbox.discord.json_types import Json, is_array, is_object, objects, snowflake
from sandbox.discord.rules.errors import invalid_json, not_found
from sandbox.discord.rules.messages import SeenFile

Answer = tuple[int, Json | list[Json] | None]


@dataclass(slots=True, eq=False)
class SeenRequest:
    """A REST request as it came in. `status` is what was answered, None while (or because) nothing was.

    `kind` is the route's short name ("message.create"), `handled` whether it had its effect, `code` Discord's
    error code where it was refused, `at` the stand-in's time in seconds.
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
    """A request, as a route sees it. `params` are the parts of its path."""

    seen: SeenRequest
    params: dict[str, str]

    @property
    def payload(self) -> Json:
        """The JSON object that was sent; empty where there was none."""
        return self.seen.json if is_object(self.seen.json) else {}

    @property
    def payloads(self) -> list[Json]:
        """The JSON array of objects that was sent.

        Raises:
            DiscordError: it was not an array of objects.
        """
        found = objects(self.seen.json)
        if not is_array(self.seen.json) or len(found) != len(self.seen.json):
            raise invalid_json()
        return found

    @property
    def files(self) -> list[SeenFile]:
        """The files that were sent."""
        return self.seen.files

    def id(self, name: str) -> int:
        """The ID in the path under this name."""
        number = snowflake(self.params[name])
        if number is None:
            raise not_found()
        return number


Handler = Callable[[Call], Awaitable[Answer]]


@dataclass(slots=True)
class Route:
    """One route: its method and path, its short name, who serves it, and whether the bot's token is needed.

    `kind_of` names a request by its path's parts, where not all that a route serves are of one kind.
    """

    method: str
    path: str
    kind: str
    handler: Handler
    needs_token: bool = True
    kind_of: Callable[[Mapping[str, str]], str] | None = None
