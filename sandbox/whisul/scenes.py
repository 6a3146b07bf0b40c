"""Which kinds of picture suit which style of music."""

import random
from collections.abc import Callable, Mapping
from types import MappingProxyType

from sandbox.whisul.canvas import Canvas
from sandbox.whisul.landscapes import city, grid_sun, hills, ribbons
from sandbox.whisul.patterns import bubbles, rays, rings, shapes, shards

Scene = Callable[[Canvas], None]

SCENES: Mapping[str, tuple[Scene, ...]] = MappingProxyType(
    {
        "trap": (city, grid_sun),
        "lofi": (hills, city),
        "hip hop": (city, shapes),
        "house": (rays,),
        "techno": (rings, shards),
        "drum and bass": (ribbons, rings),
        "synthwave": (grid_sun,),
        "ambient": (ribbons, hills),
        "rock": (shards,),
        "jazz": (shapes, city),
        "folk": (hills,),
        "pop": (bubbles, rays),
    }
)


def scene_for(genre: str, rng: random.Random) -> Scene:
    """One of the kinds of picture that suit a style."""
    return rng.choice(SCENES[genre])
