"""What Discord's refusals mean: those that pass are waited out, those that do not lead to the next way to deliver."""

from collections.abc import Callable

import pytest

from sandbox.discord import Fault, Permission, errors
from tests.e2e.rig import Rig, embed, words
from tests.e2e.steps import assert_no_traceback, forbid, ordered

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


@pytest.mark.parametrize("fault", PASSING.values(), ids=PASSING)
async def test_a_passing_refusal_of_a_post_is_waited_out(rig: Rig, fault: Fault) -> None:
    await rig.start()
    order = await ordered(rig)
    rig.discord.script("message.create", fault)
    rig.whisul.finish(order.job_id)
    row = await rig.settled("completed")
    (post,) = rig.posts()
    assert (row["rung"], row["post_message_id"]) == ("channel", post.id)
    assert rig.direct_messages() == []
    assert_no_traceback(rig)


async def test_direct_messages_opened_too_fast_are_opened_later(rig: Rig) -> None:
    await rig.start()
    order = await ordered(rig)
    forbid(rig, Permission.SEND_MESSAGES)
    rig.discord.script("dm.create", Fault.refusal(errors.opening_dms_too_fast()))
    rig.whisul.finish(order.job_id)
    row = await rig.settled("completed")
    assert row["rung"] == "direct_message"
    assert len(rig.direct_messages()) == 1


FILES_REFUSED = {
    "uploads are limited": (errors.uploads_limited, "Discord did not take the file"),
    "the request is too large": (errors.too_large, "The file is too large"),
    "explicit content is suspected": (errors.explicit_content, "Discord did not take the file"),
}


@pytest.mark.parametrize(("refusal", "told"), FILES_REFUSED.values(), ids=FILES_REFUSED)
async def test_a_post_whose_files_are_refused_comes_without_them(
    rig: Rig, refusal: Callable[[], errors.DiscordError], told: str
) -> None:
    await rig.start()
    order = await ordered(rig)
    rig.discord.script("message.create", Fault.refusal(refusal()))
    rig.whisul.finish(order.job_id)
    row = await rig.settled("completed")
    (post,) = rig.posts()
    assert (row["rung"], post.files) == ("channel", [])
    assert told in words(post)
    assert embed(post)["url"].endswith("/audio/81fa5ff7.mp3")
