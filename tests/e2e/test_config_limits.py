"""/config limit, its preview and undo, and /limits: from what an admin types to what a member is told."""

from tests.e2e.config_steps import MEMBER, pressed, used
from tests.e2e.rig import Rig, words
from tests.e2e.steps import assert_no_traceback, ordered, private_answer


async def test_a_limit_is_shown_with_its_effect_saved_and_then_holds(rig: Rig) -> None:
    await rig.start()
    await ordered(rig, user=MEMBER)
    await ordered(rig, user=MEMBER)
    draft = await used(rig, "config limit", {"scope": "member", "songs": "1", "per": "an hour"})
    assert "not limited → 1 song in any hour" in words(draft)
    assert "**1 of 2** requests, from 1 member" in words(draft)
    saved = await pressed(rig, draft, "Save")
    assert "Saved" in words(saved)
    refusal = await private_answer(rig, await rig.compose(user=MEMBER))
    assert "1 song in any hour for each member" in words(refusal)
    assert "<t:" in words(refusal)
    assert len(rig.rows()) == 2
    assert_no_traceback(rig)
