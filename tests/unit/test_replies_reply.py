import discord

from bot.replies.reply import Link, Reply


def test_only_the_listed_users_can_be_pinged() -> None:
    assert Reply("hi").allowed_mentions().to_dict() == {"parse": [], "users": []}
    assert Reply("hi", mentions=(7,)).allowed_mentions().to_dict() == {"parse": [], "users": [7]}


async def test_links_become_buttons_that_never_time_out() -> None:
    reply = Reply("hi", links=(Link("Listen", "https://x.example/"),))
    view = reply.view()
    assert view is not None
    assert view.timeout is None
    (button,) = view.children
    assert isinstance(button, discord.ui.Button)
    assert (button.style, button.label, button.url) == (
        discord.ButtonStyle.link,
        "Listen",
        "https://x.example/",
    )
    assert reply.view() is not view


def test_without_links_there_is_no_view() -> None:
    assert Reply("hi").view() is None
