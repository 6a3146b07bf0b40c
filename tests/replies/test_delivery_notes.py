from bot.replies.delivery_notes import reason_not_posted


def test_reason_is_read_from_the_note_of_the_delivery() -> None:
    reasons = {
        "channel: 403 50013: Missing Permissions": "I may not write there",
        "403 50013: Missing Permissions": "I may not write there",
        "channel: the bot lacks Send Messages in the channel": "I may not write there",
        "channel: 404 10003: Unknown Channel": "the channel is gone",
        "channel: 400 200000: blocked": "this server's AutoMod did not let it through",
        "channel: the bot is no longer in the server": "I am no longer in that server",
        "channel: 418 0: no words": "I could not post it there",
        None: "I could not post it there",
    }
    assert {note: reason_not_posted(note) for note in reasons} == reasons
