"""An erasure does not reset limits: earlier requests still count."""

from tests.e2e.actions import ordered, private_answer
from tests.e2e.config_actions import MEMBER, limited, private, used
from tests.e2e.factories import press
from tests.e2e.rig import Rig, words
from tests.e2e.test_privacy import CONFIRM, asked_for, erased, stored_words


async def test_erasures_and_a_restart_free_no_limit(rig: Rig) -> None:
    """Each kind of limit is shown in `tests/store/test_limits_machine.py`."""
    await rig.start()
    await limited(rig, "member", songs="2", per="day")
    for number in range(1, 3):
        order = await ordered(rig, user=MEMBER)
        rig.whisul.finish(order.job_id)
        await rig.until_all(lambda row: row["delivery"] == "delivered", number=number)
        await erased(rig, user=MEMBER)
    await rig.bot.stop()
    await rig.start()
    assert "2 songs" in words(await private_answer(rig, await rig.compose(user=MEMBER)))
    assert "2 songs per 24 hours" in words(await used(rig, "limits", user=MEMBER))
    assert str(rig.discord.world.user(MEMBER).id) not in stored_words(rig)
    await ordered(rig, user="bela")


async def test_an_erasure_says_before_and_after_what_still_counts(ready: Rig) -> None:
    await ordered(ready)
    shown = (await asked_for(ready, "show")).content
    question = await asked_for(ready, "delete")
    assert "30 days" in question.content
    assert "limits" in question.content
    assert "limits" in shown
    asked = await press(ready, question, CONFIRM)
    await ready.until(lambda: "**Erased:**" in question.content)
    assert "clean slate" not in question.content
    assert "limits" in question.content
    assert asked.failed is None
    assert await private(
        ready, await ready.discord.command(user="ada", channel="music", name="limits", options={})
    )
