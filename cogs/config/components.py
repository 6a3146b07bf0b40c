"""The buttons, lists and forms of /config. Anybody can forge a custom ID, so each of them asks again who presses."""

from collections.abc import Awaitable, Callable

import discord

from bot.delivery import send_fields
from bot.discord_io.channel_kinds import kinds_in
from bot.domain.policy.model import RoleKind
from bot.domain.policy.presets import Preset, preset
from bot.errors import ControlUnknown
from bot.interactions.components import Controls, chosen, kind_of_picked, number_of, parent_of, submitted
from bot.interactions.responses import acknowledge_press, answer
from bot.interactions.services import Services
from bot.replies.config import forms, panel, pickers
from bot.replies.config.forms import Setting
from bot.replies.config.pickers import PickerPurpose
from bot.replies.custom_ids import Control
from cogs.config import form_parsing
from cogs.config.base import must_manage, propose
from cogs.config.channel_options import must_be_listable
from cogs.config.overview import examine, propose_undo, show, show_log
from cogs.config.permissions import must_hold_results

Press = Callable[[discord.Interaction, str], Awaitable[None]]


class PanelComponents:
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
            Control.CONFIG_PICK: self.pick,
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
        part = form_parsing.part_of(next(iter(chosen(interaction)), ""))
        policy = await self._services.server_settings.policy(guild_id)
        form = forms.setting_form(part, policy)
        if form is not None:
            await interaction.response.send_modal(form.modal())
        else:
            reply = pickers.editor(part, policy, kinds_in(interaction.guild))
            await interaction.response.send_message(**send_fields(reply), ephemeral=True)

    async def pick(self, interaction: discord.Interaction, argument: str) -> None:
        """Roles or channels that were taken from a list of Discord's."""
        guild_id = must_manage(interaction)
        picking, ids = form_parsing.picking_of(argument), [number_of(value) for value in chosen(interaction)]
        if not ids:
            raise ControlUnknown(argument)
        if picking is PickerPurpose.ROLE:
            reply = pickers.role_editor(ids[0], await self._services.server_settings.policy(guild_id))
            await interaction.response.send_message(**send_fields(reply), ephemeral=True)
            return
        kinds = {channel_id: kind_of_picked(interaction, channel_id) for channel_id in ids}
        if picking is PickerPurpose.RESULTS:
            parent_id = parent_of(interaction, ids[0])
            must_hold_results(interaction.guild, ids[0], kinds[ids[0]], parent_id=parent_id)
        else:
            for kind in kinds.values():
                must_be_listable(kind)
        await propose(
            self._services,
            interaction,
            lambda policy: form_parsing.picked(policy, picking, ids),
            what=form_parsing.PICKED[picking],
        )

    async def form(self, interaction: discord.Interaction, argument: str) -> None:
        """A form that was sent."""
        must_manage(interaction)
        name, _, of = argument.partition(":")
        part, texts = form_parsing.part_of(name), submitted(interaction)
        if part is Setting.ROLES:
            role_id = number_of(of)
            await propose(
                self._services,
                interaction,
                lambda policy: form_parsing.role_filled(policy, role_id, texts),
                what=form_parsing.what(part),
            )
            return
        await propose(
            self._services,
            interaction,
            lambda policy: form_parsing.filled(policy, part, texts),
            what=form_parsing.what(part),
        )

    async def set(self, interaction: discord.Interaction, argument: str) -> None:
        """A button with a part and its new value; of a role's own number, it opens the form."""
        guild_id = must_manage(interaction)
        name, _, value = argument.partition(":")
        part = form_parsing.part_of(name)
        if part is Setting.ROLES and value.endswith(f":{RoleKind.LIMITED.value}"):
            role_id = number_of(value.partition(":")[0])
            form = forms.role_form(role_id, await self._services.server_settings.policy(guild_id))
            await interaction.response.send_modal(form.modal())
            return
        await propose(
            self._services,
            interaction,
            lambda policy: form_parsing.set_to(policy, part, value),
            what=form_parsing.what(part),
        )

    async def preset(self, interaction: discord.Interaction, argument: str) -> None:
        """A preset's button."""
        must_manage(interaction)
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
        guild_id = must_manage(interaction)
        key = number_of(argument)
        await acknowledge_press(interaction)
        made = await self._services.server_settings.save(key, guild_id, by=interaction.user.id)
        await answer(interaction, panel.saved(made, kinds_in(interaction.guild)))

    async def cancel(self, interaction: discord.Interaction, argument: str) -> None:
        """The change that the message shows is forgotten, and the message says so."""
        guild_id = must_manage(interaction)
        key = number_of(argument)
        await acknowledge_press(interaction)
        await self._services.server_settings.cancel(key, guild_id)
        await answer(interaction, panel.cancelled())
