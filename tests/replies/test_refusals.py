import pytest

from bot.discord_io.message import Reply
from bot.domain.jobs import JobState, Reason
from bot.errors import QueryFault
from bot.replies import refusals
from tests.job_shapes import a_job
from tests.replies.reply_text import lines_of

TEXTS = {
    "prompt_empty": (
        refusals.prompt_empty(),
        "Your prompt is empty, so there is nothing to compose. Nothing was spent.",
        "Tell me what the song should be like, for example `/compose a trap song`. You can try again right away.",
    ),
    "prompt_too_long": (
        refusals.prompt_too_long(2345, 2000),
        "Your prompt has 2,345 characters as it would be sent, and I take 2,000 at most. Nothing was spent.",
        (
            "Shorten it by 345 and send `/compose` again; you can do so right away. Genre, mood and the other "
            "options count too, because they are added to the prompt in words."
        ),
    ),
    "missing_permissions": (
        refusals.missing_permissions(["embed_links", "attach_files", "fly_high"], 5),
        "I can't post songs in <#5>, because I lack these permissions there. Nothing was spent.",
        "- **Embed Links** to show songs with their details and cover",
        "- **Attach Files** to attach the audio and the cover",
        "- **Fly High** to work here",
        (
            "Somebody who may manage the channel's permissions can grant them, in the channel's settings under "
            "Permissions. `/compose` works here as soon as that is done."
        ),
    ),
    "only_in_servers": (
        refusals.only_in_servers(),
        "I make songs in the channels of a server, because that is where I post them. Nothing was spent.",
        "Use this command in a server that I am a member of; it works there right away.",
    ),
    "job_not_found": (
        refusals.job_not_found("abc`"),
        "I know no job `abc'` that I can show you here. Looking it up cost nothing.",
        (
            "Check the job ID: it stands on the song's card and post. Jobs of other people are shown only in the server "
            "that they belong to, and only where you can see their channel. You can look again at any time."
        ),
    ),
    "whisul_refused": (
        refusals.whisul_refused(a_job(JobState.FAILED, reason=Reason.REFUSED, error="Prompt is *too* rude")),
        "**Whisul did not take this prompt**",
        "Whisul refused the request before starting on it.",
        "Whisul says:",
        r"> Prompt is \*too\* rude",
        "Your prompt was:",
        "> a trap song",
        "Nothing was spent. Change the prompt and try again with `/compose`.",
    ),
    "command_changed": (
        refusals.command_changed(),
        "This command has just changed, and your Discord still shows the old one. Nothing was done, and nothing was spent.",
        "Reload Discord (Ctrl+R, or restart the app) and use the command again; that works within a few minutes.",
    ),
    "search_gone": (
        refusals.search_gone(),
        (
            "This list is not kept for you any more: lists are forgotten after 30 days, and only who made one can page "
            "through it. Nothing was changed or spent."
        ),
        "Run `/songs` again for a new list; you can do so right away.",
    ),
    "shutting_down": (
        refusals.shutting_down(),
        "I am being restarted at this moment, so I did not take your request. Nothing was spent.",
        "Send `/compose` again in a minute or two. Songs that are already on their way are not lost.",
    ),
    "unexpected": (
        refusals.unexpected("k3j2"),
        (
            "Something went wrong on my side, and I don't know yet what. If your request had been taken by then, "
            "its song still comes by itself; if not, nothing was spent."
        ),
        "Try again in a minute. If it happens again, tell the bot's operator this reference: `k3j2`",
    ),
    "database_failed": (
        refusals.database_failed("k3j2"),
        (
            "I can't reach my records at the moment. Every request is written down before it is sent, "
            "so yours was not sent. Nothing was spent, and nothing was changed."
        ),
        "Try again in a few minutes. If it lasts, tell the bot's operator this reference: `k3j2`",
    ),
}


@pytest.mark.parametrize("name", TEXTS)
def test_refusal_says_what_happened_what_it_cost_and_what_to_do(name: str) -> None:
    reply, *lines = TEXTS[name]
    assert isinstance(reply, Reply)
    assert lines_of(reply) == lines


def test_refused_prompt_without_visible_text_is_not_quoted() -> None:
    job = a_job(JobState.FAILED, reason=Reason.REFUSED, prompt="\u200b", settled_at=None)
    assert "Your prompt was:" not in lines_of(refusals.whisul_refused(job))


def test_every_search_fault_has_a_remedy() -> None:
    for fault in QueryFault:
        what, next_step = lines_of(refusals.query_unclear(fault, "`@everyone`"))
        assert what.endswith("Nothing was looked up, and nothing was spent."), fault
        assert "right away" in next_step, fault
