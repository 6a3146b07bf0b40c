from collections import Counter

from tests.faults.group.plan import TARGETS, TOLD_TO_WAIT, WAY_OF_A_SONG, GroupPlan, group_plans


def test_the_same_seed_gives_the_same_runs_of_a_group() -> None:
    assert group_plans(300, 7) == group_plans(300, 7)
    assert group_plans(300, 7) != group_plans(300, 8)


def test_the_name_of_a_groups_run_is_enough_to_repeat_it() -> None:
    for plan in group_plans(300, 1):
        assert GroupPlan.parse(str(plan)) == plan


def test_everything_is_done_to_everybody_at_every_boundary() -> None:
    plans = group_plans(300, 1)
    assert len(plans) == len(set(plans)) == 300
    done = {(plan.act, plan.target) for plan in plans}
    assert done == {(act, target) for act, targets in TARGETS.items() for target in targets}
    for act, target in done:
        kinds = {plan.point.kind for plan in plans if (plan.act, plan.target) == (act, target)}
        assert kinds == {boundary.kind for boundary in WAY_OF_A_SONG}
    told = Counter(plan.act for plan in plans if plan.told_to_wait)
    assert told == {"kill": 2, "suspend": 2, "stop": 2}
    assert all(plan.point == TOLD_TO_WAIT for plan in plans if plan.told_to_wait)
