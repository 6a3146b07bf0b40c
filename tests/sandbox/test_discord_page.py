"""The page's API, with a bot behind it."""

import io
from collections.abc import AsyncGenerator
from pathlib import Path
from typing import Any

import aiohttp
import discord
import pytest
from discord import app_commands

from sandbox.discord import DiscordStandIn, Permission, Refused
from sandbox.discord.world.model import Upload
from tests.sandbox.standin_bot import SmallBot, Use, running

Session = aiohttp.ClientSession


@pytest.fixture
async def stand_in(tmp_path: Path) -> AsyncGenerator[DiscordStandIn, None]:
    (tmp_path / "index.html").write_text("<p>hello</p>")
    (tmp_path / "page.js").write_text("1")
    async with DiscordStandIn(page_dir=tmp_path, about={"speed": 60}) as server:
        yield server


@pytest.fixture
async def session(stand_in: DiscordStandIn) -> AsyncGenerator[Session, None]:
    async with aiohttp.ClientSession(stand_in.page_url) as client:
        yield client


async def get(session: Session, path: str, status: int = 200) -> Any:
    async with session.get(path) as answer:
        assert answer.status == status
        return await answer.json()


async def act(session: Session, status: int = 200, **body: object) -> Any:
    async with session.post("/page/interactions", json=body) as answer:
        assert answer.status == status
        return await answer.json()


async def act_on(session: Session, path: str, status: int = 200, **body: object) -> Any:
    async with session.post(path, json=body) as answer:
        assert answer.status == status
        return await answer.json()


def user_id(stand_in: DiscordStandIn, name: str) -> str:
    return str(stand_in.world.user(name).id)


def channel_id(stand_in: DiscordStandIn, name: str) -> str:
    return str(stand_in.world.channel(name).id)


async def test_each_user_sees_their_own_servers_and_channels(
    session: Session, stand_in: DiscordStandIn
) -> None:
    seen = await get(session, f"/page/world?user_id={user_id(stand_in, 'dana')}")
    assert (seen["bot"]["id"], seen["bot"]["online"]) == (str(stand_in.world.bot.id), False)
    assert [u["username"] for u in seen["users"]] == ["ada", "bela", "chidi", "dana", "eve"]
    assert [g["name"] for g in seen["guilds"]] == ["Night Owls", "Basement Tapes"]
    channels = {c["name"]: c for c in seen["guilds"][0]["channels"]}
    assert list(channels) == ["general", "music", "open jam", "old jam", "sealed jam", "announcements"]
    assert channels["open jam"]["parent_id"] == channels["music"]["id"]
    assert channels["open jam"]["type"] == 11
    assert [channels[n]["can_write"] for n in ("general", "announcements", "sealed jam")] == [
        True,
        False,
        False,
    ]
    assert seen["dm"] is None
    stand_in.world.open_dm("dana")
    of_dana = f"/page/world?user_id={user_id(stand_in, 'dana')}"
    assert (await get(session, of_dana))["dm"] == {
        "channel_id": channel_id(stand_in, "@dana"),
        "bot_can_write": True,
    }
    stand_in.world.close_dms("dana")
    assert not (await get(session, of_dana))["dm"]["bot_can_write"]


async def test_the_people_of_a_group_see_it(session: Session, stand_in: DiscordStandIn) -> None:
    group = stand_in.world.add_group("ada", "eve", name="the band")
    seen = {
        name: (await get(session, f"/page/world?user_id={user_id(stand_in, name)}"))["groups"]
        for name in ("eve", "dana")
    }
    people = [user_id(stand_in, name) for name in ("ada", "eve")]
    assert seen == {"eve": [{"id": str(group.id), "name": "the band", "member_ids": people}], "dana": []}


