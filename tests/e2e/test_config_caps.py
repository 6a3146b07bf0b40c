"""The operator's caps, the queue's limit and its order."""

from tests.e2e.actions import assert_no_traceback, ordered, private_answer
from tests.e2e.config_actions import MEMBER, used
from tests.e2e.rig import Rig, fields, words


async def test_no_admin_can_go_above_the_operators_cap_and_the_preview_says_so(rig: Rig) -> None:
    await rig.start(MAX_SONGS_PER_DAY_PER_SERVER="1")
    draft = await used(rig, "config limit", {"scope": "server", "songs": "100", "per": "day"})
    assert "operator limit still applies: 1 song per 24 hours for each server" in words(draft)
    assert "1 song per 24 hours for each server" in fields(await used(rig, "config show"))["Operator limits"]
    await ordered(rig, user=MEMBER)
    refusal = await private_answer(rig, await rig.compose(user=MEMBER))
    assert "Operator limit: 1 song per 24 hours" in words(refusal)
    assert "You can request a song again <t:" in words(refusal)
    await ordered(rig, user="eve", channel="lobby")
    assert len(rig.rows()) == 2
    assert_no_traceback(rig)


async def test_a_request_waits_for_a_place_and_only_a_full_queue_refuses(rig: Rig) -> None:
    await rig.start(MAX_RUNNING_JOBS="1", MAX_QUEUED_JOBS="1")
    first = await ordered(rig, user="ada")
    waiting = await rig.compose("a song that waits", user=MEMBER)
    card = await rig.until(lambda: waiting.answer)
    assert "next" in words(card)
    refusal = await private_answer(rig, await rig.compose(user="chidi"))
    assert "my queue is full: 1 request in the queue" in words(refusal)
    rig.whisul.finish(first.job_id)
    await rig.until_whisul(lambda: [each.prompt for each in rig.whisul.submits][-1] == "a song that waits")
    assert len(rig.rows()) == 2
    assert_no_traceback(rig)


async def test_members_take_turns_unless_the_admins_want_first_come(rig: Rig) -> None:
    await rig.start(MAX_RUNNING_JOBS="1")
    assert await sent_in_order(rig) == ["ada 1", "dana 1", "ada 2", "ada 3"]
    await used(rig, "config fairness", {"order": "first"})
    assert await sent_in_order(rig) == ["ada 1", "ada 2", "ada 3", "dana 1"]


async def sent_in_order(rig: Rig) -> list[str]:
    """Ada requests three songs and then Dana one, with a single slot."""
    sent = len(rig.whisul.submits)
    for number, prompt in enumerate(("ada 1", "ada 2", "ada 3", "dana 1"), start=len(rig.rows()) + 1):
        await rig.compose(prompt, user=prompt.split()[0])
        await rig.until_stored(lambda row, number=number: row["key"] == number)
    for number in range(1, 5):
        await rig.until_whisul(lambda number=number: len(rig.whisul.submits) == sent + number)
        rig.whisul.finish(rig.whisul.submits[-1].job_id)
    await rig.until_all(lambda row: row["delivery"] == "delivered", number=len(rig.rows()))
    return [each.prompt for each in rig.whisul.submits[sent:]]
