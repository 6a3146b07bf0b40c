"""Sends a message, in simpler forms where Discord refuses a part of it, and finds posts in a channel's history."""

import re
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import Any, TypeVar

import discord
import structlog

from bot.delivery.attachments import Attachments
from bot.discord_io.error_codes import SendOutcome
from bot.discord_io.errors import (
    CANNOT_REPLY,
    FILE_TOO_LARGE,
    HTTP_TOO_LARGE,
    MISSING_PERMISSIONS,
    describe,
    is_gone,
    send_outcome,
)
from bot.discord_io.forum_posts import own_posts
from bot.discord_io.layout import picture_of, texts_of
from bot.discord_io.message import Layout, Reply
from bot.discord_io.payloads import fingerprint
from bot.domain.jobs import Job
from bot.errors import BotError
from bot.replies import fallbacks, job_text
from bot.replies.fallbacks import Cut
from bot.replies.links import safe_url

Result = TypeVar("Result")

log = structlog.get_logger(__name__)

MAX_SEARCHED = 5_000
"""Messages that a search reads, 100 per request. With more messages since the send, it has no result."""

CLOCK_SLACK = timedelta(minutes=1)
"""A search begins this much before the send, since Discord's time is known to a second or two only."""

AUTOMOD = 200000
AUTOMOD_OF_TITLES = 200001
LINK_FILTER = 240000
NOT_ABOUT_CONTENT = frozenset({40058, 40066, 40067, 50008, 50024, 50083, 160006, 160007})
"""Refusals with status 400 that concern the channel: no other content would be accepted either."""

HTTP_BAD_REQUEST = 400

_REFUSED_FIELD = re.compile(r"^In ([\w.]+):", re.MULTILINE)
"""The path of each invalid field, as discord.py writes it in the text of an error."""


_NEEDS_LAYOUT = re.compile(r"'(?:content|embeds)' field cannot be used .*COMPONENTS_V2")
"""What Discord says of an edit to content or embeds where the message is one of components."""


class NotSearchable(BotError):
    """A channel's history cannot be searched far enough."""


@dataclass(slots=True)
class Shape:
    """The content of a message: its files, whether it is a reply, and the parts left out because Discord refuses them.

    Messages are classic ones, with an embed. With `prefers_layout` a song's is one of components (V2) unless Discord refuses that;
    `needs_layout`: the message to edit is one already, and cannot become a classic one again.

    `is_titled` matters to a post in a forum only: whether its title is the song's.

    It changes with each refusal and is kept between attempts, so that a later attempt starts with the last form.
    """

    attachments: Attachments
    is_reply: bool = True
    prefers_layout: bool = False
    needs_layout: bool = False
    is_filtered: bool = False
    is_titled: bool = True
    cuts: list[Cut] = field(default_factory=list[Cut])

    def applied_to(self, reply: Reply) -> Reply:
        """The reply without the parts that are left out."""
        left = fallbacks.without(reply, self.cuts, is_filtered=self.is_filtered)
        if not (self.needs_layout or (self.prefers_layout and left.embeds and left.alt)):
            return left
        cover, audio = self.attachments.cover, self.attachments.audio
        alt = (cover and cover.description) or left.alt
        return replace(left, layout=Layout(alt=alt, audio_name=audio.name if audio else None))

    def drop_files(self) -> None:
        """Leave out the files, whose upload fails or is refused; the text links them instead."""
        self.attachments = self.attachments.not_accepted()

    def simplify(self, error: discord.HTTPException) -> bool:
        """Leave out what this error is about, or may be about; returns False if nothing more can be left out."""
        if error.code == AUTOMOD_OF_TITLES:
            # Once: a title of the bot's own that is refused, too, cannot be replaced by a better one.
            was_titled, self.is_titled = self.is_titled, False
            return was_titled
        if self.attachments and send_outcome(error) is SendOutcome.TOO_LARGE:
            is_size = error.status == HTTP_TOO_LARGE or error.code in FILE_TOO_LARGE
            self.attachments = self.attachments.too_large() if is_size else self.attachments.not_accepted()
        elif self.attachments and error.code == MISSING_PERMISSIONS:
            self.attachments = self.attachments.without_files()
        elif self.is_reply and error.code == CANNOT_REPLY:
            self.is_reply = False
        elif _is_about_content(error):
            return self._simplify_content(error)
        else:
            return False
        return True

    def _simplify_content(self, error: discord.HTTPException) -> bool:
        """Leave out the part that Discord names, else the next of those that it may mean."""
        self.is_filtered = self.is_filtered or error.code == AUTOMOD
        named = _REFUSED_FIELD.findall(error.text)
        if not self.needs_layout and _NEEDS_LAYOUT.search(error.text):
            self.needs_layout = True
        elif self.is_reply and any(path.startswith("message_reference") for path in named):
            self.is_reply = False
        elif self.attachments and any(path.startswith(("files", "attachments")) for path in named):
            self.drop_files()
        elif self.prefers_layout and not self.needs_layout and error.code not in (AUTOMOD, LINK_FILTER):
            self.prefers_layout = False
        else:
            return self._cut_next(error, named)
        return True

    def _cut_next(self, error: discord.HTTPException, named: list[str]) -> bool:
        # The likeliest cause first; what people would miss most comes last.
        if error.code == AUTOMOD:
            wanted = [Cut.QUOTES, Cut.LINKS, Cut.WORDS]
        elif error.code == LINK_FILTER:
            wanted = [Cut.LINKS, Cut.QUOTES, Cut.WORDS]
        elif any(path.startswith(("components", "embeds")) for path in named):
            wanted = [Cut.ADDRESSES, Cut.LAYOUT, Cut.WORDS]
        else:
            wanted = list(Cut)
        cut = next((cut for cut in wanted if cut not in self.cuts), None)
        if cut is Cut.QUOTES and self.attachments and error.code != AUTOMOD:
            self.drop_files()  # files are the likelier cause, and the text stays complete
        elif cut is not None:
            self.cuts.append(cut)
            if cut is Cut.WORDS:  # a file has text too: its name and description
                self.attachments = self.attachments.without_files()
        return cut is not None


