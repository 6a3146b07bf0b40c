"""Submits: what is sent, how often, and what each outcome says about its cost."""

import gzip
import json
import socket
import traceback
import zlib

import aiohttp
import pytest
from pydantic import SecretStr
from structlog.testing import capture_logs

from bot.http_calls import Timeouts
from bot.whisul import WhisulClient
from bot.whisul.errors import (
    WhisulError,
    WhisulMisdirected,
    WhisulRateLimited,
    WhisulRefused,
    WhisulUnavailable,
    WhisulUnreachable,
    WhisulUnreadable,
)
from tests.parameter_ids import short
from tests.ports import free_port
from tests.whisul.conftest import JOB_ID, KEY, MakeClient
from tests.whisul_server import (
    Reply,
    accepted,
    answer,
    drip,
    endless,
    far_side,
    hang_up,
    json_answer,
    raw_then_close,
    reset,
    silence,
    timeouts_for,
    truncated,
)

PROMPT = "a very private trap song"


async def test_a_submit_sends_only_prompt_and_key_and_returns_the_job_id(make_client: MakeClient) -> None:
    async with far_side(accepted(JOB_ID)) as whisul:
        assert await make_client(f"{whisul.url}/api").submit(PROMPT) == JOB_ID
    [request] = whisul.seen
    assert (request.method, request.path) == ("POST", "/api/compose")
    assert json.loads(request.body) == {"prompt": PROMPT}
    assert request.headers["authorization"] == f"Bearer {KEY}"
    assert request.headers["content-type"] == "application/json"
    assert request.headers["accept-encoding"] == "identity"
    assert request.headers["user-agent"].startswith("whisul-discord-bot/")


async def test_slash_query_and_login_of_the_base_url_are_ignored(make_client: MakeClient) -> None:
    async with far_side(accepted()) as whisul:
        base_url = f"http://user:pass@127.0.0.1:{whisul.port}/api/?x=1#y"
        await make_client(base_url).submit(PROMPT)
    assert whisul.paths == ["/api/compose"]
    assert whisul.seen[0].headers["authorization"] == f"Bearer {KEY}"


@pytest.mark.parametrize("prompt", ["\ud800 lone", "nul \0 inside", "🎵" * 2000, '"}{'])
async def test_any_prompt_is_sent_unchanged(make_client: MakeClient, prompt: str) -> None:
    async with far_side(accepted()) as whisul:
        await make_client(whisul.url).submit(prompt)
    assert json.loads(whisul.seen[0].body) == {"prompt": prompt}


@pytest.mark.parametrize(
    "reply",
    [
        json_answer({"job_id": JOB_ID}, 200),
        json_answer({"job_id": JOB_ID}, 201),
        answer(202, f' {{"job_id": "{JOB_ID}"}} ', content_type="text/html"),
        answer(202, b"\xef\xbb\xbf" + json.dumps({"job_id": JOB_ID}).encode()),
        answer(202, gzip.compress(json.dumps({"job_id": JOB_ID}).encode()), content_encoding="gzip"),
        answer(202, zlib.compress(json.dumps({"job_id": JOB_ID}).encode())),
        json_answer({"job_id": f" {JOB_ID}\n", "poll_url": "https://evil.example/jobs/1"}, 202),
    ],
    ids=["200", "201", "called html", "byte order mark", "gzip", "deflate", "spaces, foreign poll_url"],
)
async def test_every_form_of_an_acceptance_is_read(make_client: MakeClient, reply: Reply) -> None:
    async with far_side(reply) as whisul:
        assert await make_client(whisul.url).submit(PROMPT) == JOB_ID


@pytest.mark.parametrize(
    ("given", "job_id"),
    [
        ("4711", "4711"),
        ("12345678901234567890123", "12345678901234567890123"),
        ("-1.50", "-1.50"),
        ('"../keys"', "../keys"),
        ('".."', ".."),
        ('"a b\\u202e`"', "a b\u202e`"),
        (json.dumps("x" * 512), "x" * 512),
    ],
)
async def test_any_printable_job_id_is_taken(make_client: MakeClient, given: str, job_id: str) -> None:
    async with far_side(answer(202, f'{{"job_id": {given}}}')) as whisul:
        assert await make_client(whisul.url).submit(PROMPT) == job_id


async def _failed_submit(client: WhisulClient) -> WhisulError:
    with pytest.raises(WhisulError) as caught:
        await client.submit(PROMPT)
    return caught.value


