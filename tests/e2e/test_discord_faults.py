"""Each Discord fault at each step of a song's path: no song is lost, and nothing is posted twice."""

from sandbox.discord import Fault, Permission, SeenInteraction
from sandbox.discord.world.model import Channel
from sandbox.whisul import Respond, failing
from tests.e2e.actions import (
    Order,
    assert_no_traceback,
    forbid,
    nothing_happened,
    ordered,
    places,
    private_answer,
    side_by_side,
)
from tests.e2e.press_actions import press
from tests.e2e.rig import PATIENCE_S, Rig, words
from tests.e2e.test_privacy import erased as erased_all
from tests.e2e.whisul_actions import post_of, row_of, submits

CLOUDFLARES_RATE_LIMIT = Fault.rate_limit(1, via=False)
FAULTS = {
    "429": Fault.rate_limit(0.2),
    "429 without Via": CLOUDFLARES_RATE_LIMIT,
    "500": Fault.error(500),
    "500 after its effect": Fault.error(500, handled=True),
    "503": Fault.error(503),
    "503 after its effect": Fault.error(503, handled=True),
    "reset": Fault.connection_reset(),
    "reset after its effect": Fault.connection_reset(handled=True),
}
LONG_SONG = b"ID3" + bytes(9 * 2**20)
"""More than fits between the two ends of a connection, so that it is still being sent when that breaks."""


async def posted_once(rig: Rig, order: Order) -> None:
    """Finish the song: there is one post, it is the stored one, and the card links to it."""
    rig.whisul.finish(order.job_id)
    channel, user = order.asked.channel, order.asked.user.username
    post = await post_of(rig, order.job_id, channel)
    row = await row_of(rig, order.job_id, "completed")
    assert (row["rung"], row["post_message_id"]) == ("channel", post.id)
    await rig.until(lambda: order.asked.answer and order.asked.answer.content.endswith(f"/{post.id}"))
    assert rig.posts(channel) == [post]
    assert rig.direct_messages(user) == []


async def written_once(rig: Rig, order: Order) -> None:
    """Finish the song where the bot may post no more: there is one direct message, and it is the stored one."""
    forbid(rig, Permission.SEND_MESSAGES, order.asked.channel)
    rig.whisul.finish(order.job_id)
    row = await row_of(rig, order.job_id, "completed")
    (message,) = rig.direct_messages(order.asked.user.username)
    assert order.job_id in words(message)
    assert (row["rung"], row["post_message_id"]) == ("direct_message", message.id)
    await rig.until(lambda: order.asked.answer and "direct message" in order.asked.answer.content)
    assert len(rig.posts(order.asked.channel)) == 1


async def ordered_through(rig: Rig, case: str, fault: Fault) -> SeenInteraction:
    """Ask for a song that has to wait a little, so that its card is drawn by an edit of either kind; both meet the fault."""
    rig.whisul.script("submit", failing(503))
    # Discord asks for patience there that the 3 seconds of an acknowledgement do not leave.
    for kind in ("original.edit",) if fault is CLOUDFLARES_RATE_LIMIT else ("callback", "original.edit"):
        rig.discord.script(kind, fault)
    rig.discord.script("message.edit", fault, channel=case)
    asked = await rig.compose(case, user=case, channel=case)
    await rig.until(
        lambda: any(asked.token in request.path for request in rig.discord.requests_of("original.edit"))
    )
    return asked


async def test_a_discord_fault_at_any_step_loses_no_song(rig: Rig) -> None:
    for case in places(rig, FAULTS):
        rig.discord.world.add_member("Night Owls", rig.discord.world.add_user(case))
    await rig.start()
    asked = {case: await ordered_through(rig, case, fault) for case, fault in FAULTS.items()}
    await rig.until_whisul(lambda: len(rig.whisul.jobs) == len(FAULTS))
    songs = {job.prompt: Order(asked[job.prompt], job) for job in rig.whisul.jobs.values()}
    for case, order in songs.items():
        await rig.until(
            lambda order=order: order.asked.answer and order.short_id in words(order.asked.answer)
        )
        for kind in ("message.create", "message.edit"):
            rig.discord.script(kind, FAULTS[case], channel=case)
    await side_by_side(songs, lambda order: posted_once(rig, order))
    private = {case: await ordered(rig, "for one alone", user=case, channel=case) for case in FAULTS}
    for case, fault in FAULTS.items():
        rig.discord.script("dm.create", fault)
        rig.discord.script("dm.message", fault, channel=rig.discord.world.open_dm(case))
        rig.discord.script("message.edit", fault, channel=case)
    await side_by_side(private, lambda order: written_once(rig, order))
    assert len(submits(rig)) == 3 * len(FAULTS)
    assert_no_traceback(rig)


