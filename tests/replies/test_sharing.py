from bot.discord_io.message import Button
from bot.domain.jobs import DeliveryRoute, DeliveryState, JobState
from bot.replies import card, failure, post, sharing, status
from tests.job_shapes import CHANNEL_ID, JUMP_URL, NOW, REQUESTER_ID, USUAL, a_job, a_song_job
from tests.replies.discord_limits import violations
from tests.replies.reply_text import lines_of

NO_FILES = {"cover_name": None, "audio_name": None, "audio_note": None}


def share_button(**facts: object) -> Button:
    (button,) = sharing.share_button(a_job(JobState.COMPLETED, is_private=True), **facts)  # pyright: ignore[reportArgumentType] - each test gives a name
    return button


def test_share_button_names_the_channel() -> None:
    button = share_button(channel_name="music")
    assert (button.custom_id, button.label) == ("share:12", "Share in #music")
    assert share_button(channel_name=None).label == "Share where I requested it"
    assert len(share_button(channel_name="x" * 100).label) <= 80


def test_share_is_for_private_songs_and_post_here_for_public() -> None:
    private, public = a_job(JobState.COMPLETED, is_private=True), a_job(JobState.COMPLETED)
    failed = a_job(JobState.FAILED, is_private=True)
    assert [len(sharing.share_button(job, "music")) for job in (private, public, failed)] == [1, 0, 0]
    assert [len(sharing.post_here_button(job)) for job in (private, public, a_job())] == [0, 1, 0]


def test_every_answer_is_valid_and_says_what_it_cost() -> None:
    refused = [
        sharing.not_shareable(),
        sharing.member_missing_permissions(CHANNEL_ID),
        sharing.delivery_pending(),
        sharing.not_posted(CHANNEL_ID),
        sharing.post_uncertain(CHANNEL_ID),
    ]
    for reply in (*refused, sharing.shared(JUMP_URL), sharing.posted_here(JUMP_URL)):
        assert violations(reply) == []
    assert all("spent" in (reply.content or "") for reply in refused)


def test_private_song_has_its_button_and_pings_nobody() -> None:
    job = a_song_job()
    button = share_button(channel_name="music")
    reply = post.song_private(job, **NO_FILES, buttons=(button,))
    assert violations(reply) == []
    assert (reply.content, reply.mentions) == ("Your song is ready! Only you can see it.", ())
    assert reply.buttons == (button,)
    assert post.private_ready(job).mentions == (REQUESTER_ID,)


def test_shared_song_names_its_requester_without_a_ping() -> None:
    reply = post.song_shared(a_song_job(), **NO_FILES)
    assert (reply.content, reply.mentions) == (f"<@{REQUESTER_ID}> shared a song.", ())


def test_private_card_says_who_sees_it_and_where_the_song_comes() -> None:
    text = "\n".join(lines_of(card.open_job(a_job(is_private=True), expectation=USUAL, now=NOW)))
    assert "Only you can see this." in text
    assert "as a direct message" in text
    assert "I'll post" not in text


def test_private_direct_message_says_why_it_was_sent() -> None:
    song = post.song_direct(a_job(JobState.COMPLETED, is_private=True), **NO_FILES)
    failed = failure.direct(a_job(JobState.FAILED, is_private=True), now=NOW)
    for reply in (song, failed):
        assert f"privately in <#{CHANNEL_ID}>" in (reply.content or "")
        assert "15 minutes" in (reply.content or "")
        assert "couldn't post" not in (reply.content or "")


def test_status_of_a_private_job_mentions_no_post() -> None:
    def status_text(state: JobState, **facts: object) -> str:
        job = a_job(state, is_private=True, **facts)
        return "\n".join(lines_of(status.job_status(job, now=NOW, expectation=None, jump_url=None)))

    assert "I'll send it to you privately." in status_text(JobState.RUNNING)
    assert "I'm sending it to you privately." in status_text(JobState.COMPLETED, delivery=DeliveryState.DUE)
    assert "could no longer update" in status_text(
        JobState.COMPLETED, delivery=DeliveryState.DELIVERED, route=DeliveryRoute.DIRECT_MESSAGE
    )
    kept = status_text(JobState.COMPLETED, delivery=DeliveryState.UNDELIVERABLE)
    assert "I couldn't update my private answer or send you a direct message" in kept
    assert "only you" in kept


def test_line_of_a_private_job_blames_no_permission() -> None:
    reply = card.finished(
        a_job(JobState.COMPLETED, is_private=True, route=DeliveryRoute.DIRECT_MESSAGE), jump_url=None
    )
    assert (reply.content or "").endswith("I sent it to you as a direct message.")
