"""The steps: what the person does, when it has happened, and what must then be true."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Any

from tests.rehearse.scene import Scene, Unfulfilled, controls, field_names, require

COMMANDS = {"compose", "config", "job", "limits", "playlist", "privacy", "songs", "Compose from this message"}
ANSWER = "Discord PATCH /webhooks/{id}/{token}/messages/@original"
FOLLOW_UP = "Discord POST /webhooks/{id}/{token}"
POST = "Discord POST /channels/{id}/messages"
SYNC = "Discord PUT /applications/{id}/commands"


async def _nothing_more(_: Scene) -> None:
    """What has happened is all that can be checked."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Step:
    """One step.

    `todo` is one sentence a line. `needs` names the steps whose songs it uses. `songs` is how many it spends. With
    `starts_bot` the bot is started, and killed before if it runs. `afterwards` is what the person restores. An answer with one of the statuses `refusals` is expected here.
    """

    name: str
    title: str
    todo: str
    happened: Callable[[Scene], object]
    check: Callable[[Scene], Awaitable[None]] = _nothing_more
    needs: tuple[str, ...] = ()
    songs: int = 0
    starts_bot: bool = False
    afterwards: str = ""
    refusals: tuple[str, ...] = ()


def _did(*labels: str) -> Callable[[Scene], bool]:
    """Each was done and acknowledged."""
    return lambda scene: scene.did(*labels)


def _answered(*labels: str, answers: int | None = None, follow_ups: int = 0) -> Callable[[Scene], bool]:
    """Each was done, so many answers (one for each) were edited in place of "is thinking", and follow-ups sent."""
    edits = len(labels) if answers is None else answers
    return lambda scene: (
        scene.did(*labels) and scene.calls(ANSWER) >= edits and scene.calls(FOLLOW_UP) >= follow_ups
    )


# ---- start, song, restart ----


def _started(scene: Scene) -> bool:
    return all(map(scene.calls, ("event READY", "event GUILD_CREATE", SYNC)))


async def _commands_registered(scene: Scene) -> None:
    registered = await scene.rest.commands(scene.application_id)
    require(registered >= COMMANDS, "the commands are registered")


def _running(step: str) -> Callable[[Scene], bool]:
    def happened(scene: Scene) -> bool:
        row = scene.requested(step)
        return row is not None and row["state"] == "running"

    return happened


def _card(step: str) -> Callable[[Scene], Awaitable[None]]:
    async def check(scene: Scene) -> None:
        card = await scene.card(step)
        require(list(controls(card)) == ["stop"], "the card has a Stop button")
        require("Requested by" in field_names(card), "the card names the requester")
        require(str(scene.job(step)["job_id"])[:8] in str(card["embeds"]), "the card shows the job ID")

    return check


def _restarted(scene: Scene) -> bool:
    return scene.calls("event READY") > 0


async def _still_running(scene: Scene) -> None:
    row = scene.job("song")
    require(row["state"] in ("running", "completed"), "the song's job goes on after the restart")
    require(scene.calls("Whisul GET /jobs/{id}"), "the job is polled after the restart")


def _delivered(step: str, rung: str, delivery: str = "delivered") -> Callable[[Scene], bool]:
    """The step's job, requested now or before, is delivered by this route."""

    def happened(scene: Scene) -> bool:
        if step not in scene.jobs and scene.requested(step) is None:
            return False
        row = scene.job(step)
        if row["state"] in ("failed", "expired", "timed_out", "unknown"):
            raise Unfulfilled(f"the job completes (it is {row['state']})")
        return (row["rung"], row["delivery"]) == (rung, delivery)

    return happened


async def _posted(scene: Scene) -> None:
    post, card, row = await scene.post("song"), await scene.card("song"), scene.job("song")
    await _is_song(post, row)
    require(f"<@{row['requester_id']}>" in post["content"], "the post names the requester")
    require(post["message_reference"]["message_id"] == card["id"], "the post replies to the card")
    require(set(controls(post)) == {"again", "edit", "like", "delete"}, "the post has its four buttons")
    require(str(post["id"]) in card["content"] and not card["embeds"], "the card links to the post")


