"""Why a result could not be posted in the requested channel, from the note that the delivery stores with the job."""

import re

from bot.replies.locales import N_, _

_CODE = re.compile(r"\b\d{3} (\d{5,6}): ")
"""How a note quotes Discord's error: HTTP status, then JSON error code."""

# Translators: clauses that follow “because”, in the word order that they have there.
_NO_ACCESS = N_("I don't have permission to post there")
# Translators: follows “because”.
_GONE = N_("the channel no longer exists")
# Translators: follows “because”.
_FILTERED = N_("this server's AutoMod blocked it")
# Translators: follows “because”.
_BY_ERROR_CODE = {
    10003: _GONE,
    10004: N_("I'm no longer in that server"),
    50001: N_("I can no longer see that channel"),
    50013: _NO_ACCESS,
    160005: N_("the thread is locked"),
    200000: _FILTERED,
    200001: _FILTERED,
    240000: N_("Discord's link filter blocked it"),
}
# Translators: follows “because”.
_BY_PHRASE = {
    "no longer in the server": _BY_ERROR_CODE[10004],
    "in a timeout": N_("I'm in a timeout on that server"),
    "is missing": _NO_ACCESS,
    "can't be looked for": N_("I couldn't tell whether I'd already posted it there"),
}
# Translators: follows “because”.
_NOT_SENT = {
    10003: N_("our direct messages no longer exist"),
    50007: N_("you don't accept direct messages from me"),
    50278: N_("we're not in any server together"),
}
# Translators: follows “because”.
_NOT_SENT_UNKNOWN = N_("Discord didn't accept my message")
# Translators: follows “because”.
_UNKNOWN = N_("I couldn't post it there")


def reason_not_posted(note: str | None) -> str:
    """The reason as a clause that follows "because", about a channel named before."""
    if note is None:
        return _(_UNKNOWN)
    if found := _CODE.search(note):
        return _(_BY_ERROR_CODE.get(int(found[1]), _UNKNOWN))
    return _(next((reason for phrase, reason in _BY_PHRASE.items() if phrase in note), _UNKNOWN))


def reason_not_sent(note: str | None) -> str:
    """The same about a direct message that was meant to answer a request from there."""
    found = _CODE.search(note or "")
    return _(_NOT_SENT.get(int(found[1]), _NOT_SENT_UNKNOWN) if found else _NOT_SENT_UNKNOWN)
