"""Scenes that together use all features of the bot. They run in order; each relies on the state that the earlier ones left."""

import json
from collections.abc import Awaitable, Callable
from typing import Any, cast

import simcord

from tests.witness.stage import Stage, words

Scene = Callable[[Stage], Awaitable[None]]

STRING_SELECT = 3
REFERENCE_ID = "81fa5ff7-6197-4c24-8062-c0ff8b62d58d"


async def song(stage: Stage) -> None:
    """`/compose` becomes a card, and the card a post with cover and audio that answers it."""
    asked = await stage.ada.slash(stage.music, "compose", prompt="a trap song")
    job_id = await stage.ordered("a trap song")
    await stage.until(lambda: "81fa5ff7" in words(asked.response), "card with the job's ID")
    assert not asked.ephemeral
    stage.whisul.finish(job_id)
    post = await stage.post(REFERENCE_ID)
    assert post.embeds[0].title == "Midnight Grid"
    assert post.reference is not None
    assert post.reference.message_id == asked.response.id
    assert "midnight-grid.mp3" in [file.filename for file in post.attachments]
    await stage.until(lambda: asked.response.content.endswith(f"/{post.id}"), "card that links to the post")


async def post_buttons(stage: Stage) -> None:
    """The buttons of a post: like, compose again, edit the prompt. The one of a card: stop."""
    post = await stage.post(REFERENCE_ID)
    liked = await press(stage.dana, "like", post)
    assert label(liked.response, "like") == "1"
    again = await press(stage.dana, "again", post)
    job_id = await stage.ordered("a trap song", number=2)
    await stage.until(lambda: job_id[:8] in words(again.response), "card of the second song")
    await press(stage.dana, "stop", again.response)
    await stage.until(lambda: not answer(again).components, "card without a button")
    edited = await press(stage.dana, "edit", post)
    await stage.dana.submit_modal(edited, {"prompt": "a slow trap song"})
    stage.whisul.finish(await stage.ordered("a slow trap song"), status="failed", error="Out of tune")
    await stage.until(
        lambda: any("Out of tune" in words(message) for message in stage.music.history()),
        "failure post",
    )


async def form(stage: Stage) -> None:
    """`/compose` without a prompt, and the menu of a message, open the form."""
    asked = await stage.ada.slash(stage.music, "compose")
    await stage.ada.submit_modal(asked, {"prompt": "rain on a tin roof"})
    stage.whisul.finish(await stage.ordered("rain on a tin roof"))
    message = await stage.ada.send(stage.music, "a song about a message")
    menu = await stage.ada.context_menu(stage.music, "Compose from this message", message)
    assert menu.modal["components"][0]["component"]["value"] == "a song about a message"


async def private_song(stage: Stage) -> None:
    """A private song replaces its card, seen by one person only, until it is shared."""
    asked = await stage.ada.slash(stage.general, "compose", prompt="hush", private=True)
    job_id = await stage.ordered("hush")
    stage.whisul.finish(job_id)
    await stage.until(lambda: asked.followups, "word that the private song is ready")
    await stage.deliveries_recorded()
    assert asked.ephemeral
    assert stage.posts(stage.general) == []
    await press(stage.ada, "share", asked.response)
    await stage.until(lambda: stage.posts(stage.general), "shared song")


async def songs(stage: Stage) -> None:
    """`/songs` lists songs, and its select shows one; `/job status` suggests them while one types."""
    listed = await stage.ada.slash(stage.music, "songs list")
    assert "Midnight Grid" in words(listed.response)
    (select,) = [each for each in components(listed.response) if each["type"] == STRING_SELECT]
    oldest = select["options"][-1]["value"]
    shown = await stage.ada.select(listed.response, [oldest], custom_id=select["custom_id"])
    assert "Midnight Grid" in words(answer(shown))
    choices = await stage.ada.autocomplete(stage.music, "job status", "job_id", "Midnight")
    assert [choice["value"] for choice in choices] == [REFERENCE_ID]
    status = await stage.ada.slash(stage.music, "job status", job_id=REFERENCE_ID)
    assert "Midnight Grid" in words(status.response)


