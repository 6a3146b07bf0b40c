"""/config limit, its preview and undo, and /limits."""

from tests.e2e.actions import assert_no_traceback, ordered, private_answer
from tests.e2e.config_actions import MEMBER, limited, pressed, used
from tests.e2e.rig import Rig, fields, words


async def test_a_limit_is_shown_with_its_effect_saved_and_then_holds(ready: Rig) -> None:
    await ordered(ready, user=MEMBER)
    await ordered(ready, user=MEMBER)
    draft = await used(ready, "config limit", {"scope": "member", "songs": "1", "per": "an hour"})
    assert "no limit → 1 song per hour" in words(draft)
    assert "**1 of 2** requests from 1 member" in words(draft)
    assert "no limit" in words(await used(ready, "config show"))
    saved = await pressed(ready, draft, "Save")
    assert "Saved" in words(saved)
    refusal = await private_answer(ready, await ready.compose(user=MEMBER))
    assert "1 song per hour for each member" in words(refusal)
    assert "<t:" in words(refusal)
    assert len(ready.rows()) == 2
    assert_no_traceback(ready)


async def test_a_change_is_saved_once_and_not_over_a_newer_one(ready: Rig) -> None:
    draft = await used(ready, "config limit", {"scope": "server", "songs": "3", "per": "day"})
    await limited(ready, "member", songs="5", per="hour")
    refusal = await pressed(ready, draft, "Save")
    assert "changed the settings" in words(refusal)
    shown = fields(await used(ready, "config show"))
    assert (shown["Each member"], shown["Whole server"]) == ("5 songs per hour", "no limit")
    draft = await used(ready, "config limit", {"scope": "server", "songs": "3", "per": "day"})
    first = await ready.discord.press(user="bela", message=draft, label="Save")
    again = await ready.discord.press(user="bela", message=draft, label="Save")
    await ready.until(lambda: first.updated or first.followups)
    await ready.until(lambda: again.updated or again.followups)
    (told,) = [*first.followups, *again.followups]
    assert "already saved or canceled" in words(told)
    assert words(await used(ready, "config log")).count("<@") == 2


async def test_a_change_is_undone_logged_and_the_undo_stays_done(ready: Rig) -> None:
    await limited(ready, "member", songs="5", per="hour")
    await limited(ready, "member", songs="2", per="hour")
    draft = await used(ready, "config undo")
    assert "2 songs per hour → 5 songs per hour" in words(draft)
    await pressed(ready, draft, "Save")
    assert fields(await used(ready, "config show"))["Each member"] == "5 songs per hour"
    log = words(await used(ready, "config log"))
    assert "undid a change" in log
    assert log.index("undid a change") < log.index("5 songs per hour → 2 songs per hour")
    draft = await used(ready, "config undo")
    assert "5 songs per hour → no limit" in words(draft)
    await pressed(ready, draft, "Save")
    assert "nothing to undo" in words(await used(ready, "config undo"))


async def test_what_cannot_be_read_or_is_canceled_is_told_and_changes_nothing(ready: Rig) -> None:
    for options, told in (
        ({"songs": "5", "per": "fortnight"}, "isn't a time span I understand"),
        ({"songs": "many", "per": "hour"}, "isn't a number of songs"),
        ({"songs": "0", "per": "hour"}, "is too low. Use 1 or more"),
        ({"songs": "5", "per": "31 days"}, "between 1 minute and 30 days"),
        ({"songs": "5"}, "Set both `songs` and `per`"),
    ):
        answer = await used(ready, "config limit", {"scope": "member", **options})
        assert told in words(answer)
        assert "Nothing was changed" in words(answer)
    assert "already set" in words(await used(ready, "config limit", {"scope": "server", "songs": "none"}))
    draft = await used(ready, "config limit", {"scope": "server", "songs": "3", "per": "day"})
    assert "Nothing was changed" in words(await pressed(ready, draft, "Cancel"))
    typed = {"scope": "member", "songs": "1", "per": "da"}
    asked = await ready.discord.autocomplete(
        user="bela", channel="music", name="config limit", focused="per", options=typed
    )
    assert [choice["value"] for choice in await ready.until(lambda: asked.choices)] == ["7 days", "30 days"]
    assert "Nobody has changed anything yet" in words(await used(ready, "config log"))
    assert_no_traceback(ready)