@pytest.mark.parametrize(
    ("reply", "kind"),
    [
        (answer(500), WhisulUnavailable),
        (answer(502, "<html>Bad Gateway</html>"), WhisulUnavailable),
        (answer(504), WhisulUnavailable),
        (answer(599), WhisulUnavailable),
        (answer(303, location="/jobs/1"), WhisulUnreadable),
        (answer(304), WhisulUnreadable),
        (reset, WhisulUnreachable),
        (hang_up, WhisulUnreachable),
        (silence, WhisulUnreachable),
        (drip(), WhisulUnreachable),
        (truncated(202), WhisulUnreadable),
        (endless(), WhisulUnreadable),
        (answer(202, "x" * (256 * 1024 + 1)), WhisulUnreadable),
        (answer(202, gzip.compress(b" " * 1_000_000), content_encoding="gzip"), WhisulUnreadable),
        (answer(202, gzip.compress(b'{"job_id": "1"}')[:-9]), WhisulUnreadable),
        (answer(202, b"\x1f\x8bnonsense"), WhisulUnreadable),
        (answer(200, "<html>Accepted</html>"), WhisulUnreadable),
        (answer(202, "<html>Accepted</html>"), WhisulUnreadable),
        (answer(202, '{"job_id": "81fa'), WhisulUnreadable),
        (answer(202), WhisulUnreadable),
        (answer(204), WhisulUnreadable),
        (answer(202, "[" * 100_000), WhisulUnreadable),
        (answer(202, "\xff\xfe\xfd".encode("latin-1")), WhisulUnreadable),
        (json_answer(["job"], 202), WhisulUnreadable),
        (json_answer({"poll_url": f"/jobs/{JOB_ID}"}, 202), WhisulUnreadable),
        (json_answer({"job_id": None}, 202), WhisulUnreadable),
        (json_answer({"job_id": True}, 202), WhisulUnreadable),
        (json_answer({"job_id": "  "}, 202), WhisulUnreadable),
        (json_answer({"job_id": ["a"]}, 202), WhisulUnreadable),
        (answer(202, '{"job_id": NaN}'), WhisulUnreadable),
        (json_answer({"job_id": "a\0b"}, 202), WhisulUnreadable),
        (json_answer({"job_id": "\ud800"}, 202), WhisulUnreadable),
        (json_answer({"job_id": "a" * 513}, 202), WhisulUnreadable),
        (raw_then_close(b"this is not HTTP\r\n\r\n"), WhisulUnreadable),
        (raw_then_close(b"HTTP/1.1 202 OK\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n"), WhisulUnreadable),
        (raw_then_close(b"HTTP/1.1 202 OK\r\nX: " + b"y" * 20_000 + b"\r\n\r\n"), WhisulUnreadable),
        (raw_then_close(b"HTTP/1.1 202"), WhisulUnreachable),
    ],
)
async def test_a_submit_that_may_have_been_accepted_is_never_repeated(
    make_client: MakeClient, reply: Reply, kind: type[WhisulError]
) -> None:
    async with far_side(reply) as whisul:
        error = await _failed_submit(make_client(whisul.url, timeouts=timeouts_for(reply)))
        assert type(error) is kind
        assert not error.created_nothing
        assert len(whisul.seen) == 1


@pytest.mark.parametrize(
    ("reply", "kind"),
    [
        (truncated(400), WhisulUnreachable),
        (drip(400), WhisulUnreachable),
        (endless(b"HTTP/1.1 400 Bad\r\n\r\n"), WhisulUnreachable),
        (answer(429), WhisulRateLimited),
        (answer(408), WhisulUnavailable),
        (answer(425), WhisulUnavailable),
        (answer(503), WhisulUnavailable),
        (truncated(503), WhisulUnavailable),
        (answer(301, location="https://evil.example/"), WhisulMisdirected),
        (answer(302, location="https://evil.example/"), WhisulMisdirected),
        (answer(307, location="https://evil.example/"), WhisulMisdirected),
        (answer(308, location="https://evil.example/"), WhisulMisdirected),
        (answer(404), WhisulMisdirected),
        (answer(405), WhisulMisdirected),
    ],
)
async def test_errors_before_a_job_was_created_say_so(
    make_client: MakeClient, reply: Reply, kind: type[WhisulError]
) -> None:
    async with far_side(reply) as whisul:
        client = make_client(whisul.url, submit_path="/compose", timeouts=timeouts_for(reply))
        error = await _failed_submit(client)
        assert type(error) is kind
        assert error.created_nothing
        assert len(whisul.seen) == 1
        assert getattr(error, "status", whisul) in (whisul, *range(400, 504))


