"""/config doctor: permissions, their effects, and the state of the API, without cost."""

from sandbox.discord import Permission
from sandbox.whisul import failing, rate_limited
from tests.e2e.actions import forbid, ordered
from tests.e2e.config_actions import used
from tests.e2e.rig import Rig, fields, words

HERE = "My permissions in this channel"


async def test_the_doctor_ticks_what_is_well_and_names_what_breaks_where(ready: Rig) -> None:
    report = await used(ready, "config doctor")
    assert "Everything works" in words(report)
    assert fields(report)[HERE].count("✅") == 6
    assert "accepts my API key" in fields(report)["Whisul"]
    assert fields(report)["Last song posted here"] == "None yet"
    assert ready.whisul.submits == []
    forbid(ready, Permission.ATTACH_FILES)
    report = await used(ready, "config doctor")
    assert "Something needs fixing" in words(report)
    assert (
        "❌ **Attach Files**: without it, I post songs as links, without a cover or player."
        in fields(report)[HERE]
    )
    assert "**Permissions**, add me" in words(report)
    forbid(ready, Permission.ATTACH_FILES, "general")
    found = fields(await used(ready, "config doctor", {"where": "all"}))
    attach = found["❌ Attach Files"]
    assert f"<#{ready.channel('music').id}>" in attach
    assert f"<#{ready.channel('general').id}>" in attach
    assert f"<#{ready.channel('backstage').id}>" not in attach
    assert f"<#{ready.channel('vault').id}>" in found["❌ View Channel"]
    assert f"<#{ready.channel('vault').id}>" not in attach
    assert "❌ Embed Links" not in found


async def test_the_results_channel_songs_and_the_last_post_are_told(ready: Rig) -> None:
    await used(ready, "config results", {"channel": ready.channel("general")})
    order = await ordered(ready)
    await ordered(ready)
    ready.whisul.finish(order.job_id)
    await ready.post("general")
    await ready.until_stored(lambda row: row["delivery"] == "delivered")
    found = fields(await used(ready, "config doctor"))
    assert found["Finished songs"] == f"✅ I post them in <#{ready.channel('general').id}>."
    assert found["Songs on this server"] == "0 in the queue, 1 in progress"
    assert found["Last song posted here"].startswith("<t:")
    forbid(ready, Permission.SEND_MESSAGES, "general")
    assert (
        "❌ I'm missing Send Messages in <#" in fields(await used(ready, "config doctor"))["Finished songs"]
    )


async def test_a_refused_key_is_told_and_then_not_tried_again_by_the_doctor(rig: Rig) -> None:
    await rig.start(POLL_INTERVAL_S="60")
    rig.whisul.script("poll", failing(401))
    assert "rejects my API key" in fields(await used(rig, "config doctor"))["Whisul"]
    asked = len(rig.whisul.requests)
    assert "rejects my API key" in fields(await used(rig, "config doctor"))["Whisul"]
    assert len(rig.whisul.requests) == asked


async def test_a_pause_is_kept_by_the_doctor_too(ready: Rig) -> None:
    ready.whisul.script("poll", rate_limited("60"))
    assert "Whisul asked me to pause" in fields(await used(ready, "config doctor"))["Whisul"]
    asked = len(ready.whisul.requests)
    assert "Whisul asked me to pause" in fields(await used(ready, "config doctor"))["Whisul"]
    assert len(ready.whisul.requests) == asked


async def test_in_a_thread_only_the_permission_for_threads_counts_for_sending(ready: Rig) -> None:
    forbid(ready, Permission.SEND_MESSAGES)
    report = await used(ready, "config doctor", channel="open jam")
    assert "Everything works" in words(report)
    assert "Send Messages\n" not in fields(report)[HERE]
    forbid(ready, Permission.SEND_MESSAGES_IN_THREADS)
    report = await used(ready, "config doctor", channel="open jam")
    assert "❌ **Send Messages in Threads**" in fields(report)[HERE]
