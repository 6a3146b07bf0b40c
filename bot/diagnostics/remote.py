"""Checks of Discord and Whisul by a few GET requests, which change nothing and cost nothing."""

import uuid
from dataclasses import dataclass
from datetime import datetime
from email.utils import parsedate_to_datetime
from typing import Any

import aiohttp
import discord
from yarl import URL

from bot import USER_AGENT
from bot.diagnostics.findings import CheckResult
from bot.errors import ExitCode
from bot.http_calls import Timeouts, environment_proxies, masked_url, proxy_lookup
from bot.replies.text import paragraph
from bot.settings import Settings
from bot.whisul import WhisulClient
from bot.whisul.errors import (
    WhisulError,
    WhisulMisdirected,
    WhisulNoCredit,
    WhisulNotFound,
    WhisulUnauthorised,
)

MIN_PERMISSIONS = 274_878_024_704
"""View Channels, Send Messages, Send Messages in Threads, Embed Links, Attach Files, Read Message History."""

HTTP_OK, HTTP_UNAUTHORISED = 200, 401

DISCORD_USER_AGENT = f"DiscordBot (https://github.com/Rapptz/discord.py, {discord.__version__}) {USER_AGENT}"
"""In the form that Discord requires; others may be blocked before the token is checked."""


@dataclass(frozen=True, slots=True)
class DiscordAnswer:
    """An answer of Discord, parsed from JSON. `date` is its Date header.

    `fault` says why there is no usable body; `unreachable` is set if no answer came at all.
    """

    status: int = 0
    body: Any = None
    date: datetime | None = None
    fault: str | None = None
    unreachable: CheckResult | None = None


class DiscordApi:
    """Reads from Discord's REST API with the bot's token."""

    def __init__(self, session: aiohttp.ClientSession, settings: Settings) -> None:
        self.session = session
        self._proxy = proxy_lookup(settings.proxy)(settings.discord_api_url)
        self._base_url = settings.discord_api_url
        self._headers = {
            "Authorization": f"Bot {settings.discord_token.get_secret_value()}",
            "User-Agent": DISCORD_USER_AGENT,
        }

    async def get(self, path: str) -> DiscordAnswer:
        """One GET request; errors are returned in the answer."""
        try:
            async with self.session.get(
                self._base_url + path,
                headers=self._headers,
                proxy=self._proxy,
                timeout=Timeouts(total_s=15).for_aiohttp(),
            ) as response:
                date = _date(response.headers.get("Date"))
                if response.status != HTTP_OK:
                    return DiscordAnswer(response.status, date=date, fault=f"answered {response.status}")
                return DiscordAnswer(response.status, await response.json(), date)
        except ValueError as error:
            return DiscordAnswer(fault=f"gave no usable answer ({type(error).__name__})")
        except (aiohttp.ClientError, OSError) as error:
            lost = unreachable_result("Discord", error, url=self._base_url, proxy=self._proxy)
            return DiscordAnswer(fault="gave no answer", unreachable=lost)


def unreachable_result(name: str, error: BaseException, *, url: str, proxy: str | None) -> CheckResult:
    """The failed result for a service that did not answer."""
    host, through = URL(url).host, f"the proxy {masked_url(proxy)}" if proxy else ""
    setting = f"{name.upper()}_API_URL"
    match error:
        # Subclasses first: most of these errors are ClientConnectorErrors or OSErrors.
        case aiohttp.ClientConnectorDNSError():
            unknown = error.host
            what = f"can't resolve the name {unknown}"
            remedy = (
                f"Check this machine's DNS and network, {setting} and PROXY."
                if proxy
                else f"Check this machine's DNS and network, and {setting}."
            )
        case aiohttp.ClientHttpProxyError():
            what = f"{through} answers {error.status} {error.message}".rstrip()
            remedy = "Check PROXY and whether the proxy allows this machine."
        case aiohttp.ClientProxyConnectionError():
            what, remedy = f"can't reach {through}", "Check PROXY and the network."
        case aiohttp.ClientSSLError():
            what = f"the certificate of {host} isn't trusted"
            remedy = (
                "Check this machine's clock and whether a proxy intercepts the connection; "
                "SSL_CERT_FILE sets the certificates to trust."
            )
        case TimeoutError():
            what, remedy = f"{host} doesn't answer in time", f"Check the network and {setting}."
        case _:
            what = f"can't reach {host} ({type(error).__name__})"
            remedy = f"Check the network, the firewall and {setting}."
    return CheckResult(name, what, paragraph(remedy, _unused_proxy_hint(proxy)), ExitCode.UNAVAILABLE)


def _unused_proxy_hint(proxy: str | None) -> str:
    names = [] if proxy else list(environment_proxies())
    return f"{names[0]} is set but unused; to use it, set PROXY=environment." if names else ""


def _date(header: str | None) -> datetime | None:
    try:
        return parsedate_to_datetime(header) if header else None
    except ValueError:
        return None


