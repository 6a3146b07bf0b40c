"""Which route an attempt takes after each fault, and what it stores to deliver exactly once."""

from collections.abc import AsyncGenerator

import discord
import pytest

from bot.delivery import attempt
from bot.delivery.attempt import MAX_BROKEN_UPLOADS, AttemptState, DeliveryLost, RetryLater
from bot.delivery.routes.base import Sent, Unreachable
from bot.delivery.sending import NotSearchable, Shape
from bot.discord_io.connection import DiscordConnection
from bot.domain.jobs import DeliveryRoute, DeliveryState, Job
from bot.store import Store
from tests.delivery.delivering import POSTED, Make, ScriptedRoute, attempting, refusal
from tests.factories import NOW, a_delivery, expected
from tests.generation.submitting import StillClock

FORBIDDEN, TOO_LARGE, SLOW_DOWN, SERVER_ERROR = (
    refusal(403, 50013),
    refusal(413),
    refusal(429),
    refusal(500),
)
DIRECT_MESSAGE = Sent(50, 60)


@pytest.fixture
def clock() -> StillClock:
    """Interaction tokens have expired, so that no card can be drawn."""
    clock = StillClock()
    clock.pass_s(3600)
    return clock


@pytest.fixture
async def attempts(store: Store, clock: StillClock) -> AsyncGenerator[Make]:
    async with attempting(store, clock=clock) as make:
        yield make


async def interrupted(store: Store, clock: StillClock, route: DeliveryRoute = DeliveryRoute.CHANNEL) -> Job:
    """A delivery that was interrupted in `posting` a moment ago."""
    job = await a_delivery(store, DeliveryState.DUE)
    return expected(await store.outbox.begin_post(job.key, route=route, channel_id=20, now=clock.now()))


async def left(store: Store, job: Job) -> Job:
    return expected(await store.get(job.key))


def direct(*, send: Sent | BaseException = DIRECT_MESSAGE, aim: int | BaseException = 50) -> ScriptedRoute:
    return ScriptedRoute(DeliveryRoute.DIRECT_MESSAGE, send=send, aim=aim)


async def test_a_sent_message_is_recorded_with_route_and_time(
    store: Store, attempts: Make, clock: StillClock
) -> None:
    job = await a_delivery(store, DeliveryState.DUE)
    await attempts(first := ScriptedRoute(aim=21, send=Sent(22, 40)), second := direct()).deliver(
        job, AttemptState()
    )

    told = await left(store, job)
    assert (told.delivery, told.route, told.delivery_attempts) == (
        DeliveryState.DELIVERED,
        DeliveryRoute.CHANNEL,
        1,
    )
    assert (told.post_channel_id, told.post_message_id, told.delivery_note) == (22, 40, None)
    assert told.posting_at == told.delivered_at == clock.now()
    assert (first.sent_to, second.sent_to) == ([21], [])


@pytest.mark.parametrize(
    ("fault", "state", "at_least_s"),
    [
        (SLOW_DOWN, DeliveryState.DUE, 0),
        (discord.RateLimited(30), DeliveryState.DUE, 30),
        (SERVER_ERROR, DeliveryState.POSTING, 0),
        (TimeoutError(), DeliveryState.POSTING, 0),
        (ConnectionResetError(), DeliveryState.POSTING, 0),
    ],
    ids=["429", "rate limited", "500", "time-out", "reset"],
)
async def test_a_transient_error_is_retried_and_keeps_an_unknown_send_posting(
    store: Store, attempts: Make, fault: BaseException, state: DeliveryState, at_least_s: float
) -> None:
    job = await a_delivery(store, DeliveryState.DUE)
    first, second = ScriptedRoute(send=fault), direct()
    with pytest.raises(RetryLater) as put_off:
        await attempts(first, second).deliver(job, AttemptState())

    assert put_off.value.at_least_s == at_least_s
    assert (await left(store, job)).delivery is state
    assert (first.sends, second.sends) == (1, 0)


