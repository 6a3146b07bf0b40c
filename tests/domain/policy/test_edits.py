import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.domain.policy.edits import (
    export_policy,
    import_policy,
    with_limit,
    with_role,
    with_windows,
    with_words,
)
from bot.domain.policy.errors import PolicyInvalid
from bot.domain.policy.model import (
    ChannelMode,
    Channels,
    Policy,
    PrivateRule,
    RoleKind,
    RoleRule,
    Rule,
    Window,
)
from bot.domain.policy.presets import Preset, preset

HOUR, DAY = 3600, 86_400
HOURLY, DAILY = Window(songs=5, window_s=HOUR), Window(songs=20, window_s=DAY)

windows = st.lists(
    st.builds(Window, songs=st.integers(1, 10_000), window_s=st.integers(60, 30 * DAY)),
    max_size=5,
    unique_by=lambda window: window.window_s,
).map(tuple)
snowflakes = st.integers(1, 2**63 - 1)
policies = st.builds(
    Policy,
    member=windows,
    channel=windows,
    server=windows,
    member_at_once=st.none() | st.integers(1, 10_000),
    server_at_once=st.none() | st.integers(1, 10_000),
    cooldown_s=st.none() | st.integers(1, 30 * DAY),
    roles=st.dictionaries(
        snowflakes,
        st.sampled_from([RoleRule(kind=RoleKind.BLOCKED), RoleRule(kind=RoleKind.LIMITED, window=HOURLY)]),
        max_size=50,
    ),
    channels=st.none()
    | st.builds(
        Channels,
        mode=st.sampled_from(ChannelMode),
        ids=st.frozensets(snowflakes, min_size=1, max_size=100),
    ),
    results_channel_id=st.none() | snowflakes,
    words=st.lists(
        st.text(st.characters(exclude_categories=["Cs"]), min_size=1, max_size=80), max_size=200
    ).map(tuple),
    private=st.sampled_from(PrivateRule),
    music_channel_ids=st.frozensets(snowflakes, max_size=100),
    retention_days=st.none() | st.integers(1, 3650),
    first_come=st.booleans(),
)


def faults(error: pytest.ExceptionInfo[PolicyInvalid]) -> str:
    return "\n".join(error.value.faults)


def test_a_limit_is_added_replaced_by_its_window_and_removed() -> None:
    one = with_limit(Policy(), Rule.MEMBER, songs="5", per="hour")
    two = with_limit(one, Rule.MEMBER, songs="20 songs", per="day")
    assert two.member == (HOURLY, DAILY)
    replaced = with_limit(two, Rule.MEMBER, songs="1", per="60 minutes")
    assert replaced.member == (Window(songs=1, window_s=HOUR), DAILY)
    assert with_limit(two, Rule.MEMBER, songs="none", per="day").member == (HOURLY,)
    assert with_limit(two, Rule.MEMBER, songs="None", per=None).member == ()
    assert with_limit(two, Rule.MEMBER, songs=None, per="none").member == ()


def test_limits_without_windows_are_set_and_removed() -> None:
    policy = with_limit(Policy(), Rule.MEMBER_AT_ONCE, songs="2", per=None)
    policy = with_limit(policy, Rule.COOLDOWN, songs=None, per="45 s")
    assert (policy.member_at_once, policy.cooldown_s) == (2, 45)
    policy = with_limit(policy, Rule.MEMBER_AT_ONCE, songs="off", per=None)
    policy = with_limit(policy, Rule.COOLDOWN, songs="none", per=None)
    assert policy == Policy()


@pytest.mark.parametrize(
    ("rule", "songs", "per", "told"),
    [
        (Rule.MEMBER, "5", None, "say how many"),
        (Rule.MEMBER, None, "hour", "say how many"),
        (Rule.MEMBER, "none", "hour", "no limit with this span"),
        (Rule.MEMBER, "0", "hour", "songs: input should be greater than or equal to 1"),
        (Rule.MEMBER, "10001", "hour", "songs: input should be less than or equal to 10000"),
        (Rule.MEMBER_AT_ONCE, None, None, "say how many songs at the same time"),
        (Rule.MEMBER_AT_ONCE, "2", "hour", "leave `per` out"),
        (Rule.COOLDOWN, "2", "hour", "leave `songs` out"),
        (Rule.COOLDOWN, None, None, "how long a member waits"),
    ],
)
def test_an_incomplete_limit_is_refused_with_the_missing_part(
    rule: Rule, songs: str | None, per: str | None, told: str
) -> None:
    with pytest.raises(PolicyInvalid) as error:
        with_limit(Policy(), rule, songs=songs, per=per)
    assert told in faults(error)


