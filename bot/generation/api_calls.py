"""The only callers of the music API: every call is timed, and its result is reported to the gate."""

from uuid import uuid4

from bot.domain.jobs import JobReport
from bot.generation.api_gate import ApiGate
from bot.ops.metrics import Metrics
from bot.whisul import WhisulClient
from bot.whisul.errors import WhisulNotFound


class ApiCalls:
    """Calls Whisul and reports each answer or error to `gate`. Callers ask `gate.enter` for the right to call first.

    Every method raises the `WhisulError` that the call met.
    """

    def __init__(self, *, client: WhisulClient, gate: ApiGate, metrics: Metrics) -> None:
        self.gate = gate
        self._client = client
        self._metrics = metrics

    @property
    def submit_path(self) -> str | None:
        """The path that takes submits; None while it is not known."""
        return self._client.submit_path

    async def submit(self, prompt: str) -> str:
        """Submit a prompt once; returns the job ID. This spends money."""
        with self._metrics.whisul_call("submit"), self.gate.recorded():
            return await self._client.submit(prompt)

    async def poll(self, job_id: str) -> JobReport:
        """The state of a job. The metrics and dashboards call this a `look`."""
        with self._metrics.whisul_call("look"), self.gate.recorded(is_poll=True):
            return await self._client.job(job_id)

    async def probe(self) -> None:
        """Ask for a job that cannot exist: "no such job" is the answer of a working API that accepts the key.

        Costs nothing and is not counted in the metrics of polls.
        """
        try:
            with self.gate.recorded(is_poll=True):
                await self._client.job(str(uuid4()))
        except WhisulNotFound:
            pass
