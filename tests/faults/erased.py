"""Pure: what can still be read of a member who has erased everything."""

import json
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass

from sandbox.discord.world.model import Message


@dataclass(frozen=True, slots=True)
class ErasedSong:
    """A song whose requester has erased it, with what it is recognised by: prompt, title, files, links.

    `told` and `public` say how far it had come when that was committed: whether its outcome was told, and whether that,
    or a share, was there for everybody to read.
    """

    mark: str
    traces: tuple[str, ...]
    told: bool
    public: bool

    def shown_in(self, text: str) -> set[str]:
        """Those of its traces that stand in a text of `everything_in`."""
        return {trace for trace in self.traces if trace.lower() in text}


def everything_in(message: Message) -> str:
    """Everything of a message that a user can read, follow or play, in lower case."""
    files = [(file.filename, file.description) for file in message.files]
    parts = (message.content, message.embeds, message.components, files)
    return json.dumps(parts, ensure_ascii=False).lower()


def published(
    songs: Collection[ErasedSong],
    messages: Iterable[Message],
    *,
    before: Mapping[int, str],
    direct: Collection[int] = (),
) -> list[str]:
    """What of the erased songs is shown by messages of the bot that must not show it, one line each.

    A message may go on showing a song that had been told when the erasure was committed, provided that it showed the same
    then; what was told to its requester alone may be shown to nobody else. `before` is everything in each message of that
    moment, by the message's ID, and `direct` are the IDs of the channels of direct messages.
    """
    found = list[str]()
    for message in messages:
        text = everything_in(message)
        is_hidden = message.ephemeral or message.channel_id in direct
        for song in songs:
            shown = song.shown_in(text)
            stood = shown <= song.shown_in(before.get(message.id, ""))
            if shown and not (stood and song.told and (song.public or is_hidden)):
                since = "still shows" if stood else "shows"
                found.append(f"message {message.id} {since} {sorted(shown)} of {song.mark!r}")
    return found
