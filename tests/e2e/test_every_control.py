"""Every button, select and form, used after a restart and forged: each is answered."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Any

import pytest

from bot.replies.buttons import Control
from sandbox.discord.application.interaction import InteractionType, SeenInteraction
from sandbox.discord.json_types import Json
from sandbox.discord.world.model import Message
from tests.e2e.actions import assert_no_traceback, ordered, private_answer
from tests.e2e.config_actions import ADMIN, pressed
from tests.e2e.config_actions import private as answered
from tests.e2e.config_actions import used as configured
from tests.e2e.factories import choices, job_factory, listed, turned
from tests.e2e.press_actions import buttons, custom_id, posted, press, restarted, told
from tests.e2e.rig import Rig, fields, words
from tests.e2e.test_private_songs import ordered_privately, own_answer

# --- real ones ------------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Scene:
    """Messages and open forms from before a restart, with every control. One private song is dana's."""

    rig: Rig
    private: Message
    post: Message
    status: Message
    failure: Message
    card: Message
    refusal: Message
    help: Message
    listing: Message
    chart: Message
    playlist: Message
    question: Message
    form: SeenInteraction
    edit_form: SeenInteraction
    first_panel: Message
    panel: Message
    changed: Message
    draft: Message
    other_draft: Message
    config_form: SeenInteraction
    setup_form: SeenInteraction
    welcome: Message
    choice: Message
    roles: Message

    async def until_asked_for(self, prompt: str, *, times: int = 1) -> None:
        """Wait until Whisul got this many submits of the prompt."""
        prompts = self.rig.whisul.submits
        await self.rig.until_whisul(lambda: [each.prompt for each in prompts].count(prompt) == times)


async def set_up(rig: Rig) -> Scene:
    """Bring all of it about."""
    async with job_factory(rig) as factory:
        for number in range(5):
            await factory.put(f"Song {number}")
    await rig.start(MAX_PROMPT_CHARS="60")
    private = await ordered_privately(rig, user="dana")
    rig.whisul.finish(private.job_id)
    await rig.until_stored(lambda row: row["job_id"] == private.job_id and row["delivery"] == "delivered")
    order, post = await posted(rig)
    failure = await a_failure(rig)
    stopped = (await ordered(rig, "a song to stop")).asked
    await listed(rig, user="bela")
    await configured(rig, "playlist create", {"name": "Rain"}, user="ada")
    sharing = await rig.discord.command(
        user="ada", channel="music", name="playlist share", options={"name": "Rain"}
    )
    first_panel = await configured(rig, "config show")
    changed = await configured(rig, "config fairness", {"order": "first"})
    panel = await configured(rig, "config show")
    config_form = await rig.discord.select(user=ADMIN, message=panel, values=["member"])
    await rig.until(lambda: config_form.modal)
    choosing = await rig.discord.select(user=ADMIN, message=panel, values=["private"])
    picking = await rig.discord.select(user=ADMIN, message=panel, values=["roles"])
    limit = {"scope": "server", "songs": "9", "per": "hour"}
    return Scene(
        rig,
        private=own_answer(private.asked),
        post=post,
        status=await rig.status(order.short_id, channel="general"),
        failure=failure,
        card=await rig.until(lambda: stopped.answer),
        refusal=await private_answer(rig, await used(rig, "compose", prompt="x" * 61)),
        help=await private_answer(rig, await used(rig, "help")),
        listing=await listed(rig),
        playlist=await rig.until(lambda: sharing.answer),
        chart=await configured(rig, "songs chart", user="ada"),
        question=await private_answer(rig, await used(rig, "privacy delete", user="bela")),
        form=await used(rig, "compose"),
        edit_form=await press(rig, "edit", post),
        first_panel=first_panel,
        panel=panel,
        changed=changed,
        draft=await configured(rig, "config limit", limit),
        other_draft=await configured(rig, "config limit", limit),
        config_form=config_form,
        setup_form=await used(rig, "config setup", user=ADMIN),
        welcome=await a_welcome(rig),
        choice=await answered(rig, choosing),
        roles=await answered(rig, picking),
    )


async def used(rig: Rig, name: str, *, user: str = "ada", **options: Any) -> SeenInteraction:
    asked = await rig.discord.command(user=user, channel="music", name=name, options=options)
    await rig.until(lambda: asked.acknowledged)
    return asked


async def a_welcome(rig: Rig) -> Message:
    """What the bot posts in dana's server when it joins it."""
    rig.discord.world.remove_bot("Basement Tapes")
    rig.discord.world.add_bot("Basement Tapes")
    return await rig.post("lobby")


