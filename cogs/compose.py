"""/compose, its form and the message context menu: from a prompt to a queued job and its card."""

import asyncio
from dataclasses import asdict, replace
from random import Random

import discord
import structlog
from discord import app_commands
from discord.ext import commands

from bot.discord_io.errors import describe
from bot.discord_io.layout import texts_of
from bot.domain.prompts import (
    GENRES,
    MAX_BPM,
    MAX_OPTION_CHARS,
    MIN_BPM,
    MOODS,
    PromptOptions,
    filled,
    first_text,
    options_text,
    suggestions,
    surprise,
    typed_options,
    with_options,
)
from bot.errors import ControlUnknown, MessageHasNoText, OptionsTyped
from bot.interactions.components import router_of, submitted_choices, submitted_texts
from bot.interactions.compose import (
    place_of,
    request_song,
    require_answer_in_time,
    require_post_permissions,
    song_contexts,
)
from bot.interactions.error_handler import answer_error
from bot.interactions.services import Services, services_of
from bot.replies import prompt_form
from bot.replies.buttons import Control
from bot.replies.locales import pgettext
from bot.replies.prompt_form import OPTIONS_FIELD, PRIVATE, PROMPT_FIELD, PUBLIC, REMEMBERED, PromptDraft
from bot.store.errors import StoreError

log = structlog.get_logger(__name__)

READ_TIMEOUT_S = 1.0
"""For what a form is filled with: Discord expects the form within 3 seconds."""

TYPED_NAMES = ("private", "instrumental", "tempo", "genre", "mood")
"""Options that members may type into the prompt by mistake."""

OptionText = app_commands.Range[str, 1, MAX_OPTION_CHARS]
Tempo = app_commands.Range[int, MIN_BPM, MAX_BPM]


class ComposeCog(commands.Cog):
    """Requests for songs."""

    def __init__(self, services: Services) -> None:
        self._services = services

    @app_commands.command(description="Request a song; leave out the prompt to open a form for a long one")
    @app_commands.describe(
        prompt="What it should sound like: genre, mood, instruments, a story …",
        genre="Added to your prompt: choose one or write your own",
        mood="Added to your prompt: choose one or write your own",
        tempo="Beats per minute",
        instrumental="True for a song without vocals",
        private="True if only you should see the song, until you share it",
        surprise="True for a form with a prompt that I make up, for you to change",
    )
    @app_commands.allowed_installs(guilds=True, users=False)
    async def compose(
        self,
        interaction: discord.Interaction,
        prompt: str | None = None,
        genre: OptionText | None = None,
        mood: OptionText | None = None,
        tempo: Tempo | None = None,
        instrumental: bool | None = None,
        private: bool = False,
        surprise: bool = False,
    ) -> None:
        """Request a song; without a prompt, or for a surprise, open the form."""
        options = PromptOptions(genre=genre, mood=mood, tempo=tempo, instrumental=instrumental)
        names = {pgettext("option", name): name for name in TYPED_NAMES}
        typed = typed_options(prompt or "", names)
        if typed.found:
            chosen = {name: value for name, value in asdict(options).items() if value is not None}
            options = replace(typed.options, **chosen)
        draft = PromptDraft(prompt=typed.prompt, options=options, is_private=private or typed.is_private)
        if surprise:
            await self._open_form(interaction, _surprised(draft))
        elif prompt is None or (typed.found and not typed.prompt):
            await self._open_form(interaction, await self._with_remembered(interaction, draft))
        elif typed.found:
            # Asked before anything is posted: with `private:true` as text the song would be public. The form is not checked.
            await answer_error(interaction, OptionsTyped(typed.found), draft=draft)
        else:
            await self._request(interaction, draft)

    @compose.autocomplete("genre")
    async def genres(self, _: discord.Interaction, typed: str) -> list[app_commands.Choice[str]]:
        """Genres that match what was typed; other values are allowed too."""
        return _choices({pgettext("genre", word): word for word in GENRES}, typed)

    @compose.autocomplete("mood")
    async def moods(self, _: discord.Interaction, typed: str) -> list[app_commands.Choice[str]]:
        """The same for moods."""
        return _choices({pgettext("mood", word): word for word in MOODS}, typed)

    async def from_message(self, interaction: discord.Interaction, message: discord.Message) -> None:
        """Open the form with the text of a message."""
        text = first_text(_texts(message))
        if text is None:
            raise MessageHasNoText
        await self._open_form(interaction, await self._with_remembered(interaction, PromptDraft(prompt=text)))

    async def surprise_me(self, interaction: discord.Interaction, privacy: str) -> None:
        """A button: open the form with a prompt that the bot makes up."""
        await self._open_form(interaction, _surprised(PromptDraft(is_private=_is_private(privacy))))

    async def submit_form(self, interaction: discord.Interaction, argument: str) -> None:
        """Request the song that the form describes, and remember its choices if the member wants that."""
        privacy, _, remembered = argument.partition(":")
        texts = submitted_texts(interaction)
        draft = PromptDraft(
            prompt=with_options(texts.get(PROMPT_FIELD, ""), texts.get(OPTIONS_FIELD, "")),
            options=prompt_form.chosen_options(submitted_choices(interaction), texts),
            is_private=_is_private(privacy),
            is_remembered=prompt_form.is_to_be_remembered(submitted_choices(interaction)),
        )
        await self._request(interaction, draft)
        # After the request, which has to be acknowledged within 3 seconds.
        await self._remember(interaction, draft, was_remembered=remembered == REMEMBERED)

    async def reopen_form(self, interaction: discord.Interaction, privacy: str) -> None:
        """Reopen the form with the refused prompt from the message of the button."""
        embeds = interaction.message.embeds if interaction.message else []
        draft = prompt_form.draft_in(embeds, is_private=_is_private(privacy))
        stored = await self._stored_choices(interaction)
        await self._open_form(interaction, replace(draft, is_remembered=stored is not None))

    async def _with_remembered(self, interaction: discord.Interaction, draft: PromptDraft) -> PromptDraft:
        """The draft, with the member's last choices where it has none and they want them remembered."""
        stored = await self._stored_choices(interaction)
        if stored is None:
            return draft
        return replace(draft, options=filled(draft.options, stored), is_remembered=True)

    async def _stored_choices(self, interaction: discord.Interaction) -> PromptOptions | None:
        """The member's last choices. None also if the database does not answer in time: the form opens without them."""
        try:
            async with asyncio.timeout(READ_TIMEOUT_S):
                return await self._services.store.form_choices.get(interaction.user.id)
        except (StoreError, TimeoutError) as error:
            log.info("choices_not_read", error=describe(error))
            return None

    async def _remember(
        self, interaction: discord.Interaction, draft: PromptDraft, *, was_remembered: bool
    ) -> None:
        """Store or delete the member's choices as the form says; an error changes nothing for the song."""
        choices, user_id = self._services.store.form_choices, interaction.user.id
        try:
            if draft.is_remembered:
                await choices.remember(user_id, draft.options, now=self._services.clock.now())
            elif was_remembered:
                await choices.forget(user_id)
        except StoreError as error:
            log.info("choices_not_remembered", error=str(error))

    async def _open_form(self, interaction: discord.Interaction, draft: PromptDraft) -> None:
        place = place_of(self._services, interaction)
        # Checked before the user types a text that could not be posted, and again when the form is submitted.
        if place.is_foreign:
            await require_answer_in_time(self._services)
        elif not draft.is_private:
            require_post_permissions(interaction)
        # In a direct message nobody else reads a song anyway; where the bot is no member only the requester does.
        draft = replace(
            draft, is_private=place.is_foreign or (draft.is_private and place.guild_id is not None)
        )
        form = prompt_form.form(draft, max_chars=self._services.requests.max_prompt_chars)
        await interaction.response.send_modal(form.modal())

    async def _request(self, interaction: discord.Interaction, draft: PromptDraft) -> None:
        """Request the song; after an error, return the text to the user."""
        prompt = with_options(draft.prompt, options_text(draft.options))
        try:
            await request_song(self._services, interaction, prompt, is_private=draft.is_private)
        except Exception as error:  # noqa: BLE001 - a long text must not be lost, and answer_error handles every error
            await answer_error(interaction, error, draft=draft)


