"""One warning says that polls start late, however long they do."""

import pytest
from structlog.testing import capture_logs

from bot.generation.poll_lateness import PollLateness

IN_TIME, LATE = 0.2, 3.0

HISTORIES: dict[str, tuple[list[tuple[int, float]], list[str]]] = {
    "in time": ([(now, IN_TIME) for now in range(300)], []),
    "late for less than a minute": ([(now, LATE if 10 <= now < 60 else IN_TIME) for now in range(300)], []),
    "late now and then": ([(now, LATE if now % 2 else IN_TIME) for now in range(300)], []),
    "late for good": ([(now, LATE) for now in range(300)], ["polls_late"]),
    "late and in time again": (
        [(now, LATE if now < 100 else IN_TIME) for now in range(300)],
        ["polls_late", "polls_in_time"],
    ),
    "late again within a minute": (
        [(now, IN_TIME if 100 <= now < 130 else LATE) for now in range(300)],
        ["polls_late"],
    ),
}


@pytest.mark.parametrize("name", HISTORIES)
def test_one_warning_per_lasting_lateness(name: str) -> None:
    polls, events = HISTORIES[name]
    lateness = PollLateness()
    with capture_logs() as logs:
        for now, late_s in polls:
            lateness.add(late_s, now=float(now))
    assert [line["event"] for line in logs] == events
