"""Where songs may be requested, by what Discord says of the interaction."""

from types import SimpleNamespace
from typing import Any

import pytest
from discord import app_commands

from bot.interactions.compose import place_of

CASES: dict[str, Any] = {
    "a server": (10, {"guild": True}, True, (10, 20)),
    "a direct message": (None, {"dm_channel": True}, True, (None, 20)),
    "one that is switched off": (None, {"dm_channel": True}, False, None),
    "a group": (None, {"private_channel": True}, True, None),
    "nothing that Discord names": (None, {}, True, None),
}


@pytest.mark.parametrize("case", CASES.values(), ids=CASES)
def test_a_song_is_requested_in_servers_and_the_bots_own_messages_only(case: Any) -> None:
    guild_id, context, allow_dm, place = case
    services: Any = SimpleNamespace(requests=SimpleNamespace(allow_dm=allow_dm))
    interaction: Any = SimpleNamespace(
        guild_id=guild_id, channel_id=20, context=app_commands.AppCommandContext(**context)
    )
    if place is None:
        with pytest.raises(app_commands.NoPrivateMessage):
            place_of(services, interaction)
    else:
        assert place_of(services, interaction) == place