def _choices(words: dict[str, str], typed: str) -> list[app_commands.Choice[str]]:
    """Suggestions from words in the member's language, with the English ones that go into the prompt."""
    return [app_commands.Choice(name=word, value=words[word]) for word in suggestions(tuple(words), typed)]


def _surprised(draft: PromptDraft) -> PromptDraft:
    """The draft with words that nobody has thought of; what was typed or chosen stays."""
    words = surprise(Random())
    prompt = "\n\n".join(filter(None, (draft.prompt, prompt_form.surprise_text(words))))
    return replace(draft, prompt=prompt, options=filled(draft.options, PromptOptions(tempo=words.tempo)))


def _is_private(privacy: str) -> bool:
    if privacy not in (PUBLIC, PRIVATE):
        raise ControlUnknown(privacy)
    return privacy == PRIVATE


def _texts(message: discord.Message) -> list[str]:
    """The texts of a message: its content or components, forwarded content, and embeds."""
    forwarded = [snapshot.content for snapshot in message.message_snapshots]
    embeds = [*message.embeds, *(embed for each in message.message_snapshots for embed in each.embeds)]
    shown = ["\n\n".join(filter(None, (embed.title, embed.description))) for embed in embeds]
    return [message.clean_content, *texts_of(message), *forwarded, *shown]


async def setup(bot: commands.Bot) -> None:
    """Called by discord.py when the cog is loaded."""
    services = services_of(bot)
    cog = ComposeCog(services)
    cog.compose.allowed_contexts = song_contexts(services)
    await bot.add_cog(cog)
    menu = app_commands.ContextMenu(
        name="Compose from this message",
        callback=cog.from_message,
        allowed_installs=app_commands.AppInstallationType(guild=True, user=False),
        allowed_contexts=song_contexts(services),
    )
    bot.tree.add_command(menu)
    router_of(bot).add(Control.COMPOSE, cog.submit_form)
    router_of(bot).add(Control.SURPRISE, cog.surprise_me)
    router_of(bot).add(Control.REDRAFT, cog.reopen_form)
