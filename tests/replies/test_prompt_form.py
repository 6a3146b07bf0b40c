import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.discord_io.message import Form, Input
from bot.replies import prompt_form, refusals
from bot.replies.prompt_form import PromptDraft
from tests.replies.discord_limits import violations

PARTLY_TICKS = st.text(st.sampled_from("`` ab\n🎵"), max_size=300).map(str.strip)


def inputs_of(form: Form) -> list[Input]:
    return [field for field in form.inputs if isinstance(field, Input)]


def test_form_without_options_has_the_prompt_field_only() -> None:
    form = prompt_form.form(PromptDraft(), max_chars=2000)
    assert form.custom_id == "compose:public"
    assert [(field.custom_id, field.max_chars, field.value) for field in inputs_of(form)] == [
        ("prompt", 2000, "")
    ]


def test_form_has_an_editable_field_for_options() -> None:
    form = prompt_form.form(PromptDraft(options="Genre: trap.", is_private=True), max_chars=4000)
    assert form.custom_id == "compose:private"
    assert [(field.custom_id, field.value, field.is_required) for field in inputs_of(form)] == [
        ("prompt", "", True),
        ("added", "Genre: trap.", False),
    ]


def test_form_says_when_the_text_is_cut() -> None:
    (field,) = prompt_form.form(PromptDraft(prompt="x" * 2001), max_chars=2000).inputs
    assert field.description == "The text was cut to the 2,000 characters that fit here."
    (field,) = prompt_form.form(PromptDraft(prompt="x" * 2000), max_chars=2000).inputs
    assert field.description is None


def test_texts_of_the_form_keep_discords_limits() -> None:
    form = prompt_form.form(PromptDraft(prompt="x" * 5000, options="y", is_private=True), max_chars=4000)
    assert len(form.title) <= 45
    for field in inputs_of(form):
        assert len(field.label) <= 45
        assert len(field.description or "") <= 100
        assert len(field.placeholder or "") <= 100


@pytest.mark.parametrize(
    "prompt",
    ["a waltz", "```py\nx\n```", "`" * 7, "1\n\n2", "@everyone **x** <@1>", "x" * 4000, "🎵" * 1900],
)
def test_refused_prompt_is_restored_unchanged(prompt: str) -> None:
    draft = PromptDraft(prompt=prompt, options="Genre: trap.", is_private=True)
    reply = prompt_form.with_draft(refusals.prompt_too_long(5000, 4000), draft)
    assert violations(reply) == []
    assert reply.content == refusals.prompt_too_long(5000, 4000).content
    assert [button.custom_id for button in reply.buttons] == ["redraft:private"]
    assert prompt_form.draft_in(reply.embeds, is_private=True) == draft


@settings(deadline=None)
@given(PARTLY_TICKS, PARTLY_TICKS)
def test_any_prompt_stays_in_its_code_block(prompt: str, added: str) -> None:
    draft = PromptDraft(prompt=prompt, options=added)
    reply = prompt_form.with_draft(refusals.prompt_empty(), draft)
    for embed in reply.embeds:
        assert (embed.description or "").count("```") == 2
    assert prompt_form.draft_in(reply.embeds, is_private=False) == (draft if prompt else PromptDraft())


def test_refusal_with_a_prompt_of_backticks_is_valid() -> None:
    reply = prompt_form.with_draft(refusals.prompt_empty(), PromptDraft(prompt="`" * 4000, options="`" * 300))
    assert violations(reply) == []


def test_blank_prompt_is_not_returned() -> None:
    refusal = refusals.prompt_empty()
    assert prompt_form.with_draft(refusal, PromptDraft(prompt=" \n")) == refusal
