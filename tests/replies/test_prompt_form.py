import discord
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.discord_io.message import ChoiceField, Form, Input
from bot.domain.prompts import PromptOptions, one_line
from bot.replies import prompt_form, refusals
from bot.replies.prompt_form import PromptDraft
from tests.replies.discord_limits import violations, violations_of_form

PARTLY_TICKS = st.text(st.sampled_from("`` ab\n🎵"), max_size=300).map(str.strip)


OWN = PromptOptions(genre="polka of my own", mood="dark", tempo=87, instrumental=False)


def preselected(form: Form) -> dict[str, list[str]]:
    """The values that each field of choices has at first, by custom ID."""
    lists = [field for field in form.inputs if isinstance(field, ChoiceField)]
    return {field.custom_id: [each.value for each in field.choices if each.is_default] for field in lists}


def test_form_has_the_prompt_and_a_field_for_every_option() -> None:
    form = prompt_form.form(PromptDraft(), max_chars=2000)
    assert form.custom_id == "compose:public"
    assert form.inputs[0] == Input(
        custom_id="prompt",
        label="What should it sound like?",
        placeholder="Genre, mood, instruments, a story, whole lyrics …",
        max_chars=2000,
        is_long=True,
    )
    assert preselected(form) == {"genre": [], "mood": [], "tempo": ["any"], "more": []}


def test_form_preselects_options_also_those_that_its_lists_lack() -> None:
    draft = PromptDraft(options=OWN, is_private=True, is_remembered=True)
    form = prompt_form.form(draft, max_chars=4000)
    assert form.custom_id == "compose:private:remembered"
    chosen = preselected(form)
    assert chosen == {
        "genre": ["polka of my own"],
        "mood": ["dark"],
        "tempo": ["87"],
        "more": ["vocals", "remember"],
    }
    lists = {name: chosen[name] for name in ("genre", "mood", "more")}
    assert prompt_form.chosen_options(lists, {"tempo": "87"}) == OWN
    assert prompt_form.is_to_be_remembered(lists)


@pytest.mark.parametrize(
    ("more", "tempo", "chosen"),
    [
        ((), "any", PromptOptions()),
        (("instrumental",), "70", PromptOptions(tempo=70, instrumental=True)),
        (("instrumental", "vocals"), "39", PromptOptions()),
        (("remember",), "\u0661\u0662\u0660", PromptOptions()),
    ],
)
def test_contradictory_and_forged_choices_count_as_none(
    more: tuple[str, ...], tempo: str, chosen: PromptOptions
) -> None:
    assert prompt_form.chosen_options({"more": more, "genre": ()}, {"tempo": tempo}) == chosen


def test_a_form_of_any_options_is_one_that_discord_takes() -> None:
    form = prompt_form.form(PromptDraft(prompt="x" * 5000, options=OWN, is_private=True), max_chars=4000)
    assert violations_of_form(form) == []


def test_options_beside_other_text_are_found_again() -> None:
    earlier = discord.Embed(description="```\nGenre: trap. and a kazoo\n```")
    draft = prompt_form.draft_in([discord.Embed(description="```\na waltz\n```"), earlier], is_private=False)
    assert draft == PromptDraft(prompt="a waltz\n\nand a kazoo", options=PromptOptions(genre="trap"))


def test_form_says_when_the_text_is_cut() -> None:
    field = prompt_form.form(PromptDraft(prompt="x" * 2001), max_chars=2000).inputs[0]
    assert field.description == "The text was cut to the 2,000 characters that fit here."
    field = prompt_form.form(PromptDraft(prompt="x" * 2000), max_chars=2000).inputs[0]
    assert field.description is None


@pytest.mark.parametrize(
    "prompt",
    ["a waltz", "```py\nx\n```", "`" * 7, "1\n\n2", "@everyone **x** <@1>", "x" * 4000, "🎵" * 1900],
)
def test_refused_prompt_is_restored_unchanged(prompt: str) -> None:
    draft = PromptDraft(prompt=prompt, options=OWN, is_private=True)
    reply = prompt_form.with_draft(refusals.prompt_too_long(5000, 4000), draft)
    assert violations(reply) == []
    assert reply.content == refusals.prompt_too_long(5000, 4000).content
    assert [button.custom_id for button in reply.buttons] == ["redraft:private"]
    assert prompt_form.draft_in(reply.embeds, is_private=True) == draft


@settings(deadline=None)
@given(PARTLY_TICKS, PARTLY_TICKS)
def test_any_prompt_stays_in_its_code_block(prompt: str, added: str) -> None:
    draft = PromptDraft(prompt=prompt, options=PromptOptions(genre=one_line(added) or None))
    reply = prompt_form.with_draft(refusals.prompt_empty(), draft)
    for embed in reply.embeds:
        assert (embed.description or "").count("```") == 2
    assert prompt_form.draft_in(reply.embeds, is_private=False) == (draft if prompt else PromptDraft())


def test_refusal_with_a_prompt_of_backticks_is_valid() -> None:
    reply = prompt_form.with_draft(
        refusals.prompt_empty(), PromptDraft(prompt="`" * 4000, options=PromptOptions(genre="`" * 60))
    )
    assert violations(reply) == []


def test_blank_prompt_is_not_returned() -> None:
    refusal = refusals.prompt_empty()
    assert prompt_form.with_draft(refusal, PromptDraft(prompt=" \n")) == refusal