@pytest.mark.parametrize(
    "first",
    [
        ScriptedRoute(send=FORBIDDEN),
        ScriptedRoute(send=TOO_LARGE),
        ScriptedRoute(send=Unreachable("nobody is there")),
        ScriptedRoute(aim=FORBIDDEN),
        ScriptedRoute(aim=Unreachable("nobody is there")),
    ],
    ids=["forbidden", "too large", "unreachable", "aim forbidden", "aim unreachable"],
)
async def test_an_unusable_route_leads_to_the_next_with_its_reason(
    store: Store, attempts: Make, first: ScriptedRoute
) -> None:
    job = await a_delivery(store, DeliveryState.DUE)
    await attempts(first, direct()).deliver(job, AttemptState())

    told = await left(store, job)
    assert (told.delivery, told.route, told.post_message_id) == (
        DeliveryState.DELIVERED,
        DeliveryRoute.DIRECT_MESSAGE,
        60,
    )
    assert (told.delivery_note or "").startswith("channel: ")


@pytest.mark.parametrize("erased", [True, False])
async def test_a_message_is_deleted_if_its_job_was_erased_during_the_send(
    store: Store, attempts: Make, monkeypatch: pytest.MonkeyPatch, *, erased: bool
) -> None:
    job = await a_delivery(store, DeliveryState.DUE)
    deleted: list[tuple[int, int, int]] = []

    async def take_back(_: DiscordConnection, job: Job, *, channel_id: int, message_id: int) -> bool:
        deleted.append((job.key, channel_id, message_id))
        return True

    async def send(_: Shape) -> Sent:
        if erased:
            await store.erasure.erase_user(job.requester_id, now=NOW)
        return POSTED

    monkeypatch.setattr(attempt, "delete_erased_post", take_back)
    await attempts(ScriptedRoute(send=send)).deliver(job, AttemptState())
    assert deleted == ([(job.key, 20, 40)] if erased else [])


# --- a delivery that was interrupted: its message may stand there already ---


async def test_a_message_found_after_an_interruption_is_not_sent_again(
    store: Store, attempts: Make, clock: StillClock
) -> None:
    job = await interrupted(store, clock)
    await attempts(route := ScriptedRoute(found=Sent(20, 41)), second := direct()).deliver(
        job, AttemptState()
    )
    told = await left(store, job)
    assert (told.delivery, told.route, told.post_message_id) == (
        DeliveryState.DELIVERED,
        DeliveryRoute.CHANNEL,
        41,
    )
    assert (route.sends, second.sends, told.delivery_attempts) == (0, 0, 1)


@pytest.mark.parametrize(
    "closed",
    [
        ScriptedRoute(aim=Unreachable("the interaction has expired")),
        ScriptedRoute(send=Unreachable("the interaction has expired")),
        ScriptedRoute(aim=FORBIDDEN),
        ScriptedRoute(send=FORBIDDEN),
    ],
    ids=["aim", "send", "aim forbidden", "send forbidden"],
)
async def test_an_interrupted_route_that_is_closed_leads_to_the_next(
    store: Store, attempts: Make, clock: StillClock, closed: ScriptedRoute
) -> None:
    job = await interrupted(store, clock)
    await attempts(closed, direct()).deliver(job, AttemptState())
    told = await left(store, job)
    assert (told.delivery, told.route) == (DeliveryState.DELIVERED, DeliveryRoute.DIRECT_MESSAGE)


@pytest.mark.parametrize("found", [NotSearchable("too much"), FORBIDDEN], ids=["too much", "forbidden"])
@pytest.mark.parametrize(
    ("age_s", "told_by"), [(59, DeliveryRoute.CHANNEL), (60, DeliveryRoute.DIRECT_MESSAGE)]
)
async def test_an_unsearchable_message_is_resent_only_within_the_nonce_window(
    store: Store,
    attempts: Make,
    clock: StillClock,
    found: BaseException,
    age_s: float,
    told_by: DeliveryRoute,
) -> None:
    job = await interrupted(store, clock)
    clock.pass_s(age_s)
    await attempts(route := ScriptedRoute(found=found), direct()).deliver(job, AttemptState())
    told = await left(store, job)
    assert (told.delivery, told.route) == (DeliveryState.DELIVERED, told_by)
    assert route.sends == (1 if told_by is DeliveryRoute.CHANNEL else 0)


@pytest.mark.parametrize("fault", [SERVER_ERROR, SLOW_DOWN, TimeoutError()], ids=["500", "429", "time-out"])
async def test_a_transient_search_error_sends_nothing(
    store: Store, attempts: Make, clock: StillClock, fault: BaseException
) -> None:
    job = await interrupted(store, clock)
    clock.pass_s(3600)
    route, second = ScriptedRoute(found=fault), direct()
    with pytest.raises(RetryLater):
        await attempts(route, second).deliver(job, AttemptState())
    assert (route.sends, second.sends) == (0, 0)
    assert (await left(store, job)).delivery is DeliveryState.POSTING


