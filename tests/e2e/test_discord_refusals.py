"""Discord's refusals: transient ones are retried, final ones lead to the next route."""

from sandbox.discord import Fault, Permission
from sandbox.discord.rules import errors
from tests.e2e.actions import Order, assert_no_traceback, forbid, ordered, places, side_by_side
from tests.e2e.rig import Rig, listen_url, words
from tests.e2e.whisul_actions import row_of

PROXY_PAGE = "<html><body>Access denied</body></html>"
PASSING = {
    "sending is disabled for a while": Fault.refusal(errors.sending_disabled()),
    "the same, with status 400": Fault.error(400, body={"message": "disabled", "code": 40004}),
    "the edge blocks the request": Fault.refusal(errors.blocked_at_the_edge()),
    "a server is written to too fast": Fault.refusal(errors.server_write_limit()),
    "a proxy answers 403": Fault.error(403, body=PROXY_PAGE),
    "a proxy answers 404": Fault.error(404, body=PROXY_PAGE),
    "a proxy answers 405": Fault.error(405, body=PROXY_PAGE),
    "the token is refused": Fault.refusal(errors.unauthorised()),
}


async def test_a_passing_refusal_of_a_post_is_waited_out(ready: Rig) -> None:
    channels = places(ready, PASSING)
    orders = {case: await ordered(ready, channel=channel) for case, channel in channels.items()}

    async def is_posted(order: Order) -> None:
        ready.whisul.finish(order.job_id)
        row = await row_of(ready, order.job_id, "completed")
        (post,) = ready.posts(order.asked.channel)
        assert (row["rung"], row["post_message_id"]) == ("channel", post.id)

    for case, fault in PASSING.items():
        ready.discord.script("message.create", fault, channel=channels[case])
    await side_by_side(orders, is_posted)
    assert ready.direct_messages() == []
    assert_no_traceback(ready)


async def test_direct_messages_opened_too_fast_are_opened_later(ready: Rig) -> None:
    order = await ordered(ready)
    forbid(ready, Permission.SEND_MESSAGES)
    ready.discord.script("dm.create", Fault.refusal(errors.opening_dms_too_fast()))
    ready.whisul.finish(order.job_id)
    row = await ready.settled("completed")
    assert row["rung"] == "direct_message"
    assert len(ready.direct_messages()) == 1


FILES_REFUSED = {
    "uploads are limited": (errors.uploads_limited, "Discord didn't accept the file"),
    "the request is too large": (errors.too_large, "The file is too large"),
    "explicit content is suspected": (errors.explicit_content, "Discord didn't accept the file"),
}


async def test_a_post_whose_files_are_refused_comes_without_them(ready: Rig) -> None:
    channels = places(ready, FILES_REFUSED)
    for case, (refusal, told) in FILES_REFUSED.items():
        order = await ordered(ready, channel=channels[case])
        ready.discord.script("message.create", Fault.refusal(refusal()))
        ready.whisul.finish(order.job_id)
        row = await row_of(ready, order.job_id, "completed")
        (post,) = ready.posts(channels[case])
        assert (row["rung"], post.files) == ("channel", []), case
        assert told in words(post), case
        assert listen_url(post).endswith(f"/audio/{order.short_id}.mp3"), case