async def test_a_post_that_is_cut_off_while_its_files_are_sent_is_made_once(ready: Rig) -> None:
    ready.whisul.script("audio", Respond(body=LONG_SONG), times=None)
    order = await ordered(ready, "a song for the channel")
    ready.discord.script("message.create", Fault.cut_off())
    await posted_once(ready, order)
    order = await ordered(ready, "a song for its requester alone")
    ready.discord.script("dm.message", Fault.cut_off())
    await written_once(ready, order)
    (message,), (post,) = ready.direct_messages(), ready.posts()
    assert {len(file.content) for each in (message, post) for file in each.files} >= {len(LONG_SONG)}
    assert [len(ready.discord.requests_of(kind)) for kind in ("message.create", "dm.message")] == [2, 2]


async def test_a_refusal_with_a_429_without_via_is_sent_once(ready: Rig) -> None:
    kinds = ("original.delete", "followup")

    async def is_told_once(channel: Channel) -> None:
        asked = await ready.compose(channel=channel)
        await ready.until_stored(
            lambda row: (row["channel_id"], row["delivery"]) == (channel.id, "delivered")
        )
        (answer,) = asked.followups
        assert "No trap here" in words(answer)
        assert ready.posts(channel) == ready.direct_messages() == []

    for kind in kinds:
        ready.whisul.script("submit", failing(400, message="No trap here"))
        ready.discord.script(kind, CLOUDFLARES_RATE_LIMIT)
    await side_by_side(places(ready, kinds), is_told_once)


LATE_REFUSALS = {
    f"{name} at {kind}": (kind, fault)
    for kind in ("original.delete", "followup")
    for name, fault in FAULTS.items()
    if name in ("429 without Via", "reset", "reset after its effect")
    and (kind, name) != ("followup", "reset after its effect")
}


async def test_a_refusal_after_the_acknowledgement_survives_discord_faults(rig: Rig) -> None:
    await rig.start(MAX_SONGS_PER_DAY="1")
    await ordered(rig)
    for case, (kind, fault) in LATE_REFUSALS.items():
        rig.discord.script(kind, fault)
        asked = await rig.compose("a song too many", user="bela")
        assert "Nothing was spent" in words(await private_answer(rig, asked)), case
        assert asked.response is not None
        assert asked.response.deleted, case
    assert_no_traceback(rig)


async def test_a_cards_last_edit_is_repeated_until_discord_takes_it(ready: Rig) -> None:
    stopped, erased = (
        await ordered(ready, "a song to stop"),
        await ordered(ready, "a song to erase", user="bela"),
    )
    (card, other) = (stopped.asked.answer, erased.asked.answer)
    assert card is not None
    assert other is not None
    ready.discord.script("message.edit", Fault.error(503))
    await press(ready, "stop", card)
    await ready.until(lambda: "may still be charged" in card.content)
    ready.discord.script("message.edit", Fault.error(503))
    await erased_all(ready, user="bela")
    await ready.until(lambda: "The requester erased this request" in other.content)
    assert "to erase" not in words(other)
    assert_no_traceback(ready)


async def test_a_rate_limit_without_via_at_the_acknowledgement_costs_nothing(ready: Rig) -> None:
    ready.discord.script("callback", CLOUDFLARES_RATE_LIMIT)
    asked = await ready.discord.command(
        user="ada", channel="music", name="compose", options={"prompt": "unheard"}
    )
    await ready.until(lambda: ready.discord.requests_of("callback"))
    ready.discord.jump(PATIENCE_S + 1)
    assert await asked.wait_failed()
    await ready.bot.stop()
    assert nothing_happened(ready)
    assert_no_traceback(ready)