def _is_about_content(error: discord.HTTPException) -> bool:
    if error.code in (AUTOMOD, LINK_FILTER):
        return True
    is_final = send_outcome(error) is SendOutcome.REJECTED
    return is_final and error.status == HTTP_BAD_REQUEST and error.code not in NOT_ABOUT_CONTENT


async def send_with_fallbacks(
    compose: Callable[[Attachments], Reply],
    send: Callable[[Reply, Shape], Awaitable[Result]],
    shape: Shape,
) -> Result:
    """Send the message that `compose` makes of the files, without the parts that Discord refuses, down to one line.

    Raises what discord.py raises if Discord refuses it for another reason, or refuses every form.
    """
    while True:
        reply = shape.applied_to(compose(shape.attachments))
        try:
            return await send(reply, shape)
        except discord.HTTPException as error:
            # Simplify until the message differs: a part that this message lacks changes nothing.
            refused = _identity(reply, shape)
            while _identity(shape.applied_to(compose(shape.attachments)), shape) == refused:
                if not shape.simplify(error):
                    raise
            log.info("message_simplified", error=describe(error), left_out=[cut.name for cut in shape.cuts])


async def send_reply(reply: Reply, send: Callable[[Reply], Awaitable[Result]]) -> Result:
    """The same for a message without files that is no reply."""
    shape = Shape(Attachments(), is_reply=False)
    return await send_with_fallbacks(lambda _: reply, lambda shaped, _: send(shaped), shape)


def _identity(reply: Reply, shape: Shape) -> tuple[str, bool, bool, bool]:
    """Equal for messages that are the same to Discord."""
    return fingerprint(reply), shape.is_reply, bool(shape.attachments), shape.is_titled


def attachment_names(attachments: Attachments) -> dict[str, Any]:
    """The arguments by which a post refers to its attachments."""
    return {
        "cover_name": attachments.cover.name if attachments.cover else None,
        "audio_name": attachments.audio.name if attachments.audio else None,
        "audio_note": attachments.audio_note,
    }


async def find_post(
    client: discord.Client, job: Job, channel_id: int, *, since: datetime
) -> discord.Message | None:
    """The bot's first message in a channel since then that is a post of the job; None without one.

    In a forum its ID is also that of the post, see `holder_id`. `since` is in Discord's time.

    Raises:
        NotSearchable: there are more than MAX_SEARCHED messages.
    """
    if client.user is None:
        raise NotSearchable("the bot does not know its own account yet")
    # Oldest first from the send on: the post is among the first messages, however much was said since.
    after = discord.Object(discord.utils.time_snowflake(since - CLOCK_SLACK))
    forum = client.get_channel(channel_id)
    if isinstance(forum, discord.ForumChannel):
        return await _find_forum_post(forum, job, owner_id=client.user.id, after_id=after.id)
    seen = 0
    history = client.get_partial_messageable(channel_id).history(
        limit=MAX_SEARCHED, after=after, oldest_first=True
    )
    async for message in history:
        seen += 1
        # A refusal that was edited into the card has a post's footer, but the card is no post.
        is_ours = message.author.id == client.user.id and message.id != job.card_message_id
        if is_ours and is_post_of(message, job):
            return message
    if seen == MAX_SEARCHED:
        raise NotSearchable(f"more than {MAX_SEARCHED:,} messages stand there since")
    return None


async def _find_forum_post(
    forum: discord.ForumChannel, job: Job, *, owner_id: int, after_id: int
) -> discord.Message | None:
    async for thread in own_posts(forum, owner_id=owner_id, after_id=after_id):
        try:
            first = await thread.fetch_message(thread.id)
        except discord.NotFound as error:
            if not is_gone(error):
                raise
            continue  # somebody has deleted it
        if is_post_of(first, job):
            return first
    return None


def posted_cover(message: discord.Message, job: Job) -> str | None:
    """The URL of the cover that was uploaded with a post; None if it shows none, or links Whisul's.

    Without the signature, which expires: Discord adds a new one where the URL is in an embed of the bot.
    """
    url = picture_of(message)
    if url is None or url == safe_url((job.song or job_text.NO_SONG).image_url):
        return None
    return url.partition("?")[0]


def is_post_of(message: discord.Message, job: Job) -> bool:
    """Whether a message is a post of this job: its footer, or without embeds the last line of a text, has the job ID."""
    if message.flags.components_v2:
        marks = [fallbacks.plain_text_footer(text) for text in texts_of(message)]
    else:
        marks = [embed.footer.text for embed in message.embeds] or [
            fallbacks.plain_text_footer(message.content)
        ]
    return job_text.footer(job) in marks
