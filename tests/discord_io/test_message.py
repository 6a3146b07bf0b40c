import discord
import pytest

from bot.discord_io.message import Button, Choice, Form, Input, Link, Reply, Select
from bot.replies.buttons import Control, custom_id


def test_only_listed_users_can_be_mentioned() -> None:
    assert Reply("hi").allowed_mentions().to_dict() == {"parse": [], "users": []}
    assert Reply("hi", mentions=(7,)).allowed_mentions().to_dict() == {"parse": [], "users": [7]}


async def test_links_become_buttons_without_timeout() -> None:
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


def test_a_reply_without_components_has_no_view() -> None:
    assert Reply("hi").view() is None


async def test_discord_py_does_not_store_the_view_of_a_reply() -> None:
    reply = Reply(
        "hi",
        buttons=(Button(custom_id="stop:1", label="Stop"),),
        selects=(Select(custom_id="show:1", placeholder="Show", choices=(Choice(label="a", value="1"),)),),
    )
    view = reply.view()
    assert view is not None
    assert not view.is_dispatchable()
    assert [row["components"][0]["custom_id"] for row in view.to_components()] == ["show:1", "stop:1"]


async def test_discord_py_does_not_store_the_modal_of_a_form() -> None:
    field = Input(custom_id="prompt", label="Prompt", value="x" * 50, max_chars=40, is_long=True)
    modal = Form(custom_id="compose", title="Compose", inputs=(field,)).modal()
    assert modal.is_finished()
    (label,) = modal.to_dict()["components"]
    assert label["component"]["value"] == "x" * 40
    assert label["component"]["max_length"] == 40


def test_a_custom_id_is_name_and_arguments_within_100_characters() -> None:
    assert custom_id(Control.COMPOSE, 17, "a") == "compose:17:a"
    with pytest.raises(ValueError, match="custom ID"):
        custom_id(Control.COMPOSE, "x" * 100)
