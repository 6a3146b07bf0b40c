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
from bot.domain.policy.faults import Fault, FaultKind
from bot.domain.policy.model import (
    MAX_BLOCKED_MEMBERS,
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
from bot.replies.config.faults import sentence
from bot.replies.config.refusals import policy_invalid
from tests.parameter_ids import short

HOUR, DAY = 3600, 86_400
NAMES = ("songs", "window_s", "kind", "window", "mode", "ids", "1234")
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
    # The longest IDs, as many as there may be.
    blocked_member_ids=st.integers(0, MAX_BLOCKED_MEMBERS).map(lambda n: frozenset(range(2**63 - n, 2**63))),
    results_channel_id=st.none() | snowflakes,
    words=st.lists(
        st.text(st.characters(exclude_categories=["Cs"]), min_size=1, max_size=80), max_size=200
    ).map(tuple),
    private=st.sampled_from(PrivateRule),
    music_channel_ids=st.frozensets(snowflakes, max_size=100),
    warnings_channel_id=st.none() | snowflakes,
    timezone=st.sampled_from([None, "Europe/Berlin", "America/Argentina/ComodRivadavia"]),
    language=st.sampled_from([None, "de", "pt-BR"]),
    retention_days=st.none() | st.integers(1, 3650),
    first_come=st.booleans(),
)


def faults(error: pytest.ExceptionInfo[PolicyInvalid]) -> str:
    return "\n".join(map(sentence, error.value.faults))


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
        (Rule.MEMBER, "5", None, "Set both `songs` and `per`"),
        (Rule.MEMBER, None, "hour", "Set both `songs` and `per`"),
        (Rule.MEMBER, "none", "hour", "There's no limit with that time span"),
        (Rule.MEMBER, "0", "hour", "`songs`: `0` is too low. Use 1 or more."),
        (Rule.MEMBER, "10001", "hour", "`songs`: `10001` is too high. Use 10,000 or less."),
        (Rule.MEMBER_AT_ONCE, None, None, "Set `songs` to how many songs at a time"),
        (Rule.MEMBER_AT_ONCE, "2", "hour", "Leave out `per`."),
        (Rule.COOLDOWN, "2", "hour", "Leave out `songs`."),
        (Rule.COOLDOWN, None, None, "Set `per` to the time between a member's songs"),
    ],
    ids=short,
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
    assert "Two limits have the same time span" in faults(error)


def test_a_sixth_window_is_too_many() -> None:
    with pytest.raises(PolicyInvalid) as error:
        with_windows(Policy(), Rule.SERVER, "\n".join(f"1 per {days} days" for days in range(1, 7)))
    assert faults(error).startswith("`server`: There are too many entries. Keep 5 or fewer.")


def test_words_that_fold_to_the_same_are_one_word() -> None:
    policy = with_words(Policy(), add=["Polka", "pólka", "two  words"])
    assert policy.words == ("Polka", "two words")
    assert with_words(policy, remove=["POLKA"]).words == ("two words",)
    with pytest.raises(PolicyInvalid) as unknown:
        with_words(policy, remove=["waltz"])
    assert "`waltz` isn't blocked" in faults(unknown)
    with pytest.raises(PolicyInvalid) as empty:
        with_words(policy, add=["!!!"])
    assert "`!!!` has no letter or digit" in faults(empty)


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
        (b"", "The file isn't valid JSON"),
        (b"[]", "This must be an object in braces"),
        (b'{"version": 2}', "`version`: `2` isn't allowed. Use 1."),
        (
            b'{"member": [{"songs": 5, "window_s": 1}]}',
            "`member.0.window_s`: `1` is too low. Use 60 or more.",
        ),
        (b'{"results_channel_id": 1234}', "`results_channel_id`: IDs must be in quotes"),
        (
            b'{"roles": {"7": {"kind": "limited"}}}',
            "`roles.7`: Only a role of the kind `limited` has a `window`",
        ),
        (b'{"mebmer": []}', "`mebmer`: There's no such setting"),
        (b"[" * 100_000, "The file isn't valid JSON"),
        (b"\xff\xfe", "The file isn't valid JSON"),
        (b" " * (128 * 1024 + 1), "The file is too large. Use one of up to 128 KiB."),
    ],
    ids=["empty", "list", "version", "window", "number", "role", "field", "deep", "bytes", "large"],
)
def test_a_file_with_a_fault_is_refused_with_the_name_of_the_field(content: bytes, told: str) -> None:
    with pytest.raises(PolicyInvalid) as error:
        import_policy(content)
    assert told in faults(error)


anything = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=100),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(st.text(max_size=3) | st.sampled_from(NAMES), inner, max_size=3)
    ),
    max_leaves=10,
)


@given(st.dictionaries(st.sampled_from(list(Policy.model_fields)), anything, min_size=1))
def test_every_fault_of_any_document_has_a_kind_of_its_own(document: dict[str, object]) -> None:
    found: tuple[Fault, ...] = ()
    try:
        import_policy(json.dumps(document).encode())
    except PolicyInvalid as error:
        found = error.faults
    assert FaultKind.OTHER not in {each.kind for each in found}, found


def test_every_kind_of_fault_is_said_in_a_sentence() -> None:
    for kind in FaultKind:
        text = sentence(Fault(kind, field="member.0", value="It is so.", limit=60, choices="1"))
        assert text.startswith("`member.0`: "), kind
        assert text.endswith("."), kind


def test_many_faults_are_reported_by_the_first_ten_and_a_count() -> None:
    content = json.dumps({f"field{number}": 1 for number in range(50)}).encode()
    with pytest.raises(PolicyInvalid) as error:
        import_policy(content)
    lines = (policy_invalid(error.value.faults).content or "").splitlines()
    assert sum(line.startswith("- `field") for line in lines) == 10
    assert "- And 40 more." in lines


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
