"""Inputs as long as Discord allows: each is answered."""

from collections.abc import Iterator
from itertools import product

from sandbox.discord.application.interaction import InteractionType
from sandbox.discord.json_types import Json, objects
from sandbox.discord.rules.commands import NESTED, CommandType, OptionType
from tests.e2e.actions import assert_no_traceback
from tests.e2e.config_actions import ADMIN, imported
from tests.e2e.factories import job_factory
from tests.e2e.rig import Rig, words

MAX_CHARS = 6000
LONG = {
    "one word": "x" * MAX_CHARS,
    "words": "ab " * (MAX_CHARS // 3),
    "digits": "9" * MAX_CHARS,
    "spaces": "1h" + " " * (MAX_CHARS - 3) + "x",
}
SUGGESTING = [
    ("job status", "job_id"), ("compose", "genre"), ("compose", "mood"), ("config limit", "per"), ("config role", "per"),
]  # fmt: skip


def string_options(options: list[Json], at: tuple[Json, ...] = ()) -> Iterator[tuple[tuple[Json, ...], Json]]:
    """Every option that takes any text, with the sub-commands above it."""
    for option in options:
        if option["type"] in NESTED:
            yield from string_options(objects(option.get("options")), (*at, option))
        elif option["type"] == OptionType.STRING and not option.get("choices"):
            yield at, option


def data_of(command: Json, path: tuple[Json, ...], option: Json, value: str) -> Json:
    """A use of the command with that value in that option; required choices take the first."""
    siblings = objects((path[-1] if path else command).get("options"))
    options: list[Json] = [
        {"type": each["type"], "name": each["name"], "value": each["choices"][0]["value"]}
        for each in siblings
        if each.get("required") and each.get("choices")
    ]
    options.append({"type": option["type"], "name": option["name"], "value": value})
    for step in reversed(path):
        options = [{"type": step["type"], "name": step["name"], "options": options}]
    return {"id": command["id"], "name": command["name"], "type": 1, "options": options, "resolved": {}}


def assert_nothing_failed(rig: Rig) -> None:
    assert_no_traceback(rig)
    assert '"level": "error"' not in rig.bot.log


async def test_suggestions_survive_as_much_as_can_be_typed(ready: Rig) -> None:
    for (command, option), typed in product(SUGGESTING, LONG.values()):
        asked = await ready.discord.autocomplete(
            user=ADMIN, channel="music", name=command, focused=option, options={option: typed}
        )
        await ready.until(lambda asked=asked: asked.choices is not None)
    assert_nothing_failed(ready)


async def test_a_thousand_words_find_what_their_beginning_finds(ready: Rig) -> None:
    async with job_factory(ready) as factory:
        await factory.put("Midnight Grid")
        await factory.put("Another")
    asked = await ready.discord.autocomplete(
        user="ada",
        channel="music",
        name="job status",
        focused="job_id",
        options={"job_id": "midnight " + "grid " * 1000},
    )
    await ready.until(lambda: asked.choices is not None)
    assert [choice["name"].split(" · ")[0] for choice in asked.choices or []] == ["Midnight Grid"]


async def test_every_text_option_takes_6000_characters_or_says_why_not(ready: Rig) -> None:
    world, tried = ready.discord.world, 0
    for command in ready.discord.command_registry.of_scope(None):
        for path, option in string_options(objects(command.get("options"))):
            for value in LONG.values():
                tried += 1
                asked = ready.discord.interactions.open(
                    InteractionType.COMMAND,
                    world.user(ADMIN),
                    ready.channel("music"),
                    data_of(command, path, option, value),
                    name=command["name"],
                    command_type=CommandType.CHAT_INPUT,
                )
                await ready.until(lambda asked=asked: asked.modal or asked.followups or asked.answer)
    assert tried > 40
    assert ready.rows() == []
    assert_nothing_failed(ready)


async def test_a_settings_file_of_long_texts_is_refused_in_words(ready: Rig) -> None:
    for content in (
        b"[" * 100_000,
        b'{"' + b"x" * 100_000 + b'": 1}',
        b'{"words": ["' + b"x" * 6000 + b'"]}',
    ):
        assert len(words(await imported(ready, content))) > 20
    assert_nothing_failed(ready)
