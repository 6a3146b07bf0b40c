"""The buttons under cards and posts: stop, compose again, try again, edit, delete."""

import asyncio
from collections.abc import Generator
from contextlib import contextmanager
from datetime import datetime, timedelta

import discord
from discord.ext import commands

from bot.delivery import post_url
from bot.discord_io.faults import is_gone
from bot.domain.jobs import DeliveryRoute, DeliveryState, Job
from bot.errors import DuplicateClick, JobGone
from bot.interactions.components import has_component, parse_id, pressed_job_key, router_of, submitted_texts
from bot.interactions.compose import request_song
from bot.interactions.responses import acknowledge_press, answer_privately
from bot.interactions.services import Services, services_of
from bot.replies import button_responses, buttons
from bot.replies.custom_ids import Control, custom_id

DOUBLE_CLICK = timedelta(seconds=2)
"""Nobody reads what a press has done and wants another in less."""

POST_WAIT_S = 5.0
CHECK_EVERY_S = 0.1

DELIVERY_PENDING = (DeliveryState.DUE, DeliveryState.POSTING)


class ButtonsCog(commands.Cog):
    """What can be done about a song, below it."""

    def __init__(self, services: Services) -> None:
        self._services = services
        self._double_clicks = DoubleClicks()

    async def stop(self, interaction: discord.Interaction, argument: str) -> None:
        """Cancel while nothing is spent, else stop waiting; the card says which."""
        job = await self._job(interaction, argument)
        if not may_manage(interaction, job):
            await answer_privately(interaction, button_responses.may_not_stop(job))
            return
        await acknowledge_press(interaction)
        stopped = await self._services.cancellation.stop(job.key)
        if stopped is None:
            raise JobGone
        if stopped.is_stopped:
            await self._services.cards.refresh(stopped.key)
        elif stopped.state.is_final:
            answer = button_responses.too_late_to_stop(stopped, jump_url=post_url(stopped))
            await answer_privately(interaction, answer)
        else:
            await answer_privately(interaction, button_responses.still_submitting(stopped))

    async def compose_again(self, interaction: discord.Interaction, argument: str) -> None:
        """A song of the presser's own from the same prompt, as private as that one; a double click makes one."""
        # First of all, so that of two presses the earlier one counts.
        with self._double_clicks.guard(interaction):
            job = await self._job(interaction, argument)
            await request_song(
                self._services, interaction, job.prompt, parent_key=job.key, is_private=job.is_private
            )

    async def open_edit_form(self, interaction: discord.Interaction, argument: str) -> None:
        """Open the form with the prompt in it."""
        job = await self._job(interaction, argument)
        form = buttons.edit_form(job, most_chars=self._services.requests.max_prompt_chars)
        await interaction.response.send_modal(form.modal())

    async def submit_edit_form(self, interaction: discord.Interaction, argument: str) -> None:
        """A song of the presser's own from the prompt in the form, whatever has become of the one before."""
        key = parse_id(argument)
        is_ours = has_component(interaction, custom_id(Control.EDIT, key))
        parent = await self._services.store.get(key) if is_ours else None
        prompt = submitted_texts(interaction).get(buttons.PROMPT_FIELD, "")
        await request_song(
            self._services,
            interaction,
            prompt,
            parent_key=parent.key if parent else None,
            is_private=parent.is_private if parent else False,
        )

    async def delete(self, interaction: discord.Interaction, argument: str) -> None:
        """Delete the pressed message. What is deleted is forgotten first, so that no link outlives its post."""
        job = await self._job(interaction, argument, may_be_erased=True)
        if not may_manage(interaction, job):
            await answer_privately(interaction, button_responses.may_not_delete(job))
            return
        await acknowledge_press(interaction)
        if not await self._delivery_ended(job.key):
            await answer_privately(interaction, button_responses.still_posting())
            return
        if interaction.message is not None:
            await self._services.store.outbox.forget_post(job.key, message_id=interaction.message.id)
        was_there = await _delete_message(interaction)
        await self._unlink_card(job.key)
        await answer_privately(
            interaction, button_responses.deleted(job) if was_there else button_responses.deleted_already()
        )

    async def _job(
        self, interaction: discord.Interaction, argument: str, *, may_be_erased: bool = False
    ) -> Job:
        job = await self._services.store.get(pressed_job_key(interaction, argument))
        if job is None or (job.is_erased and not may_be_erased):
            raise JobGone
        return job

    async def _delivery_ended(self, key: int) -> bool:
        """Whether the delivery is through. A post deleted before that would be missed, and posted again."""
        clock = self._services.clock
        give_up_at = clock.monotonic() + POST_WAIT_S
        while (job := await self._services.store.get(key)) is not None and job.delivery in DELIVERY_PENDING:
            if clock.monotonic() >= give_up_at:
                return False
            await asyncio.sleep(CHECK_EVERY_S)
        return True

    async def _unlink_card(self, key: int) -> None:
        job = await self._services.store.get(key)
        if job is not None and job.is_post_deleted:
            await self._services.cards.collapse(job, rung=job.rung or DeliveryRoute.CHANNEL, jump_url=None)


class DoubleClicks:
    """Tells a nervous double click from two presses, by Discord's own times."""

    def __init__(self) -> None:
        self._pressed: dict[tuple[int, str], datetime] = {}

    @contextmanager
    def guard(self, interaction: discord.Interaction) -> Generator[None]:
        """One press; if it fails, the next one counts.

        Raises:
            DuplicateClick: the same person has pressed the same button a moment ago.
        """
        pressed_at = interaction.created_at
        self._pressed = {
            press: at for press, at in self._pressed.items() if abs(pressed_at - at) < DOUBLE_CLICK
        }
        press = (interaction.user.id, str((interaction.data or {}).get("custom_id")))
        if press in self._pressed:
            raise DuplicateClick
        self._pressed[press] = pressed_at
        try:
            yield
        except Exception:
            self._pressed.pop(press, None)
            raise


def may_manage(interaction: discord.Interaction, job: Job) -> bool:
    """Whether somebody may stop a job or delete its post: the requester, and moderators by Discord's own word."""
    return interaction.user.id == job.requester_id or interaction.permissions.manage_messages


async def _delete_message(interaction: discord.Interaction) -> bool:
    """Delete the pressed message by the interaction, for which no permission is needed; False when it is gone."""
    try:
        await interaction.delete_original_response()
    except discord.NotFound as error:
        if not is_gone(error):
            raise
        return False
    return True


async def setup(bot: commands.Bot) -> None:
    """Called by discord.py when the cog is loaded."""
    cog = ButtonsCog(services_of(bot))
    await bot.add_cog(cog)
    router = router_of(bot)
    router.add(Control.STOP, cog.stop)
    router.add(Control.AGAIN, cog.compose_again)
    router.add(Control.RETRY, cog.compose_again)
    router.add(Control.EDIT, cog.open_edit_form)
    router.add(Control.EDITED, cog.submit_edit_form)
    router.add(Control.DELETE, cog.delete)
