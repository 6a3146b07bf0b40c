"""Where songs may be requested, by what Discord says of the interaction."""

from types import SimpleNamespace
from typing import Any

import pytest
from discord import app_commands

from bot.errors import AnswerTooLate
from bot.interactions.compose import Place, place_of, require_answer_in_time

HERE, ELSEWHERE = 10, 11
GUILD, DM, GROUP = ({name: True} for name in ("guild", "dm_channel", "private_channel"))
CASES: dict[str, Any] = {
    "a server": (HERE, GUILD, Place(HERE, 20)),
    "a server, by an own installation": (HERE, GUILD | {"own": True}, Place(HERE, 20)),
    "a server without the bot's user": (ELSEWHERE, GUILD, Place(ELSEWHERE, 20)),
    "a foreign server": (ELSEWHERE, GUILD | {"own": True}, Place(None, 20, is_foreign=True)),
    "a foreign server, not allowed": (ELSEWHERE, GUILD | {"own": True, "off": True}, None),
    "a direct message": (None, DM, Place(None, 20)),
    "a direct message, by an own installation": (None, DM | {"own": True}, Place(None, 20)),
    "a direct message, not allowed": (None, DM | {"own": True, "off": True}, None),
    "a group": (None, GROUP | {"own": True}, Place(None, 20, is_foreign=True)),
    "a group, not allowed": (None, GROUP | {"own": True, "off": True}, None),
    "a group without an installation": (None, GROUP, None),
    "nothing that Discord names": (None, {}, None),
}


@pytest.mark.parametrize(("guild_id", "facts", "place"), CASES.values(), ids=CASES)
def test_a_song_is_requested_where_the_operator_allows_it_and_nowhere_else(
    guild_id: int | None, facts: dict[str, bool], place: Place | None
) -> None:
    facts = dict(facts)
    own, is_allowed = facts.pop("own", False), not facts.pop("off", False)
    services: Any = SimpleNamespace(
        requests=SimpleNamespace(allow_dm=is_allowed, allow_user_install=is_allowed)
    )
    interaction: Any = SimpleNamespace(
        guild_id=guild_id,
        channel_id=20,
        context=app_commands.AppCommandContext(**facts),
        client=SimpleNamespace(get_guild={HERE: "a server"}.get),
        is_user_integration=lambda: own,
    )
    if place is None:
        with pytest.raises(app_commands.NoPrivateMessage):
            place_of(services, interaction)
    else:
        assert place_of(services, interaction) == place


@pytest.mark.parametrize(("usual_s", "is_refused"), [(None, False), (780.0, False), (780.1, True)])
async def test_a_song_that_would_come_too_late_for_its_answer_is_refused(
    usual_s: float | None, *, is_refused: bool
) -> None:
    async def usual_wait_s() -> float | None:
        return usual_s

    services: Any = SimpleNamespace(job_lookup=SimpleNamespace(usual_wait_s=usual_wait_s))
    if is_refused:
        with pytest.raises(AnswerTooLate):
            await require_answer_in_time(services)
    else:
        await require_answer_in_time(services)
