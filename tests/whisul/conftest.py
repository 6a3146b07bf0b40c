from collections.abc import AsyncIterator, Callable
from typing import Any

import aiohttp
import pytest
from pydantic import SecretStr

from bot.whisul import WhisulClient

KEY = "sk-secret-0123456789"
JOB_ID = "81fa5ff7-6197-4c24-8062-c0ff8b62d58d"

MakeClient = Callable[..., WhisulClient]


@pytest.fixture
async def make_client() -> AsyncIterator[MakeClient]:
    async with aiohttp.ClientSession() as session:

        def make(base_url: str, **options: Any) -> WhisulClient:
            return WhisulClient(session, base_url=base_url, api_key=SecretStr(KEY), **options)

        yield make
