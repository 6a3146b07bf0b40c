import pytest

from bot.domain.jobs import JobState, Reason
from bot.errors import QueryFault
from bot.replies import refusals
from tests.job_shapes import a_job
from tests.replies.reply_text import spell


def test_an_empty_prompt() -> None:
    assert spell(refusals.prompt_empty()) == [
        "Your prompt is empty, so there is nothing to compose. Nothing was spent.",
        "Tell me what the song should be like, for example `/compose a trap song`. You can try again right away.",
    ]


def test_a_prompt_that_is_too_long() -> None:
    assert spell(refusals.prompt_too_long(2345, 2000)) == [
        "Your prompt has 2,345 characters as it would be sent, and I take 2,000 at most. Nothing was spent.",
        (
            "Shorten it by 345 and send `/compose` again; you can do so right away. Genre, mood and the other "
            "options count too, because they are added to the prompt in words."
        ),
    ]


def test_missing_permissions_go_by_the_names_that_discord_shows() -> None:
    assert spell(refusals.missing_permissions(["embed_links", "attach_files", "fly_high"], 5)) == [
        "I can't post songs in <#5>, because I lack these permissions there. Nothing was spent.",
        "- **Embed Links** to show songs with their details and cover",
        "- **Attach Files** to attach the audio and the cover",
        "- **Fly High** to work here",
        (
            "Somebody who may manage the channel's permissions can grant them, in the channel's settings under "
            "Permissions. `/compose` works here as soon as that is done."
        ),
    ]


def test_outside_a_server() -> None:
    assert spell(refusals.only_in_servers()) == [
        "I make songs in the channels of a server, because that is where I post them. Nothing was spent.",
        "Use this command in a server that I am a member of; it works there right away.",
    ]


def test_a_job_that_is_not_there_or_not_for_the_askers_eyes() -> None:
    assert spell(refusals.job_not_found("abc`")) == [
        "I know no job `abc'` that I can show you here. Looking it up cost nothing.",
        (
            "Check the job ID: it stands on the song's card and post. Jobs of other people are shown only in the server "
            "that they belong to, and only where you can see their channel. You can look again at any time."
        ),
    ]


def test_a_refused_prompt_comes_back_to_be_changed() -> None:
    job = a_job(JobState.FAILED, reason=Reason.REFUSED, error="Prompt is *too* rude")
    assert spell(refusals.whisul_refused(job)) == [
        "**Whisul did not take this prompt**",
        "Whisul refused the request before starting on it.",
        "Whisul says:",
        r"> Prompt is \*too\* rude",
        "Your prompt was:",
        "> a trap song",
        "Nothing was spent. Change the prompt and try again with `/compose`.",
    ]


def test_a_refused_prompt_that_cannot_be_seen_is_not_announced() -> None:
    job = a_job(JobState.FAILED, reason=Reason.REFUSED, prompt="\u200b", settled_at=None)
    assert "Your prompt was:" not in spell(refusals.whisul_refused(job))


def test_a_command_that_has_changed() -> None:
    assert spell(refusals.command_changed()) == [
        "This command has just changed, and your Discord still shows the old one. Nothing was done, and nothing was spent.",
        "Reload Discord (Ctrl+R, or restart the app) and use the command again; that works within a few minutes.",
    ]


def test_a_list_that_is_not_kept() -> None:
    what, what_now = spell(refusals.search_gone())
    assert "lists are forgotten after 30 days" in what
    assert what_now == "Run `/songs` again for a new list; you can do so right away."


@pytest.mark.parametrize("fault", QueryFault)
def test_a_look_up_that_cannot_be_is_refused_with_what_why_and_when_again(fault: QueryFault) -> None:
    what, what_now = spell(refusals.query_unclear(fault, "`@everyone`"))
    assert what.endswith("Nothing was looked up, and nothing was spent.")
    assert "right away" in what_now


def test_while_the_bot_stops() -> None:
    assert spell(refusals.shutting_down()) == [
        "I am being restarted at this moment, so I did not take your request. Nothing was spent.",
        "Send `/compose` again in a minute or two. Songs that are already on their way are not lost.",
    ]


def test_an_error_that_nobody_foresaw_claims_no_more_than_is_known() -> None:
    assert spell(refusals.unexpected("k3j2")) == [
        (
            "Something went wrong on my side, and I don't know yet what. If your request had been taken by then, "
            "its song still comes by itself; if not, nothing was spent."
        ),
        "Try again in a minute. If it happens again, tell the bot's operator this reference: `k3j2`",
    ]


def test_records_that_cannot_be_reached() -> None:
    assert spell(refusals.database_failed("k3j2")) == [
        (
            "I can't reach my records at the moment. Every request is written down before it is sent, "
            "so yours was not sent. Nothing was spent, and nothing was changed."
        ),
        "Try again in a few minutes. If it lasts, tell the bot's operator this reference: `k3j2`",
    ]
