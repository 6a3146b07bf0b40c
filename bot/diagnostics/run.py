"""Runs all checks; a failed one does not prevent the others."""

from datetime import UTC, datetime
from pathlib import Path

import aiohttp

from bot import __version__
from bot.app import Resources, build
from bot.client.command_sync import COMMANDS_HASH_KEY
from bot.client.identify_pace import IdentifyPace
from bot.client.music_bot import MusicBot
from bot.clock import Clock
from bot.delivery.media.downloads import MediaFetcher
from bot.diagnostics.findings import CheckResult
from bot.diagnostics.machine import (
    clock_result,
    database_result,
    disk_result,
    port_result,
    settings_results,
)
from bot.diagnostics.processes import processes_results
from bot.diagnostics.remote import (
    DiscordAnswer,
    DiscordApi,
    application_results,
    commands_result,
    gateway_result,
    token_result,
    whisul_result,
)
from bot.discord_io.connection import DiscordConnection
from bot.discord_io.discord_clock import DiscordClock
from bot.discord_io.request_pace import RequestPace
from bot.domain.shards import Member
from bot.http_calls import proxy_lookup
from bot.ops.membership import Membership
from bot.ops.metrics import Metrics
from bot.settings import Settings
from bot.store import Store
from bot.store.database import Database
from bot.store.sqlite import SqliteThreads, sqlite_engine
from bot.whisul import WhisulClient


async def run_checks(settings: Settings) -> list[CheckResult]:
    """All results, in the order in which they are best fixed."""
    database, inspection = await database_result(settings, fact=COMMANDS_HASH_KEY)
    findings = settings_results(settings)
    async with aiohttp.ClientSession() as session:
        discord = DiscordApi(session, settings)
        whisul = WhisulClient(
            session,
            base_url=settings.whisul_api_url,
            api_key=settings.whisul_api_key,
            submit_path="auto",
            proxy=proxy_lookup(settings.proxy)(settings.whisul_api_url),
        )
        me = await discord.get("/users/@me")
        # Read right after the answer, to compare it with its Date header.
        ours = datetime.now(UTC)
        findings.append(me.unreachable or token_result(me))
        if me.fault is None:
            findings += await _application_results(
                settings, discord, whisul, inspection.fact if inspection else None
            )
        findings.append(await whisul_result(whisul, settings))
    findings += [
        database,
        *processes_results(inspection.group if inspection else None, wanted_shards=settings.shard_count),
        disk_result(inspection, copies=settings.migration_copies),
        await port_result(settings.ops_host, settings.ops_port),
    ]
    if me.date:
        findings.append(clock_result(ours=ours, discords=me.date))
    return findings


async def _application_results(
    settings: Settings, discord: DiscordApi, whisul: WhisulClient, sent: str | None
) -> list[CheckResult]:
    """Checks that need an accepted token; `sent` is the fingerprint of the commands that were sent last."""
    application = await discord.get("/applications/@me")
    findings = [
        *application_results(application, allow_user_install=settings.allow_user_install),
        gateway_result(await discord.get("/gateway/bot")),
    ]
    if application.fault is None:
        findings.append(await _commands_result(settings, discord, whisul, application, sent))
    return findings


async def _commands_result(
    settings: Settings,
    discord: DiscordApi,
    whisul: WhisulClient,
    application: DiscordAnswer,
    sent: str | None,
) -> CheckResult:
    application_id = int(application.body["id"])
    registered = await discord.get(f"/applications/{application_id}/commands")
    bot = offline_bot(settings, discord.session, whisul)
    try:
        # As at a start, because the names and the fingerprint come from the loaded cogs.
        await bot.load_cogs()
        names = {command.name for command in bot.tree.get_commands()}
        in_step = sent == await bot.command_sync.fingerprint(application_id)
    finally:
        await bot.close()
    return commands_result(registered, names=names, are_current=in_step)


def offline_bot(settings: Settings, session: aiohttp.ClientSession, whisul: WhisulClient) -> MusicBot:
    """A bot that never connects, on a database that is never opened: it only lists its commands."""
    clock = Clock()
    nowhere = Database(SqliteThreads(sqlite_engine(Path("nowhere"), busy_timeout_s=0)), where="nowhere")
    store = Store(nowhere, owner="check")
    membership = Membership(
        store=store, clock=clock, me=Member(owner="check", shard_count=1, version=__version__)
    )
    connection = DiscordConnection(session=session, clock=DiscordClock(clock))
    resources = Resources(
        clock=clock,
        store=store,
        whisul=whisul,
        media=MediaFetcher(),
        membership=membership,
        discord_session=session,
        connection=connection,
        metrics=Metrics(clock=clock),
    )
    return MusicBot(
        services=build(settings, resources).services,
        connection=connection,
        pace=RequestPace(clock),
        identify=IdentifyPace(store, clock),
        shard=None,
        on_ready=lambda: None,
    )