@pytest.mark.parametrize(
    "base_url",
    [
        f"http://127.0.0.1:{free_port()}/api",
        "http://whisul.invalid/api",
        f"http://{'a' * 80}.invalid/api",
        "http://127.1/api",
        "ftp://127.0.0.1/api",
    ],
    ids=["refused", "no such name", "impossible name", "odd notation", "odd scheme"],
)
async def test_a_failed_connection_created_nothing(make_client: MakeClient, base_url: str) -> None:
    error = await _failed_submit(make_client(base_url))
    assert isinstance(error, WhisulUnreachable)
    assert error.created_nothing


@pytest.mark.parametrize(
    "greeting", [b"HTTP/1.1 400 Bad Request\r\n\r\n", b""], ids=["not TLS", "no greeting"]
)
async def test_a_failed_tls_handshake_created_nothing(make_client: MakeClient, greeting: bytes) -> None:
    async with far_side(answer(202)) as plain:
        plain.greeting = greeting
        client = make_client(
            f"https://127.0.0.1:{plain.port}", timeouts=Timeouts(connect_s=0.2, read_s=20, total_s=20)
        )
        error = await _failed_submit(client)
    assert isinstance(error, WhisulUnreachable)
    assert error.created_nothing


async def test_a_connect_timeout_created_nothing(make_client: MakeClient) -> None:
    # A full backlog: the kernel takes no further handshake, as behind a dropping firewall.
    with socket.socket() as full:
        full.bind(("127.0.0.1", 0))
        full.listen(0)
        crowd = [socket.socket() for _ in range(4)]
        try:
            for one in crowd:
                one.setblocking(False)
                one.connect_ex(full.getsockname())
            client = make_client(
                f"http://127.0.0.1:{full.getsockname()[1]}",
                timeouts=Timeouts(connect_s=0.1, read_s=20, total_s=20),
            )
            error = await _failed_submit(client)
        finally:
            for one in crowd:
                one.close()
    assert isinstance(error, WhisulUnreachable)
    assert error.created_nothing


@pytest.mark.parametrize("end", [reset, hang_up])
async def test_a_lost_connection_repeats_a_poll_and_never_a_submit(
    make_client: MakeClient, end: Reply
) -> None:
    running = json_answer({"status": "running"})
    async with far_side(running, end, running, end, accepted()) as whisul:
        client = make_client(whisul.url)
        await client.job(JOB_ID)
        await client.job(JOB_ID)
        error = await _failed_submit(client)
    assert not error.created_nothing
    assert [request.method for request in whisul.seen] == ["GET", "GET", "GET", "POST"]


async def test_a_submit_never_uses_a_kept_connection(make_client: MakeClient) -> None:
    running = json_answer({"status": "running"})
    async with far_side(running, running, accepted(), accepted(), running) as whisul:
        client = make_client(whisul.url)
        await client.job(JOB_ID)
        await client.job(JOB_ID)
        await client.submit(PROMPT)
        await client.submit(PROMPT)
        await client.job(JOB_ID)
    assert [request.connection for request in whisul.seen] == [1, 1, 2, 3, 1]
    assert whisul.seen[2].headers["connection"] == "close"


@pytest.mark.parametrize("missing", [404, 405])
async def test_after_a_missing_path_the_other_one_is_remembered(
    make_client: MakeClient, missing: int
) -> None:
    async with far_side(compose=answer(missing), generate=accepted(JOB_ID)) as whisul:
        client = make_client(whisul.url)
        assert client.submit_path is None
        with capture_logs() as logs:
            assert await client.submit(PROMPT) == JOB_ID
        assert client.submit_path == "/generate"
        await client.submit(PROMPT)
    assert whisul.paths == ["/compose", "/generate", "/generate"]
    assert [(line["event"], line["path"]) for line in logs] == [
        ("submit_path_missing", "/compose"),
        ("submit_path_found", "/generate"),
    ]


async def test_a_path_that_answers_anything_else_is_the_right_one(make_client: MakeClient) -> None:
    async with far_side(compose=answer(503), generate=accepted()) as whisul:
        client = make_client(whisul.url)
        await _failed_submit(client)
        await _failed_submit(client)
        assert client.submit_path == "/compose"
    assert whisul.paths == ["/compose", "/compose"]


