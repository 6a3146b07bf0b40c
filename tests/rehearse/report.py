"""The report: outcomes of the steps, differences from the stand-ins, and the exit code."""

from collections.abc import Iterator

from tests.rehearse.recording import Difference, Recording, differences
from tests.rehearse.rehearsal import Outcome, Rehearsal


def report(rehearsal: Rehearsal, stand_in: Recording) -> tuple[list[str], int]:
    """The lines of the report, and 0 if there are neither differences nor problems, else 1."""
    found = differences(rehearsal.recording, stand_in, rehearsal.done)
    counted = [each for each in found if not each.may_be_content]
    lines = [*_lines(rehearsal, found), _summary(rehearsal, counted)]
    return lines, 1 if counted or rehearsal.problems else 0


def _lines(rehearsal: Rehearsal, found: list[Difference]) -> Iterator[str]:
    yield from _section("Problems:", rehearsal.problems)
    yield from _section(
        "Differences from the stand-in:", [str(each) for each in found if not each.may_be_content]
    )
    title = "Null, or an empty list, on one side only. This can come from your account, and does not count:"
    yield from _section(title, [str(each) for each in found if each.may_be_content])


def _section(title: str, lines: list[str]) -> Iterator[str]:
    if lines:
        yield from ("", title, *(f"  {line}" for line in lines))


def _summary(rehearsal: Rehearsal, counted: list[Difference]) -> str:
    outcomes = list(rehearsal.outcomes.values())
    kinds = rehearsal.recording.within(rehearsal.done)
    paths = sum(map(len, kinds.values()))
    return (
        f"\nrehearsal: {outcomes.count(Outcome.DONE)} steps done, {outcomes.count(Outcome.SKIPPED)} skipped, "
        f"{outcomes.count(Outcome.FAILED)} failed, {rehearsal.scene.submitted} songs; {len(kinds)} kinds of requests "
        f"and events with {paths:,} keys, {len(counted)} differences, {len(rehearsal.problems)} problems"
    )
