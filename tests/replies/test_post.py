from bot.discord_io.message import Reply
from bot.domain.jobs import AudioNote, Job, JobState, Song
from bot.replies import post
from bot.replies.embed import EmbedField, build_embed
from tests.job_shapes import ASKED_AT, CHANNEL_ID, JOB_ID, REQUESTER_ID, a_job, a_song_job
from tests.replies.reply_text import lines_of

SONG_URL = "https://cdn.whisul.com/audio/81fa5ff7.mp3"


def posted(job: Job, *, cover_name: str | None = None, audio_note: AudioNote | None = None) -> Reply:
    return post.song(job, cover_name=cover_name, audio_name=None, audio_note=audio_note)


def cover_of(reply: Reply) -> str | None:
    (embed,) = reply.embeds
    return embed.thumbnail.url


def test_song_post_in_full() -> None:
    reply = posted(a_song_job(), cover_name="cover.jpg")
    assert lines_of(reply) == [
        f"<@{REQUESTER_ID}>, your song is ready!",
        "# Midnight Grid",
        "> a trap song",
        f"🎧 [Listen]({SONG_URL})",
        "BPM: 140",
        "Duration: 2:47",
        "Tags: `trap` `dark` `808s` `synth` `bass`",
        f"~ Job {JOB_ID}",
    ]
    (embed,) = reply.embeds
    assert embed.timestamp is not None
    assert (embed.timestamp - ASKED_AT).total_seconds() == 144
    assert reply.mentions == (REQUESTER_ID,)


def test_in_a_direct_message_it_says_where_it_comes_from() -> None:
    reply = post.song_direct(a_song_job(), cover_name=None, audio_name="a.mp3", audio_note=None)
    assert lines_of(reply)[0] == (
        f"Your song is ready! You requested it in <#{CHANNEL_ID}>. I'm sending it here because I couldn't post it there."
    )
    assert reply.mentions == ()
    assert lines_of(reply)[1:] == lines_of(posted(a_song_job()))[1:]


def test_missing_song_data_is_left_out() -> None:
    assert lines_of(posted(a_job(JobState.COMPLETED, settled_at=None))) == [
        f"<@{REQUESTER_ID}>, your song is ready!",
        "# Your song",
        "> a trap song",
        f"~ Job {JOB_ID}",
    ]


def test_attached_cover_is_preferred_to_the_linked_one() -> None:
    assert (
        cover_of(posted(a_song_job(), cover_name="cover-midnight-grid.jpg"))
        == "attachment://cover-midnight-grid.jpg"
    )
    assert cover_of(posted(a_song_job())) == "https://cdn.whisul.com/covers/81fa5ff7.jpg"
    assert (
        cover_of(posted(a_song_job(), cover_name="cover.svg")) == "https://cdn.whisul.com/covers/81fa5ff7.jpg"
    )
    assert cover_of(posted(a_song_job(image_url="file:///cover.jpg"))) is None


def test_audio_without_attachment_is_explained() -> None:
    texts = {
        AudioNote.TOO_LARGE: "The file is too large to attach here.",
        AudioNote.UNAVAILABLE: "I couldn't download the whole file, so it's not attached.",
        AudioNote.UNPLAYABLE: "Try the link again in a few minutes. Whisul counts this song as made. "
        "If it still doesn't play, request another one with `/compose`.",
        AudioNote.UNCHECKED: "I haven't tried the link because it doesn't lead to a public address.",
        AudioNote.UNKNOWN_KIND: "I don't know this kind of file, so I can't tell whether it plays.",
    }
    for note, text in texts.items():
        assert f"🎧 [Listen]({SONG_URL}) · {text}" in lines_of(posted(a_song_job(), audio_note=note))
        attached = post.song(a_song_job(), cover_name=None, audio_name="a.mp3", audio_note=note)
        assert text not in "\n".join(lines_of(attached))


def test_only_a_playable_song_is_called_ready() -> None:
    headlines = {
        None: "your song is ready!",
        AudioNote.TOO_LARGE: "your song is ready!",
        AudioNote.UNAVAILABLE: "your song is ready!",
        AudioNote.UNPLAYABLE: "Whisul finished your song, but the link didn't play when I tried it.",
        AudioNote.UNCHECKED: "Whisul finished your song.",
        AudioNote.UNKNOWN_KIND: "Whisul finished your song.",
    }
    for note, text in headlines.items():
        assert posted(a_song_job(), audio_note=note).content == f"<@{REQUESTER_ID}>, {text}"
        direct = (
            post.song_direct(a_song_job(), cover_name=None, audio_name=None, audio_note=note).content or ""
        )
        assert direct.startswith(f"{text[0].upper()}{text[1:]} You requested it in <#{CHANNEL_ID}>. "), note


def test_the_song_is_linked_once() -> None:
    reply = posted(a_song_job(), cover_name="cover.jpg")
    assert reply.links == ()
    assert [embed.url for embed in reply.embeds] == [None]
    assert "\n".join(lines_of(reply)).count(SONG_URL) == 1


def test_a_long_prompt_is_cut_so_that_the_post_fits_a_screen() -> None:
    (prompt,) = [
        line
        for line in lines_of(posted(a_job(JobState.COMPLETED, prompt="la " * 300)))
        if line.startswith("> ")
    ]
    assert len(prompt) <= 203
    assert prompt.endswith("…")


def test_unsafe_song_url_is_not_shown() -> None:
    assert "javascript" not in "\n".join(lines_of(posted(a_song_job(song_url="javascript:alert(1)"))))


def test_tags_beyond_the_limit_are_left_out() -> None:
    (tags,) = [
        line
        for line in lines_of(posted(a_song_job(tags=("\u200b", *(f"tag {number}" for number in range(100))))))
        if line.startswith("Tags: ")
    ]
    assert tags.startswith("Tags: `tag 0` `tag 1`")
    assert tags.endswith("`tag 44`")


def test_description_is_cut_when_the_embed_is_too_long() -> None:
    embed = build_embed(
        title="t",
        colour=post.Colour.SONG,
        body=["a" * 5000],
        fields=[EmbedField("n", "v" * 2000)] * 3,
        footer="f",
    )
    assert len(embed) == 6000
    assert embed.description is not None
    assert embed.description.endswith("a…")


def test_cover_description_has_title_and_tags() -> None:
    song = Song(title="Midnight **Grid**", tags=("trap", "dark"))
    assert post.cover_description(song) == "Cover of Midnight **Grid** (trap, dark)"
    assert post.cover_description(song, is_stand_in=True) == (
        "Placeholder for the cover of Midnight **Grid** (trap, dark)"
    )
    assert post.cover_description(Song()) == "Cover of a song without a title"
    assert len(post.cover_description(Song(title="x" * 5000))) == 1024