def token_result(me: DiscordAnswer) -> CheckResult:
    """Whether Discord accepts the token."""
    if me.status == HTTP_UNAUTHORISED:
        remedy = "Copy the token again from the application's Bot page and set DISCORD_TOKEN."
        return CheckResult("token", "Discord rejects it", remedy, ExitCode.SETTINGS)
    return _failed_result("token", me) or CheckResult("token", "Discord accepts it")


def application_results(application: DiscordAnswer, *, allow_user_install: bool) -> list[CheckResult]:
    """The application, its intents, its invite link, and whether people can install it if the settings allow that."""
    if fault := _failed_result("application", application):
        return [fault]
    body = application.body
    remedy = (
        "Turn off 'Requires OAuth2 Code Grant' on the application's Bot page; with it, no invite link works."
    )
    known = f"{body.get('name')} ({body.get('id')})"
    grant = bool(body.get("bot_require_code_grant"))
    return [
        CheckResult(
            "application", known, remedy if grant else None, ExitCode.SETTINGS if grant else ExitCode.OK
        ),
        CheckResult("intents", "only Guilds, which isn't privileged, so there's nothing to turn on"),
        CheckResult("invite link", invite_link(body.get("id"))),
        *([_user_install_result(body.get("integration_types_config"))] if allow_user_install else []),
    ]


def _user_install_result(types: object) -> CheckResult:
    """Whether the application may be installed by people: type 1 in Discord's `integration_types_config`."""
    if isinstance(types, dict) and "1" in types:
        return CheckResult("user install", "people can add the bot to their account")
    remedy = (
        "Turn on User Install on the application's Installation page, or set ALLOW_USER_INSTALL to false."
    )
    return CheckResult("user install", "nobody can add the bot to their account", remedy, ExitCode.SETTINGS)


def invite_link(application_id: object) -> str:
    """The invite link with the least permissions that the bot needs."""
    return (
        f"https://discord.com/oauth2/authorize?client_id={application_id}"
        f"&scope=bot+applications.commands&permissions={MIN_PERMISSIONS}"
    )


def gateway_result(gateway: DiscordAnswer) -> CheckResult:
    """Whether a new gateway session may be started."""
    if fault := _failed_result("gateway", gateway):
        return fault
    left = gateway.body.get("session_start_limit", {}).get("remaining")
    if left == 0:
        remedy = "Find out what keeps restarting the bot; Discord allows new sessions within a day."
        return CheckResult("gateway", "Discord allows no new session right now", remedy, ExitCode.UNAVAILABLE)
    return CheckResult("gateway", f"Discord allows {left} more sessions")


def commands_result(registered: DiscordAnswer, *, names: set[str], are_current: bool) -> CheckResult:
    """Whether Discord has the commands `names`. `are_current`: the bot has sent them, and will not send them again."""
    name = "commands"
    if fault := _failed_result(name, registered):
        return fault
    there = {str(command.get("name")) for command in registered.body}
    if not are_current:
        return CheckResult(
            name, f"Discord has {len(there)}; the next start sends the {len(names)} of this version"
        )
    if there == names:
        return CheckResult(name, f"Discord has all {len(names)}")
    differing = ", ".join(sorted(there ^ names))
    remedy = (
        "Another program with this token changed them. Stop it, stop the bot, delete the row 'commands_hash' from the "
        "table 'facts', and start the bot."
    )
    return CheckResult(name, f"Discord has different ones: {differing}", remedy, ExitCode.SETTINGS)


async def whisul_result(client: WhisulClient, settings: Settings) -> CheckResult:
    """Whether Whisul accepts the key: asks for a job that does not exist, so a 404 of the API is the expected answer."""
    name = "Whisul key"
    try:
        await client.job(str(uuid.uuid4()))
    except WhisulNotFound:  # the API has checked the key before it looked for the job
        pass
    except WhisulUnauthorised as error:
        remedy = "Set WHISUL_API_KEY to a valid key."
        return CheckResult(name, f"Whisul rejects it ({error.status})", remedy, ExitCode.SETTINGS)
    except WhisulNoCredit:
        remedy = "Top up the Whisul account; the bot then continues on its own."
        return CheckResult(
            name, "Whisul accepts it, but the account is out of credit", remedy, ExitCode.UNAVAILABLE
        )
    except WhisulMisdirected as error:
        return CheckResult(name, str(error), "Check WHISUL_API_URL.", ExitCode.SETTINGS)
    except WhisulError as error:
        if isinstance(error.__cause__, aiohttp.ClientError | OSError):
            url = settings.whisul_api_url
            return unreachable_result(
                "Whisul", error.__cause__, url=url, proxy=proxy_lookup(settings.proxy)(url)
            )
        remedy = "Check the network and WHISUL_API_URL. If both are fine, wait; the bot waits too."
        return CheckResult(name, f"unknown: {error}"[:300], remedy, ExitCode.UNAVAILABLE)
    return CheckResult(name, "Whisul accepts it")


def _failed_result(name: str, answer: DiscordAnswer) -> CheckResult | None:
    if answer.fault is None:
        return None
    remedy = "Check DISCORD_API_URL, then Discord's status page."
    return CheckResult(name, f"Discord {answer.fault}", remedy, ExitCode.UNAVAILABLE)
