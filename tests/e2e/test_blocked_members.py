"""/config member: blocked members request no songs, whatever way they try, until they are allowed again."""

import json

from bot.domain.policy.model import MAX_BLOCKED_MEMBERS
from tests.e2e.actions import assert_no_traceback, ordered, private_answer
from tests.e2e.config_actions import ADMIN, MEMBER, imported, pressed, private, used
from tests.e2e.press_actions import posted, press, told
from tests.e2e.rig import Rig, fields, words

REFUSAL = "The admins of this server have blocked you from requesting songs. Nothing was spent."
REMEDY = "they can allow you again with `/config member allow`"


async def blocked(rig: Rig, name: str = MEMBER, *, is_blocked: bool = True) -> str:
    """An admin blocks or allows a person; returns the answer's text."""
    option = {"member": rig.discord.world.user(name)}
    return words(await used(rig, f"config member {'block' if is_blocked else 'allow'}", option))


async def test_a_blocked_member_is_refused_everywhere_and_what_was_accepted_is_made(ready: Rig) -> None:
    (order, post), accepted = await posted(ready, user=MEMBER), await ordered(ready, user=MEMBER)
    assert f"**Blocked members**: <@{order.asked.user.id}>" in await blocked(ready)
    refusal = words(await private_answer(ready, await ready.compose(user=MEMBER)))
    assert REFUSAL in refusal
    assert REMEDY in refusal
    assert REFUSAL in await told(ready, "again", post, user=MEMBER)
    form = await press(ready, "edit", post, user=MEMBER)
    assert REFUSAL in words(
        await private_answer(ready, await ready.discord.submit_modal(form, {"prompt": "a waltz"}))
    )
    empty = await ready.discord.command(user=MEMBER, channel="music", name="compose", options={})
    await ready.until(lambda: empty.modal)
    assert REFUSAL in words(
        await private_answer(ready, await ready.discord.submit_modal(empty, {"prompt": "a waltz"}))
    )
    assert len(ready.rows()) == 2
    ready.whisul.finish(accepted.job_id)
    await ready.post(number=2)
    await ordered(ready, user="chidi")
    assert "**Allowed again**" in await blocked(ready, is_blocked=False)
    await ordered(ready, user=MEMBER)
    assert_no_traceback(ready)


async def test_limits_and_simulate_say_who_can_change_a_block(ready: Rig) -> None:
    await blocked(ready)
    shown = words(await used(ready, "limits", user=MEMBER))
    assert "can't request a song here right now: the admins have blocked you." in shown
    assert "They can allow you again with `/config member allow`." in shown
    simulated = await used(ready, "config simulate", {"member": ready.discord.world.user(MEMBER)})
    assert "right now: they're blocked. To allow them again" in words(simulated)


async def test_blocks_are_on_the_panel_in_the_log_and_can_be_undone(ready: Rig) -> None:
    user_id = ready.discord.world.user(MEMBER).id
    assert "No members are blocked" in words(await used(ready, "config member list"))
    await blocked(ready)
    panel = await used(ready, "config show")
    assert fields(panel)["Blocked members"] == f"<@{user_id}>"
    editor = await private(ready, await ready.discord.select(user=ADMIN, message=panel, values=["members"]))
    assert "`/config member block`" in words(editor)
    assert f"<@{user_id}>" in words(await used(ready, "config member list"))
    log = await used(ready, "config log")
    assert "changed the blocked members" in words(log)
    draft = await pressed(ready, log, "Undo")
    assert f"**Allowed again**: <@{user_id}>" in words(draft)
    await pressed(ready, draft, "Save")
    await ordered(ready, user=MEMBER)
    assert "already set" in await blocked(ready, is_blocked=False)


async def test_somebody_who_left_and_an_admin_can_be_blocked_but_no_more_than_the_limit(ready: Rig) -> None:
    world = ready.discord.world
    assert world.user("eve").id not in world.guild("Night Owls").members
    assert "Saved" in await blocked(ready, "eve")
    assert "Saved" in await blocked(ready, ADMIN)
    assert REFUSAL in words(await private_answer(ready, await ready.compose(user=ADMIN)))
    ids = [str(10**17 + number) for number in range(MAX_BLOCKED_MEMBERS)]
    draft = await imported(ready, json.dumps({"blocked_member_ids": ids}).encode())
    await pressed(ready, draft, "Save")
    assert f"There are too many entries. Keep {MAX_BLOCKED_MEMBERS} or fewer" in await blocked(ready)
    listed = words(await used(ready, "config member list"))
    assert all(f"<@{user_id}>" in listed for user_id in ids)


async def test_a_block_outlives_an_erasure_and_is_part_of_the_export(ready: Rig) -> None:
    await posted(ready, user=MEMBER)
    await blocked(ready)
    guild_id = ready.discord.world.guild("Night Owls").id
    question = await used(ready, "privacy delete", user=MEMBER)
    await press(ready, "erase", question, user=MEMBER)
    await ready.until(lambda: "**Erased:**" in question.content)
    assert REFUSAL in words(await private_answer(ready, await ready.compose(user=MEMBER)))
    shown = words(await used(ready, "privacy show", user=MEMBER))
    assert "The admins of 1 server have blocked you from requesting songs there" in shown
    (file,) = (await used(ready, "privacy export", user=MEMBER)).files
    assert json.loads(file.content)["blocked_in_servers"] == [str(guild_id)]
