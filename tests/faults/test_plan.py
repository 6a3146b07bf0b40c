from tests.faults.plan import DEFAULT_RUNS, PROMISES, SEARCHES, WAY_OF_A_SONG, Plan, plans


def test_the_same_seed_gives_the_same_runs_and_another_one_others() -> None:
    assert plans(seed=7) == plans(seed=7)
    assert plans(seed=7) != plans(seed=8)


def test_a_runs_name_is_enough_to_repeat_it() -> None:
    for plan in plans():
        again = Plan.parse(str(plan))
        assert again == plan
        assert again.chance().random() == plan.chance().random()


def test_every_point_of_the_way_is_hit_and_none_twice() -> None:
    chosen = plans()
    assert len(chosen) == len(set(chosen)) == DEFAULT_RUNS >= 200
    hit = {(kill.kind, kill.number, kill.phase) for plan in chosen for kill in plan.kills[:1]}
    assert hit >= {
        (kill.kind, kill.number, kill.phase) for boundary in WAY_OF_A_SONG for kill in boundary.kills()
    }
    assert set(chosen) >= {*SEARCHES, *PROMISES}


def test_a_few_runs_are_spread_over_all_boundaries() -> None:
    kinds = {kill.kind for plan in plans(24) for kill in plan.kills}
    assert kinds == {boundary.kind for boundary in WAY_OF_A_SONG} | {"history"}
