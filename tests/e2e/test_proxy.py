"""A network with a proxy: Discord, its gateway and Whisul use it, files only with MEDIA_PROXY."""

import json
from pathlib import Path

from tests.e2e.actions import ordered
from tests.e2e.forward_proxy import PASSWORD, ForwardProxy, forward_proxy
from tests.e2e.rig import Rig, embed
from tests.e2e.test_command_line import bot

DIRECT = {"NO_PROXY": "", "no_proxy": ""}


async def one_song(rig: Rig) -> None:
    song = await ordered(rig)
    rig.whisul.finish(song.job_id)
    await rig.settled("completed")


def media_requests(rig: Rig, proxy: ForwardProxy) -> int:
    return sum(each.authority == rig.whisul.media_host and "/api/" not in each.path for each in proxy.asked)


async def test_a_song_is_made_and_posted_through_the_proxy(rig: Rig) -> None:
    async with forward_proxy() as proxy:
        await rig.start(PROXY=proxy.url)
        await one_song(rig)
        rest = [each.path for each in proxy.asked]
        assert any(path.endswith("/users/@me") for path in rest)
        assert any(path.endswith("/messages") for path in rest)
        assert any(path.endswith("/callback") for path in rest)
        assert proxy.asked_for(rig.discord.gateway_url.replace("ws:", "http:")) >= 1
        assert any(each.path.endswith("/compose") for each in proxy.asked)
        assert media_requests(rig, proxy) == 0
        assert embed(rig.posts()[0])["title"] == "Midnight Grid"
        assert rig.posts()[0].attachments
        assert PASSWORD not in rig.bot.log
        await rig.bot.stop()


async def test_files_go_through_a_proxy_where_the_operator_says_so(rig: Rig) -> None:
    async with forward_proxy() as proxy:
        await rig.start(MEDIA_PROXY="environment", HTTP_PROXY=proxy.url, **DIRECT)
        await one_song(rig)
        assert media_requests(rig, proxy) == len(proxy.asked) >= 2
        assert rig.posts()[0].attachments


async def test_the_check_goes_the_same_way_and_names_the_proxy_that_refuses(rig: Rig, tmp_path: Path) -> None:
    async with forward_proxy() as proxy:
        code, out, _ = await bot("check", folder=tmp_path, **rig.bot.settings, PROXY=proxy.url)
        assert code == 0, out
        assert f"    PROXY=http://bot:***@127.0.0.1:{proxy.port}" in out.splitlines()
        assert proxy.asked_for(rig.discord.api_url) > 0
        assert proxy.asked_for(rig.whisul.url) > 0
    code, out, _ = await bot("check", "--json", folder=tmp_path, **rig.bot.settings, PROXY=proxy.url)
    found = {each["name"]: each for each in json.loads(out)["checks"]}
    assert code == 69
    assert found["Discord"]["what"] == f"can't reach the proxy http://bot:***@127.0.0.1:{proxy.port}"
    assert found["Whisul"]["remedy"] == "Check PROXY and the network."
    assert PASSWORD not in out


async def test_a_proxy_that_is_not_used_is_named_where_nothing_is_reached(rig: Rig, tmp_path: Path) -> None:
    nowhere = {"DISCORD_API_URL": "http://127.0.0.1:9", "HTTPS_PROXY": "http://box:3128"}
    _, out, _ = await bot("check", folder=tmp_path, **rig.bot.settings | nowhere)
    assert "HTTPS_PROXY is set but unused; to use it, set PROXY=environment." in out
