"""The buttons of cards and posts: stop, compose again, try again, edit, delete."""

from collections.abc import Generator
from contextlib import contextmanager
from datetime import datetime, timedelta

import discord
import structlog
from discord.ext import commands

from bot.concurrency import wait_until
from bot.discord_io.errors import DISCORD_ERRORS, describe, is_gone
from bot.discord_io.forum_posts import discard_post
from bot.discord_io.payloads import post_url
from bot.domain.jobs import DeliveryRoute, DeliveryState, Job
from bot.errors import DuplicateClick, JobGone
from bot.interactions.components import has_component, parse_id, pressed_job_key, router_of, submitted_texts
from bot.interactions.compose import request_song
from bot.interactions.responses import acknowledge_press, answer_privately
from bot.interactions.services import Services, services_of
from bot.replies import button_responses, post, prompt_form
from bot.replies.buttons import Control, custom_id
from bot.replies.locales import in_language

log = structlog.get_logger(__name__)

DOUBLE_CLICK = timedelta(seconds=2)
"""Presses of one button by one user within this time count as one."""

DELIVERY_TIMEOUT_S = 5.0
"""How long a deletion waits for the delivery of the post to end."""

DELIVERY_PENDING = (DeliveryState.DUE, DeliveryState.POSTING)


class ButtonsCog(commands.Cog):
    """Handlers of the buttons under cards and posts."""

    def __init__(self, services: Services) -> None:
        self._services = services
        self._double_clicks = DoubleClicks()

    async def stop(self, interaction: discord.Interaction, argument: str) -> None:
        """Cancel a queued job, detach a running one; the card shows which."""
        job = await self._job(interaction, argument)
        if not may_manage(interaction, job):
            await answer_privately(interaction, button_responses.may_not_stop(job))
            return
        await acknowledge_press(interaction)
        # May wait for a submit in flight, longer than the 3 seconds for the acknowledgement above.
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
        """Request a new song for the user from the same prompt, private if that one is."""
        # Before anything is awaited, so that of two presses the earlier one counts.
        with self._double_clicks.guard(interaction):
            job = await self._job(interaction, argument)
            await request_song(
                self._services, interaction, job.prompt, parent_key=job.key, is_private=job.is_private
            )

    async def open_edit_form(self, interaction: discord.Interaction, argument: str) -> None:
        """Open a form with the prompt."""
        job = await self._job(interaction, argument)
        # A form must be the first response to a press, so the press is not acknowledged before.
        form = prompt_form.edit_form(job, max_chars=self._services.requests.max_prompt_chars)
        await interaction.response.send_modal(form.modal())

    async def submit_edit_form(self, interaction: discord.Interaction, argument: str) -> None:
        """Request a new song for the user from the prompt in the form.

        The job of the form's button counts as its parent only if that button is under a message of the bot: the custom ID
        may be forged.
        """
        key = parse_id(argument)
        is_genuine = has_component(interaction, custom_id(Control.EDIT, key))
        parent = await self._services.store.get(key) if is_genuine else None
        prompt = submitted_texts(interaction).get(prompt_form.PROMPT_FIELD, "")
        await request_song(
            self._services,
            interaction,
            prompt,
            parent_key=parent.key if parent else None,
            is_private=parent.is_private if parent else False,
        )

    async def delete(self, interaction: discord.Interaction, argument: str) -> None:
        """Delete the message of the button."""
        job = await self._job(interaction, argument, may_be_erased=True)
        if not may_manage(interaction, job):
            await answer_privately(interaction, button_responses.may_not_delete(job))
            return
        await acknowledge_press(interaction)
        if not await self._delivery_ended(job.key):
            await answer_privately(interaction, button_responses.still_posting())
            return
        # The row is updated first: after a crash in between no stored link leads to a deleted message, and the button is
        # still there for another try.
        if interaction.message is not None:
            await self._services.store.outbox.forget_post(job.key, message_id=interaction.message.id)
        was_deleted = await _delete_message(interaction)
        with in_language(job.guild_locale):
            await _discard_forum_post(interaction)
        # After the deletion: the card keeps its link as long as the post may still exist.
        await self._unlink_card(job.key)
        await answer_privately(
            interaction, button_responses.deleted(job) if was_deleted else button_responses.deleted_already()
        )

    async def _job(
        self, interaction: discord.Interaction, argument: str, *, may_be_erased: bool = False
    ) -> Job:
        job = await self._services.store.get(pressed_job_key(interaction, argument))
        if job is None or (job.is_erased and not may_be_erased):
            raise JobGone
        return job

    async def _delivery_ended(self, key: int) -> bool:
        """Wait for the delivery to end. A post deleted before would not be found by it, and be sent again."""

        async def has_ended() -> bool:
            job = await self._services.store.get(key)
            return job is None or job.delivery not in DELIVERY_PENDING

        return await wait_until(has_ended, timeout_s=DELIVERY_TIMEOUT_S, clock=self._services.clock)

    async def _unlink_card(self, key: int) -> None:
        job = await self._services.store.get(key)
        if job is not None and job.is_post_deleted:
            await self._services.cards.collapse(job, route=job.route or DeliveryRoute.CHANNEL, jump_url=None)


class DoubleClicks:
    """Detects double clicks by the times that Discord gives the interactions."""

    def __init__(self) -> None:
        self._pressed: dict[tuple[int, str], datetime] = {}

    @contextmanager
    def guard(self, interaction: discord.Interaction) -> Generator[None]:
        """Guard the handling of a press; after a failure the next press is handled again.

        Raises:
            DuplicateClick: the same user pressed the same button within `DOUBLE_CLICK` before.
        """
        pressed_at = interaction.created_at
        # Forgets old presses, which keeps the dictionary small.
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
            # Nothing was made of this press, so the next one is no duplicate.
            self._pressed.pop(press, None)
            raise


def may_manage(interaction: discord.Interaction, job: Job) -> bool:
    """Whether the user may stop the job or delete its post: its requester, and members with Manage Messages.

    In a direct message with the bot there is nobody else, and an erased job has no requester any more.
    """
    is_alone = interaction.guild_id is None and interaction.context.dm_channel
    return is_alone or interaction.user.id == job.requester_id or interaction.permissions.manage_messages


async def _delete_message(interaction: discord.Interaction) -> bool:
    """Delete the message through the interaction's webhook, which needs no permission; False if it was gone."""
    try:
        await interaction.delete_original_response()
    except discord.NotFound as error:
        if not is_gone(error):
            raise
        return False
    return True


async def _discard_forum_post(interaction: discord.Interaction) -> None:
    """Remove the post in a forum whose message was deleted: its title names the song."""
    if interaction.message is None or interaction.message.id != interaction.channel_id:
        return
    try:
        await discard_post(interaction.client, interaction.message.id, title=post.deleted_title())
    except DISCORD_ERRORS as error:
        log.info("forum_post_not_discarded", error=describe(error))


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