def test_typed_lines_replace_all_windows() -> None:
    policy = with_windows(
        Policy(member=(DAILY,)), Rule.MEMBER, "5 per hour\n\n 20 songs in 24 hours\n1,000/week"
    )
    assert policy.member == (HOURLY, DAILY, Window(songs=1000, window_s=7 * DAY))
    assert with_windows(policy, Rule.MEMBER, " \n ").member == ()
    with pytest.raises(PolicyInvalid) as error:
        with_windows(policy, Rule.MEMBER, "5 per hour\n6 per 60 minutes")
    assert "two limits have the same window" in faults(error)


def test_a_sixth_window_is_too_many() -> None:
    with pytest.raises(PolicyInvalid) as error:
        with_windows(Policy(), Rule.SERVER, "\n".join(f"1 per {days} days" for days in range(1, 7)))
    assert faults(error).startswith("server: ")


def test_words_that_fold_to_the_same_are_one_word() -> None:
    policy = with_words(Policy(), add=["Polka", "pólka", "two  words"])
    assert policy.words == ("Polka", "two words")
    assert with_words(policy, remove=["POLKA"]).words == ("two words",)
    with pytest.raises(PolicyInvalid, match="not among"):
        with_words(policy, remove=["waltz"])
    with pytest.raises(PolicyInvalid, match="no letter or digit"):
        with_words(policy, add=["!!!"])


def test_the_rule_of_a_role_is_set_and_removed() -> None:
    policy = with_role(Policy(), 7, RoleRule(kind=RoleKind.BLOCKED))
    assert policy.roles[7].kind is RoleKind.BLOCKED
    assert with_role(policy, 7, None) == Policy()


@given(policies)
def test_an_exported_policy_is_imported_unchanged(policy: Policy) -> None:
    assert import_policy(export_policy(policy)) == policy


@given(policies)
def test_ids_are_text_in_the_file(policy: Policy) -> None:
    document = json.loads(export_policy(policy))
    ids = [*document["music_channel_ids"], *document["roles"], document["results_channel_id"] or ""]
    assert all(isinstance(each, str) for each in ids)


@pytest.mark.parametrize(
    ("content", "told"),
    [
        (b"", "invalid JSON"),
        (b"[]", "input should be an object"),
        (b'{"version": 2}', "version: input should be 1"),
        (b'{"member": [{"songs": 5, "window_s": 1}]}', "member.0.window_s: "),
        (b'{"results_channel_id": 1234}', "results_channel_id: IDs are text, in quotes"),
        (b'{"roles": {"7": {"kind": "limited"}}}', "roles.7: a role has a number of songs"),
        (b'{"mebmer": []}', "mebmer: extra inputs are not permitted"),
        (b"[" * 100_000, "invalid JSON"),
        (b"\xff\xfe", "invalid JSON"),
        (b" " * (128 * 1024 + 1), "larger than 128 KiB"),
    ],
    ids=["empty", "list", "version", "window", "number", "role", "field", "deep", "bytes", "large"],
)
def test_a_file_with_a_fault_is_refused_with_the_name_of_the_field(content: bytes, told: str) -> None:
    with pytest.raises(PolicyInvalid) as error:
        import_policy(content)
    assert told in faults(error)


def test_many_faults_are_reported_by_the_first_ten_and_a_count() -> None:
    content = json.dumps({f"field{number}": 1 for number in range(50)}).encode()
    with pytest.raises(PolicyInvalid) as error:
        import_policy(content)
    assert len(error.value.faults) == 11
    assert error.value.faults[-1] == "and 40 more"


@given(policies, st.sampled_from(Preset))
def test_a_preset_replaces_the_limits_and_nothing_else(policy: Policy, name: Preset) -> None:
    made = preset(policy, name)
    assert made.member == preset(Policy(), name).member
    kept = (
        "roles",
        "channels",
        "results_channel_id",
        "words",
        "private",
        "music_channel_ids",
        "retention_days",
    )
    assert all(getattr(made, field) == getattr(policy, field) for field in kept)
