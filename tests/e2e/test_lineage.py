"""Songs composed again: replies to the parent, and the lineage in /job status."""

from typing import Literal

from sandbox.discord import Permission
from sandbox.discord.world.model import Message
from tests.e2e.actions import Order, killed_at, ordered, started_again
from tests.e2e.press_actions import posted, press
from tests.e2e.rig import Rig, fields

Outcome = Literal["completed", "failed"]
OUTCOMES: tuple[Outcome, ...] = ("completed", "failed")


async def child_of(rig: Rig, post: Message, *, user: str = "ada") -> Order:
    """Compose again, and wait until Whisul works on it."""
    number = len(rig.rows())
    asked = await press(rig, "again", post, user=user)
    await rig.until_all(lambda row: bool(row["job_id"] and row["card_message_id"]), number=number + 1)
    return Order(asked, list(rig.whisul.jobs.values())[-1])


def replied_to(message: Message) -> str | None:
    return message.reference["message_id"] if message.reference else None


async def test_a_child_replies_to_its_parents_post(ready: Rig) -> None:
    _, parent = await posted(ready)
    order = await child_of(ready, parent)
    ready.whisul.finish(order.job_id)
    child = await ready.post(number=2)
    await ready.until_all(lambda row: row["delivery"] == "delivered", number=2)
    assert replied_to(child) == str(parent.id)
    card = order.asked.answer
    assert card
    assert card.content.endswith(f"/{child.id}")


async def test_a_child_of_a_deleted_post_replies_to_its_card(ready: Rig) -> None:
    _, parent = await posted(ready)
    order = await child_of(ready, parent)
    await press(ready, "delete", parent)
    await ready.until(lambda: parent.deleted)
    ready.whisul.finish(order.job_id)
    child = await ready.post()
    card = order.asked.answer
    assert card
    assert replied_to(child) == str(card.id)


async def test_a_child_is_posted_once_when_killed_between_post_and_record(ready: Rig) -> None:
    once = {outcome: await is_posted_once(ready, outcome) for outcome in OUTCOMES}
    assert once == dict.fromkeys(once, True)


async def is_posted_once(rig: Rig, outcome: Outcome) -> bool:
    _, parent = await posted(rig)
    order = await child_of(rig, parent)
    jobs, posts = len(rig.rows()), len(rig.posts())
    ended = killed_at(rig, "message.create", "handled")
    rig.whisul.finish(order.job_id, status=outcome)
    await ended()
    rig.discord.jump(3600)  # the nonce is forgotten: only the search in the channel can tell
    await started_again(rig)
    await rig.until_all(lambda row: row["delivery"] == "delivered", number=jobs)
    (child,) = rig.posts()[posts:]
    return replied_to(child) == str(parent.id) and rig.rows()[-1]["post_message_id"] == child.id


async def test_a_child_without_a_job_id_is_posted_once_when_the_bot_is_killed(ready: Rig) -> None:
    _, parent = await posted(ready)
    ended = killed_at(ready, "submit", "handled")
    asked = await press(ready, "again", parent)
    await ended()
    assert asked.acknowledged
    ended = killed_at(ready, "message.create", "handled")
    await ready.bot.start()
    await ended()
    ready.discord.jump(3600)
    await ready.bot.start()
    await ready.until_all(lambda row: row["delivery"] == "delivered", number=2)
    (_, child) = ready.posts()
    assert (ready.rows()[1]["state"], ready.rows()[1]["job_id"]) == ("unknown", None)
    assert replied_to(child) == str(parent.id)


async def _details(rig: Rig, job_id: str, **place: str) -> dict[str, str]:
    """The fields of an answer about a job once its *Details* were asked for."""
    shown = await rig.status(job_id, **place)
    await press(rig, "details", shown, user=place.get("user", "ada"))
    await rig.until(lambda: "Times" in fields(shown))
    return fields(shown)


async def test_the_details_of_a_status_show_the_visible_lineage(ready: Rig) -> None:
    parent, post = await posted(ready)
    child = await child_of(ready, post, user="dana")
    assert (await _details(ready, child.short_id, user="dana"))["Lineage"] == (
        f"Composed again from `{parent.short_id}`."
    )
    assert (await _details(ready, parent.short_id, user="ada"))["Lineage"] == (
        f"Composed again as `{child.short_id}`."
    )
    unrelated = await ordered(ready, "something else", user="ada")
    assert "Lineage" not in await _details(ready, unrelated.short_id)
    ready.discord.world.deny("music", "dana", Permission.VIEW_CHANNEL)
    assert "Lineage" not in await _details(ready, child.short_id, user="dana", channel="general")
