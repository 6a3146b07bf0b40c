"""What the bot is compared with: the two ways in which polling is usually written.

`python -m bench.baselines loop|tasks FILE`, where FILE has the API's URL, the key and the jobs as JSON.
"""

import asyncio
import json
import sys
from collections.abc import Sequence
from pathlib import Path

import aiohttp

INTERVAL_S = 5.0


async def loop(session: aiohttp.ClientSession, urls: Sequence[str]) -> None:
    """What tutorials show: one task that awaits each running job in turn, and then sleeps."""
    running = list(urls)
    while True:
        for url in list(running):
            if await _is_over(session, url):
                running.remove(url)
        await asyncio.sleep(INTERVAL_S)


async def tasks(session: aiohttp.ClientSession, urls: Sequence[str]) -> None:
    """One task for each job. They begin at different moments, as jobs do."""
    spread = [number / len(urls) * INTERVAL_S for number in range(len(urls))]
    await asyncio.gather(*(_task(session, url, wait_s) for url, wait_s in zip(urls, spread, strict=True)))
    await asyncio.Event().wait()


async def _task(session: aiohttp.ClientSession, url: str, wait_s: float) -> None:
    await asyncio.sleep(wait_s)
    while not await _is_over(session, url):  # noqa: ASYNC110 - as it is usually written
        await asyncio.sleep(INTERVAL_S)


async def _is_over(session: aiohttp.ClientSession, url: str) -> bool:
    async with session.get(url) as response:
        job = await response.json()
        return job["status"] != "running"


async def main(kind: str, file: Path) -> None:
    """Follow the jobs until killed."""
    given = json.loads(file.read_text())  # noqa: ASYNC240 - nothing else runs yet
    urls = [f"{given['url']}/jobs/{job['id']}" for job in given["jobs"]]
    async with aiohttp.ClientSession(headers={"Authorization": f"Bearer {given['key']}"}) as session:
        await {"loop": loop, "tasks": tasks}[kind](session, urls)


if __name__ == "__main__":
    asyncio.run(main(sys.argv[1], Path(sys.argv[2])))