async def test_a_remembered_path_is_asked_first(make_client: MakeClient) -> None:
    async with far_side(accepted()) as whisul:
        client = make_client(whisul.url, remembered_path="/generate")
        assert client.submit_path == "/generate"
        await client.submit(PROMPT)
    assert whisul.paths == ["/generate"]


async def test_a_remembered_path_that_is_gone_is_replaced(make_client: MakeClient) -> None:
    async with far_side(compose=accepted(), generate=answer(404)) as whisul:
        client = make_client(whisul.url, remembered_path="/generate")
        await client.submit(PROMPT)
        assert client.submit_path == "/compose"
    assert whisul.paths == ["/generate", "/compose"]


@pytest.mark.parametrize("nonsense", ["/elsewhere", "", None])
async def test_a_remembered_path_that_never_existed_is_ignored(
    make_client: MakeClient, nonsense: str | None
) -> None:
    assert make_client("http://127.0.0.1", remembered_path=nonsense).submit_path is None


async def test_the_second_path_is_not_tried_after_an_unknown_outcome(make_client: MakeClient) -> None:
    async with far_side(compose=reset, generate=accepted()) as whisul:
        client = make_client(whisul.url)
        error = await _failed_submit(client)
        assert client.submit_path is None
    assert not error.created_nothing
    assert whisul.paths == ["/compose"]


async def test_no_path_at_all_is_misdirected(make_client: MakeClient) -> None:
    async with far_side(compose=answer(404), generate=answer(405)) as whisul:
        error = await _failed_submit(make_client(whisul.url))
    assert isinstance(error, WhisulMisdirected)
    assert error.created_nothing
    assert whisul.paths == ["/compose", "/generate"]


@pytest.mark.parametrize("path", ["/compose", "/generate"])
async def test_a_pinned_path_is_the_only_one_asked(make_client: MakeClient, path: str) -> None:
    async with far_side(answer(404)) as whisul:
        client = make_client(whisul.url, submit_path=path, remembered_path="/compose")
        assert client.submit_path == path
        assert isinstance(await _failed_submit(client), WhisulMisdirected)
    assert whisul.paths == [path]


@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
async def test_the_key_never_travels_to_another_host(make_client: MakeClient, status: int) -> None:
    async with far_side(accepted()) as other, far_side(answer(status, location=f"{other.url}/")) as whisul:
        client = make_client(whisul.url)
        await _failed_submit(client)
        with pytest.raises(WhisulMisdirected):
            await client.job(JOB_ID)
        assert len(whisul.seen) == 2
    assert other.seen == []


@pytest.mark.parametrize(
    ("body", "reason"),
    [
        ('{"error": "Invalid input", "message": "Prompt is too short"}', "Prompt is too short"),
        ('{"error": "Invalid input"}', "Invalid input"),
        ('{"error": "Invalid input", "message": ""}', "Invalid input"),
        ('{"error": "Invalid input", "message": 5}', "Invalid input"),
        ('{"error": {"code": 7}}', None),
        ('{"error": {"message": "No such genre"}}', "No such genre"),
        ('{"error": "x", "message": "two\\nlines\\u0000 and \\u202egnirts"}', "two lines and gnirts"),
        ('{"error": "<!DOCTYPE html><html>oops</html>"}', None),
        ('{"error": ' * 500 + '"x"' + "}" * 500, None),
    ],
    ids=short,
)
async def test_a_refusal_carries_whisuls_own_words_and_nothing_else(
    make_client: MakeClient, body: str, reason: str | None
) -> None:
    async with far_side(answer(400, body)) as whisul:
        error = await _failed_submit(make_client(whisul.url))
    assert isinstance(error, WhisulRefused)
    assert (error.status, error.reason) == (400, reason)


@pytest.mark.parametrize(
    "body",
    [
        *("<html>Bad Request</html>", '"just words"', "[1, 2]", "{}", "", '{"message": "Forbidden"}'),
        *('{"error": null}', '{"error": ""}', '{"error": 1}', '{"error": {}}', '{"error": ' * 50_000),
    ],
)
async def test_a_400_in_other_words_than_the_apis_is_no_refusal(make_client: MakeClient, body: str) -> None:
    async with far_side(answer(400, body)) as whisul:
        error = await _failed_submit(make_client(whisul.url))
    assert isinstance(error, WhisulUnreachable)
    assert error.created_nothing


async def test_a_long_reason_is_cut(make_client: MakeClient) -> None:
    async with far_side(json_answer({"error": "word " * 10_000}, 422)) as whisul:
        error = await _failed_submit(make_client(whisul.url))
    assert isinstance(error, WhisulRefused)
    assert error.reason is not None
    assert 1000 < len(error.reason) <= 2000