async def test_refusals_are_answered_with_a_message(session: Session, stand_in: DiscordStandIn) -> None:
    assert await get(session, "/page/world?user_id=5", 400) == {"error": "There is no such user."}
    backstage = channel_id(stand_in, "backstage")
    hidden = await get(
        session, f"/page/channels/{backstage}/messages?user_id={user_id(stand_in, 'dana')}", 400
    )
    assert hidden == {"error": "You cannot see this channel."}
    for body in (
        {"type": "dance"},
        {"type": "command", "name": " "},
        {"type": "command", "name": "x", "target_message_id": "1"},
        {"type": "button", "message_id": "1"},
        {"type": "select", "message_id": "1", "values": ["a"]},
        {"type": "modal", "interaction_id": "1"},
        {"type": "autocomplete", "name": "x", "focused": "y"},
    ):
        assert (await act(session, 400, **body))["error"]
    async with session.post("/page/interactions", data="[]") as answer:
        assert answer.status == 400


async def test_only_files_of_the_page_are_served(session: Session) -> None:
    async with session.get("/") as index:
        assert (await index.text(), index.headers["Cache-Control"]) == ("<p>hello</p>", "no-cache")
    async with session.get("/static/page.js") as script:
        assert script.status == 200
    for path in ("/static/none.js", "/static/..%2f..%2fetc%2fpasswd"):
        async with session.get(path) as missing:
            assert missing.status == 404
    assert await get(session, "/page/about") == {"speed": 60}


@pytest.mark.parametrize("origin", ["https://elsewhere.example", "null", "http://127.0.0.1:1"])
async def test_pages_of_other_origins_are_refused(session: Session, origin: str) -> None:
    headers = {"Origin": origin}
    async with session.post("/page/interactions", json={"type": "command"}, headers=headers) as refused:
        assert (refused.status, await refused.json()) == (
            403,
            {"error": "Only the demo's own page can do that."},
        )
    with pytest.raises(aiohttp.WSServerHandshakeError):
        await session.ws_connect("/page/events?user_id=1", headers=headers)


async def test_the_pages_own_origin_is_accepted(session: Session, stand_in: DiscordStandIn) -> None:
    async with session.get("/page/about", headers={"Origin": stand_in.page_url}) as answer:
        assert answer.status == 200


class Listening:
    """A page's stream of events."""

    def __init__(self, socket: aiohttp.ClientWebSocketResponse) -> None:
        self._socket = socket

    async def until(self, kind: str) -> dict[str, Any]:
        while (event := await self._socket.receive_json(timeout=5))["type"] != kind:
            pass
        return event


@pytest.fixture
async def bot(stand_in: DiscordStandIn) -> AsyncGenerator[SmallBot, None]:
    async def on_command(interaction: Use) -> None:
        await interaction.response.defer(ephemeral=True)
        await interaction.edit_original_response(content="done", embed=discord.Embed(title="t"))

    async with running(stand_in, on_command) as client:
        yield client


async def test_a_command_of_the_page_and_its_events(
    bot: SmallBot, session: Session, stand_in: DiscordStandIn
) -> None:
    ada, general = user_id(stand_in, "ada"), channel_id(stand_in, "general")
    commands = (await get(session, f"/page/commands?user_id={ada}&channel_id={general}"))["commands"]
    assert [c["name"] for c in commands] == ["do"]
    async with session.ws_connect(f"/page/events?user_id={ada}") as socket:
        page = Listening(socket)
        asked = await act(session, user_id=ada, channel_id=general, type="command", name="do", options={})
        loading = (await page.until("message_create"))["message"]
        assert loading["loading"]
        assert loading["ephemeral_for"] == ada
        acknowledged = await page.until("interaction")
        assert acknowledged == {
            "type": "interaction",
            "interaction_id": asked["interaction_id"],
            "state": "acknowledged",
        }
        message = (await page.until("message_update"))["message"]
        assert (message["content"], message["loading"], message["embeds"][0]["title"]) == ("done", False, "t")
        assert message["interaction_metadata"]["user"]["id"] == ada
        assert message["interaction_metadata"]["name"] == "do"
        assert message["message_reference"] is None
        assert message["mentioned_user_ids"] == []
    mine = await get(session, f"/page/channels/{general}/messages?user_id={ada}")
    assert [m["content"] for m in mine["messages"]] == ["done"]
    bela = user_id(stand_in, "bela")
    assert await get(session, f"/page/channels/{general}/messages?user_id={bela}") == {"messages": []}
    assert bot.errors == []