async def a_failure(rig: Rig) -> Message:
    order = await ordered(rig, "a song of no luck")
    number = len(rig.posts())
    rig.whisul.finish(order.job_id, status="failed", error="The drummer left")
    post = await rig.post(number=number + 1)
    await rig.until_stored(lambda row: row["job_id"] == order.job_id and row["delivery"] == "delivered")
    return post


def text_in(opened: SeenInteraction) -> str:
    """What stands in the first field of a form."""
    assert opened.modal is not None
    return str(opened.modal["components"][0]["component"].get("value", ""))


async def compose(scene: Scene) -> None:
    await scene.rig.discord.submit_modal(scene.form, {"prompt": "a song from the form"})
    await scene.until_asked_for("a song from the form")


async def surprise(scene: Scene) -> None:
    assert "Genres: " in text_in(await press(scene.rig, "surprise", scene.help))


async def redraft(scene: Scene) -> None:
    assert text_in(await press(scene.rig, "redraft", scene.refusal)) == "x" * 60  # as much as the form takes


async def share(scene: Scene) -> None:
    assert "📣 Shared: https://" in await told(scene.rig, "share", scene.private, user="dana")


async def post_here(scene: Scene) -> None:
    assert "📌 Posted: https://" in await told(scene.rig, "post-here", scene.status)
    assert len(scene.rig.posts("general")) == 1


async def stop(scene: Scene) -> None:
    await press(scene.rig, "stop", scene.card)
    await scene.rig.until(lambda: scene.card.content.startswith("⏹️ Stopped: **a song to stop**."))


async def again(scene: Scene) -> None:
    await press(scene.rig, "again", scene.post, user="chidi")
    await scene.until_asked_for("a trap song", times=3)  # dana's private one is the second


async def retry(scene: Scene) -> None:
    await press(scene.rig, "retry", scene.failure, user="chidi")
    await scene.until_asked_for("a song of no luck", times=2)


async def edit(scene: Scene) -> None:
    assert text_in(await press(scene.rig, "edit", scene.failure)) == "a song of no luck"


async def edited(scene: Scene) -> None:
    await scene.rig.discord.submit_modal(scene.edit_form, {"prompt": "a changed song"})
    await scene.until_asked_for("a changed song")


async def like(scene: Scene) -> None:
    await press(scene.rig, "like", scene.post, user="chidi")
    await scene.rig.until(lambda: buttons(scene.post)["like"] == "1")


async def delete(scene: Scene) -> None:
    assert "Post deleted" in await told(scene.rig, "delete", scene.failure)
    assert scene.failure.deleted


async def turn(scene: Scene) -> None:
    await turned(scene.rig, scene.listing, "Next", page=2)


async def show(scene: Scene) -> None:
    choice = choices(scene.listing)[-1]
    chosen = await scene.rig.discord.select(user="ada", message=scene.listing, values=[choice["value"]])
    assert choice["label"] in words(await private_answer(scene.rig, chosen))


async def unlike(scene: Scene) -> None:
    (song,) = [row["key"] for row in scene.rig.rows() if row["post_message_id"] == scene.post.id]
    page = await configured(scene.rig, "songs favorites", user="chidi")
    await scene.rig.discord.select(
        user="chidi", message=page, custom_id=custom_id(page, "unlike"), values=[str(song)]
    )
    await scene.rig.until(lambda: buttons(scene.post)["like"] == "Like")


async def chart(scene: Scene) -> None:
    await press(scene.rig, "chart", scene.chart)
    await scene.rig.until(lambda: "Most liked of all time" in words(scene.chart))


async def playlist(scene: Scene) -> None:
    opened = await private_answer(scene.rig, await press(scene.rig, "playlist", scene.playlist))
    assert "has no songs that you can see here" in opened.content


async def details(scene: Scene) -> None:
    await press(scene.rig, "details", scene.status)
    await scene.rig.until(lambda: "Times" in fields(scene.status))


async def erase(scene: Scene) -> None:
    await press(scene.rig, "erase", scene.question, user="bela")
    await scene.rig.until(lambda: "**Erased:**" in scene.question.content)


async def config_save(scene: Scene) -> None:
    await pressed(scene.rig, scene.draft, "Save")
    assert "9 songs per hour" in words(await configured(scene.rig, "config show"))


async def config_cancel(scene: Scene) -> None:
    assert "Nothing was changed" in words(await pressed(scene.rig, scene.other_draft, "Cancel"))


async def config_show(scene: Scene) -> None:
    assert "9 songs per hour" in words(await pressed(scene.rig, scene.changed, "Show settings"))


async def config_part(scene: Scene) -> None:
    opener = await scene.rig.discord.select(user=ADMIN, message=scene.panel, values=["server"])
    await scene.rig.until(lambda: opener.modal)


