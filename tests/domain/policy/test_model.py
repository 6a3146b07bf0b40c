from bot.domain.policy.model import DAY_S, Policy, RoleKind, RoleRule, Window


def test_jobs_are_kept_as_long_as_any_limit_counts_them() -> None:
    month = Window(songs=9, window_s=30 * DAY_S)
    assert Policy().kept_s() is None
    assert Policy().kept_s(most_days=9) == 9 * DAY_S
    assert Policy(retention_days=7).kept_s(most_days=9) == 7 * DAY_S
    assert Policy(retention_days=7).kept_s(most_days=2) == 2 * DAY_S
    assert Policy(retention_days=7).kept_s() == 7 * DAY_S
    assert Policy(retention_days=7, server=(month,)).kept_s() == 30 * DAY_S
    assert Policy(retention_days=7, cooldown_s=8 * DAY_S).kept_s() == 8 * DAY_S
    role = RoleRule(kind=RoleKind.LIMITED, window=month)
    assert Policy(retention_days=40, roles={1: role}).kept_s() == 40 * DAY_S
