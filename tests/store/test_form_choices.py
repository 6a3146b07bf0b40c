"""The choices that members want remembered: one set for each, the last one."""

from bot.domain.prompts import PromptOptions
from bot.store import Store
from tests.factories import NOW

FIRST = PromptOptions(genre="polka of my own", mood="dark", tempo=87, instrumental=False)
LAST = PromptOptions(tempo=100)


async def test_the_last_choices_replace_those_before_until_they_are_forgotten(store: Store) -> None:
    assert await store.form_choices.get(1) is None
    for choices in (FIRST, LAST, FIRST):
        await store.form_choices.remember(1, choices, now=NOW)
        await store.form_choices.remember(2, LAST, now=NOW)
        assert await store.form_choices.get(1) == choices

    await store.form_choices.forget(1)

    assert await store.form_choices.get(1) is None
    assert await store.form_choices.get(2) == LAST
