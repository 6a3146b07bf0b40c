"""The buttons, lists and forms of /config. Anybody can forge a custom ID, so each of them asks again who presses."""

from collections.abc import Awaitable, Callable, Mapping

import discord

from bot.changes import Scope, changed, limited, listed, with_words
from bot.controls import Controls, chosen, number_of, submitted
from bot.delivery import edit_fields, send_fields
from bot.errors import ControlUnknown, PolicyInvalid
from bot.policy import Policy, PrivateRule
from bot.presets import Preset, preset
from bot.replies import config, config_forms
from bot.replies.config_forms import SCOPES, Field, Part
from bot.replies.controls import Control
from bot.services import Services
from cogs.config.looking import examine, propose_undo, show, show_log
from cogs.config.managed import must_manage, offer

Press = Callable[[discord.Interaction, str], Awaitable[None]]


class Presses:
    """Answers what is pressed and sent."""

    def __init__(self, services: Services) -> None:
        self._services = services

    def enter(self, controls: Controls) -> None:
        """From now on these answer."""
        handlers: dict[Control, Press] = {
            Control.CONFIG_SHOW: self.show,
            Control.CONFIG_PART: self.part,
            Control.CONFIG_FORM: self.form,
            Control.CONFIG_SET: self.set,
            Control.CONFIG_PRESET: self.preset,
            Control.CONFIG_SAVE: self.save,
            Control.CONFIG_CANCEL: self.cancel,
            Control.CONFIG_LOG: self.log,
            Control.CONFIG_UNDO: self.undo,
            Control.CONFIG_DOCTOR: self.doctor,
        }
        for control, handler in handlers.items():
            controls.on(control, handler)

    async def show(self, interaction: discord.Interaction, _: str) -> None:
        """The panel."""
        await show(self._services, interaction)

    async def log(self, interaction: discord.Interaction, _: str) -> None:
        """The newest changes."""
        await show_log(self._services, interaction)

    async def undo(self, interaction: discord.Interaction, _: str) -> None:
        """What would come back."""
        await propose_undo(self._services, interaction)

    async def doctor(self, interaction: discord.Interaction, _: str) -> None:
        """The check of this channel."""
        await examine(self._services, interaction, everywhere=False)

    async def part(self, interaction: discord.Interaction, _: str) -> None:
        """A line of the panel's list: the form for it, or the way to it."""
        guild_id = must_manage(interaction)
        part = _part(next(iter(chosen(interaction)), ""))
        policy = await self._services.administration.policy(guild_id)
        form = config_forms.form(part, policy)
        if form is not None:
            await interaction.response.send_modal(form.modal())
        else:
            reply = config_forms.way(part, policy)
            await interaction.response.send_message(**send_fields(reply), ephemeral=True)

    async def form(self, interaction: discord.Interaction, argument: str) -> None:
        """A form that was sent."""
        must_manage(interaction)
        part, texts = _part(argument), submitted(interaction)
        await offer(self._services, interaction, lambda policy: filled(policy, part, texts), what=_what(part))

    async def set(self, interaction: discord.Interaction, argument: str) -> None:
        """A button with a part and its new value."""
        must_manage(interaction)
        name, _, value = argument.partition(":")
        part = _part(name)
        await offer(self._services, interaction, lambda policy: _set(policy, part, value), what=_what(part))

    async def preset(self, interaction: discord.Interaction, argument: str) -> None:
        """A preset's button."""
        must_manage(interaction)
        if argument not in set(Preset):
            raise ControlUnknown(argument)
        name = Preset(argument)
        await offer(
            self._services,
            interaction,
            lambda policy: preset(policy, name),
            what=f"the limits: preset {name.value}",
        )

    async def save(self, interaction: discord.Interaction, argument: str) -> None:
        """The change that the message shows is made, and the message says so."""
        guild_id = must_manage(interaction)
        key = number_of(argument)
        await interaction.response.defer()
        made = await self._services.administration.save(key, guild_id, by=interaction.user.id)
        await interaction.edit_original_response(**edit_fields(config.saved(made)))

    async def cancel(self, interaction: discord.Interaction, argument: str) -> None:
        """The change that the message shows is forgotten, and the message says so."""
        guild_id = must_manage(interaction)
        key = number_of(argument)
        await interaction.response.defer()
        await self._services.administration.cancel(key, guild_id)
        await interaction.edit_original_response(**edit_fields(config.cancelled()))


def filled(policy: Policy, part: Part, texts: Mapping[str, str]) -> Policy:
    """The policy as a form wants it.

    Raises:
        PolicyInvalid: with what cannot be read.
    """
    text = {field: texts.get(field.value, "").strip() for field in Field}
    if part is Part.WORDS:
        return with_words(changed(policy, words=()), add=filter(str.strip, text[Field.WORDS].splitlines()))
    if part is Part.RETENTION:
        return changed(policy, retention_days=_days(text[Field.DAYS]))
    if part not in SCOPES:
        raise ControlUnknown(part.value)
    wanted = listed(policy, SCOPES[part], text[Field.WINDOWS])
    if part is Part.MEMBER:
        wanted = limited(wanted, Scope.COOLDOWN, songs=None, per=text[Field.COOLDOWN] or "none")
        return limited(wanted, Scope.MEMBER_AT_ONCE, songs=text[Field.AT_ONCE] or "none", per=None)
    if part is Part.SERVER:
        return limited(wanted, Scope.SERVER_AT_ONCE, songs=text[Field.AT_ONCE] or "none", per=None)
    return wanted


def _days(text: str) -> int | None:
    if not text or text.casefold() == "none":
        return None
    if not (text.isascii() and text.isdigit()):
        raise PolicyInvalid(f'"{text[:20]}" is no number of days')
    return int(text)


def _set(policy: Policy, part: Part, value: str) -> Policy:
    if part is Part.ORDER and value in ("turns", "first"):
        return changed(policy, first_come=value == "first")
    if part is Part.PRIVATE and value in set(PrivateRule):
        rule = PrivateRule(value)
        kept = policy.music_channel_ids if rule is PrivateRule.FORCE else frozenset[int]()
        return changed(policy, private=rule, music_channel_ids=kept)
    raise ControlUnknown(value)


def _part(name: str) -> Part:
    if name not in set(Part):
        raise ControlUnknown(name)
    return Part(name)


def _what(part: Part) -> str:
    return f"{part.value} by the panel"
