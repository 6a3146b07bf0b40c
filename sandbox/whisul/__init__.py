"""A simulator of the Whisul music API, with the contradictions of its documentation and with faults on demand."""

from sandbox.whisul.behaviour import (
    Behaviour,
    Change,
    Delay,
    Drip,
    Flood,
    Planned,
    Reset,
    Respond,
    Silence,
    StatusWord,
    Truncate,
    failing,
    html_page,
    rate_limited,
    redirect,
)
from sandbox.whisul.clock import Clock, HandClock, RealClock
from sandbox.whisul.exchange import Kind, Phase, SeenRequest
from sandbox.whisul.jobs import ABSENT, REFERENCE_EXAMPLE, REFERENCE_PROMPT, JobPlan, SimulatedJob
from sandbox.whisul.prompt_words import PROMPT_WORDS, PromptWord
from sandbox.whisul.server import DEFAULT_API_KEY, Submit, WhisulSimulator

__all__ = [
    "ABSENT",
    "DEFAULT_API_KEY",
    "PROMPT_WORDS",
    "REFERENCE_EXAMPLE",
    "REFERENCE_PROMPT",
    "Behaviour",
    "Change",
    "Clock",
    "Delay",
    "Drip",
    "Flood",
    "HandClock",
    "JobPlan",
    "Kind",
    "Phase",
    "Planned",
    "PromptWord",
    "RealClock",
    "Reset",
    "Respond",
    "SeenRequest",
    "Silence",
    "SimulatedJob",
    "StatusWord",
    "Submit",
    "Truncate",
    "WhisulSimulator",
    "failing",
    "html_page",
    "rate_limited",
    "redirect",
]
