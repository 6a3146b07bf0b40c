"""The simulator: the API and its files over real HTTP, and what tests need to control and observe it."""

import asyncio
from collections import Counter
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from types import TracebackType
from typing import Any, Literal, Self

from aiohttp import web

from sandbox.whisul.behaviour import Behaviour, early_answer, send
from sandbox.whisul.clock import Clock, RealClock
from sandbox.whisul.exchange import Answer, ConnectionGone, Exchange, Kind, Phase, SeenRequest
from sandbox.whisul.files import FileCache, ranged_answer
from sandbox.whisul.jobs import JobPlan, JobRegistry, SimulatedJob
from sandbox.whisul.prompt_words import job_rules, submit_behaviours, without_words
from sandbox.whisul.script import Rule, Script

SubmitPath = Literal["/compose", "/generate", "both"]
Hook = Callable[[Kind, Phase], Awaitable[None]]
_Act = Callable[[Exchange, tuple[Behaviour, ...]], Awaitable[Answer]]

DEFAULT_API_KEY = "whisul-sandbox-key"
_SHUTDOWN_S = 1.0


@dataclass(frozen=True, slots=True)
class Submit:
    """A prompt that was accepted, and the job that it became."""

    prompt: str
    job_id: str


class WhisulSimulator:
    """A Whisul API on this machine.

    `submit_path` says which of the two documented paths exists; the other answers `missing_path_status`. `speed`
    divides generation times. `song_seconds` makes every song that long; `tiny_files` serves a second of one tone
    and a cover of 64 pixels for each song. With `reference` the first job for "a trap song" is the example in the
    API's documentation.

    `submit_path`, `missing_path_status`, `api_key`, `hold`, `speed`, `on_request` and `on_change` (called after
    each request and each change of a job) may be changed at any time. `requests`, `submits` and `jobs` grow for as
    long as the simulator runs.
    """

    def __init__(
        self,
        *,
        api_key: str = DEFAULT_API_KEY,
        seed: int = 0,
        speed: float = 1.0,
        submit_path: SubmitPath = "both",
        missing_path_status: Literal[404, 405] = 404,
        song_seconds: int | None = None,
        tiny_files: bool = False,
        reference: bool = False,
        clock: Clock | None = None,
    ) -> None:
        self.api_key = api_key
        self.submit_path: SubmitPath = submit_path
        self.missing_path_status = missing_path_status
        self.on_request: Hook | None = None
        self.on_change: Callable[[], None] | None = None
        self.requests: list[SeenRequest] = []
        self.submits: list[Submit] = []
        self.media_host = ""
        self._clock: Clock = clock or RealClock()
        self._jobs = JobRegistry(
            clock=self._clock, seed=seed, speed=speed, song_seconds=song_seconds, reference=reference
        )
        self._script = Script()
        self._submits_of = Counter[str]()
        self._tiny_files = tiny_files
        self._files = FileCache(tiny=tiny_files)
        self._stopping = asyncio.Event()
        self._changed = asyncio.Event()
        self._runner: web.AppRunner | None = None

    async def __aenter__(self) -> Self:
        await self.start()
        return self

    async def __aexit__(
        self,
        exc_type: type[BaseException] | None,
        exc: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        await self.stop()

    async def start(self, host: str = "127.0.0.1", port: int = 0) -> None:
        """Listen; port 0 takes a free one. May be called again after `stop`: jobs and rules are kept."""
        self._stopping.clear()
        # A new one: `stop` has ended the threads of the one before.
        self._files = FileCache(tiny=self._tiny_files)
        runner = web.AppRunner(self._app(), access_log=None, shutdown_timeout=_SHUTDOWN_S)
        await runner.setup()
        try:
            await web.TCPSite(runner, host, port).start()
        except BaseException:
            await runner.cleanup()
            raise
        self._runner = runner
        self.media_host = f"{host}:{runner.addresses[0][1]}"
        self._jobs.media_url = f"http://{self.media_host}"

    async def stop(self) -> None:
        """Close every connection, also those that wait for an answer."""
        # First: the answers that wait for it would keep `cleanup` waiting.
        self._stopping.set()
        if self._runner is not None:
            await self._runner.cleanup()
            self._runner = None
        await self._files.close()

    @property
    def url(self) -> str:
        """The API's base URL."""
        return f"http://{self.media_host}/api"

    @property
    def jobs(self) -> dict[str, SimulatedJob]:
        """Every job by its ID, in order of submission, each in the state of its last poll."""
        return self._jobs.jobs

    @property
    def hold(self) -> bool:
        """While set, no job finishes by itself."""
        return self._jobs.hold

    @hold.setter
    def hold(self, value: bool) -> None:
        self._jobs.hold = value

    @property
    def speed(self) -> float:
        """What generation times are divided by; a change also affects the remaining time of running jobs."""
        return self._jobs.speed

    @speed.setter
    def speed(self, value: float) -> None:
        self._jobs.speed = value
        self._note_change()

    def hurry(self) -> None:
        """Make every running job due now, except those that never finish."""
        self._jobs.hurry()
        self._note_change()

    def _note_change(self) -> None:
        self._changed.set()
        if self.on_change is not None:
            self.on_change()

    def now_s(self) -> float:
        """The time of `SeenRequest.at` and of the jobs: the clock's monotonic seconds."""
        return self._clock.monotonic()

    def script(
        self,
        kind: Kind,
        *behaviours: Behaviour,
        times: int | None = 1,
        job_id: str | None = None,
        after: int = 0,
    ) -> Rule:
        """Apply behaviours to coming requests of a kind: `after` of them pass, then the next `times` (None: all).

        Where several rules match a request, the one added first applies.
        """
        rule = Rule(kind=kind, behaviours=behaviours, times=times, job_id=job_id, after=after)
        return self._script.add(rule)

    def unscript(self, rule: Rule) -> None:
        """Remove a rule."""
        self._script.remove(rule)

    def clear_script(self) -> None:
        """Remove all rules."""
        self._script.clear()

    def begin(self, prompt: str, plan: JobPlan) -> SimulatedJob:
        """Create a job without a request."""
        return self._jobs.create(prompt, song_prompt=prompt, plan=plan)

    def finish(
        self,
        job_id: str,
        *,
        status: Literal["completed", "failed"] = "completed",
        result: dict[str, object] | None = None,
        error: str | None = None,
    ) -> SimulatedJob:
        """End a job now; without `result` a completed one gets its own song."""
        job = self._jobs.finish(job_id, status=status, result=result, error=error)
        self._note_change()
        return job

    def expire(self, job_id: str) -> None:
        """Answer 404 for a job from now on; its files stay."""
        self.jobs[job_id].expired = True

    async def wait_for(self, predicate: Callable[[], Any], timeout_s: float = 10.0) -> None:
        """Return as soon as the predicate is true; it is evaluated after each request and each change of a job.

        Raises:
            TimeoutError: if that takes longer than `timeout_s` real seconds.
        """
        async with asyncio.timeout(timeout_s):
            while not predicate():
                # Nothing is awaited between the predicate and this, so no change is missed.
                self._changed.clear()
                await self._changed.wait()

    def _app(self) -> web.Application:
        app = web.Application()
        for path, method, handler in (
            ("/api/{submit:compose|generate}", "POST", self._on_submit),
            ("/api/jobs/{job_id}", "GET", self._on_poll),
        ):
            app.router.add_route(method, path, handler)
            # After the right method: aiohttp takes the first route that matches.
            app.router.add_route("*", path, self._on_wrong_method)
        app.router.add_get("/audio/{short_id}.mp3", self._on_audio)
        app.router.add_get("/covers/{short_id}.jpg", self._on_cover)
        app.router.add_route("*", "/{anything:.*}", self._on_other)
        return app

    async def _on_submit(self, request: web.Request) -> web.StreamResponse:
        if self._lacks_submit(request):
            return await self._on_other(request)
        return await self._handle("submit", request, self._submit)

    async def _on_poll(self, request: web.Request) -> web.StreamResponse:
        job = self._jobs.jobs.get(request.match_info["job_id"])
        return await self._handle("poll", request, self._poll, job)

    async def _on_audio(self, request: web.Request) -> web.StreamResponse:
        job = self._jobs.by_short_id(request.match_info["short_id"])
        return await self._handle("audio", request, self._audio, job)

    async def _on_cover(self, request: web.Request) -> web.StreamResponse:
        job = self._jobs.by_short_id(request.match_info["short_id"])
        return await self._handle("cover", request, self._cover, job)

    async def _on_wrong_method(self, request: web.Request) -> web.StreamResponse:
        if self._lacks_submit(request):
            return await self._on_other(request)
        return await self._handle("other", request, self._wrong_method)

    def _lacks_submit(self, request: web.Request) -> bool:
        submit = request.match_info.get("submit")
        return submit is not None and self.submit_path not in ("both", f"/{submit}")

    async def _on_other(self, request: web.Request) -> web.StreamResponse:
        return await self._handle("other", request, self._other)

    async def _handle(
        self, kind: Kind, request: web.Request, act: _Act, job: SimulatedJob | None = None
    ) -> web.StreamResponse:
        exchange = Exchange(
            seen=await self._seen(kind, request),
            request=request,
            stopping=self._stopping,
            job=job,
        )
        self.requests.append(exchange.seen)
        self._note_change()
        behaviours = self._script.take(kind, job.job_id if job else None)
        if kind == "submit":
            prompt = exchange.seen.prompt or ""
            # Refused ones count, too: "[busy]" refuses the first two.
            self._submits_of[prompt] += 1
            # After those of a script, which take precedence.
            behaviours += submit_behaviours(prompt, self._submits_of[prompt])
        try:
            return await self._respond(exchange, behaviours, act)
        except (ConnectionGone, ConnectionError):
            # Nobody gets it: aiohttp wants a response from every handler.
            return web.Response()
        finally:
            self._note_change()

    async def _respond(
        self, exchange: Exchange, behaviours: tuple[Behaviour, ...], act: _Act
    ) -> web.StreamResponse:
        await self._call_hook(exchange, "before")
        answer = await early_answer(exchange, behaviours)
        if answer is None:
            answer = await act(exchange, behaviours)
            self._note_change()
            await self._call_hook(exchange, "handled")
        for each in behaviours:
            answer = await each.reshape(exchange, answer)
        # Before the answer is sent: the client may act on it, and a test look at this, at once.
        exchange.seen.job_id = exchange.job.job_id if exchange.job else None
        response = await send(exchange, behaviours, answer)
        exchange.seen.status = response.status
        exchange.seen.word = answer.job_status if exchange.seen.kind == "poll" else None
        await self._call_hook(exchange, "answered")
        return response

    async def _call_hook(self, exchange: Exchange, phase: Phase) -> None:
        if self.on_request is not None:
            await self.on_request(exchange.seen.kind, phase)

    async def _seen(self, kind: Kind, request: web.Request) -> SeenRequest:
        return SeenRequest(
            kind=kind,
            method=request.method,
            path=request.path,
            headers={name.lower(): value for name, value in request.headers.items()},
            body=await request.read(),
            at=self._clock.monotonic(),
        )

    def _refusal(self, exchange: Exchange) -> Answer | None:
        if exchange.seen.headers.get("authorization") == f"Bearer {self.api_key}":
            return None
        return Answer.of_error(401, "Unauthorized", "Missing or invalid API key")

    async def _submit(self, exchange: Exchange, behaviours: tuple[Behaviour, ...]) -> Answer:
        if refusal := self._refusal(exchange):
            return refusal
        prompt = exchange.seen.prompt
        if not prompt:
            return Answer.of_error(400, "Invalid input", "'prompt' must be a non-empty string")
        plan = JobPlan()
        for each in behaviours:
            plan = each.plan(plan)
        exchange.job = job = self._jobs.create(prompt, song_prompt=without_words(prompt), plan=plan)
        self.submits.append(Submit(prompt, job.job_id))
        # Before the answer: the first poll may follow it at once.
        for rule in job_rules(prompt, job.job_id):
            self._script.add(rule)
        accepted = {"message": "Song generation started", "job_id": job.job_id}
        return Answer.of_json(202, {**accepted, "poll_url": f"/jobs/{job.job_id}"})

    async def _poll(self, exchange: Exchange, behaviours: tuple[Behaviour, ...]) -> Answer:
        del behaviours
        if refusal := self._refusal(exchange):
            return refusal
        job = self._jobs.settled(exchange.request.match_info["job_id"])
        if job is None:
            return Answer.of_error(404, "Not found", "Job not found")
        return Answer.of_json(200, job.body())

    async def _audio(self, exchange: Exchange, behaviours: tuple[Behaviour, ...]) -> Answer:
        del behaviours
        if exchange.job is None:
            return Answer(status=404)
        return ranged_answer(exchange.request, await self._files.audio(exchange.job.song), "audio/mpeg")

    async def _cover(self, exchange: Exchange, behaviours: tuple[Behaviour, ...]) -> Answer:
        del behaviours
        if exchange.job is None:
            return Answer(status=404)
        return ranged_answer(exchange.request, await self._files.cover(exchange.job.song), "image/jpeg")

    async def _wrong_method(self, exchange: Exchange, behaviours: tuple[Behaviour, ...]) -> Answer:
        """405 with `Allow`: Whisul's pages do not say, so HTTP decides."""
        del behaviours
        body = {"error": "Method not allowed", "message": f"No {exchange.seen.method} here"}
        is_submit = "submit" in exchange.request.match_info
        return Answer.of_json(405, body, {"Allow": "POST" if is_submit else "GET"})

    async def _other(self, exchange: Exchange, behaviours: tuple[Behaviour, ...]) -> Answer:
        del behaviours
        is_submit = exchange.request.match_info.get("submit") is not None
        return Answer.of_error(self.missing_path_status if is_submit else 404, "Not found", "No such route")