async def config_form(scene: Scene) -> None:
    sent = await scene.rig.discord.submit_modal(scene.config_form, {"windows": "3 per hour"})
    assert "3 songs per hour" in words(await answered(scene.rig, sent))


async def config_set(scene: Scene) -> None:
    assert "allowed → forbidden" in words(await pressed(scene.rig, scene.choice, "Forbid"))


async def config_pick(scene: Scene) -> None:
    djs = scene.rig.discord.world.role("Night Owls", "DJs")
    picked = await scene.rig.discord.select(user=ADMIN, message=scene.roles, values=[djs])
    assert f"<@&{djs.id}>: no override" in words(await answered(scene.rig, picked))


async def config_preset(scene: Scene) -> None:
    assert "1 song per hour" in words(await pressed(scene.rig, scene.first_panel, "Strict"))


async def config_log(scene: Scene) -> None:
    assert f"<@{scene.rig.discord.world.user(ADMIN).id}>" in words(
        await pressed(scene.rig, scene.panel, "Show log")
    )


async def config_undo(scene: Scene) -> None:
    draft = await pressed(scene.rig, scene.panel, "Undo")
    assert "Undo this change?" in words(draft)


async def config_setup(scene: Scene) -> None:
    opener = await scene.rig.discord.press(user="dana", message=scene.welcome, label="Set up")
    await scene.rig.until(lambda: opener.modal)


async def config_setup_form(scene: Scene) -> None:
    sent = await scene.rig.discord.submit_modal(scene.setup_form, {"member": "7"})
    assert "7 songs per 24 hours" in words(await answered(scene.rig, sent))


async def config_doctor(scene: Scene) -> None:
    assert "View Channel" in words(await pressed(scene.rig, scene.panel, "Check the bot"))


USES: dict[Control, Callable[[Scene], Awaitable[None]]] = {
    Control.COMPOSE: compose,
    Control.SURPRISE: surprise,
    Control.REDRAFT: redraft,
    Control.SHARE: share,
    Control.POST_HERE: post_here,
    Control.STOP: stop,
    Control.AGAIN: again,
    Control.RETRY: retry,
    Control.EDIT: edit,
    Control.EDITED: edited,
    Control.LIKE: like,
    Control.DELETE: delete,
    Control.SONGS: turn,
    Control.SHOW: show,
    Control.UNLIKE: unlike,
    Control.CHART: chart,
    Control.PLAYLIST: playlist,
    Control.DETAILS: details,
    Control.CONFIG_SAVE: config_save,
    Control.CONFIG_CANCEL: config_cancel,
    Control.CONFIG_SHOW: config_show,
    Control.CONFIG_PART: config_part,
    Control.CONFIG_FORM: config_form,
    Control.CONFIG_SET: config_set,
    Control.CONFIG_PICK: config_pick,
    Control.CONFIG_PRESET: config_preset,
    Control.CONFIG_LOG: config_log,
    Control.CONFIG_UNDO: config_undo,
    Control.CONFIG_SETUP: config_setup,
    Control.CONFIG_SETUP_FORM: config_setup_form,
    Control.CONFIG_DOCTOR: config_doctor,
    Control.ERASE: erase,
}
"""Uses each control and checks its effect, in this order: deletions last."""


@pytest.mark.timeout(300)
async def test_every_control_works_after_a_restart(rig: Rig) -> None:
    scene = await set_up(rig)
    await restarted(rig)
    assert set(USES) == set(Control)
    for use in USES.values():
        await use(scene)
    assert [seen.name for seen in rig.discord.interactions.seen if seen.failed or not seen.acknowledged] == []
    assert_no_traceback(rig)


# --- forged ones ----------------------------------------------------------------------------------------------------

UNKNOWN = "I can't use this button"
GONE = "I no longer have the song behind this button"
MANAGERS_ONLY = "You can't do that because you don't have **Manage Server**"
NOT_YOURS = "I can't post this song because it isn't a finished song of yours"
NO_KEYS = dict.fromkeys(("", "x", "1:x", "9223372036854775808"), UNKNOWN)
MORE_NO_KEYS = dict.fromkeys(("-1", "1.5", "1:2:3", "²", "\u0661", "9" * 40), UNKNOWN)
"""One function reads the keys of all controls: these are tried with one."""

NO_PAGES = dict.fromkeys(("1", "1:", "x:1", "1:-1", "9223372036854775808:1"), UNKNOWN)

