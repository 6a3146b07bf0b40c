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
        "I can't make a song because your prompt is empty. Nothing was spent.",
        "Tell me what it should sound like, for example `/compose a trap song`. You can try again right away.",
    ),
    "prompt_too_long": (
        refusals.prompt_too_long(2345, 2000),
        "Your prompt is too long: it has 2,345 characters, and the limit is 2,000. Nothing was spent.",
        (
            "Shorten it by 345 and try again right away. Genre, mood and the other options count too "
            "because I add them to the prompt."
        ),
    ),
    "missing_permissions": (
        refusals.missing_permissions(["embed_links", "attach_files", "fly_high"], 5),
        "I can't post songs in <#5> because I'm missing these permissions there. Nothing was spent.",
        "- **Embed Links** to show songs with their details and cover",
        "- **Attach Files** to attach the audio and the cover",
        "- **Fly High** to work here",
        (
            "Ask somebody who manages the channel to grant them in the channel settings, under **Permissions**. "
            "`/compose` works as soon as that's done."
        ),
    ),
    "only_in_servers": (
        refusals.only_in_servers(),
        "I can't do that here because I post songs in the channels of a server. Nothing was spent.",
        "Use this command in a server that I'm in; that works right away.",
    ),
    "job_not_found": (
        refusals.job_not_found("abc`"),
        "I can't find a job `abc'` that you can see here. Nothing was spent.",
        (
            "Check the job ID on the song's card or post. You can see other people's songs only in the server where "
            "they requested them, and only if you can see the channel. You can try again at any time."
        ),
    ),
    "whisul_refused": (
        refusals.whisul_refused(a_job(JobState.FAILED, reason=Reason.REFUSED, error="Prompt is *too* rude")),
        "**Whisul refused this prompt**",
        "Whisul turned the request down before starting on it.",
        "Whisul says:",
        r"> Prompt is \*too\* rude",
        "Your prompt:",
        "> a trap song",
        "Nothing was spent. Change the prompt and try again with `/compose`.",
    ),
    "command_changed": (
        refusals.command_changed(),
        "I can't run this command because it just changed and your Discord still shows the old version. Nothing was spent.",
        "Reload Discord (Ctrl+R, or restart the app) and use the command again in a few minutes.",
    ),
    "search_gone": (
        refusals.search_gone(),
        ("I can't show this list: it's older than 30 days or somebody else's. Nothing was changed or spent."),
        "Get a new list with `/songs list`; that works right away.",
    ),
    "shutting_down": (
        refusals.shutting_down(),
        "I can't take your request because I'm restarting. Nothing was spent.",
        "Use `/compose` again in a minute or two. Songs in progress aren't lost.",
    ),
    "unexpected": (
        refusals.unexpected("k3j2"),
        (
            "Something went wrong on my side. If I had already taken your request, I'll still deliver the song. "
            "If not, nothing was spent."
        ),
        "Try again in a minute. If it happens again, give the operator this reference: `k3j2`",
    ),
    "database_failed": (
        refusals.database_failed("k3j2"),
        (
            "I can't reach my database right now. I save every request before I send it, so I didn't send yours. "
            "Nothing was changed or spent."
        ),
        "Try again in a few minutes. If it keeps happening, give the operator this reference: `k3j2`",
    ),
}


@pytest.mark.parametrize("name", TEXTS)
def test_refusal_says_what_happened_what_it_cost_and_what_to_do(name: str) -> None:
    reply, *lines = TEXTS[name]
    assert isinstance(reply, Reply)
    assert lines_of(reply) == lines


def test_refused_prompt_without_visible_text_is_not_quoted() -> None:
    job = a_job(JobState.FAILED, reason=Reason.REFUSED, prompt="\u200b", settled_at=None)
    assert "Your prompt:" not in lines_of(refusals.whisul_refused(job))


def test_every_search_fault_has_a_remedy() -> None:
    for fault in QueryFault:
        what, next_step = lines_of(refusals.query_unclear(fault, "`@everyone`"))
        assert what.endswith("Nothing was spent."), fault
        assert "right away" in next_step, fault
