"""Discord's advice for gateway sessions: how many shards, and how many may identify at once."""

from dataclasses import dataclass
from http import HTTPStatus

import aiohttp
from pydantic import BaseModel, Field, SecretStr

from bot import __version__

TIMEOUT_S = 10.0
USER_AGENT = f"DiscordBot (https://whisul.com, {__version__})"
"""In the form that Discord asks for; it refuses others."""


class _SessionStartLimit(BaseModel):
    remaining: int
    reset_after: int
    max_concurrency: int = Field(ge=1)


class _GatewayBot(BaseModel):
    shards: int = Field(ge=1)
    session_start_limit: _SessionStartLimit


@dataclass(frozen=True, slots=True, kw_only=True)
class GatewayInfo:
    """An answer of `GET /gateway/bot`.

    Attributes:
        shards: into how many shards Discord recommends to divide the servers.
        max_concurrency: how many shards may identify within 5 seconds.
        remaining: how many sessions may still be started.
        reset_after_s: when that number is reset, in seconds.
    """

    shards: int = 1
    max_concurrency: int = 1
    remaining: int = 1
    reset_after_s: float = 0.0


async def fetch_gateway_info(
    session: aiohttp.ClientSession, *, api_url: str, token: SecretStr
) -> GatewayInfo:
    """Ask Discord. Raises aiohttp.ClientError, TimeoutError, or ValueError for an answer of another shape."""
    headers = {"Authorization": f"Bot {token.get_secret_value()}", "User-Agent": USER_AGENT}
    timeout = aiohttp.ClientTimeout(total=TIMEOUT_S)
    async with session.get(f"{api_url}/gateway/bot", headers=headers, timeout=timeout) as response:
        if response.status == HTTPStatus.UNAUTHORIZED:
            # The login, which comes next, is refused too, and has the words for it.
            return GatewayInfo()
        response.raise_for_status()
        answer = _GatewayBot.model_validate_json(await response.read())
    limit = answer.session_start_limit
    return GatewayInfo(
        shards=answer.shards,
        max_concurrency=limit.max_concurrency,
        remaining=limit.remaining,
        reset_after_s=limit.reset_after / 1000,
    )