async def _is_song(post: dict[str, Any], row: dict[str, Any]) -> None:
    embed = post["embeds"][0]
    require(embed["title"] == row["title"], "the title is Whisul's")
    require(row["job_id"] in embed["footer"]["text"], "the footer has the job ID")
    audio = [file for file in post["attachments"] if file["filename"].endswith(".mp3")]
    require(audio or row["song_url"] in str(post), "the audio is attached or linked")


# ---- buttons, form, private songs ----


async def _liked(scene: Scene) -> None:
    require(controls(await scene.post("song"))["like"] == "1", "the like button shows 1")


def _stopped(scene: Scene) -> bool:
    return scene.did("button stop") and scene.job("form")["state"] == "detached"


async def _card_is_a_line(scene: Scene) -> None:
    card = await scene.card("form")
    require(card["content"] and not card["embeds"] and not card["components"], "the card is one line of text")


async def _only_the_requester_sees_it(scene: Scene) -> None:
    row = scene.job("private")
    require(row["is_private"] and row["post_message_id"] is None, "the song is private")
    require(scene.calls(FOLLOW_UP), "a follow-up tells the requester that the song is ready")


async def _shared(scene: Scene) -> None:
    require(scene.calls(POST), "the shared song is posted in the channel")
    await _is_song(await scene.post("private"), scene.job("private"))


async def _in_the_direct_messages_of_the_request(scene: Scene) -> None:
    post, card, row = await scene.post("direct"), await scene.card("direct"), scene.job("direct")
    require(row["guild_id"] is None, "the request has no server")
    require(row["post_channel_id"] == row["channel_id"], "the song is where it was requested")
    await _is_song(post, row)
    require(post["message_reference"]["message_id"] == card["id"], "the post replies to the card")
    require(f"/@me/{row['channel_id']}/{post['id']}" in card["content"], "the card links to the post")


# ---- settings ----


async def _no_job(scene: Scene) -> None:
    require(scene.requested("refusal") is None, "no song was requested")


# ---- closed doors ----


async def _in_direct_messages(scene: Scene) -> None:
    row = scene.job("closed-channel")
    require(row["post_channel_id"] != row["channel_id"], "the song is not in the channel")
    await _is_song(await scene.post("closed-channel"), row)


async def _kept(scene: Scene) -> None:
    row = scene.job("closed-messages")
    require(row["song_url"] and row["post_message_id"] is None, "the song is kept for /job status")


# ---- deletion and erasure ----


def _deleted(scene: Scene) -> bool:
    told = _answered("button delete", answers=0, follow_ups=1)
    return told(scene) and scene.job("song")["post_message_id"] is None


async def _post_is_gone(scene: Scene) -> None:
    channel_id, message_id = scene.posts["song"]
    require(await scene.rest.message(channel_id, message_id) is None, "the post is gone")


def _erased(scene: Scene) -> bool:
    left = scene.rows(lambda row: row["requester_id"] != 0 or row["prompt"] != "")
    told = _answered("command privacy export", "command privacy delete", "button erase")
    return told(scene) and not left


