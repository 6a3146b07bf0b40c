"""The page of metrics, from the registry behind `/metrics`."""

from typing import Any

from bot.clock import Clock
from bot.ops.metrics import Metrics
from scripts.reference.markdown import code, page, table

OURS = "whisul_bot_"
ENDINGS = {"counter": "_total", "info": "_info"}
INTRODUCTION = (
    "The bot's own metrics at `GET /metrics`; the usual ones about the process and Python are not listed. "
    "[Operations](../operations.md#metrics) says where to scrape them and which alerts use them."
)


def text() -> str:
    """The page."""
    registry = Metrics(clock=Clock()).registry
    # Before the first sample the library exposes the label names only in these private attributes.
    collectors: list[dict[str, Any]] = [vars(each) for each in vars(registry)["_collector_to_names"]]
    collected: list[dict[str, Any]] = [{"_name": each.name, **vars(each)} for each in registry.collect()]
    labels: dict[str, tuple[str, ...]] = {
        each["_name"]: each["_labelnames"]
        for each in collected + collectors
        if "_name" in each and "_labelnames" in each
    }
    rows = [
        [_name(family), family.type, ", ".join(labels[family.name]), family.documentation]
        for family in sorted(registry.collect(), key=lambda family: family.name)
        if family.name.startswith(OURS)
    ]
    return page("# Metrics", INTRODUCTION, table(["metric", "kind", "labels", "what it says"], rows))


def _name(family: Any) -> str:
    return code(family.name + ENDINGS.get(family.type, ""))
