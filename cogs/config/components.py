"""The buttons, selects and forms of /config, each behind the Manage Server check: clients can forge custom IDs."""

from collections.abc import Awaitable, Callable

import discord

from bot.discord_io.channel_checks import require_message_channel, require_results_channel
from bot.discord_io.channel_types import channel_types_in
from bot.discord_io.payloads import send_fields
from bot.domain.policy.model import RoleKind
from bot.domain.policy.presets import Preset, preset
from bot.errors import ControlUnknown
from bot.interactions.components import (
    ComponentRouter,
    Handler,
    parse_id,
    selected_channel_type,
    selected_thread_parent,
    selected_values,
    submitted_texts,
)
from bot.interactions.responses import acknowledge_press, answer
from bot.interactions.services import Services
from bot.replies.buttons import Control
from bot.replies.config import forms, panel, pickers
from bot.replies.config.forms import Setting
from bot.replies.config.pickers import PickerPurpose
from bot.replies.time_spans import reader
from cogs.config import form_parsing, setup_form
from cogs.config.base import guild_id_of, propose, require_manage_guild
from cogs.config.channel_options import require_listable
from cogs.config.overview import propose_undo, show, show_doctor, show_log

_CHECKS = {
    PickerPurpose.RESULTS: require_results_channel,
    PickerPurpose.WARNINGS: require_message_channel,
    PickerPurpose.DIGEST: require_message_channel,
}
"""What the one channel of a select has to allow; lists of channels have to be listable."""


class PanelComponents:
    """Handlers of the settings panel's components and forms."""

    def __init__(self, services: Services) -> None:
        self._services = services

    def register(self, router: ComponentRouter) -> None:
        """Enter the handlers, each with the Manage Server check."""
        handlers: dict[Control, Handler] = {
            Control.CONFIG_SHOW: self._same_as(show),
            Control.CONFIG_LOG: self._same_as(show_log),
            Control.CONFIG_UNDO: self._same_as(propose_undo),
            Control.CONFIG_DOCTOR: self._same_as(show_doctor),
            Control.CONFIG_PART: self.choose_setting,
            Control.CONFIG_FORM: self.submit_form,
            Control.CONFIG_SET: self.set_value,
            Control.CONFIG_PICK: self.select_channels_or_roles,
            Control.CONFIG_PRESET: self.choose_preset,
            Control.CONFIG_SETUP: self._same_as(setup_form.open_form),
            Control.CONFIG_SETUP_FORM: self.submit_setup,
            Control.CONFIG_SAVE: self.save,
            Control.CONFIG_CANCEL: self.cancel,
        }
        for control, handler in handlers.items():
            router.add(control, _for_admins(handler))

    def _same_as(self, command: Callable[[Services, discord.Interaction], Awaitable[None]]) -> Handler:
        """A button that does the same as a command."""

        async def handle(interaction: discord.Interaction, _argument: str) -> None:
            await command(self._services, interaction)

        return handle

    async def choose_setting(self, interaction: discord.Interaction, _argument: str) -> None:
        """The panel's select: open the setting's form, or send its editor."""
        setting = form_parsing.setting_of(next(iter(selected_values(interaction)), ""))
        policy = await self._services.server_settings.policy(guild_id_of(interaction))
        # A form must be the first response to a press, so the press is not acknowledged before.
        form = forms.setting_form(setting, policy)
        if form is not None:
            await interaction.response.send_modal(form.modal())
        else:
            reply = pickers.editor(setting, policy, channel_types_in(interaction.guild))
            await interaction.response.send_message(**send_fields(reply), ephemeral=True)

    async def select_channels_or_roles(self, interaction: discord.Interaction, argument: str) -> None:
        """A select of channels: propose them. A select of roles: send the editor of the selected role."""
        purpose = form_parsing.purpose_of(argument)
        ids = [parse_id(value) for value in selected_values(interaction)]
        if not ids:
            raise ControlUnknown(argument)
        if purpose is PickerPurpose.ROLE:
            policy = await self._services.server_settings.policy(guild_id_of(interaction))
            reply = pickers.role_editor(ids[0], policy)
            await interaction.response.send_message(**send_fields(reply), ephemeral=True)
            return
        # A forged select may hold channels of kinds that Discord would not offer.
        kinds = {channel_id: selected_channel_type(interaction, channel_id) for channel_id in ids}
        if require := _CHECKS.get(purpose):
            parent_id = selected_thread_parent(interaction, ids[0])
            require(interaction.guild, ids[0], kinds[ids[0]], parent_id=parent_id)
        else:
            for kind in kinds.values():
                require_listable(kind)
        await propose(
            self._services,
            interaction,
            lambda policy: form_parsing.with_selected(policy, purpose, ids),
            what=form_parsing.SELECTED_LOG_NAMES[purpose],
        )

    async def submit_form(self, interaction: discord.Interaction, argument: str) -> None:
        """A setting's form: propose what it contains."""
        name, _, role = argument.partition(":")
        setting, texts = form_parsing.setting_of(name), submitted_texts(interaction)
        role_id = parse_id(role) if setting is Setting.ROLES else None
        # Made here: changes are applied in another thread, which has no language.
        in_english = reader()
        await propose(
            self._services,
            interaction,
            lambda policy: (
                form_parsing.with_form(policy, setting, texts, in_english)
                if role_id is None
                else form_parsing.with_role_form(policy, role_id, texts, in_english)
            ),
            what=form_parsing.log_name(setting),
        )

    async def set_value(self, interaction: discord.Interaction, argument: str) -> None:
        """A button with a setting and its new value: propose it. For a role's own limit, open the form."""
        name, _, value = argument.partition(":")
        setting = form_parsing.setting_of(name)
        if setting is Setting.ROLES and value.endswith(f":{RoleKind.LIMITED.value}"):
            role_id = parse_id(value.partition(":")[0])
            policy = await self._services.server_settings.policy(guild_id_of(interaction))
            await interaction.response.send_modal(forms.role_form(role_id, policy).modal())
            return
        await propose(
            self._services,
            interaction,
            lambda policy: form_parsing.with_value(policy, setting, value),
            what=form_parsing.log_name(setting),
        )

    async def choose_preset(self, interaction: discord.Interaction, argument: str) -> None:
        """The button of a preset: propose its limits."""
        if argument not in set(Preset):
            raise ControlUnknown(argument)
        name = Preset(argument)
        await propose(
            self._services,
            interaction,
            lambda policy: preset(policy, name),
            what=f"preset:{name.value}",
        )

    async def submit_setup(self, interaction: discord.Interaction, argument: str) -> None:
        """The setup form: propose what it contains."""
        await setup_form.submit(self._services, interaction, argument)

    async def save(self, interaction: discord.Interaction, argument: str) -> None:
        """Save the proposal, and replace its message by the saved change."""
        key = parse_id(argument)
        await acknowledge_press(interaction)
        saved = await self._services.server_settings.save(
            key, guild_id_of(interaction), by=interaction.user.id
        )
        await answer(interaction, panel.saved(saved, channel_types_in(interaction.guild)))

    async def cancel(self, interaction: discord.Interaction, argument: str) -> None:
        """Delete the proposal, and replace its message."""
        key = parse_id(argument)
        await acknowledge_press(interaction)
        await self._services.server_settings.cancel(key, guild_id_of(interaction))
        await answer(interaction, panel.cancelled())


def _for_admins(handler: Handler) -> Handler:
    """The handler behind the Manage Server check."""

    async def handle(interaction: discord.Interaction, argument: str) -> None:
        require_manage_guild(interaction)
        await handler(interaction, argument)

    return handle
