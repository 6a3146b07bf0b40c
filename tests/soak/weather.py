"""Random faults on both sides: a small share of all requests fails, as a seed decides."""

import asyncio
from random import Random

from aiohttp import web

from sandbox.discord import DiscordStandIn, Fault
from sandbox.discord.rest.faults import FaultScript
from sandbox.whisul import (
    Behaviour,
    JobPlan,
    Planned,
    Reset,
    Truncate,
    WhisulSimulator,
    failing,
    html_page,
    rate_limited,
)
from sandbox.whisul.exchange import Answer, Exchange, Kind

GATEWAY_TROUBLE_EVERY_S = 20.0

MAY_BE_SENT_AGAIN: tuple[Behaviour, ...] = (failing(503), rate_limited(1))
"""Behaviours that are certain to have created nothing."""

BAD_SUBMITS: tuple[Behaviour, ...] = (
    *MAY_BE_SENT_AGAIN,
    failing(500),
    failing(500, when="after"),
    html_page(502),
    failing(400),
    Reset(when="before"),
    Reset(when="after"),
    Truncate(missing_bytes=30),
)
BAD_LOOKS: tuple[Behaviour, ...] = (
    failing(500),
    html_page(502),
    html_page(200),
    failing(503),
    failing(404),
    failing(401),
    rate_limited(1),
    Reset(when="before"),
    Reset(when="mid_body"),
    Truncate(missing_bytes=30),
)
BAD_FILES: tuple[Behaviour, ...] = (failing(404), failing(500), Reset(when="mid_body"), Truncate())
BAD_ANSWERS_OF_DISCORD = (
    *(Fault.error(status, handled=handled) for status in (500, 502, 503) for handled in (False, True)),
    *(Fault.connection_reset(handled=handled) for handled in (False, True)),
    Fault.rate_limit(0.3),
    Fault.rate_limit(1, via=False),
    Fault.late(0.5),
    Fault.late(0.5, handled=True),
)


class Weather:
    """The faults to inject, and how often each occurred.

    Attributes:
        share: of all requests.
        faults: how many there were.
        let_off: the prompt of every submit after which it is right to send it again.
    """

    def __init__(self, *, share: float, seed: int) -> None:
        self.share = share
        self.faults = 0
        self.let_off: list[str] = []
        self._seed = seed

    def comes_up(self, whisul: WhisulSimulator, discord: DiscordStandIn, *, songs: JobPlan) -> None:
        """From now on requests fail at random; `songs` is the plan of every job that is created."""
        kinds: dict[Kind, tuple[Behaviour, ...]] = {
            "submit": BAD_SUBMITS,
            "poll": BAD_LOOKS,
            "cover": BAD_FILES,
            "audio": BAD_FILES,
        }
        for kind, behaviours in kinds.items():
            changeable = _Changeable(self, self._chance(kind), behaviours)
            whisul.script(kind, Planned(songs), changeable, times=None)
        discord.rest.script = _ChangeableDiscord(self, self._chance("discord"))

    def calms_down(self, whisul: WhisulSimulator, discord: DiscordStandIn, *, songs: JobPlan) -> None:
        """From now on nothing fails; a submit in flight gets the same plan."""
        whisul.clear_script()
        whisul.script("submit", Planned(songs), times=None)
        discord.rest.script = FaultScript()

    async def trouble_the_gateway(self, discord: DiscordStandIn) -> None:
        """Until cancelled, occasionally request a reconnect, drop the connection, or end the session."""
        gateway, chance = discord.gateway, self._chance("gateway")
        while True:
            await asyncio.sleep(chance.uniform(0.5, 1.5) * GATEWAY_TROUBLE_EVERY_S)
            chance.choice((gateway.reconnect, gateway.drop_all, gateway.invalidate))()
            self.faults += 1

    def _chance(self, part: str) -> Random:
        return Random(f"{self._seed}/{part}")

    def strikes(self, chance: Random) -> bool:
        """Whether this request fails."""
        struck = chance.random() < self.share
        self.faults += struck
        return struck


class _Changeable(Behaviour):
    """For each request one of the behaviours, or mostly none."""

    def __init__(self, weather: Weather, chance: Random, behaviours: tuple[Behaviour, ...]) -> None:
        self._weather = weather
        self._chance = chance
        self._behaviours = behaviours
        self._chosen: dict[Exchange, Behaviour] = {}

    async def instead(self, exchange: Exchange) -> Answer | None:
        """Choose a behaviour and apply it."""
        if not self._weather.strikes(self._chance):
            return None
        chosen = self._chosen[exchange] = self._chance.choice(self._behaviours)
        if exchange.seen.kind == "submit" and chosen in MAY_BE_SENT_AGAIN:
            self._weather.let_off.append(str(exchange.seen.json["prompt"]))
        return await chosen.instead(exchange)

    async def reshape(self, exchange: Exchange, answer: Answer) -> Answer:
        """As chosen."""
        chosen = self._chosen.get(exchange)
        return answer if chosen is None else await chosen.reshape(exchange, answer)

    async def deliver(self, exchange: Exchange, answer: Answer) -> web.StreamResponse | None:
        """As chosen."""
        chosen = self._chosen.pop(exchange, None)
        return None if chosen is None else await chosen.deliver(exchange, answer)


class _ChangeableDiscord(FaultScript):
    def __init__(self, weather: Weather, chance: Random) -> None:
        super().__init__()
        self._weather = weather
        self._chance = chance

    def take(self, kind: str, channel_id: int | None = None) -> Fault | None:
        """One of the faults, or mostly none."""
        del kind, channel_id
        return self._chance.choice(BAD_ANSWERS_OF_DISCORD) if self._weather.strikes(self._chance) else None
