"""The demo as a function, where the command line would have to wait."""

from functools import partial

import pytest

import sandbox.demo
from tests.e2e.forked_bot import ForkedBot


async def test_a_bot_that_does_not_come_online_is_reported_with_its_log(
    monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(sandbox.demo, "started", partial(sandbox.demo.started, bot_type=ForkedBot))
    monkeypatch.setattr(sandbox.demo, "READY_TIMEOUT_S", 0.0)
    code = await sandbox.demo.demo(once="a trap song", speed=60, as_json=True, port=None, data=None, seed=7)
    out, err = capfd.readouterr()
    assert (code, out) == (1, "")
    assert err.startswith("The demo waited 0 s for the bot and its commands and gave up. The bot's log:")
    assert "Traceback" not in err
