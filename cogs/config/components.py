"""The buttons, lists and forms of /config. Anybody can forge a custom ID, so each of them asks again who presses."""

from collections.abc import Awaitable, Callable

import discord

from bot.delivery import send_fields
from bot.discord_io.channel_kinds import kinds_in
from bot.domain.policy.model import RoleKind
from bot.domain.policy.presets import Preset, preset
from bot.errors import ControlUnknown
from bot.interactions.components import (
    ComponentRouter,
    parse_id,
    selected_channel_type,
    selected_thread_parent,
    selected_values,
    submitted_texts,
)
from bot.interactions.responses import acknowledge_press, answer
from bot.interactions.services import Services
from bot.replies.config import forms, panel, pickers
from bot.replies.config.forms import Setting
from bot.replies.config.pickers import PickerPurpose
from bot.replies.custom_ids import Control
from cogs.config import form_parsing
from cogs.config.base import propose, require_manage_guild
from cogs.config.channel_options import require_listable
from cogs.config.overview import propose_undo, show, show_doctor, show_log
from cogs.config.permissions import require_results_channel

Press = Callable[[discord.Interaction, str], Awaitable[None]]


class PanelComponents:
    """Answers what is pressed and sent."""

    def __init__(self, services: Services) -> None:
        self._services = services

    def register(self, router: ComponentRouter) -> None:
        """From now on these answer."""
        handlers: dict[Control, Press] = {
            Control.CONFIG_SHOW: self.show,
            Control.CONFIG_PART: self.choose_setting,
            Control.CONFIG_FORM: self.submit_form,
            Control.CONFIG_SET: self.set_value,
            Control.CONFIG_PICK: self.select_channels_or_roles,
            Control.CONFIG_PRESET: self.choose_preset,
            Control.CONFIG_SAVE: self.save,
            Control.CONFIG_CANCEL: self.cancel,
            Control.CONFIG_LOG: self.log,
            Control.CONFIG_UNDO: self.undo,
            Control.CONFIG_DOCTOR: self.doctor,
        }
        for control, handler in handlers.items():
            router.add(control, handler)

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
        await show_doctor(self._services, interaction, everywhere=False)

    async def choose_setting(self, interaction: discord.Interaction, _: str) -> None:
        """A line of the panel's list: the form for it, or the way to it."""
        guild_id = require_manage_guild(interaction)
        part = form_parsing.setting_of(next(iter(selected_values(interaction)), ""))
        policy = await self._services.server_settings.policy(guild_id)
        form = forms.setting_form(part, policy)
        if form is not None:
            await interaction.response.send_modal(form.modal())
        else:
            reply = pickers.editor(part, policy, kinds_in(interaction.guild))
            await interaction.response.send_message(**send_fields(reply), ephemeral=True)

    async def select_channels_or_roles(self, interaction: discord.Interaction, argument: str) -> None:
        """Roles or channels that were taken from a list of Discord's."""
        guild_id = require_manage_guild(interaction)
        picking, ids = (
            form_parsing.purpose_of(argument),
            [parse_id(value) for value in selected_values(interaction)],
        )
        if not ids:
            raise ControlUnknown(argument)
        if picking is PickerPurpose.ROLE:
            reply = pickers.role_editor(ids[0], await self._services.server_settings.policy(guild_id))
            await interaction.response.send_message(**send_fields(reply), ephemeral=True)
            return
        kinds = {channel_id: selected_channel_type(interaction, channel_id) for channel_id in ids}
        if picking is PickerPurpose.RESULTS:
            parent_id = selected_thread_parent(interaction, ids[0])
            require_results_channel(interaction.guild, ids[0], kinds[ids[0]], parent_id=parent_id)
        else:
            for kind in kinds.values():
                require_listable(kind)
        await propose(
            self._services,
            interaction,
            lambda policy: form_parsing.with_selected(policy, picking, ids),
            what=form_parsing.SELECTED_LOG_NAMES[picking],
        )

    async def submit_form(self, interaction: discord.Interaction, argument: str) -> None:
        """A form that was sent."""
        require_manage_guild(interaction)
        name, _, of = argument.partition(":")
        part, texts = form_parsing.setting_of(name), submitted_texts(interaction)
        if part is Setting.ROLES:
            role_id = parse_id(of)
            await propose(
                self._services,
                interaction,
                lambda policy: form_parsing.with_role_form(policy, role_id, texts),
                what=form_parsing.log_name(part),
            )
            return
        await propose(
            self._services,
            interaction,
            lambda policy: form_parsing.with_form(policy, part, texts),
            what=form_parsing.log_name(part),
        )

    async def set_value(self, interaction: discord.Interaction, argument: str) -> None:
        """A button with a part and its new value; of a role's own number, it opens the form."""
        guild_id = require_manage_guild(interaction)
        name, _, value = argument.partition(":")
        part = form_parsing.setting_of(name)
        if part is Setting.ROLES and value.endswith(f":{RoleKind.LIMITED.value}"):
            role_id = parse_id(value.partition(":")[0])
            form = forms.role_form(role_id, await self._services.server_settings.policy(guild_id))
            await interaction.response.send_modal(form.modal())
            return
        await propose(
            self._services,
            interaction,
            lambda policy: form_parsing.with_value(policy, part, value),
            what=form_parsing.log_name(part),
        )

    async def choose_preset(self, interaction: discord.Interaction, argument: str) -> None:
        """A preset's button."""
        require_manage_guild(interaction)
        if argument not in set(Preset):
            raise ControlUnknown(argument)
        name = Preset(argument)
        await propose(
            self._services,
            interaction,
            lambda policy: preset(policy, name),
            what=f"the limits: preset {name.value}",
        )

    async def save(self, interaction: discord.Interaction, argument: str) -> None:
        """The change that the message shows is made, and the message says so."""
        guild_id = require_manage_guild(interaction)
        key = parse_id(argument)
        await acknowledge_press(interaction)
        made = await self._services.server_settings.save(key, guild_id, by=interaction.user.id)
        await answer(interaction, panel.saved(made, kinds_in(interaction.guild)))

    async def cancel(self, interaction: discord.Interaction, argument: str) -> None:
        """The change that the message shows is forgotten, and the message says so."""
        guild_id = require_manage_guild(interaction)
        key = parse_id(argument)
        await acknowledge_press(interaction)
        await self._services.server_settings.cancel(key, guild_id)
        await answer(interaction, panel.cancelled())