async def test_events_are_sent_to_users_who_may_see_them(session: Session, stand_in: DiscordStandIn) -> None:
    dana = user_id(stand_in, "dana")
    async with session.ws_connect(f"/page/events?user_id={dana}") as socket:
        page = Listening(socket)
        stand_in.world.say("ada", "backstage", "secret")
        message = stand_in.world.say("ada", "general", "open")
        assert (await page.until("message_create"))["message"]["content"] == "open"
        stand_in.world.delete_message(message)
        assert (await page.until("message_delete"))["message_id"] == str(message.id)
        stand_in.world.deny("general", "dana", Permission.SEND_MESSAGES)
        assert await page.until("world") == {"type": "world"}
        async with running(stand_in):
            assert await page.until("commands") == {"type": "commands"}
            assert await page.until("world")


async def test_users_get_the_commands_that_they_may_use(session: Session, stand_in: DiscordStandIn) -> None:
    hidden = {"default_member_permissions": str(int(Permission.MANAGE_GUILD)), "contexts": [0]}
    stand_in.command_registry.replace(
        [{"name": "do", "description": "d"}, {"name": "config", "description": "d"} | hidden], None
    )

    async def found(user: str, channel: str) -> list[str]:
        where = f"user_id={user_id(stand_in, user)}&channel_id={channel_id(stand_in, channel)}"
        return [c["name"] for c in (await get(session, f"/page/commands?{where}"))["commands"]]

    assert await found("bela", "general") == ["do", "config"]
    assert await found("dana", "general") == ["do"]
    dm = await act_on(session, f"/page/dm?user_id={user_id(stand_in, 'bela')}")
    assert dm["channel_id"] == channel_id(stand_in, "@bela")
    assert await found("bela", "@bela") == ["do"]
    await get(session, f"/page/commands?user_id={user_id(stand_in, 'dana')}&channel_id=5", status=400)


async def test_managers_can_remove_and_invite_the_bot(session: Session, stand_in: DiscordStandIn) -> None:
    guild = stand_in.world.guild("Night Owls")
    path = f"/page/guilds/{guild.id}/bot?user_id="
    await act_on(session, path + user_id(stand_in, "dana"), status=400, here=False)
    await act_on(session, path + user_id(stand_in, "eve"), status=400, here=False)
    assert await act_on(session, path + user_id(stand_in, "bela"), here=False) == {"here": False}
    seen = await get(session, f"/page/world?user_id={user_id(stand_in, 'bela')}")
    assert not seen["guilds"][0]["has_bot"]
    assert await act_on(session, path + user_id(stand_in, "bela"), here=True) == {"here": True}


async def test_an_unanswered_interaction_fails_on_the_page(
    session: Session, stand_in: DiscordStandIn
) -> None:
    async with running(stand_in):
        pass
    ada = user_id(stand_in, "ada")
    async with session.ws_connect(f"/page/events?user_id={ada}") as socket:
        await act(session, user_id=ada, channel_id=channel_id(stand_in, "general"), type="command", name="do")
        stand_in.jump(4)
        failed = await Listening(socket).until("interaction")
        assert (failed["state"], failed["reason"]) == ("failed", "The application did not respond")


