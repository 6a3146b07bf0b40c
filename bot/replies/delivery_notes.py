"""Why an outcome could not be posted where it was asked for, in words: read from the note that the delivery keeps."""

import re

_CODE = re.compile(r"\b\d{3} (\d{5,6}): ")
"""How a note quotes Discord: the status and the code of a refusal."""

_NO_ACCESS = "I may not write there"
_GONE = "the channel is gone"
_FILTERED = "this server's AutoMod did not let it through"
_OF_CODES = {
    10003: _GONE,
    10004: "I am no longer in that server",
    50001: "I can no longer see the channel",
    50013: _NO_ACCESS,
    160005: "the thread is locked",
    200000: _FILTERED,
    200001: _FILTERED,
    240000: "Discord's filter of links did not let it through",
}
_OF_WORDS = {
    "no longer in the server": _OF_CODES[10004],
    "lacks": _NO_ACCESS,
    "cannot be looked for": "I could not find out whether it stands there already",
}
_UNKNOWN = "I could not post it there"


def reason_not_posted(note: str | None) -> str:
    """The reason as the second half of a sentence, about a channel that was just named."""
    if note is None:
        return _UNKNOWN
    if found := _CODE.search(note):
        return _OF_CODES.get(int(found[1]), _UNKNOWN)
    return next((words for part, words in _OF_WORDS.items() if part in note), _UNKNOWN)
