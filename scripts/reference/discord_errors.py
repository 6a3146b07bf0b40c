"""The page of Discord's error codes: when the bot can meet each, and what it does."""

from bot.discord_io.error_codes import SendOutcome, outcome_of_response
from sandbox.discord.rules.documented_errors import DOCUMENTED
from scripts.reference.markdown import code, page, table

KINDS = {
    "*": "every request",
    "message.create": "a message in a channel",
    "thread.create": "a post in a forum",
    "dm.message": "a direct message",
    "dm.create": "opening direct messages",
    "message.edit": "an edit",
    "message.delete": "a deletion",
    "history": "reading a channel",
    "commands.put": "registering commands",
    "callback": "an acknowledgement",
    "original.edit": "an answer",
    "original.delete": "deleting an answer",
    "followup": "a further answer",
}
OUTCOMES = {
    SendOutcome.RETRY: "again later",
    SendOutcome.UNKNOWN: "look, then again",
    SendOutcome.TOO_LARGE: "without files",
    SendOutcome.REJECTED: "refused",
}
INTRODUCTION = (
    "Every error code of Discord's documentation that a call of the bot can meet, the calls that Discord answers with it, and one "
    "of four reactions. `make demo` can switch each of them on while it runs: "
    "`curl -d '{\"on\": true}' http://localhost:8080/control/switches/error-50013`; the switch is on the page of faults from then on."
)
REACTIONS = (
    ("again later", "waits, and sends the same by the same route", "repeats it", "repeats it twice, after 1 and 3 seconds"),
    ("look, then again", "searches for it, and sends it if it is not there", "repeats it", "the same"),
    ("without files", "sends it without files, which it links", "gives it up", "tells the person a reference"),
    (
        "refused",
        "leaves out parts if its content may be the reason; then takes the next route",
        "gives it up",
        "leaves out parts, then tells the person a reference; the log has it under the same one, as an ERROR",
    ),
)  # fmt: skip


def text() -> str:
    """The page."""
    rows = [
        [
            str(each.code),
            each.message,
            ", ".join(KINDS[kind] for kind in each.kinds),
            OUTCOMES[outcome_of_response(each.status, each.code)],
        ]
        for each in DOCUMENTED.values()
    ]
    return page(
        "# Discord's error codes",
        INTRODUCTION,
        "## Reactions",
        table(
            ["reaction", "a message of the bot", "the edit of a card", "an answer to a command"], REACTIONS
        ),
        "The routes are the server's results channel, the song's own, a direct message, and `/job status`.",
        "A refused acknowledgement ends the request, whatever the code, before anything is stored or spent; only "
        f"{code(40060)} counts as success, because an earlier try was carried out. A refused deletion is told to the person. "
        "Codes that end the program at its login, or a connection to the gateway, are in "
        "[operations](../operations.md#exit-codes).",
        "## Codes",
        table(["code", "meaning", "answered to", "reaction"], rows),
    )