async def test_buttons_modals_and_completion_from_the_page(
    stand_in: DiscordStandIn, session: Session
) -> None:
    class Ask(discord.ui.Modal, title="Ask"):
        prompt: discord.ui.TextInput[discord.ui.Modal] = discord.ui.TextInput(label="Prompt", custom_id="p")

        async def on_submit(self, interaction: Use, /) -> None:
            await interaction.response.send_message(self.prompt.value)

    class Buttons(discord.ui.View):
        @discord.ui.button(label="Go", custom_id="go")
        async def go(self, interaction: Use, _: discord.ui.Button["Buttons"]) -> None:
            await interaction.response.send_modal(Ask())

        @discord.ui.select(custom_id="s", options=[discord.SelectOption(label="a")])
        async def choose(self, interaction: Use, select: discord.ui.Select["Buttons"]) -> None:
            await interaction.response.send_message(f"chose {select.values[0]}")

    async def on_command(interaction: Use) -> None:
        await interaction.response.send_message("x", view=Buttons())

    async def find(interaction: Use, title: str) -> None:
        raise AssertionError

    async def complete(_: Use, current: str) -> list[app_commands.Choice[str]]:
        return [app_commands.Choice(name=f"{current}!", value=current)]

    command: app_commands.Command[Any, ..., Any]
    command = app_commands.Command(name="find", description="d", callback=find)
    command.autocomplete("title")(complete)
    ada, general = user_id(stand_in, "ada"), channel_id(stand_in, "general")
    who: dict[str, Any] = {"user_id": ada, "channel_id": general}
    async with (
        running(stand_in, on_command) as bot,
        session.ws_connect(f"/page/events?user_id={ada}") as socket,
    ):
        bot.tree.add_command(command)
        await bot.tree.sync()
        page = Listening(socket)
        await act(session, **who, type="autocomplete", name="find", options={"title": "mid"}, focused="title")
        assert (await page.until("autocomplete"))["choices"] == [{"name": "mid!", "value": "mid"}]
        await act(session, **who, type="command", name="do")
        message = (await page.until("message_create"))["message"]
        await act(session, **who, type="select", message_id=message["id"], custom_id="s", values=["a"])
        assert (await page.until("message_create"))["message"]["content"] == "chose a"
        pressed = await act(session, **who, type="button", message_id=message["id"], custom_id="go")
        modal = await page.until("modal")
        assert (modal["interaction_id"], modal["title"]) == (pressed["interaction_id"], "Ask")
        await act(
            session,
            **who,
            type="modal",
            custom_id=modal["custom_id"],
            interaction_id=modal["interaction_id"],
            fields={"p": "hello"},
        )
        assert (await page.until("message_create"))["message"]["content"] == "hello"


async def test_attachments_are_served_with_byte_ranges(
    bot: SmallBot, session: Session, stand_in: DiscordStandIn
) -> None:
    channel = bot.get_partial_messageable(stand_in.world.channel("general").id)
    sent = await channel.send(file=discord.File(io.BytesIO(b"0123456789"), "song.mp3"))
    url = sent.attachments[0].url
    async with session.get(url) as whole:
        assert (await whole.read(), whole.content_type) == (b"0123456789", "audio/mpeg")
    async with session.get(url, headers={"Range": "bytes=2-4"}) as part:
        assert (part.status, await part.read()) == (206, b"234")
        assert part.headers["Content-Range"] == "bytes 2-4/10"
    async with session.get(url, headers={"Range": "bytes=20-"}) as beyond:
        assert beyond.status == 416
    async with session.get(url.replace("song", "other")) as wrong:
        assert wrong.status == 404
    await sent.delete()
    async with session.get(url) as gone:
        assert gone.status == 404


async def test_a_file_can_be_uploaded_with_a_command(stand_in: DiscordStandIn, session: Session) -> None:
    taken: list[tuple[str, bytes]] = []

    async def take(interaction: Use, file: discord.Attachment) -> None:
        taken.append((file.filename, await file.read()))
        await interaction.response.send_message("taken", ephemeral=True)

    file = {"filename": "a b.json", "content_type": "", "content": "e30="}
    used: dict[str, Any] = {
        "type": "command",
        "user_id": user_id(stand_in, "ada"),
        "channel_id": channel_id(stand_in, "music"),
        "name": "take",
    }
    async with running(stand_in) as bot:
        bot.tree.add_command(app_commands.Command(name="take", description="a file", callback=take))
        await bot.tree.sync()
        await act(session, **used, options={"file": file})
        await stand_in.wait_for(lambda: taken)
        for wrong in ({**file, "content": "%"}, {**file, "filename": "../x"}, {"filename": "x"}, "x", 5):
            assert (await act(session, 400, **used, options={"file": wrong}))["error"]
        large = Upload("large", bytes(10 * 1024 * 1024 + 1))
        with pytest.raises(Refused, match="too large"):
            await stand_in.command(user="ada", channel="music", name="take", options={"file": large})
    assert taken == [("a b.json", b"{}")]
