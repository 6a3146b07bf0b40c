"""Scenes: runs with other songs, other behaviour and other kills than the usual six songs and one kill."""

import random
from collections.abc import Iterator

from tests.faults.play import Play, Scene
from tests.faults.points import Plan
from tests.faults.scenes.busy import BusyChannel
from tests.faults.scenes.components import ComponentPosts
from tests.faults.scenes.crowded import CrowdedChannel
from tests.faults.scenes.direct import DirectMessages
from tests.faults.scenes.erasing import Erasing
from tests.faults.scenes.installed import Installed
from tests.faults.scenes.refusing import RefusedParts
from tests.faults.scenes.sharing import Sharing

SCENES: dict[str, type[Scene]] = {
    "busy": BusyChannel,
    "components": ComponentPosts,
    "crowded": CrowdedChannel,
    "direct": DirectMessages,
    "installed": Installed,
    "refused": RefusedParts,
    "share": Sharing,
    "erasure": Erasing,
}
"""By the kind of the scene: what its name begins with, up to the first hyphen."""


def play_of(plan: Plan) -> type[Play]:
    """Who plays a run. Raises KeyError for a scene that there is not."""
    return SCENES[plan.boundary] if plan.scene else Play


def of_other_scenes(chance: random.Random) -> Iterator[Plan]:
    """The runs of all scenes but the six songs."""
    for scene in SCENES.values():
        yield from scene.runs(chance)
