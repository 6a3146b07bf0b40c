"""Sends the slash commands to Discord, only when they changed."""

import asyncio
import hashlib
import json
from typing import Any

import structlog
from discord import app_commands

from bot.concurrency import supervised
from bot.discord_io.errors import DISCORD_ERRORS, describe, send_outcome
from bot.interactions.command_translator import translated_commands
from bot.interactions.services import Services
from bot.store.errors import StoreError

log = structlog.get_logger(__name__)

SYNC_LOCK = asyncio.Lock()

COMMANDS_HASH_KEY = "commands_hash"

FIRST_SYNC_RETRY_S = 5.0
MAX_SYNC_RETRY_S = 3600.0
"""Well below a day, the period of Discord's limit on new commands (error 30034)."""

OLD_COMMANDS_EFFECT = "people find the commands that Discord has; songs are delivered"
SYNC_RETRY_REMEDY = "none is needed the first time; if it goes on for a day, look at Discord's status page"
SYNC_REFUSED_REMEDY = (
    "see what the error names: 50001 is a missing scope (applications.commands), 20012 another application's token, "
    "anything else a fault of this version; the next start sends them again"
)


class CommandSync:
    """Syncs the commands of a tree until Discord accepts them, or refuses them for good."""

    def __init__(self, tree: app_commands.CommandTree[Any], services: Services) -> None:
        self._tree = tree
        self._membership = services.membership
        self._key_values = services.store.key_values
        self._clock = services.clock
        self._metrics = services.metrics

    async def run(self, application_id: int | None) -> None:
        """Sync, and begin again after an unexpected error."""

        async def sync() -> None:
            await self._sync_until_accepted(application_id)

        await supervised("commands", sync, clock=self._clock, on_failure=self._metrics.task_failed)

    async def fingerprint(self, application_id: int | None) -> str:
        """A hash of the commands, with their translations, and the application."""
        payload = await translated_commands(self._tree)
        # With the application: another one has none of these commands yet, though the database is the same.
        text = json.dumps([application_id, payload], sort_keys=True)
        return hashlib.sha256(text.encode()).hexdigest()

    async def _sync_until_accepted(self, application_id: int | None) -> None:
        """Waits between the attempts grow up to MAX_SYNC_RETRY_S.

        Only in the leading process: another may run an older version, with other commands.
        """
        wait_s = FIRST_SYNC_RETRY_S
        while True:
            await self._membership.until_leading()
            try:
                # One client at a time: the next one finds that it is done.
                async with SYNC_LOCK:
                    return await self._sync(application_id)
            except DISCORD_ERRORS as error:
                said = {"error": describe(error), "effect": OLD_COMMANDS_EFFECT}
                if not send_outcome(error).may_retry:
                    log.error("commands_refused", remedy=SYNC_REFUSED_REMEDY, **said)  # noqa: TRY400 - Discord's words say it all
                    return None
                log.warning("commands_late", retry_in_s=wait_s, remedy=SYNC_RETRY_REMEDY, **said)
            await asyncio.sleep(wait_s)
            wait_s = min(MAX_SYNC_RETRY_S, wait_s * 4)

    async def _sync(self, application_id: int | None) -> None:
        """Send the commands to Discord if they differ from those sent last for this application."""
        fingerprint = await self.fingerprint(application_id)
        if await self._key_values.get(COMMANDS_HASH_KEY) == fingerprint:
            return
        # The hash is stored after the sync: a crash in between only repeats it.
        synced = await self._tree.sync()
        log.info("commands_synced", commands=len(synced))
        try:
            await self._key_values.set(COMMANDS_HASH_KEY, fingerprint)
        except StoreError as error:
            log.info("commands_hash_not_kept", error=str(error), effect="the next start sends them again")