async def test_an_answer_that_quotes_the_key_is_redacted(make_client: MakeClient) -> None:
    async with far_side(json_answer({"error": f"The key {KEY} may not do this"}, 400)) as whisul:
        error = await _failed_submit(make_client(whisul.url))
    assert isinstance(error, WhisulRefused)
    assert error.reason == "The key [key] may not do this"


async def test_a_very_short_key_is_not_redacted() -> None:
    async with far_side(accepted(JOB_ID)) as whisul, aiohttp.ClientSession() as session:
        client = WhisulClient(session, base_url=whisul.url, api_key=SecretStr("f"))
        assert await client.submit(PROMPT) == JOB_ID


RETRY_AFTER: list[tuple[dict[str, str], float | None]] = [
    ({}, None),
    ({"retry_after": "7"}, 7.0),
    ({"retry_after": " 1.5 "}, 1.5),
    ({"retry_after": "0"}, 0.0),
    ({"retry_after": "-3"}, 0.0),
    ({"retry_after": "86400"}, 3600.0),
    ({"retry_after": "soon"}, None),
    ({"retry_after": ""}, None),
    ({"retry_after": "nan"}, None),
    ({"retry_after": "1_000"}, None),
    ({"retry_after": "9" * 400}, None),
    (
        {"retry_after": "Tue, 17 Feb 2026 15:40:04 GMT", "date": "Tue, 17 Feb 2026 15:39:34 GMT"},
        30.0,
    ),
    ({"retry_after": "Tue, 17 Feb 2026 15:40:04 -0000", "date": "Tue, 17 Feb 2026 15:39:34 GMT"}, 30.0),
    ({"retry_after": "Tue, 17 Feb 2026 15:39:00 GMT", "date": "Tue, 17 Feb 2026 15:39:34 GMT"}, 0.0),
    ({"retry_after": "Tue, 17 Feb 2099 15:39:00 GMT", "date": "long ago"}, 3600.0),
    ({"retry_after": "Tue, 17 Feb 2026 15:39:00 GMT"}, 0.0),
    ({"retry_after": "Tue, 99 Feb 2026 99:99:99 GMT"}, None),
    ({"retry_after": "Fri, 31 Dec 9999 23:59:59 -2359"}, None),
]


@pytest.mark.parametrize("status", [429, 503])
async def test_every_form_of_retry_after_is_read(make_client: MakeClient, status: int) -> None:
    replies = [answer(status, **headers) for headers, _ in RETRY_AFTER]
    async with far_side(*replies) as whisul:
        client = make_client(whisul.url)
        for headers, wait_s in RETRY_AFTER:
            error = await _failed_submit(client)
            assert isinstance(error, WhisulRateLimited | WhisulUnavailable)
            assert error.retry_after_s == wait_s, headers
            assert error.retry_after_s is None or isinstance(error.retry_after_s, float)


@pytest.mark.parametrize(
    "reply",
    [
        answer(401, f"bad key {KEY}"),
        answer(400, json.dumps({"error": PROMPT})),
        answer(409, json.dumps({"error": PROMPT})),
        answer(500, f"{KEY} {PROMPT}"),
        answer(202, f"<html>{KEY} {PROMPT}"),
        raw_then_close(f"{KEY} {PROMPT}\r\n\r\n".encode()),
        reset,
        silence,
        timeouts_for,
        answer(302, location=f"/{KEY}"),
    ],
)
async def test_errors_logs_and_reprs_hold_no_secret(make_client: MakeClient, reply: Reply) -> None:
    async with far_side(reply) as whisul:
        client = make_client(whisul.url, timeouts=timeouts_for(reply))
        with capture_logs() as logs:
            error = await _failed_submit(client)
    told = "".join(
        [
            str(error),
            repr(error),
            repr(error.__cause__),
            repr(client),
            repr(logs),
            *traceback.format_exception(error),
        ]
    )
    assert KEY not in told
    assert PROMPT not in told


async def test_a_key_that_is_no_header_value_is_a_whisul_error() -> None:
    async with far_side(accepted()) as whisul, aiohttp.ClientSession() as session:
        client = WhisulClient(session, base_url=whisul.url, api_key=SecretStr("two\r\nlines: 1"))
        error = await _failed_submit(client)
    assert isinstance(error, WhisulUnreachable)
    assert whisul.seen == []
