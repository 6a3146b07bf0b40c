"""Rate limits in a channel, and what Discord's filters refuse, as real discord.py meets them."""

import asyncio
import io

import discord
import pytest

from sandbox.discord import DiscordStandIn
from sandbox.discord.rest import content_filters
from sandbox.discord.rest.content_filters import ContentFilter
from tests.sandbox.standin_bot import SmallBot, running


async def test_a_client_that_reads_the_headers_gets_no_429(
    general: discord.PartialMessageable, stand_in: DiscordStandIn
) -> None:
    stand_in.rest.limits.set("message.create", limit=2, per_s=0.2)
    for _ in range(5):
        await general.send("x")
    requests = stand_in.requests_of("message.create")
    assert [request.status for request in requests] == [200] * 5
    assert requests[4].at - requests[0].at >= 0.4


async def test_each_channel_has_its_own_rate_limit(
    bot: SmallBot, stand_in: DiscordStandIn, general: discord.PartialMessageable
) -> None:
    stand_in.rest.limits.set("message.create", limit=1, per_s=3600)
    first = asyncio.create_task(general.send("x"))
    await stand_in.wait_for(lambda: stand_in.messages("general"))
    # A client that knows nothing of the first request, as after a restart.
    async with running(stand_in) as other:
        again = asyncio.create_task(other.get_partial_messageable(general.id).send("y"))
        await stand_in.wait_for(
            lambda: [r for r in stand_in.requests_of("message.create") if r.status == 429]
        )
        elsewhere = asyncio.create_task(
            other.get_partial_messageable(stand_in.world.channel("music").id).send("z")
        )
        await stand_in.wait_for(lambda: stand_in.messages("music"))
        for task in (first, again, elsewhere):
            task.cancel()
    assert [message.content for message in stand_in.messages("general")] == ["x"]


@pytest.mark.parametrize(
    ("content_filter", "status", "code", "place"),
    [
        (content_filters.link_buttons, 400, 50035, "components.0.components.0.url"),
        (content_filters.embed_pictures, 400, 50035, "embeds.0.image.url"),
        (content_filters.files, 413, 40005, ""),
        (content_filters.replies, 400, 50035, "message_reference"),
        (content_filters.words("garden"), 400, 200000, ""),
    ],
)
async def test_content_filters_refuse_matching_messages_only(
    general: discord.PartialMessageable,
    stand_in: DiscordStandIn,
    content_filter: ContentFilter,
    status: int,
    code: int,
    place: str,
) -> None:
    plain = await general.send("taken")
    stand_in.rest.content_filter = content_filters.each_of(content_filter)
    view = discord.ui.View()
    view.add_item(discord.ui.Button(label="Listen", url="https://example.org/song.mp3"))
    embed = discord.Embed(description="a secret garden").set_image(url="https://example.org/cover.jpg")
    with pytest.raises(discord.HTTPException) as caught:
        await general.send(
            embed=embed, view=view, file=discord.File(io.BytesIO(b"la"), "song.mp3"), reference=plain
        )
    assert (caught.value.status, caught.value.code) == (status, code)
    assert place in caught.value.text
    await general.send("taken too")
    assert [message.content for message in stand_in.messages("general")] == ["taken", "taken too"]
