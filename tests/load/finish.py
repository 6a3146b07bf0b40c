"""Many songs of one channel that finish at the same moment, beside one in each of some other channels."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

from sandbox.discord.rest.rate_limits import LIMITS
from sandbox.discord.rest.requests import SeenRequest
from sandbox.discord.world.world import World
from tests.e2e.rig import Rig
from tests.faults.stage import paired, submitted_prompts, written_by_bot
from tests.faults.verdict import Verdict, judged
from tests.load.crowd import Seat, all_told, ask_all, crowded_world, until

CROWDED, QUIET = "songs-000", "quiet"
MAX_REFUSED = 5
MAX_ELSEWHERE_S = 3.0
"""For the posts elsewhere, from the first post on: the global limit takes less than a second of it."""


@dataclass(frozen=True, slots=True)
class Finish:
    """The result: verdict, and what the stand-in received from the first post on. Times are in seconds after that."""

    songs: int
    elsewhere: int
    verdict: Verdict
    crowded_s: float
    elsewhere_s: float
    refused: int
    requests_per_song: float

    @property
    def least_s(self) -> float:
        """The time that Discord's limit of the channel demands for its posts."""
        limit = LIMITS["message.create"]
        return (self.songs - 1) // limit.requests * limit.per_s

    @property
    def is_good(self) -> bool:
        """Whether each song was posted once, those elsewhere without delay, with few requests over a limit."""
        return self.verdict.is_good and self.refused <= MAX_REFUSED and self.elsewhere_s <= MAX_ELSEWHERE_S

    def __str__(self) -> str:
        return (
            f"{self.songs} songs of one channel posted in {self.crowded_s:.1f} s (its limit takes {self.least_s:.0f} s), "
            f"{self.elsewhere} elsewhere in {self.elsewhere_s:.2f} s, {self.refused} responses 429, "
            f"{self.requests_per_song:.2f} requests for each song"
        )


def one_crowded_channel(*, songs: int, servers: int) -> tuple[World, list[Seat]]:
    """Create servers with one channel each, and in the first one more; returns a seat for each song.

    The first `songs` seats are in the first server's first channel, the others in every other channel.
    """
    world, seats = crowded_world(servers=servers, people=servers)
    quiet = world.add_channel("Server 000", QUIET)
    crowd = list[Seat]()
    for number in range(songs):
        user = world.add_user(f"fan{number:04}")
        world.add_member("Server 000", user)
        crowd.append(Seat(user, world.channel(CROWDED)))
    return world, [*crowd, Seat(seats[0].user, quiet), *seats[1:]]


async def finish_at_once(rig: Rig, seats: Sequence[Seat]) -> Finish:
    """Everybody requests a song, all songs finish at the same moment; returns when every one is delivered."""
    asked = await ask_all(rig, seats, [f"finish number {number:04}" for number in range(len(seats))])
    await until(rig, lambda: len(rig.whisul.jobs) == len(seats))
    await until(rig, lambda: all(each.answer and each.answer.embeds for _, each in asked))
    before = len(rig.discord.requests)
    for job_id in list(rig.whisul.jobs):
        rig.whisul.finish(job_id)
    await all_told(rig, {prompt for prompt, _ in asked})
    verdict = judged(
        paired(asked, rig.rows()),
        messages=written_by_bot(rig.discord.world),
        submitted=submitted_prompts(rig.whisul),
    )
    return _measured(rig, seats, rig.discord.requests[before:], verdict)


def _measured(rig: Rig, seats: Sequence[Seat], seen: Sequence[SeenRequest], verdict: Verdict) -> Finish:
    crowded = f"/channels/{rig.channel(CROWDED).id}/"
    posts = [request for request in seen if request.kind == "message.create" and request.handled]
    here = [request.at for request in posts if crowded in request.path]
    elsewhere = [request.at for request in posts if crowded not in request.path]
    began = min(here + elsewhere)
    return Finish(
        songs=Counter(seat.channel.name for seat in seats)[CROWDED],
        elsewhere=len(elsewhere),
        verdict=verdict,
        crowded_s=max(here) - began,
        elsewhere_s=max(elsewhere) - began,
        refused=sum(request.status == 429 for request in rig.discord.requests),
        requests_per_song=len(rig.discord.requests) / len(seats),
    )
