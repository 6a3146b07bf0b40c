import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.replies import prompt_form, refusals
from bot.replies.prompt_form import PromptDraft
from tests.replies.discord_limits import violations

PARTLY_TICKS = st.text(st.sampled_from("`` ab\n🎵"), max_size=300).map(str.strip)


def test_the_form_asks_for_the_prompt_alone_when_nothing_was_chosen() -> None:
    form = prompt_form.form(PromptDraft(), most_chars=2000)
    assert form.custom_id == "compose:public"
    assert [(field.custom_id, field.most_chars, field.value) for field in form.inputs] == [
        ("prompt", 2000, "")
    ]


def test_what_was_chosen_stands_in_a_field_of_its_own_and_may_be_changed() -> None:
    form = prompt_form.form(PromptDraft(options="Genre: trap.", is_private=True), most_chars=4000)
    assert form.custom_id == "compose:private"
    assert [(field.custom_id, field.value, field.is_required) for field in form.inputs] == [
        ("prompt", "", True),
        ("added", "Genre: trap.", False),
    ]


def test_a_text_that_does_not_fit_is_cut_and_the_form_says_so() -> None:
    (field,) = prompt_form.form(PromptDraft(prompt="x" * 2001), most_chars=2000).inputs
    assert field.description == "Only the first 2,000 characters of the text fit in here."
    (field,) = prompt_form.form(PromptDraft(prompt="x" * 2000), most_chars=2000).inputs
    assert field.description is None


def test_the_forms_words_fit_where_discord_shows_them() -> None:
    form = prompt_form.form(PromptDraft(prompt="x" * 5000, options="y", is_private=True), most_chars=4000)
    assert len(form.title) <= 45
    for field in form.inputs:
        assert len(field.label) <= 45
        assert len(field.description or "") <= 100
        assert len(field.placeholder or "") <= 100


@pytest.mark.parametrize(
    "prompt",
    ["a waltz", "```py\nx\n```", "`" * 7, "1\n\n2", "@everyone **x** <@1>", "x" * 4000, "🎵" * 1900],
)
def test_a_refused_text_comes_back_as_it_was(prompt: str) -> None:
    draft = PromptDraft(prompt=prompt, options="Genre: trap.", is_private=True)
    reply = prompt_form.with_draft(refusals.prompt_too_long(5000, 4000), draft)
    assert violations(reply) == []
    assert reply.content == refusals.prompt_too_long(5000, 4000).content
    assert [button.custom_id for button in reply.buttons] == ["redraft:private"]
    assert prompt_form.draft_in(reply.embeds, is_private=True) == draft


@settings(deadline=None)
@given(PARTLY_TICKS, PARTLY_TICKS)
def test_no_text_breaks_out_of_its_code_block(prompt: str, added: str) -> None:
    draft = PromptDraft(prompt=prompt, options=added)
    reply = prompt_form.with_draft(refusals.prompt_empty(), draft)
    for embed in reply.embeds:
        assert (embed.description or "").count("```") == 2
    assert prompt_form.draft_in(reply.embeds, is_private=False) == (draft if prompt else PromptDraft())


def test_a_text_of_nothing_but_ticks_can_be_sent_back_too() -> None:
    reply = prompt_form.with_draft(refusals.prompt_empty(), PromptDraft(prompt="`" * 4000, options="`" * 300))
    assert violations(reply) == []


def test_where_there_is_nothing_to_see_nothing_is_given_back() -> None:
    refusal = refusals.prompt_empty()
    assert prompt_form.with_draft(refusal, PromptDraft(prompt=" \n")) == refusal
