"""An erasure does not reset limits: earlier requests still count."""

import pytest

from tests.e2e.actions import ordered, private_answer
from tests.e2e.config_actions import MEMBER, limited, pressed, private, used
from tests.e2e.factories import press
from tests.e2e.rig import Rig, words
from tests.e2e.test_config_panel import filled
from tests.e2e.test_privacy import CONFIRM, asked_for, erased, stored_words


@pytest.mark.parametrize("limit", ["window", "cool-down", "at once", "role"])
async def test_an_erasure_frees_no_limit(rig: Rig, limit: str) -> None:
    await rig.start()
    user, told = MEMBER, "1 song"
    if limit == "window":
        await limited(rig, "member", songs="1", per="day")
    elif limit == "at once":
        await limited(rig, "member_at_once", songs="1")
        told = "at a time"
    elif limit == "cool-down":
        values = {"windows": "", "at_once": "", "cooldown": "1 hour"}
        await pressed(rig, await filled(rig, "member", values), "Save")
        told = "between a member's songs"
    else:
        user = "chidi"
        guild = rig.discord.world.guild("Night Owls")
        role = next(role for role in guild.roles.values() if role.name == "DJs")
        options = {"role": role, "means": "limited", "songs": "1", "per": "day"}
        await pressed(rig, await used(rig, "config role", options), "Save")
    order = await ordered(rig, user=user)
    if limit != "at once":
        rig.whisul.finish(order.job_id)
        await rig.settled("completed")
    await erased(rig, user=user)
    assert told in words(await private_answer(rig, await rig.compose(user=user)))
    assert len(rig.rows()) == 1
    await ordered(rig, user="bela")


async def test_an_erased_song_in_the_making_frees_its_place_when_it_ends(rig: Rig) -> None:
    await rig.start()
    await limited(rig, "member_at_once", songs="1")
    order = await ordered(rig, user=MEMBER)
    await erased(rig, user=MEMBER)
    rig.whisul.finish(order.job_id)
    await rig.until_stored(lambda row: row["state"] == "completed")
    await ordered(rig, user=MEMBER)


async def test_a_second_erasure_and_a_restart_free_no_limit_either(rig: Rig) -> None:
    await rig.start()
    await limited(rig, "member", songs="2", per="day")
    for _ in range(2):
        order = await ordered(rig, user=MEMBER)
        rig.whisul.finish(order.job_id)
        await rig.until_stored(
            lambda row, order=order: row["job_id"] == order.job_id and row["delivery"] == "delivered"
        )
        await erased(rig, user=MEMBER)
        await rig.bot.stop()
        await rig.start()
    assert "2 songs" in words(await private_answer(rig, await rig.compose(user=MEMBER)))
    shown = words(await used(rig, "limits", user=MEMBER))
    assert "2 songs per 24 hours" in shown
    assert str(rig.discord.world.user(MEMBER).id) not in stored_words(rig)


async def test_an_erasure_says_before_and_after_what_still_counts(rig: Rig) -> None:
    await rig.start()
    await ordered(rig)
    shown = (await asked_for(rig, "show")).content
    question = await asked_for(rig, "delete")
    assert "30 days" in question.content
    assert "limits" in question.content
    assert "limits" in shown
    asked = await press(rig, question, CONFIRM)
    await rig.until(lambda: "**Erased:**" in question.content)
    assert "clean slate" not in question.content
    assert "limits" in question.content
    assert asked.failed is None
    assert await private(
        rig, await rig.discord.command(user="ada", channel="music", name="limits", options={})
    )
