"""Pure: three sets of limits to start from. A preset replaces all limits and nothing else."""

from enum import StrEnum
from typing import Any

from bot.domain.policy.edits import with_fields
from bot.domain.policy.model import ADMIN_RULES, DAY_S, Policy, Window
from bot.domain.policy.spans import HOUR_S


class Preset(StrEnum):
    """The kinds of servers that presets are for."""

    SMALL = "small"
    BUSY = "busy"
    STRICT = "strict"


_LIMITS: dict[Preset, dict[str, Any]] = {
    Preset.SMALL: {
        "member": (Window(songs=10, window_s=DAY_S),),
        "member_at_once": 2,
    },
    Preset.BUSY: {
        "member": (Window(songs=2, window_s=HOUR_S), Window(songs=6, window_s=DAY_S)),
        "server": (Window(songs=100, window_s=DAY_S),),
        "member_at_once": 1,
        "server_at_once": 10,
    },
    Preset.STRICT: {
        "member": (Window(songs=1, window_s=HOUR_S), Window(songs=3, window_s=DAY_S)),
        "server": (Window(songs=30, window_s=DAY_S),),
        "member_at_once": 1,
        "server_at_once": 3,
        "cooldown_s": 600,
    },
}
_NO_LIMITS: dict[str, Any] = {field: Policy().limit(rule) for field, rule in ADMIN_RULES.items()}


def preset(policy: Policy, name: Preset) -> Policy:
    """The policy with its limits replaced by those of a preset."""
    return with_fields(policy, **{**_NO_LIMITS, **_LIMITS[name]})
