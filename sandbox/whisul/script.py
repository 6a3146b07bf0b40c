"""Rules that apply behaviours to requests, in the order in which they were added."""

from dataclasses import dataclass

from sandbox.whisul.behaviour import Behaviour
from sandbox.whisul.exchange import Kind


@dataclass(slots=True, kw_only=True, eq=False)
class Rule:
    """Behaviours for some requests of one kind.

    The rule lets `after` matching requests pass and applies to the next `times` (None: to all others). `job_id`
    narrows it to one job; a submit belongs to no job yet.
    """

    kind: Kind
    behaviours: tuple[Behaviour, ...]
    times: int | None = 1
    job_id: str | None = None
    after: int = 0
    used: int = 0

    @property
    def is_over(self) -> bool:
        """Whether it will never apply again."""
        return self.times is not None and self.used >= self.times

    def matches(self, kind: Kind, job_id: str | None) -> bool:
        """Whether it applies to such a request."""
        return self.kind == kind and (self.job_id is None or self.job_id == job_id)


class Script:
    """The rules of one simulator."""

    def __init__(self) -> None:
        self._rules: list[Rule] = []

    def add(self, rule: Rule) -> Rule:
        """Append a rule; earlier ones take precedence."""
        self._rules.append(rule)
        return rule

    def remove(self, rule: Rule) -> None:
        """Remove a rule, if it is still there."""
        self._rules = [each for each in self._rules if each is not rule]

    def clear(self) -> None:
        """Remove every rule."""
        self._rules.clear()

    def take(self, kind: Kind, job_id: str | None) -> tuple[Behaviour, ...]:
        """The behaviours for a request that has arrived, counted against their rule; empty if no rule applies."""
        chosen: Rule | None = None
        for rule in self._rules:
            if not rule.matches(kind, job_id):
                continue
            if rule.after > 0:
                # Every rule that matches counts the request, also those behind the one that applies.
                rule.after -= 1
            elif chosen is None:
                chosen = rule
        if chosen is None:
            return ()
        chosen.used += 1
        self._rules = [rule for rule in self._rules if not rule.is_over]
        return chosen.behaviours
