"""Replies keep Discord's limits in every language, also in one that is 40 % longer than English."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from bot.discord_io.channel_checks import NEEDED, ChannelCheck
from bot.discord_io.message import ChoiceField, Form, Input, PickerInput, Reply
from bot.domain import usage
from bot.domain.jobs import AudioNote, DeliveryRoute, DeliveryState, Job, JobState, PastRequest, Reason, Song
from bot.domain.personal_data import DataSummary
from bot.domain.policy.faults import Fault, FaultKind
from bot.domain.policy.limits import Caps, Limit, LimitUsage
from bot.domain.policy.model import DAY_S, Policy, Rule
from bot.domain.prompts import PromptOptions
from bot.errors import QueryFault
from bot.generation.poll_schedule import Expectation
from bot.replies import (
    card,
    failure,
    limits,
    post,
    privacy,
    prompt_form,
    refusals,
    sharing,
    status,
    welcome,
)
from bot.replies.card import WaitReason
from bot.replies.config import doctor, forms, panel, pickers, setup_form
from bot.replies.config import refusals as config_refusals
from bot.replies.config import usage as usage_replies
from bot.replies.config.forms import Setting
from bot.replies.locales import in_language, languages
from bot.replies.prompt_form import PromptDraft
from bot.services.server_settings import ApiState, BotHealth
from tests.replies.discord_limits import violations
from tests.replies.test_config import ALL_SETTINGS, UNKNOWN

NOW = datetime(2026, 2, 17, 16, 0, tzinfo=UTC)
SONG = Song(
    song_url="https://a.example/song.mp3", title="T" * 300, bpm=92.5, duration_s=167, tags=("trap",) * 60
)
JOB = Job(
    key=10_000,
    guild_id=1,
    channel_id=2,
    requester_id=3,
    prompt="p" * 4000,
    nonce="n",
    created_at=NOW,
    state=JobState.COMPLETED,
    settled_at=NOW + timedelta(minutes=3),
    song=SONG,
    delivery=DeliveryState.DELIVERED,
    route=DeliveryRoute.DIRECT_MESSAGE,
    delivery_note="403 (50013): Missing Permissions",
    post_cover_url="https://cdn.discordapp.com/attachments/1/2/cover.png",
    audio_note=AudioNote.UNPLAYABLE,
)
OPTIONS = PromptOptions(genre="o" * 60, mood="o" * 60, tempo=87, instrumental=True)
NO_FILES = {"cover_name": None, "audio_name": None}
CAPS = Caps(server_songs_per_day=10_000, person_songs_per_day=10_000, songs_per_day=100_000, queued=500)
BLIND = ChannelCheck(channel_id=2, lacking=NEEDED)
HEALTH = BotHealth(api=ApiState.NO_CREDIT, last_post=JOB, waiting=1000, running=1000)


def job_replies() -> Iterator[Reply]:
    expected = Expectation(median_s=100, p90_s=200, samples=50)
    queued = replace(JOB, state=JobState.QUEUED, settled_at=None, song=None, delivery=DeliveryState.NONE)
    for waiting in (None, *WaitReason):
        yield card.open_job(queued, expectation=expected, now=NOW, waiting=waiting, ahead=1000)
        yield status.job_status(
            queued, now=NOW, expectation=expected, jump_url=None, waiting=waiting, ahead=5
        )
    yield card.finished(JOB, jump_url=None)
    for state in JobState:
        yield card.stopped(replace(JOB, state=state))
        yield status.job_status(
            replace(JOB, state=state), now=NOW, expectation=None, jump_url="https://a.example"
        )
    for reason in Reason:
        failed = replace(JOB, state=JobState.FAILED, reason=reason, error="e" * 2000)
        yield from (make(failed, now=NOW) for make in (failure.post, failure.private, failure.direct))
        yield refusals.whisul_refused(failed)
    for note in AudioNote:
        yield post.song(JOB, **NO_FILES, audio_note=note)
        yield post.song_direct(replace(JOB, is_private=True), **NO_FILES, audio_note=note)
    buttons = sharing.share_button(replace(JOB, is_private=True), "c" * 100)
    yield post.song_private(JOB, **NO_FILES, audio_note=None, buttons=buttons)


def other_replies() -> Iterator[Reply]:
    for policy in (Policy(), ALL_SETTINGS):
        yield panel.panel(policy, UNKNOWN, caps=CAPS, has_changes=True)
        for setting in Setting:
            yield pickers.editor(setting, policy, UNKNOWN)
        yield pickers.role_editor(7, policy)
    for kind in FaultKind:
        yield config_refusals.policy_invalid([Fault(kind, field="f" * 60, value="v" * 60)] * 50)
    yield doctor.channel_report(BLIND, results=BLIND, health=HEALTH, timed_out_until=NOW)
    yield doctor.server_report([BLIND] * 100, seen=100, results=BLIND, health=HEALTH)
    stored = DataSummary(jobs=1000, since=NOW, likes=1000, searches=1000, has_choices=True, playlists=1000)
    yield privacy.stored_data(stored, erased_after_days=30, kept_days=3650)
    yield welcome.in_server()
    yield welcome.to_inviter("x" * 100)
    busy = PastRequest(member_id=1, channel_id=2, requested_at=NOW, settled_at=None, state=JobState.RUNNING)
    many = [replace(busy, member_id=10**18 + n, channel_id=10**18 + n) for n in range(999)]
    zone = "America/Argentina/ComodRivadavia"
    yield usage_replies.report(usage.count(many, now=NOW, days=30, zone=zone), is_partial=True)
    for used in (8000, 10_000):
        full = LimitUsage(Limit(Rule.SERVER, 10_000, DAY_S, zone), used, NOW)
        yield usage_replies.warning(full, 80)
        yield limits.limit_reached([full] * 5) if full.left == 0 else limits.usage([full], title="x")
    yield privacy.confirm_erasure(stored, user_id=3)
    draft = PromptDraft(prompt="p" * 4000, options=OPTIONS)
    yield prompt_form.with_draft(refusals.prompt_too_long(9000, 4000), draft)
    yield refusals.missing_permissions(NEEDED, 2)
    for fault in QueryFault:
        yield refusals.query_unclear(fault, "x" * 100)


def all_forms() -> Iterator[Form]:
    for setting in Setting:
        if form := forms.setting_form(setting, ALL_SETTINGS):
            yield form
    yield forms.role_form(7, ALL_SETTINGS)
    yield setup_form.form(ALL_SETTINGS, UNKNOWN, has_role=lambda _: True)
    yield prompt_form.form(
        PromptDraft(prompt="p" * 9000, options=OPTIONS, is_private=True, is_remembered=True), max_chars=4000
    )
    yield prompt_form.edit_form(replace(JOB, prompt="p" * 9000), max_chars=4000)


def too_long(form: Form) -> list[str]:
    """The texts of a form as it is sent that exceed Discord's limits."""
    sent = form.modal().to_dict()
    found = [sent["title"]] if len(sent["title"]) > 45 else []
    for label in sent["components"]:
        field = label["component"]
        limits = ((label["label"], 45), (label.get("description"), 100), (field.get("placeholder"), 100))
        limits += tuple(
            (option.get(part), 100)
            for option in field.get("options", [])
            for part in ("label", "description")
        )
        found += [text for text, limit in limits if text and len(text) > limit]
    return found


def uncut(field: Input | ChoiceField | PickerInput) -> bool:
    """Whether a field's texts fit as they are."""
    choices = field.choices if isinstance(field, ChoiceField) else ()
    placeholder = None if isinstance(field, PickerInput) else field.placeholder
    hints = [field.description, placeholder, *(choice.description for choice in choices)]
    return len(field.label) <= 45 and all(len(hint or "") <= 100 for hint in hints)


@pytest.mark.parametrize("language", languages())
async def test_every_reply_and_form_fits(language: str) -> None:
    with in_language(language):
        for reply in (*job_replies(), *other_replies()):
            assert violations(reply) == [], language
        for form in all_forms():
            assert len(form.title) <= 45
            assert all(map(uncut, form.inputs)), "a translation of a label is too long, and would be cut"


async def test_texts_that_are_40_percent_longer_fit_or_are_cut(made_up: str) -> None:
    with in_language(made_up):
        for reply in (*job_replies(), *other_replies()):
            assert violations(reply) == []
        for form in all_forms():
            assert too_long(form) == []
