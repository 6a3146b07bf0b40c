"""A retention period erases older songs."""

import json

from tests.e2e.config_actions import used
from tests.e2e.database import change
from tests.e2e.rig import Rig, fields, words


async def test_songs_older_than_the_servers_retention_are_erased(ready: Rig) -> None:
    for number, prompt in enumerate(("an old song", "a new song"), start=1):
        await ready.compose(prompt)
        await ready.until_whisul(lambda number=number: len(ready.whisul.submits) == number)
        ready.whisul.finish(ready.whisul.submits[-1].job_id)
        await ready.post(number=number)
    await ready.until_all(lambda row: row["delivery"] == "delivered", number=2)
    await ready.bot.stop()
    kept_for = (ready.rows()[0]["guild_id"], json.dumps({"retention_days": 3}))
    change(ready, "INSERT INTO policies VALUES (?, ?)", values=kept_for)
    change(ready, "UPDATE jobs SET created_at = '2020-01-01 00:00:00.000000' WHERE key = 1")

    await ready.bot.start()
    await ready.until_stored(lambda row: row["key"] == 1 and row["requester_id"] == 0)

    old, new = ready.rows()
    assert (old["prompt"], old["title"], old["state"]) == ("", None, "completed")
    assert new["prompt"] == "a new song"


async def test_no_server_keeps_songs_longer_than_the_operator(rig: Rig) -> None:
    await rig.start(MAX_RETENTION_DAYS="20")
    await rig.compose("an old song")
    await rig.until_whisul(lambda: rig.whisul.submits)
    rig.whisul.finish(rig.whisul.submits[-1].job_id)
    await rig.settled("completed")
    assert "`21` is too high. Use 20 or less." in words(await used(rig, "config retention", {"days": 21}))
    assert "kept for 20 days at most" in fields(await used(rig, "config show"))["Operator limits"]
    assert "I erase every song after 20 days" in words(await used(rig, "privacy show"))
    await rig.bot.stop()
    change(rig, "UPDATE jobs SET created_at = '2020-01-01 00:00:00.000000'")

    await rig.bot.start(MAX_RETENTION_DAYS="20")
    await rig.until_stored(lambda row: row["requester_id"] == 0)
    assert rig.row()["prompt"] == ""