async def test_limits_shows_a_member_what_is_left_and_when_it_frees_up(ready: Rig) -> None:
    await limited(ready, "member", songs="2", per="hour")
    await ordered(ready, user=MEMBER)
    shown = await used(ready, "limits", user=MEMBER)
    assert "You can request a song here now" in words(shown)
    assert "**1** left, 1 used · next one available <t:" in fields(shown)["2 songs per hour for each member"]
    await ordered(ready, user=MEMBER)
    shown = await used(ready, "limits", user=MEMBER)
    assert "You can't request a song here right now: 2 songs per hour for each member (next one <t:" in words(
        shown
    )
    assert (
        "**2** left" in fields(await used(ready, "limits", user="chidi"))["2 songs per hour for each member"]
    )


async def test_simulate_tells_which_rule_would_fire_for_whom_and_where(ready: Rig) -> None:
    guild = ready.discord.world.guild("Night Owls")
    djs = next(role for role in guild.roles.values() if role.name == "DJs")
    await pressed(ready, await used(ready, "config role", {"role": djs, "means": "blocked"}), "Save")
    await used(ready, "config channels add", {"channel": ready.channel("general"), "means": "deny"})

    async def simulated(member: str, channel: str) -> str:
        options = {"member": ready.discord.world.user(member), "channel": ready.channel(channel)}
        return words(await used(ready, "config simulate", options))

    assert "right now: the admins don't let one of their roles request songs" in await simulated(
        "chidi", "music"
    )
    assert "right now: the admins don't allow songs in this channel" in await simulated("dana", "general")
    assert "**can** request a song" in await simulated("dana", "music")
    assert "don't let one of your roles request songs" in words(
        await private_answer(ready, await ready.compose(user="chidi"))
    )
    refusal = await private_answer(ready, await ready.compose(user="dana", channel="general"))
    assert "don't allow songs in this channel" in words(refusal)
    assert ready.rows() == []


async def test_a_roles_own_limit_replaces_the_limits_for_members(ready: Rig) -> None:
    guild = ready.discord.world.guild("Night Owls")
    djs = next(role for role in guild.roles.values() if role.name == "DJs")
    await limited(ready, "member", songs="1", per="day")
    answer = await used(ready, "config role", {"role": djs, "means": "limited"})
    assert "Set both `songs` and `per`" in words(answer)
    answer = await used(ready, "config role", {"role": djs, "means": "unlimited", "songs": "3"})
    assert "Only a role with its own limit" in words(answer)
    role = {"role": djs, "means": "limited", "songs": "2", "per": "day"}
    await pressed(ready, await used(ready, "config role", role), "Save")
    await ordered(ready, user="chidi")
    await ordered(ready, user="chidi")
    assert "2 songs" in words(await private_answer(ready, await ready.compose(user="chidi")))
    draft = await used(ready, "config role", {"role": djs, "means": "none"})
    assert "→ no role overrides" in words(draft)


async def test_days_end_at_midnight_in_the_servers_time_zone(ready: Rig) -> None:
    asked = await ready.discord.autocomplete(
        user="bela",
        channel=ready.channel("music"),
        name="config timezone",
        focused="zone",
        options={"zone": "buenos"},
    )
    choices = await ready.until(lambda: asked.choices)
    assert [choice["value"] for choice in choices][:1] == ["America/Argentina/Buenos_Aires"]
    assert "isn't a time zone" in words(await used(ready, "config timezone", {"zone": "Atlantis"}))
    await pressed(ready, await used(ready, "config timezone", {"zone": "asia/tokyo"}), "Save")
    await limited(ready, "member", songs="1", per="day")
    await ordered(ready, user=MEMBER)
    refusal = await private_answer(ready, await ready.compose(user=MEMBER))
    assert "1 song per day for each member" in words(refusal)
    assert "midnight in Asia/Tokyo" in words(refusal)
    suggested = words(await used(ready, "config limit", {"scope": "member", "songs": "3", "per": "day"}))
    assert "**1 song per day for each member** would have refused nobody" in suggested
