"""The few REST calls with which a rehearsal looks at the bot's messages and commands, and deletes them."""

import asyncio
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from http import HTTPStatus
from types import TracebackType
from typing import Any, Self

import aiohttp

from bot.diagnostics.remote import DISCORD_USER_AGENT
from bot.http_calls import Timeouts, proxy_lookup
from bot.settings import Settings
from tests.rehearse.shapes import route

_EPOCH_MS = 1_420_070_400_000
_HISTORY_PAGE = 100
_MAX_TRIES = 5


class RestRefused(Exception):
    """Discord refused or did not answer a call; the text has its method, its route and the status, and no secret."""


class DiscordRest:
    """Calls with the bot's own token."""

    def __init__(self, settings: Settings) -> None:
        self._url = settings.discord_api_url
        self._proxy = proxy_lookup(settings.proxy)(self._url)
        authorisation = f"Bot {settings.discord_token.get_secret_value()}"
        self._headers = {"Authorization": authorisation, "User-Agent": DISCORD_USER_AGENT}
        self._session: aiohttp.ClientSession

    async def __aenter__(self) -> Self:
        self._session = aiohttp.ClientSession(headers=self._headers, timeout=Timeouts().for_aiohttp())
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self._session.close()

    async def application(self) -> tuple[str, str, datetime]:
        """The IDs of application and bot, and Discord's time, in whole seconds."""
        application, _ = await self._call("GET", "/oauth2/applications/@me")
        user, headers = await self._call("GET", "/users/@me")
        date = headers.get("Date")
        now = parsedate_to_datetime(date) if date else datetime.now(UTC)
        return str(application["id"]), str(user["id"]), now

    async def commands(self, application_id: str) -> set[str]:
        """The names of the commands for all servers."""
        found, _ = await self._call("GET", f"/applications/{application_id}/commands")
        return {command["name"] for command in found}

    async def remove_commands(self, application_id: str) -> None:
        """Remove all commands for all servers."""
        await self._call("PUT", f"/applications/{application_id}/commands", json=[])

    async def message(self, channel_id: int, message_id: int) -> dict[str, Any] | None:
        """A message; None where there is none."""
        found, _ = await self._call("GET", f"/channels/{channel_id}/messages/{message_id}", may_be_gone=True)
        return found

    async def own_messages(self, channel_id: int, *, user_id: str, since: datetime) -> list[int]:
        """The IDs of a user's messages in a channel since a time."""
        after = (int(since.timestamp() * 1000) - _EPOCH_MS) << 22
        found: list[int] = []
        while True:
            query = f"after={after}&limit={_HISTORY_PAGE}"
            page, _ = await self._call("GET", f"/channels/{channel_id}/messages?{query}")
            found += [int(message["id"]) for message in page if message["author"]["id"] == user_id]
            if len(page) < _HISTORY_PAGE:
                return found
            after = max(int(message["id"]) for message in page)

    async def delete(self, channel_id: int, message_id: int) -> None:
        """Delete a message, unless it is gone."""
        await self._call("DELETE", f"/channels/{channel_id}/messages/{message_id}", may_be_gone=True)

    async def _call(
        self, method: str, path: str, *, json: object = None, may_be_gone: bool = False
    ) -> tuple[Any, Any]:
        """The JSON of an answer, and its headers; waits as long as a 429 says. Raises RestRefused."""
        try:
            return await self._answer(method, path, json=json, may_be_gone=may_be_gone)
        except (aiohttp.ClientError, OSError) as error:
            why = f"was not answered ({type(error).__name__})"
        except RestRefused as error:
            why = str(error)
        raise RestRefused(f"{method} {route(path.partition('?')[0])} {why}") from None

    async def _answer(self, method: str, path: str, *, json: object, may_be_gone: bool) -> tuple[Any, Any]:
        status = 0
        for _ in range(_MAX_TRIES):
            url = f"{self._url}{path}"
            async with self._session.request(method, url, json=json, proxy=self._proxy) as response:
                status = response.status
                if response.ok:
                    return (
                        None if status == HTTPStatus.NO_CONTENT else await response.json()
                    ), response.headers
                if may_be_gone and status == HTTPStatus.NOT_FOUND:
                    return None, response.headers
                if status != HTTPStatus.TOO_MANY_REQUESTS:
                    break
                await asyncio.sleep(float(response.headers.get("Retry-After", "1")))
        raise RestRefused(f"was answered with {status}")