STEPS = (
    Step(
        name="start",
        title="The bot starts",
        todo="Nothing to do. The bot logs in, receives its servers and registers its commands.",
        happened=_started,
        starts_bot=True,
        check=_commands_registered,
    ),
    Step(
        name="doctor",
        title="Permissions",
        todo="In the channel for this rehearsal, use /config doctor.\nEvery line of the answer should have a tick.",
        happened=_answered("command config doctor"),
        refusals=("404",),  # it tries the API with a job that does not exist
    ),
    Step(
        name="song",
        title="A song",
        todo="Use /compose with the prompt: a trap song",
        happened=_running("song"),
        check=_card("song"),
        songs=1,
    ),
    Step(
        name="restart",
        title="A crash while the song is made",
        todo="Nothing to do. The bot is killed and started again.",
        happened=_restarted,
        check=_still_running,
        needs=("song",),
        starts_bot=True,
    ),
    Step(
        name="post",
        title="The post",
        todo="Wait for the song, and play it in Discord.",
        happened=_delivered("song", "channel"),
        check=_posted,
        needs=("song",),
    ),
    Step(
        name="buttons",
        title="Buttons of the post",
        todo="Press the heart under the song.\nThen press Edit prompt, and close the form without sending it.",
        happened=_did("button like", "button edit"),
        check=_liked,
        needs=("post",),
    ),
    Step(
        name="form",
        title="The form",
        todo="Use /compose without a prompt. Fill in the form, and send it.",
        happened=_running("form"),
        check=_card("form"),
        songs=1,
    ),
    Step(
        name="stop",
        title="Stop",
        todo="Press Stop on the card of that song, before it is ready.",
        happened=_stopped,
        check=_card_is_a_line,
        needs=("form",),
    ),
    Step(
        name="private",
        title="A private song",
        todo="Use /compose with a prompt and private: True.\nWait until the song replaces the card.",
        happened=_delivered("private", "interaction"),
        check=_only_the_requester_sees_it,
        songs=1,
    ),
    Step(
        name="share",
        title="Sharing",
        todo="Press Share under the private song.",
        happened=_answered("button share"),
        check=_shared,
        needs=("private",),
    ),
    Step(
        name="direct",
        title="A song in direct messages",
        todo=(
            "Open the direct messages with the bot, and use /compose with a prompt there.\n"
            "Wait until the song is posted there, as a reply to the card."
        ),
        happened=_delivered("direct", "channel"),
        check=_in_the_direct_messages_of_the_request,
        songs=1,
    ),
    Step(
        name="songs",
        title="The list of songs",
        todo="Use /songs list. Then choose a song from the list under the answer.",
        happened=_answered("command songs list", "select show"),
        needs=("post",),
    ),
    Step(
        name="status",
        title="Suggestions and a look-up",
        todo="Type /job status, choose the first suggestion for job_id, and send it.",
        happened=_answered("suggestions job status", "command job status", answers=1),
        needs=("post",),
    ),
    Step(
        name="menu",
        title="The menu of a message",
        todo="Write a message with some words.\nIn its menu choose Apps, Compose from this message. Close the form.",
        happened=_did("command Compose from this message"),
    ),
    Step(
        name="limit",
        title="A limit",
        todo="Use /config limit with scope: each member, songs: 1, per: hour.\nThen press Save.",
        happened=_answered("command config limit", "button config-save"),
        needs=("song",),
    ),
    Step(
        name="refusal",
        title="A refusal",
        todo="Use /compose with a prompt. The bot refuses it because of the limit. It costs nothing.",
        happened=_answered("command compose", answers=0, follow_ups=1),
        check=_no_job,
        needs=("limit",),
    ),
    Step(
        name="undo",
        title="Undo",
        todo="Use /config undo. Then press Save.",
        happened=_answered("command config undo", "button config-save"),
        needs=("limit",),
    ),
    Step(
        name="closed-channel",
        title="A channel that is closed to the bot",
        todo=(
            "Use /compose with a prompt in a second channel, and wait for the card.\n"
            "At once, before the song is ready, deny the bot Send Messages in that channel's permissions.\n"
            "Wait for the song. It comes as a direct message."
        ),
        happened=_delivered("closed-channel", "direct_message"),
        check=_in_direct_messages,
        songs=1,
        afterwards="Allow the bot to send messages in that channel again.",
        refusals=("403",),
    ),
    Step(
        name="closed-messages",
        title="Closed direct messages",
        todo=(
            "Use /compose with a prompt in the second channel, and wait for the card.\n"
            "At once, deny the bot Send Messages there again, and block the bot in your direct messages.\n"
            "Wait until the song is ready at Whisul. It is kept, and nothing arrives."
        ),
        happened=_delivered("closed-messages", "kept", "undeliverable"),
        check=_kept,
        songs=1,
        afterwards="Unblock the bot, and allow it to send messages in that channel again.",
        refusals=("403",),
    ),
    Step(
        name="delete",
        title="Deleting a post",
        todo="Press Delete post under the first song.",
        happened=_deleted,
        check=_post_is_gone,
        needs=("post",),
    ),
    Step(
        name="erasure",
        title="Your data",
        todo="Use /privacy export, then /privacy delete. Press the red button.",
        happened=_erased,
    ),
)
NAMES = tuple(step.name for step in STEPS)
