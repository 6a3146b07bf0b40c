"""Pure: the result of a run: which outcomes arrived, how often, and which prompts were submitted twice."""

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from sandbox.discord import SeenInteraction
from sandbox.discord.world.model import Message
from tests.e2e.rig import words


@dataclass(frozen=True, slots=True)
class Asked:
    """One use of /compose: the request, and its row (None: no row was written).

    `looked_up` is what `/job status` says of an outcome that could be told nowhere.
    """

    mark: str
    interaction: SeenInteraction
    row: Mapping[str, Any] | None
    looked_up: str | None = None

    @property
    def card(self) -> Message | None:
        """The public response to the command, if it still exists."""
        response = self.interaction.response
        return None if response is None or response.ephemeral or response.deleted else response

    @property
    def is_answered(self) -> bool:
        """Whether the public answer says more than that the bot is thinking."""
        return self.card is not None and not self.card.loading

    @property
    def private_answers(self) -> list[Message]:
        """What only the person reads."""
        answers = (self.interaction.response, *self.interaction.followups)
        return [each for each in answers if each and each.ephemeral and not (each.deleted or each.loading)]

    @property
    def is_private(self) -> bool:
        """Whether it is private."""
        return self.row is not None and bool(self.row["is_private"])

    @property
    def is_told_in_place(self) -> bool:
        """Whether the private response shows the outcome: the card of a running job has its words in an embed."""
        return any("Only you can see" in words(replace(answer, embeds=[])) for answer in self.private_answers)

    def is_about(self, message: Message) -> bool:
        """Whether a message contains the outcome of this request."""
        text = words(message)
        job_id = self.row["job_id"] if self.row else None
        # The footer of what Whisul has given no ID. A post has no card to reply to where that could not be drawn.
        names_key = self.row is not None and f"Job #{self.row['key']}" in text.splitlines()
        replies_to = (message.reference or {}).get("message_id")
        to_card = self.card is not None and replies_to == str(self.card.id)
        return bool(to_card or names_key or self.mark in text or (job_id and job_id in text))


@dataclass(slots=True)
class Verdict:
    """What is wrong with a run, one line each. `stale_cards` are no fault: a card is a courtesy."""

    lost: list[str] = field(default_factory=list[str])
    duplicated: list[str] = field(default_factory=list[str])
    double_submitted: list[str] = field(default_factory=list[str])
    published_after_erasure: list[str] = field(default_factory=list[str])
    other: list[str] = field(default_factory=list[str])
    stale_cards: list[str] = field(default_factory=list[str])

    @property
    def is_good(self) -> bool:
        """Whether nothing is lost, duplicated, shown after its erasure, or otherwise wrong."""
        return not self.faults()

    def faults(self) -> list[str]:
        """All faults, as text."""
        kinds = ("lost", "duplicated", "double_submitted", "published_after_erasure", "other")
        return [f"{kind.replace('_', '-')}: {each}" for kind in kinds for each in getattr(self, kind)]


def judged(asked: Iterable[Asked], *, messages: Iterable[Message], submitted: Iterable[str]) -> Verdict:
    """Judge a run by its requests, the bot's messages, and the prompts that arrived at Whisul."""
    verdict = Verdict()
    twice = [prompt for prompt, times in Counter(submitted).items() if times > 1]
    verdict.double_submitted.extend(f"{prompt!r} arrived more than once" for prompt in twice)
    unclaimed = {message.id: message for message in messages}
    for each in asked:
        tellings = [message for message in unclaimed.values() if each.is_about(message)]
        for message in tellings:
            del unclaimed[message.id]
        _judge(each, tellings, verdict)
    verdict.other.extend(f"nobody asked for {words(message)!r}" for message in unclaimed.values())
    return verdict


def _judge(asked: Asked, posts: list[Message], verdict: Verdict) -> None:
    if asked.is_private:
        _judge_private(asked, posts, verdict)
        return
    times = len(posts) + len(asked.private_answers)
    if times > 1:
        verdict.duplicated.append(f"{asked.mark!r} was told {times} times")
    if asked.row is not None:
        _judge_recorded(asked, told=times > 0, verdict=verdict)
    elif not (times or asked.interaction.failed or asked.is_answered):
        verdict.lost.append(f"{asked.mark!r}: acknowledged, never written down, never answered")


def _judge_private(asked: Asked, posts: list[Message], verdict: Verdict) -> None:
    """A private song is delivered by an edit of the command's response, and announced once; else by one direct message."""
    if (asked.row or {}).get("rung") == "direct_message":
        if (times := len(posts) + asked.is_told_in_place) > 1:
            verdict.duplicated.append(f"{asked.mark!r} was told {times} times")
        _judge_recorded(asked, told=times > 0, verdict=verdict)
        return
    verdict.other.extend(f"{asked.mark!r} is private, and was told by {words(post)!r}" for post in posts)
    if len(asked.interaction.followups) > 1:
        verdict.duplicated.append(f"{asked.mark!r} was called ready more than once")
    _judge_recorded(asked, told=asked.is_told_in_place, verdict=verdict)


def _judge_recorded(asked: Asked, *, told: bool, verdict: Verdict) -> None:
    row = asked.row or {}
    stands = (
        f"state {row['state']}, delivery {row['delivery']}, rung {row['rung']}, note {row['delivery_note']}"
    )
    if row["delivery"] not in ("delivered", "undeliverable"):
        verdict.lost.append(f"{asked.mark!r}: not told in the end ({stands})")
    elif not (told or asked.looked_up or _is_told_by_card(asked)):
        verdict.lost.append(f"{asked.mark!r}: counts as told, and nobody was ({stands})")
    if not asked.interaction.acknowledged:
        verdict.other.append(f"{asked.mark!r}: made although Discord said that it failed ({stands})")
    if asked.card is not None and not _is_told_by_card(asked) and (asked.card.embeds or asked.card.loading):
        verdict.stale_cards.append(asked.mark)


def _is_told_by_card(asked: Asked) -> bool:
    """Whether the card itself was turned into the outcome: a refusal, where no other answer can be given safely."""
    return (
        asked.card is not None
        and asked.row is not None
        and asked.row["rung"] == "interaction"
        and asked.row["post_message_id"] == asked.card.id
    )
