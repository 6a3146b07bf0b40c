"""The end of a rehearsal: the bot's messages and, where there were none before, its commands are removed."""

from datetime import datetime

from tests.rehearse.discord_rest import DiscordRest, RestRefused
from tests.rehearse.scene import Scene


async def clean_up(scene: Scene, *, user_id: str, since: datetime, commands_before: set[str]) -> list[str]:
    """Remove everything that can be removed; returns what was removed, and what is left, in sentences."""
    said: list[str] = []
    deleted = 0
    for channel_id in sorted(scene.places):
        try:
            deleted += await _empty(scene.rest, channel_id, user_id=user_id, since=since)
        except RestRefused as error:
            said.append(
                f"Left: messages of the bot in a channel or direct message ({error}). Delete them yourself."
            )
    said.append(f"Removed: {deleted} messages of the bot.")
    try:
        if not commands_before:
            await scene.rest.remove_commands(scene.application_id)
            said.append(
                "Removed: the commands of the bot. There were none before, and the next start registers them."
            )
        else:
            said.append("Left: the commands of the bot. There were some before.")
    except RestRefused as error:
        said.append(f"Left: the commands of the bot ({error}).")
    return said


async def _empty(rest: DiscordRest, channel_id: int, *, user_id: str, since: datetime) -> int:
    messages = await rest.own_messages(channel_id, user_id=user_id, since=since)
    for message_id in messages:
        await rest.delete(channel_id, message_id)
    return len(messages)
