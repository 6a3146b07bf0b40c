"""Every error code of Discord that the bot can meet, at each kind of request that is answered with it: one table, four reactions."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from http import HTTPStatus

from bot.discord_io.error_codes import SendOutcome, outcome_of_response
from sandbox.discord import SeenInteraction, SeenRequest
from sandbox.discord.rules.documented_errors import DOCUMENTED, DocumentedError
from sandbox.discord.rules.errors import DiscordError
from sandbox.discord.world.model import Channel, ChannelType, Message
from tests.e2e.actions import places
from tests.e2e.factories import job_factory
from tests.e2e.rig import Rig, words

LINK = "https://127.0.0.1/never-fetched.mp3"
ALREADY_ACKNOWLEDGED = 40060
RATE_LIMITED = 40062
UNKNOWN_MESSAGE = 10008


@dataclass
class Refusals:
    """A content filter that refuses requests of one kind by the channel or the token in their path."""

    kind: str
    refused: dict[str, tuple[DiscordError, bool]] = field(default_factory=dict)
    seen: dict[str, int] = field(default_factory=dict)

    def plan(self, part: str, each: DocumentedError) -> None:
        """Refuse the next request with this part in its path; where the same would be refused again, every one."""
        self.refused[part] = each.error, outcome(each) is SendOutcome.REJECTED
        self.seen[part] = 0

    def __call__(self, seen: SeenRequest) -> DiscordError | None:
        part = next((part for part in self.refused if f"/{part}/" in seen.path), None)
        if seen.kind != self.kind or part is None:
            return None
        self.seen[part] += 1
        error, is_final = self.refused[part]
        return error if is_final or self.seen[part] == 1 else None


def outcome(each: DocumentedError) -> SendOutcome:
    return outcome_of_response(each.status, each.code)


def answering(kind: str, *, may_retry: bool | None = None) -> list[DocumentedError]:
    return [
        each
        for each in DOCUMENTED.values()
        if each.answers(kind) and may_retry in (None, outcome(each).may_retry)
    ]


def rooms(rig: Rig, codes: Iterable[DocumentedError]) -> dict[int, Channel]:
    """A channel for each code."""
    return {int(name): channel for name, channel in places(rig, [str(each.code) for each in codes]).items()}


async def with_due_songs(
    rig: Rig,
    at: dict[int, Channel],
    refusals: Refusals,
    *,
    cards: bool = False,
    forums: dict[int, Channel] | None = None,
) -> None:
    """Start the bot on a database with a finished song for each channel: with a card, or meant for a forum, if asked for."""
    async with job_factory(rig) as written:
        for code, channel in at.items():
            forum = forums[code] if forums else None
            job = await written.put(
                channel=channel, song_url=LINK, image_url=None, is_due=True, results_in=forum
            )
            if cards:
                drawn = rig.discord.world.say(rig.discord.world.bot, channel, "at work")
                await written.store.set_card(job.key, message_id=drawn.id)
            if each := DOCUMENTED.get(code):
                refusals.plan(str((forum or channel).id), each)
    rig.discord.rest.content_filter = refusals
    await rig.start()
    await rig.until_all(lambda row: row["delivery"] == "delivered", number=len(at))


async def test_each_code_at_a_post_has_its_reaction_and_every_song_arrives(rig: Rig) -> None:
    codes = answering("message.create")
    at = rooms(rig, codes)
    refusals = Refusals("message.create")
    await with_due_songs(rig, at, refusals)
    routes = {row["channel_id"]: row["rung"] for row in rig.rows()}
    for each in codes:
        channel = at[each.code]
        tries, posts = refusals.seen[str(channel.id)], rig.posts(channel)
        found = routes[channel.id], len(posts), tries > 1
        match outcome(each):
            case SendOutcome.RETRY | SendOutcome.UNKNOWN:
                assert (*found, tries) == ("channel", 1, True, 2), f"{each}: the same is sent again"
                assert posts[0].files, f"{each}: nothing is left out"
            case SendOutcome.TOO_LARGE:
                assert (*found, tries) == ("channel", 1, True, 2), f"{each}: the same is sent without files"
                assert not posts[0].files, each
            case SendOutcome.REJECTED:
                assert found[:2] == ("direct_message", 0), f"{each}: the next route"
    sent = [words(message) for message in rig.direct_messages()]
    assert len(sent) == list(routes.values()).count("direct_message")


async def test_each_code_at_a_forum_post_ends_in_one_post_there_or_elsewhere(rig: Rig) -> None:
    codes, world = answering("thread.create"), rig.discord.world
    at, refusals = rooms(rig, codes), Refusals("thread.create")
    forums = {
        each.code: world.add_channel("Night Owls", f"forum {each.code}", kind=ChannelType.FORUM)
        for each in codes
    }
    await with_due_songs(rig, at, refusals, forums=forums)
    assert rig.direct_messages() == []
    for each in codes:
        forum, own = forums[each.code], rig.posts(at[each.code])
        made = [thread for thread in world.channels.values() if thread.parent_id == forum.id]
        is_refused = outcome(each) is SendOutcome.REJECTED
        assert (len(made), len(own)) == ((0, 1) if is_refused else (1, 0)), each
        assert is_refused or refusals.seen[str(forum.id)] == 2, each


async def test_each_code_at_an_edit_is_repeated_or_given_up_and_delays_no_song(rig: Rig) -> None:
    codes = answering("message.edit")
    at = rooms(rig, codes)
    refusals = Refusals("message.edit")
    await with_due_songs(rig, at, refusals, cards=True)
    await rig.until_all(lambda row: not row["card_outdated"], number=len(codes))
    for each in codes:
        drawn, *posts = rig.posts(at[each.code])
        assert len(posts) == 1, each
        is_redrawn = drawn.content != "at work"
        assert is_redrawn is outcome(each).may_retry, each


def asked_with(rig: Rig, refusals: Refusals, sent: SeenInteraction, each: DocumentedError) -> SeenInteraction:
    """Plan the refusal of an answer, as soon as the interaction exists and before the bot can answer it."""
    refusals.plan(sent.token, each)
    rig.discord.rest.content_filter = refusals
    return sent


async def test_each_code_at_an_answer_is_repeated_or_leads_to_another_message(ready: Rig) -> None:
    refusals, asked = Refusals("original.edit"), dict[int, SeenInteraction]()
    for each in answering("original.edit"):
        sent = await ready.discord.command(user="ada", channel="music", name="limits")
        asked[each.code] = asked_with(ready, refusals, sent, each)
    for code, sent in asked.items():
        each, text = DOCUMENTED[code], words(await ready.until(lambda sent=sent: _told(sent)))
        is_answered = outcome(each).may_retry or code == UNKNOWN_MESSAGE
        assert ("You can request" in text) is is_answered, (
            f"{each}: sent again, in a new message if it was dismissed"
        )
        assert is_answered or "reference" in text, f"{each}: by which the operator finds it in the log"
        assert refusals.seen[sent.token] == 2 or not outcome(each).may_retry, each


async def test_each_code_at_a_deletion_is_said_and_leaves_the_button(rig: Rig) -> None:
    refusals = Refusals("original.delete")
    await with_due_songs(rig, {0: rig.channel("music")}, refusals)
    (post,) = rig.posts()
    for each in answering("original.delete"):
        if each.status == HTTPStatus.TOO_MANY_REQUESTS:
            continue  # discord.py waits and sends it again
        sent = await rig.discord.press(user="ada", message=post, label="Delete post")
        asked_with(rig, refusals, sent, each)
        told = words(await rig.until(lambda sent=sent: sent.followups and sent.followups[0]))
        if each.status == HTTPStatus.NOT_FOUND:
            assert "already" in told, f"{each}: what is not there needs no deletion"
        else:
            assert "reference" in told or "Discord" in told, each
    assert rig.posts() == [post]
    await rig.discord.press(user="ada", message=post, label="Delete post")
    await rig.until(lambda: rig.posts() == [])


def _told(sent: SeenInteraction) -> Message | None:
    """What the person reads in the end: a further message, or the answer in place of "is thinking"."""
    said = [*sent.followups, sent.response]
    return next((each for each in said if each and not each.deleted and not each.loading), None)


async def test_each_code_at_an_acknowledgement_ends_the_request_before_it_costs(ready: Rig) -> None:
    refusals, asked = Refusals("callback"), dict[int, SeenInteraction]()
    for each in answering("callback"):
        sent = await ready.discord.command(
            user="ada", channel="music", name="compose", options={"prompt": str(each.code)}
        )
        asked[each.code] = asked_with(ready, refusals, sent, each)
    await ready.until(lambda: all(refusals.seen[sent.token] for sent in asked.values()))
    await ready.until(lambda: asked[RATE_LIMITED].acknowledged)
    await ready.until(lambda: len(ready.rows()) == 2)
    await ready.bot.stop()
    again = {code for code, sent in asked.items() if refusals.seen[sent.token] > 1}
    assert again == {RATE_LIMITED}, (
        "discord.py waits as long as Discord asks; any other second try could be too late"
    )
    assert {row["prompt"] for row in ready.rows()} == {str(ALREADY_ACKNOWLEDGED), str(RATE_LIMITED)}