async def limits(stage: Stage) -> None:
    """An admin sets a limit, with a preview before it is saved; a member is refused, and `/limits` says why."""
    draft = await stage.bela.slash(stage.music, "config limit", scope="member", songs="1", per="24 hours")
    assert "would have refused" in words(draft.response)
    await press(stage.bela, "config-save", draft.response)
    told = await stage.ada.slash(stage.music, "limits")
    assert "1 song per 24 hours" in words(told.response)
    refused = await stage.ada.slash(stage.music, "compose", prompt="one too many")
    assert answer(refused).ephemeral
    assert "1 song per 24 hours" in words(answer(refused))
    undo = await stage.bela.slash(stage.music, "config undo")
    await press(stage.bela, "config-save", undo.response)


async def panel(stage: Stage) -> None:
    """The panel of `/config show`: a select of settings, one of channels, and a form."""
    shown = await stage.bela.slash(stage.music, "config show")
    part = await stage.bela.select(shown.response, ["results"])
    draft = await stage.bela.select(answer(part), [stage.general])
    await press(stage.bela, "config-save", answer(draft))
    again = await stage.bela.slash(stage.music, "config show")
    assert stage.general.mention in words(again.response)
    part = await stage.bela.select(again.response, ["roles"])
    assert control(answer(part), "config-pick")


async def settings_file(stage: Stage) -> None:
    """Settings leave the bot as a file, and come back in; the check of the bot finds no fault."""
    exported = await stage.bela.slash(stage.music, "config export")
    (file,) = exported.response.attachments
    content = stage.env.backend.cdn.get(file.url) or b""
    assert json.loads(content)
    changed = content.replace(str(stage.general.id).encode(), str(stage.music.id).encode())
    imported = await stage.bela.slash(stage.music, "config import", file=("settings.json", changed))
    assert stage.music.mention in words(imported.response)
    await press(stage.bela, "config-cancel", imported.response)
    checked = await stage.bela.slash(stage.music, "config doctor")
    assert "Everything works" in words(checked.response)


async def privacy(stage: Stage) -> None:
    """What is stored is shown, exported and erased; the posts stay."""
    shown = await stage.ada.slash(stage.music, "privacy show")
    assert "What I store about you" in words(shown.response)
    exported = await stage.ada.slash(stage.music, "privacy export")
    assert [file.filename for file in exported.response.attachments] == ["your-data.json"]
    asked = await stage.ada.slash(stage.music, "privacy delete")
    await press(stage.ada, "erase", asked.response)
    nothing = await stage.ada.slash(stage.music, "songs list")
    assert "Midnight Grid" not in words(nothing.response)
    await stage.post(REFERENCE_ID)


async def deletion(stage: Stage) -> None:
    """A member's own post is deleted by its button; a button of somebody else's is refused."""
    await stage.dana.slash(stage.music, "compose", prompt="short-lived")
    job_id = await stage.ordered("short-lived")
    stage.whisul.finish(job_id)
    # The results channel that the scene of the panel has chosen.
    post = await stage.post(job_id, channel=stage.general)
    await stage.deliveries_recorded()
    refused = await press(stage.ada, "delete", post)
    assert post.id in [message.id for message in stage.general.history()]
    assert answer(refused).ephemeral
    await press(stage.dana, "delete", post)
    assert post.id not in [message.id for message in stage.general.history()]


SCENES: tuple[Scene, ...] = (
    song,
    post_buttons,
    form,
    private_song,
    songs,
    limits,
    panel,
    settings_file,
    privacy,
    deletion,
)


def components(message: Any) -> list[dict[str, Any]]:
    """All buttons and selects of a message, as Discord stores them."""
    rows: list[Any] = list(message.components)
    whole = [cast("dict[str, Any]", row) if isinstance(row, dict) else row.to_dict() for row in rows]
    return [each for row in whole for each in row["components"]]


def control(message: Any, name: str) -> str | None:
    """The custom ID of the message's component with this purpose."""
    ids = [each.get("custom_id") or "" for each in components(message)]
    return next((each for each in ids if each.split(":")[0] == name), None)


def label(message: Any, name: str) -> str:
    """The label of the message's button with this purpose."""
    return next(
        each["label"] for each in components(message) if each.get("custom_id") == control(message, name)
    )


async def press(member: simcord.MemberActor, name: str, message: Any) -> simcord.InteractionResult:
    """Press the message's button with this purpose."""
    return await member.click(message, custom_id=control(message, name))


def answer(result: simcord.InteractionResult) -> Any:
    """The newest message that an interaction was answered with."""
    return result.followups[-1] if result.followups else result.response