async def test_an_interrupted_delivery_resumes_at_its_route(
    store: Store, attempts: Make, clock: StillClock
) -> None:
    job = await interrupted(store, clock, DeliveryRoute.DIRECT_MESSAGE)
    await attempts(first := ScriptedRoute(), direct()).deliver(job, AttemptState())
    assert (first.sends, (await left(store, job)).route) == (0, DeliveryRoute.DIRECT_MESSAGE)


# --- what one attempt leaves to the next ---


async def test_the_next_attempt_starts_at_the_route_that_had_to_wait(store: Store, attempts: Make) -> None:
    job, memory = await a_delivery(store, DeliveryState.DUE), AttemptState()
    first = ScriptedRoute(send=FORBIDDEN)
    with pytest.raises(RetryLater):
        await attempts(first, direct(send=SLOW_DOWN)).deliver(job, memory)
    await attempts(first, direct()).deliver(await left(store, job), memory)

    told = await left(store, job)
    assert (first.sends, told.route) == (1, DeliveryRoute.DIRECT_MESSAGE)
    assert (told.delivery_note or "").startswith("channel: 403")


@pytest.mark.parametrize(
    ("fault", "breaks"),
    [(ConnectionResetError(), MAX_BROKEN_UPLOADS), (TimeoutError(), 1)],
    ids=["reset", "time-out"],
)
async def test_files_are_left_out_after_repeated_broken_uploads(
    store: Store, attempts: Make, fault: BaseException, breaks: int
) -> None:
    carried: list[bool] = []

    async def send(shape: Shape) -> Sent:
        carried.append(bool(shape.attachments))
        if shape.attachments:
            raise fault
        return POSTED

    job, memory = await a_delivery(store, DeliveryState.DUE), AttemptState()
    for _ in range(breaks):
        with pytest.raises(RetryLater):
            await attempts(ScriptedRoute(send=send)).deliver(await left(store, job), memory)
    await attempts(ScriptedRoute(send=send)).deliver(await left(store, job), memory)
    assert carried == [True] * breaks + [False]


async def test_a_route_that_does_not_apply_is_skipped(store: Store, attempts: Make) -> None:
    job = await a_delivery(store, DeliveryState.DUE)
    await attempts(first := ScriptedRoute(suits=False), direct()).deliver(job, AttemptState())
    assert (first.sends, (await left(store, job)).route) == (0, DeliveryRoute.DIRECT_MESSAGE)


async def test_without_a_usable_route_the_outcome_is_kept_with_the_reason(
    store: Store, attempts: Make
) -> None:
    job, alone = [await a_delivery(store, DeliveryState.DUE) for _ in range(2)]
    await attempts(ScriptedRoute(send=FORBIDDEN), direct(aim=Unreachable("closed"))).deliver(
        job, AttemptState()
    )
    await attempts(ScriptedRoute(suits=False)).deliver(alone, AttemptState())

    kept, alone = await left(store, job), await left(store, alone)
    assert (kept.delivery, kept.route) == (DeliveryState.UNDELIVERABLE, DeliveryRoute.KEPT)
    assert (kept.delivery_note, alone.delivery_note) == (
        "direct_message: closed",
        "no way to reach the requester",
    )


async def test_a_delivery_of_another_process_is_not_sent(
    store: Store, attempts: Make, clock: StillClock
) -> None:
    job = await a_delivery(store, DeliveryState.DUE)
    await store.outbox.begin_post(job.key, route=DeliveryRoute.CHANNEL, channel_id=20, now=clock.now())
    route = ScriptedRoute()
    with pytest.raises(DeliveryLost):
        await attempts(route).deliver(job, AttemptState())
    assert route.sends == 0


async def test_a_sent_message_frees_its_place_before_the_record(store: Store, attempts: Make) -> None:
    job, seen = await a_delivery(store, DeliveryState.DUE), list[bool]()
    state = AttemptState(on_sent=lambda: seen.append(state.is_sent and state.shape is None))
    await attempts(ScriptedRoute()).deliver(job, state)
    assert seen == [True]
    with pytest.raises(RetryLater):
        await attempts(ScriptedRoute(send=SERVER_ERROR)).deliver(
            await a_delivery(store, DeliveryState.DUE), AttemptState(on_sent=lambda: seen.append(False))
        )
    assert seen == [True]
