"""Answers of /config words list and /config member list: what and who is blocked."""

from bot.discord_io.message import Reply
from bot.discord_io.text_length import clamp
from bot.domain.policy.model import Policy
from bot.replies import formatting
from bot.replies.config import policy_text
from bot.replies.embed import Colour, build_embed
from bot.replies.locales import _

MAX_WORDS_UNITS = 3900


def words(current: Policy) -> Reply:
    """The blocked words as the admins typed them."""
    if not current.words:
        return Reply(_("No words or phrases are blocked. Block one with `/config words add`."))
    shown = " ".join(map(policy_text.word_shown, current.words))
    return Reply(
        embeds=(
            build_embed(
                title=_("Blocked words and phrases: {count}", count=len(current.words)),
                colour=Colour.NEUTRAL,
                body=[clamp(shown, MAX_WORDS_UNITS)],
                footer=_(
                    "Whole words only; case, accents and look-alike letters don't matter. Get all with "
                    "/config export"
                ),
            ),
        )
    )


def members(current: Policy) -> Reply:
    """All members who can't request songs."""
    ids = sorted(current.blocked_member_ids)
    if not ids:
        return Reply(_("No members are blocked. Block one with `/config member block`."))
    return Reply(
        embeds=(
            build_embed(
                title=_("Blocked members: {count}", count=len(ids)),
                colour=Colour.NEUTRAL,
                body=[" ".join(map(formatting.user_mention, ids))],
                footer=_("See who blocked them with /config log"),
            ),
        )
    )
