from collections import Counter

from tests.faults.plan import DEFAULT_RUNS, PROMISES, SEARCHES, WAY_OF_A_SONG, plans
from tests.faults.points import Plan
from tests.faults.scenes import SCENES


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
    assert len(chosen) == len(set(chosen)) == DEFAULT_RUNS == 350
    songs = [plan for plan in chosen if not plan.scene]
    hit = {(kill.kind, kill.number, kill.phase) for plan in songs for kill in plan.kills[:1]}
    assert hit >= {
        (kill.kind, kill.number, kill.phase) for boundary in WAY_OF_A_SONG for kill in boundary.kills()
    }
    assert set(chosen) >= {*SEARCHES, *PROMISES}


def test_a_few_runs_are_spread_over_all_boundaries() -> None:
    few = plans(30)
    kinds = {kill.kind for plan in few if not plan.scene for kill in plan.kills}
    assert kinds == {boundary.kind for boundary in WAY_OF_A_SONG} | {"history"}
    scenes = Counter(plan.boundary for plan in few if plan.scene)
    assert scenes.keys() == SCENES.keys()
    assert max(scenes.values()) <= 2


def test_every_scene_has_runs_of_each_of_its_kinds() -> None:
    scenes = {plan.scene for plan in plans() if plan.scene}
    parts = {f"refused-{part}" for part in ("link", "picture", "files", "words", "reply")}
    shares, erasures = {"share", "share-here", "share-busy"}, {"erasure", "erasure-dismissed"}
    assert scenes == {"busy", "components", "crowded", "direct", "installed"} | parts | shares | erasures
    moments = {plan.scene for plan in plans() if plan.moment}
    assert moments == {"share", "share-here", "erasure"}
