"""`python -m tests.contract`: test the simulator with requests that schemathesis generates from the description."""

import asyncio
import logging
import os
import sys
import tempfile
from collections import Counter

import click

from sandbox.whisul import JobPlan, Planned, WhisulSimulator
from tests.contract.contract import DESCRIPTION
from tests.fuzzing import cases

SPEED = 10_000.0  # so that a job has ended when it is polled for the second time
MAX_SUBMITS = 1500  # every third of so many becomes a job that fails


async def main() -> int:
    """Run it against a simulator; returns its exit code, 0 when nothing contradicts the description."""
    logging.getLogger(
        "aiohttp.server"
    ).disabled = True  # it reports the malformed requests that are the point here
    async with WhisulSimulator(tiny_files=True, reference=True, speed=SPEED) as simulator:
        for passed in range(0, MAX_SUBMITS, 3):
            simulator.script("submit", Planned(JobPlan(status="failed")), after=passed)
        arguments = ["run", str(DESCRIPTION), "--url", simulator.url]
        arguments += ["--header", f"Authorization: Bearer {simulator.api_key}"]
        arguments += ["--checks", "all", "--max-examples", str(cases(150)), "--suppress-health-check", "all"]
        arguments += ["--no-color"] + ["--generation-deterministic"] * ("CI" in os.environ)
        with tempfile.TemporaryDirectory() as folder:  # it keeps notes where it runs
            program = await asyncio.create_subprocess_exec(
                sys.executable, "-m", "schemathesis.cli", *arguments, *sys.argv[1:], cwd=folder
            )
            code = await program.wait()
        answers = Counter(
            f"{seen.method} {seen.kind} {seen.status} {seen.word or ''}".rstrip()
            for seen in simulator.requests
        )
    click.echo(
        f"Validated answers: {', '.join(f'{number} x {what}' for what, number in answers.most_common(12))}"
    )
    return code


sys.exit(asyncio.run(main()))
