"""Members read answers in the language of their Discord, and everyone in a channel reads one language."""

from tests.e2e.actions import killed_at, ordered, private_answer
from tests.e2e.config_actions import used
from tests.e2e.press_actions import press
from tests.e2e.rig import Rig, words

GERMAN_LIMITS, ENGLISH_LIMITS = "Deine Limits in diesem Kanal", "Your limits in this channel"


async def limits_of(rig: Rig, user: str) -> str:
    asked = await rig.discord.command(user=user, channel=rig.channel("music"), name="limits")
    return words(await private_answer(rig, asked))


async def test_two_members_with_two_languages_in_one_channel(rig: Rig) -> None:
    rig.discord.world.set_locale("ada", "de")
    await rig.start()
    order = await ordered(rig, user="ada")
    assert "Requested by" in words(rig.cards()[0])
    assert GERMAN_LIMITS in await limits_of(rig, "ada")
    assert ENGLISH_LIMITS in await limits_of(rig, "dana")
    refused = await press(rig, "stop", rig.cards()[0], user="dana")
    assert "can stop it" in words(await private_answer(rig, refused))
    rig.whisul.finish(order.job_id)
    assert "your song is ready!" in words(await rig.post())
    await rig.until_stored(lambda row: row["delivery"] == "delivered")
    shown = await rig.status(order.job_id, user="ada")
    assert "Zustellung: In" in words(shown)


async def test_admins_choose_the_language_of_posts(ready: Rig) -> None:
    ready.discord.world.set_community("Night Owls", "de")
    first = await ordered(ready, user="dana")
    assert "Angefordert von" in words(ready.cards()[0]), "a community server has a language"
    saved = await used(ready, "config language", {"language": "en-US"}, channel="general")
    assert "automatic → English" in words(saved)
    second = await ordered(ready, user="dana")
    assert "Requested by" in words(ready.cards()[1])
    for order in (first, second):
        ready.whisul.finish(order.job_id)
    posts = [words(await ready.post(number=number)) for number in (1, 2)]
    assert sorted("dein Song ist fertig!" in text for text in posts) == [False, True]


async def test_a_restart_between_request_and_post_keeps_both_languages(rig: Rig) -> None:
    rig.discord.world.set_locale("ada", "de")
    await rig.start()
    private = await rig.discord.command(
        user="ada", channel="music", name="compose", options={"prompt": "a secret song", "private": True}
    )
    await rig.until(lambda: private.answer and "Whisul" in words(private.answer) + rig.bot.log)
    rig.discord.world.set_community("Night Owls", "de")
    public = await ordered(rig, user="dana")
    await rig.bot.kill()
    rig.discord.world.set_locale("ada", "en-US")
    rig.discord.world.set_community("Night Owls", "en-US")
    for job_id in list(rig.whisul.jobs):
        rig.whisul.finish(job_id)
    await rig.start()
    assert "dein Song ist fertig!" in words(await rig.post())
    assert public.short_id in words(rig.posts()[0])
    await rig.until(lambda: private.answer and "Dein Song ist fertig!" in words(private.answer))


async def test_a_request_lost_in_a_crash_is_answered_in_its_language(rig: Rig) -> None:
    rig.discord.world.set_community("Night Owls", "de")
    ended = killed_at(rig, "callback", "handled")
    await rig.start()
    asked = await rig.discord.command(
        user="dana", channel="music", name="compose", options={"prompt": "a waltz"}
    )
    await ended()
    await rig.start()
    assert "Ich wurde neu gestartet" in words(await rig.until(lambda: asked.answer))


async def test_commands_and_typed_limits_are_german_for_a_german_admin(rig: Rig) -> None:
    rig.discord.world.set_locale("bela", "de")
    await rig.start()
    (config,) = [each for each in rig.discord.command_registry.of_scope(None) if each["name"] == "config"]
    assert config["name_localizations"]["de"] == "einstellungen"
    assert {"de", "es-419", "pt-BR"} <= set(config["description_localizations"])
    draft = await used(rig, "config limit", {"scope": "member", "songs": "5", "per": "24 Stunden"})
    assert "kein Limit → 5 Songs pro 24 Stunden" in words(draft)
    wrong = await used(rig, "config limit", {"scope": "member", "songs": "5", "per": "3 Quartale"})
    assert "`3 Quartale` ist kein Zeitraum" in words(wrong)