FORGED: dict[Control, dict[str, str]] = {
    Control.COMPOSE: {"": UNKNOWN, "everybody": UNKNOWN},
    Control.SURPRISE: {"": UNKNOWN, "everybody": UNKNOWN},
    Control.REDRAFT: {"": UNKNOWN, "everybody": UNKNOWN},
    Control.SHARE: NO_KEYS | MORE_NO_KEYS | {"1": NOT_YOURS, "2": NOT_YOURS, "99": NOT_YOURS},
    Control.POST_HERE: NO_KEYS | {"1": NOT_YOURS, "2": NOT_YOURS, "99": NOT_YOURS},
    Control.STOP: NO_KEYS | {"1": GONE, "2": GONE, "99": GONE},
    Control.AGAIN: NO_KEYS | {"1": GONE, "2": GONE, "99": GONE},
    Control.RETRY: NO_KEYS | {"1": GONE, "2": GONE, "99": GONE},
    Control.EDIT: NO_KEYS | {"1": GONE, "2": GONE, "99": GONE},
    Control.EDITED: NO_KEYS | {"2": "your prompt is empty"},
    Control.LIKE: NO_KEYS | {"1": GONE, "2": GONE, "99": GONE},
    Control.DELETE: NO_KEYS | {"1": GONE, "2": GONE, "99": GONE},
    Control.SONGS: NO_KEYS | NO_PAGES | {"1:first": "can't show this list", "99:1": "can't show this list"},
    Control.UNLIKE: dict.fromkeys(("", "x", "1", "1:", "x:1", "1:-1", "99:1"), UNKNOWN),
    Control.PLAYLIST: NO_KEYS | {"1": UNKNOWN, "99": UNKNOWN},
    Control.CHART: dict.fromkeys(("", "x", "day", "week:1"), UNKNOWN),
    Control.SHOW: NO_KEYS | {"2": "I can't find a job", "99": "I can't find a job"},
    Control.DETAILS: NO_KEYS | {"1": UNKNOWN, "2": UNKNOWN, "99": UNKNOWN},
    Control.ERASE: NO_KEYS | {"1": "Nothing was erased"},
}
for _control in (each for each in Control if each.name.startswith("CONFIG_")):
    FORGED[_control] = dict.fromkeys(("", "x", "1", "small", "private:forbid", "member"), MANAGERS_ONLY)
"""What chidi reads who makes up a control with these arguments. Song 1 is ada's, song 2 a private one of dana's, list 1 ada's."""

FORMS = (Control.COMPOSE, Control.EDITED, Control.CONFIG_FORM, Control.CONFIG_SETUP_FORM)


def forge(rig: Rig, made_up_id: str, *, value: str = "", is_form: bool = False) -> SeenInteraction:
    """Press what no message has, choose what no list offers, or submit a form that was never opened."""
    music = rig.channel("music")
    data: Json = {"custom_id": made_up_id}
    if is_form:
        data |= {"components": [], "resolved": {}}
    elif value:
        data |= {"component_type": 3, "id": 0, "values": [value]}
    else:
        data |= {"component_type": 2, "id": 0}
    return rig.discord.interactions.open(
        InteractionType.MODAL if is_form else InteractionType.COMPONENT,
        rig.discord.world.user("chidi"),
        music,
        data,
        name=made_up_id,
        source=rig.discord.world.say("chidi", music, "with a button of mine"),
    )


@pytest.mark.timeout(300)
async def test_every_forged_control_is_answered_and_changes_nothing(ready: Rig) -> None:
    async with job_factory(ready) as factory:
        await factory.put()
        await factory.put(user="dana", is_private=True)
    await listed(ready)
    before = ready.rows()
    ada = str(ready.discord.world.user("ada").id)
    forged = FORGED | {Control.ERASE: FORGED[Control.ERASE] | {ada: "Nothing was erased"}}
    for control in Control:
        for argument, answer in forged[control].items():
            chosen = argument if control in (Control.SHOW, Control.CONFIG_PART, Control.CONFIG_PICK) else ""
            seen = forge(ready, f"{control.value}:{argument}", value=chosen, is_form=control in FORMS)
            assert answer in (await private_answer(ready, seen)).content, seen.name
    assert ready.rows() == before
    assert ready.whisul.requests == []
    assert_no_traceback(ready)


async def test_a_forged_control_that_nobody_knows_is_answered(ready: Rig) -> None:
    for made_up_id in (
        "vanished:1",
        "vanished",
        ":",
        " stop:1",
        "STOP:1",
        "compose:x",
        "redraft:x",
        "x" * 100,
    ):
        for is_form in (False, True):
            seen = forge(ready, made_up_id, is_form=is_form)
            assert UNKNOWN in (await private_answer(ready, seen)).content
    assert_no_traceback(ready)
