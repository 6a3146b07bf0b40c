from bot.replies.delivery_notes import reason_not_posted


def test_reason_is_read_from_the_note_of_the_delivery() -> None:
    reasons = {
        "channel: 403 50013: Missing Permissions": "I don't have permission to post there",
        "403 50013: Missing Permissions": "I don't have permission to post there",
        "channel: the bot is missing Send Messages in the channel": "I don't have permission to post there",
        "channel: 404 10003: Unknown Channel": "the channel no longer exists",
        "channel: 400 200000: blocked": "this server's AutoMod blocked it",
        "channel: the bot is no longer in the server": "I'm no longer in that server",
        "channel: 418 0: no words": "I couldn't post it there",
        None: "I couldn't post it there",
    }
    assert {note: reason_not_posted(note) for note in reasons} == reasons
