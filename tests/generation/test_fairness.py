from collections import Counter
from dataclasses import dataclass

from hypothesis import given
from hypothesis import strategies as st

from bot.generation.fairness import fair_order


@dataclass(frozen=True)
class Waiting:
    key: int
    guild_id: int | None
    requester_id: int


def keys(*jobs: Waiting, held: dict[tuple[int | None, int], int] | None = None, **more: object) -> list[int]:
    return [job.key for job in fair_order(jobs, held or {}, **more)]  # pyright: ignore[reportArgumentType]


def of(guild_id: int | None, member_id: int, *numbers: int) -> list[Waiting]:
    return [Waiting(number, guild_id, member_id) for number in numbers]


def test_one_members_ten_do_not_hold_up_anothers_first() -> None:
    assert keys(*of(1, 1, *range(10)), *of(1, 2, 10)) == [0, 10, *range(1, 10)]


def test_one_servers_ten_do_not_hold_up_anothers_first() -> None:
    ten = [Waiting(number, 1, number) for number in range(10)]
    assert keys(*ten, *of(2, 1, 10)) == [0, 10, *range(1, 10)]


def test_each_persons_direct_messages_are_a_server_of_their_own() -> None:
    ten, of_another, of_a_server = of(None, 1, *range(10)), of(None, 2, 10), of(1, 1, 11)
    assert keys(*ten, *of_another, *of_a_server) == [0, 10, 11, *range(1, 10)]
    held: dict[tuple[int | None, int], int] = {(None, 1): 1, (None, 2): 2}
    assert keys(*ten[:1], *of_another, *of_a_server, held=held, max_per_server=2) == [11, 0]


def test_running_jobs_count() -> None:
    assert keys(*of(1, 1, 1), *of(1, 2, 2), held={(1, 1): 1}) == [2, 1]
    assert keys(*of(1, 1, 1), *of(2, 2, 2), held={(1, 9): 1}) == [2, 1]


def test_ties_go_to_the_one_whose_last_turn_is_longest_ago() -> None:
    jobs = [*of(1, 1, 1, 2), *of(1, 2, 3)]
    assert [job.key for job in fair_order(jobs, {}, last_turns={(1, 1): 1})] == [3, 1, 2]
    assert [job.key for job in fair_order(jobs, {}, last_turns={(1, 1): 1, (1, 2): 2})] == [1, 3, 2]
    servers = [*of(1, 1, 1), *of(2, 2, 2)]
    assert [job.key for job in fair_order(servers, {}, last_turns={(1, 9): 7})] == [2, 1]


def test_a_server_may_choose_first_come() -> None:
    jobs = [*of(1, 1, 1, 2), *of(1, 2, 3)]
    assert keys(*jobs, first_come={1}) == [1, 2, 3]
    assert keys(*jobs) == [1, 3, 2]


def test_a_server_gets_no_more_turns_than_its_maximum() -> None:
    jobs = [*of(1, 1, 1, 2), *of(2, 2, 3)]
    assert keys(*jobs, held={(1, 5): 1}, max_per_server=2) == [3, 1]
    assert keys(*jobs, held={(1, 5): 2}, max_per_server=2) == [3]


jobs = st.lists(st.tuples(st.none() | st.integers(1, 3), st.integers(1, 3)), max_size=20).map(
    lambda pairs: [Waiting(number, guild, member) for number, (guild, member) in enumerate(pairs)]
)
held = st.dictionaries(st.tuples(st.none() | st.integers(1, 3), st.integers(1, 3)), st.integers(0, 4))


@given(jobs, held, st.sets(st.integers(1, 3)))
def test_each_job_gets_one_turn_in_the_order_of_its_members_requests(
    waiting: list[Waiting], held: dict[tuple[int | None, int], int], first_come: set[int]
) -> None:
    order = list(fair_order(waiting, held, first_come=first_come))
    assert sorted(order, key=lambda job: job.key) == waiting
    for guild in (None, 1, 2, 3):
        for member in (1, 2, 3):
            own = [job.key for job in order if (job.guild_id, job.requester_id) == (guild, member)]
            assert own == sorted(own)


def server_of(guild_id: int | None, member_id: int) -> object:
    """Outside servers each person counts as a server of their own."""
    return guild_id or f"person {member_id}"


@given(jobs, held)
def test_each_turn_goes_to_the_server_and_member_with_fewest_jobs(
    waiting: list[Waiting], held: dict[tuple[int | None, int], int]
) -> None:
    holds = Counter(held)
    left = list(waiting)
    for job in fair_order(waiting, held):
        servers = Counter[object]()
        for (guild, member), number in holds.items():
            servers[server_of(guild, member)] += number
        scopes = {other.key: server_of(other.guild_id, other.requester_id) for other in left}
        assert servers[scopes[job.key]] == min(servers[scope] for scope in scopes.values())
        here = [other for other in left if scopes[other.key] == scopes[job.key]]
        assert holds[job.guild_id, job.requester_id] == min(
            holds[other.guild_id, other.requester_id] for other in here
        )
        holds[job.guild_id, job.requester_id] += 1
        left.remove(job)
