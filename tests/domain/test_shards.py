"""Which shards each process takes and offers, whoever comes and goes."""

from collections.abc import Sequence
from dataclasses import replace

from hypothesis import given
from hypothesis import strategies as st

from bot.domain.shards import Member, ShardRow, Shards, changes_for, shard_of

Rows = dict[int, ShardRow]


def member(owner: str, *, count: int = 4, pins: frozenset[int] | None = None) -> Member:
    return Member(owner=owner, shard_count=count, version="1", pins=pins)


def settle(members: Sequence[Member], rows: Rows) -> Rows:
    """Let every process beat in turn until nothing changes any more."""
    for _ in range(20):
        before = dict(rows)
        for me in members:
            changes = changes_for(me, members, rows)
            rows |= {shard: ShardRow(me.owner, is_ready=True) for shard in changes.take}
            rows |= {shard: replace(rows[shard], is_offered=True) for shard in changes.offer}
        if rows == before:
            return rows
    raise AssertionError("the shards go round and round")


def owners(rows: Rows) -> dict[str, list[int]]:
    return {
        owner: sorted(shard for shard, row in rows.items() if row.owner == owner)
        for owner in sorted({row.owner for row in rows.values()})
    }


def test_servers_are_divided_by_discords_formula() -> None:
    assert [shard_of(number << 22, 3) for number in range(5)] == [0, 1, 2, 0, 1]
    assert Shards(3, frozenset({1})).serve(4 << 22)
    assert not Shards(0, frozenset()).serve(4 << 22), "before Discord was asked"


def test_one_process_takes_every_shard() -> None:
    assert owners(settle([member("a")], {})) == {"a": [0, 1, 2, 3]}


def test_a_process_that_comes_gets_an_equal_share_of_what_others_offer() -> None:
    rows = settle([member("a")], {})
    assert changes_for(member("b"), [member("a"), member("b")], rows).take == frozenset()
    assert {len(held) for held in owners(settle([member("a"), member("b")], rows)).values()} == {2}


def test_the_shards_of_an_ended_process_are_taken_and_others_stay() -> None:
    rows = settle([member("a"), member("b")], {})
    after = settle([member("b")], rows)
    assert owners(after) == {"b": [0, 1, 2, 3]}
    assert [rows[shard] for shard in owners(rows)["b"]] == [after[shard] for shard in owners(rows)["b"]]


def test_a_process_that_leaves_offers_all_and_takes_none() -> None:
    leaving = replace(member("a"), is_leaving=True)
    rows = settle([leaving, member("b")], settle([member("a")], {}))
    assert owners(rows) == {"b": [0, 1, 2, 3]}
    assert changes_for(leaving, [leaving], {}).take == frozenset()


def test_pinned_shards_go_to_whom_they_are_pinned() -> None:
    pinned = member("a", pins=frozenset({0, 3}))
    rows = settle([pinned, member("b"), member("c")], settle([member("b"), member("c")], {}))
    assert owners(rows)["a"] == [0, 3]
    assert sorted(len(held) for held in owners(rows).values()) == [1, 1, 2]


@given(
    count=st.integers(1, 20),
    present=st.lists(st.sets(st.sampled_from("abcde"), min_size=1), min_size=1, max_size=6),
)
def test_every_shard_has_one_owner_and_shares_differ_by_one_at_most(
    count: int, present: list[set[str]]
) -> None:
    rows: Rows = {}
    for names in present:
        rows = settle([member(name, count=count) for name in sorted(names)], rows)
        held = [sum(row.owner == name for row in rows.values()) for name in names]
        assert sum(held) == count == len(rows)
        assert max(held) - min(held) <= 1
