"""Client of the Whisul music API: one request function, typed errors, and no submit is sent twice."""

import json
import zlib
from typing import Final, Literal
from urllib.parse import quote

import aiohttp
import structlog
from pydantic import SecretStr
from yarl import URL

from bot import USER_AGENT
from bot.clock import Clock
from bot.domain.jobs import JobReport
from bot.http_calls import Timeouts
from bot.whisul.error_mapping import Answer, is_from_api, job_error, submit_error, transport_error
from bot.whisul.errors import WhisulMisdirected, WhisulUnreachable, WhisulUnreadable
from bot.whisul.payloads import read_error, read_job, read_job_id

MAX_BODY_BYTES = 256 * 1024
MAX_LOGGED_STATUSES = 32
MIN_REDACTED_KEY_CHARS = 8

SUBMIT_PATHS: Final = ("/compose", "/generate")
"""Whisul's two pages on submitting name different paths; both are tried, in this order."""

_MISSING_PATH_STATUSES = (404, 405)

log = structlog.get_logger(__name__)


class WhisulClient:
    """Submits prompts and polls jobs.

    `submit_path` is a fixed path, or `auto` to discover it; `remembered_path` is the discovered path of an earlier run.
    Every failure of a call raises a `WhisulError`.
    """

    def __init__(
        self,
        session: aiohttp.ClientSession,
        *,
        base_url: str,
        api_key: SecretStr,
        submit_path: Literal["auto", "/compose", "/generate"] = "auto",
        remembered_path: str | None = None,
        proxy: str | None = None,
        timeouts: Timeouts | None = None,
        clock: Clock | None = None,
    ) -> None:
        self._session = session
        self._base_url = str(URL(base_url).with_user(None).with_query(None).with_fragment(None)).rstrip("/")
        self._api_key = api_key
        self._pinned_path = None if submit_path == "auto" else submit_path
        self._discovered_path = remembered_path if remembered_path in SUBMIT_PATHS else None
        self._proxy = proxy
        timeouts = timeouts or Timeouts()
        self._submit_timeout = timeouts.for_aiohttp()
        # A job's state is so short that its answer is read in one wait, and one limit is enough. The other would start and
        # cancel two more timers for each poll, a tenth of its time.
        self._poll_timeout = aiohttp.ClientTimeout(total=timeouts.read_s, connect=timeouts.connect_s)
        self._clock = clock or Clock()
        self._logged_statuses: set[str] = set()
        self._has_answered = False  # whether the API itself has answered at this address since the start

    def __repr__(self) -> str:
        return f"<WhisulClient {self._base_url}>"

    @property
    def submit_path(self) -> str | None:
        """The path that takes submits: the fixed or the discovered one; None while it is not known."""
        return self._pinned_path or self._discovered_path

    async def submit(self, prompt: str) -> str:
        """Submit a prompt and return the job ID.

        One request is sent; a second one only after the first path did not exist. After an error with `created_nothing`
        the prompt may be submitted again; after any other error it is unknown whether a job was created.
        """
        body = json.dumps({"prompt": prompt}).encode()
        is_page_everywhere = True
        for path in self._candidate_paths():
            answer = await self._request("POST", path, body=body)
            # A path that does not exist has created nothing, so the prompt may be sent to the other one.
            if answer.status not in _MISSING_PATH_STATUSES:
                # Any other status proves that the path exists, also an error.
                self._remember_path(path)
                if not answer.is_success:
                    raise submit_error(answer, call=f"POST {path}", now=self._clock.now())
                return read_job_id(answer.body)
            is_page_everywhere = is_page_everywhere and read_error(answer.body) is None
            log.info("submit_path_missing", path=path, status=answer.status)
        # The API was here before, and now every path is a page without its words: something in front of it has answered.
        if is_page_everywhere and self._has_answered:
            raise WhisulUnreachable(f"pages in place of every path at {self._base_url}", created_nothing=True)
        raise WhisulMisdirected(f"nothing takes submits at {self._base_url}")

    async def job(self, job_id: str) -> JobReport:
        """Poll a job with one request. Retries are up to the caller, which owns the budget of calls.

        aiohttp itself sends the GET a second time if a kept connection is lost before an answer.
        """
        report = await self._get_job(job_id)
        if report.raw_status.casefold() != report.status:
            self._log_unknown_status(report.raw_status)
        return report

    async def _get_job(self, job_id: str) -> JobReport:
        # Nothing in an ID may change which path is asked, a dot segment included.
        path = "/jobs/" + quote(job_id, safe="", errors="replace").replace(".", "%2E")
        answer = await self._request("GET", path)
        if answer.is_success:
            return read_job(answer.body)
        raise job_error(answer, call=f"GET {path}", now=self._clock.now())

    def _candidate_paths(self) -> tuple[str, ...]:
        if self._pinned_path:
            return (self._pinned_path,)
        return tuple(sorted(SUBMIT_PATHS, key=lambda path: path != self._discovered_path))

    def _remember_path(self, path: str) -> None:
        if self.submit_path != path:
            self._discovered_path = path
            log.info("submit_path_found", path=path)

    def _log_unknown_status(self, word: str) -> None:
        if word not in self._logged_statuses and len(self._logged_statuses) < MAX_LOGGED_STATUSES:
            self._logged_statuses.add(word)
            log.warning("status_unknown", status=word, read_as="running")

    async def _request(
        self, method: Literal["GET", "POST"], path: str, *, body: bytes | None = None
    ) -> Answer:
        """Send one request: the only function that does. Every transport error becomes a WhisulError here."""
        call = f"{method} {path}"
        try:
            if body is None:
                return await self._send(self._session, method, path)
            # A submit has a connection of its own: the server may close a kept one just as the request is sent, and then it
            # would be unknown whether a job was created.
            connector = aiohttp.TCPConnector(force_close=True)
            async with aiohttp.ClientSession(connector=connector) as session:
                return await self._send(session, method, path, body=body)
        except aiohttp.ClientResponseError as error:
            # Not chained: it carries the request headers with the API key, and a part of the answer.
            raise transport_error(error, call=call) from None
        except (aiohttp.ClientError, OSError, ValueError) as error:
            raise transport_error(error, call=call) from error

    async def _send(
        self,
        session: aiohttp.ClientSession,
        method: Literal["GET", "POST"],
        path: str,
        *,
        body: bytes | None = None,
    ) -> Answer:
        async with session.request(
            method,
            URL(self._base_url + path, encoded=True),
            data=body,
            headers=self._headers(submits=body is not None),
            proxy=self._proxy,
            timeout=self._poll_timeout if body is None else self._submit_timeout,
            # A redirect would take the key to another address.
            allow_redirects=False,
            raise_for_status=False,
            # aiohttp would expand a compression bomb without a limit; `_decompressed` has one.
            auto_decompress=False,
        ) as response:
            read = await self._read_body(response, call=f"{method} {path}")
            answer = Answer(response.status, response.headers, read)
            self._has_answered = self._has_answered or is_from_api(answer)
            return answer

    def _headers(self, *, submits: bool) -> dict[str, str]:
        headers = {
            "Authorization": f"Bearer {self._api_key.get_secret_value()}",
            "Accept": "application/json",
            "Accept-Encoding": "identity",
            "User-Agent": USER_AGENT,
        }
        if submits:
            headers["Content-Type"] = "application/json"
        return headers

    async def _read_body(self, response: aiohttp.ClientResponse, *, call: str) -> bytes:
        """The body of 2xx and 4xx answers, else nothing. A 4xx whose body cannot be read counts by its status."""
        match response.status // 100:
            case 2:
                return self._redacted(await _read_capped(response, call=call))
            case 4:
                try:
                    return self._redacted(await _read_capped(response, call=call))
                except (aiohttp.ClientError, OSError, WhisulUnreadable):
                    return b""
            case _:
                return b""

    def _redacted(self, body: bytes) -> bytes:
        """The body with the API key replaced, if an answer quotes it: parts of answers are shown to people."""
        key = self._api_key.get_secret_value()
        return body.replace(key.encode(), b"[key]") if len(key) >= MIN_REDACTED_KEY_CHARS else body


async def _read_capped(response: aiohttp.ClientResponse, *, call: str) -> bytes:
    body = bytearray()
    while chunk := await response.content.readany():
        body += chunk
        if len(body) > MAX_BODY_BYTES:
            raise WhisulUnreadable(f"{call}: an answer over {MAX_BODY_BYTES} bytes", created_nothing=False)
    return _decompressed(bytes(body), call=call)


def _decompressed(body: bytes, *, call: str) -> bytes:
    """The body, decompressed if the server compresses in spite of `Accept-Encoding`; JSON never starts with these bytes."""
    if not body.startswith((b"\x1f\x8b", b"\x78")):
        return body
    # Bounded, so that a small answer cannot expand to gigabytes.
    unpacker = zlib.decompressobj(wbits=zlib.MAX_WBITS | 32)
    try:
        plain = unpacker.decompress(body, MAX_BODY_BYTES)
    except zlib.error as error:
        raise WhisulUnreadable(f"{call}: a badly compressed answer", created_nothing=False) from error
    if not unpacker.eof:
        raise WhisulUnreadable(f"{call}: a compressed answer, cut off or too large", created_nothing=False)
    return plain
