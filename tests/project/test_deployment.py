"""The deployment files: image, Compose, Kubernetes and systemd unit."""

import re
import shlex
from pathlib import Path
from typing import Any

import pytest
import yaml

from bot.errors import ExitCode
from bot.ops.health import CHECK_TIMEOUT_S
from bot.runtime import DRAIN_S, HANDOVER_S
from bot.settings import Settings
from scripts.dockerfile import stages, variables

ROOT = Path(__file__).resolve().parents[2]
UNIT = ROOT / "deploy/systemd/whisul-bot.service"
STAGES = stages(ROOT / "Dockerfile")
PACKAGES, IMAGE = STAGES
SERVICE: dict[str, Any] = yaml.safe_load((ROOT / "compose.yaml").read_text())["services"]["bot"]
SEVERAL: dict[str, Any] = yaml.safe_load((ROOT / "deploy/compose/several-processes.yaml").read_text())[
    "services"
]
DEPLOYMENT, BUDGET = yaml.safe_load_all((ROOT / "deploy/kubernetes/whisul-bot.yaml").read_text())
SECRET: dict[str, Any] = yaml.safe_load((ROOT / "deploy/kubernetes/secret.example.yaml").read_text())
POD: dict[str, Any] = DEPLOYMENT["spec"]["template"]["spec"]
(BOT,) = POD["containers"]
LONGEST_STOP_S = 10
BOTS_OWN = {ExitCode.DATABASE_NEWER, ExitCode.CANNOT_CREATE, ExitCode.SETTINGS, ExitCode.USAGE}
"""How the bot ends where another start, as things are, would end in the same way."""


def unit() -> dict[str, list[str]]:
    """The unit's settings, each with the values that it is given."""
    found: dict[str, list[str]] = {}
    for line in UNIT.read_text().splitlines():
        name, equals, value = line.partition("=")
        if equals and not line.startswith("#"):
            found.setdefault(name, []).append(value)
    return found


# --- the image ------------------------------------------------------------------------------------------------------


def test_the_image_holds_the_locked_packages_and_nothing_else() -> None:
    (install,) = [each.rest for each in PACKAGES.instructions if "pip" in each.rest and each.word == "RUN"]
    assert {"--require-hashes", "--no-deps", "requirements/run.txt"} <= set(shlex.split(install))
    copied = [each.rest for each in IMAGE.instructions if each.word == "COPY"]
    assert copied == ["--from=packages /app/.venv /app/.venv", "bot bot", "cogs cogs"]
    assert not [each for each in IMAGE.instructions if "pip" in each.rest]
    ignored = (ROOT / ".dockerignore").read_text().splitlines()
    assert ignored[0] == "*"
    assert ".env" not in " ".join(ignored)


def test_the_image_runs_as_an_unprivileged_user() -> None:
    user = IMAGE.only("USER").rest
    assert re.fullmatch(r"[1-9]\d{3,}:[1-9]\d{3,}", user)
    after = IMAGE.instructions[IMAGE.instructions.index(IMAGE.only("USER")) :]
    assert not [each for each in after if each.word == "RUN"]


def test_the_image_has_an_init_that_passes_sigterm_on() -> None:
    assert IMAGE.only("ENTRYPOINT").listed()[:2] == ["tini", "--"]
    assert IMAGE.only("ENTRYPOINT").listed()[2:] == ["python", "-m", "bot"]
    assert IMAGE.only("CMD").listed() == ["run"]
    assert IMAGE.only("STOPSIGNAL").rest == "SIGTERM"


def test_the_image_asks_for_its_health() -> None:
    assert IMAGE.only("HEALTHCHECK").listed() == ["python", "-m", "bot.ops.probe"]


def test_all_that_the_image_writes_lies_in_its_volume() -> None:
    known: dict[str, str] = {}
    for each in IMAGE.instructions:
        if each.word == "ENV":
            known |= variables(each.rest, known)
    assert IMAGE.only("VOLUME").rest == known["TMPDIR"] == "/data"
    assert known["DATABASE_URL"] == "sqlite+aiosqlite:////data/bot.db"
    assert known["PYTHONDONTWRITEBYTECODE"] == "1"


def test_both_stages_stand_on_the_same_python() -> None:
    assert PACKAGES.base == IMAGE.base
    assert re.fullmatch(r"python:3\.11-slim-\w+", IMAGE.base)


# --- compose --------------------------------------------------------------------------------------------------------


def test_the_container_can_write_to_its_volume_alone() -> None:
    assert SERVICE["read_only"] is True
    assert SERVICE["volumes"] == ["data:/data"]
    assert "tmpfs" not in SERVICE


def test_the_container_has_no_rights_and_can_gain_none() -> None:
    assert SERVICE["cap_drop"] == ["ALL"]
    assert "cap_add" not in SERVICE
    assert SERVICE["security_opt"] == ["no-new-privileges:true"]
    assert SERVICE["user"] == IMAGE.only("USER").rest
    assert "privileged" not in SERVICE


def test_the_container_is_limited() -> None:
    assert SERVICE["pids_limit"] <= 128
    assert re.fullmatch(r"\d+m", SERVICE["mem_limit"])
    assert 0 < SERVICE["cpus"] <= 2
    assert SERVICE["logging"]["options"]["max-size"]


def test_the_container_has_time_to_stop_and_one_init_and_publishes_nothing() -> None:
    assert int(SERVICE["stop_grace_period"].removesuffix("s")) > LONGEST_STOP_S > 1 + 2 * DRAIN_S
    assert "init" not in SERVICE, "the image has one"
    assert "healthcheck" not in SERVICE, "the image has one"
    assert "ports" not in SERVICE


# --- several processes ----------------------------------------------------------------------------------------------


def test_three_bots_share_a_database_and_each_is_as_confined_as_one() -> None:
    bots = [service for name, service in SEVERAL.items() if name.startswith("bot-")]
    assert len(bots) == 3
    for name in ("image", "user", "read_only", "cap_drop", "security_opt", "pids_limit"):
        assert all(bot[name] == SERVICE[name] for bot in bots), name
    assert {bot["environment"]["DATABASE_URL"].partition("://")[0] for bot in bots} == {"postgresql+asyncpg"}
    assert not any(service.get("ports") or service.get("privileged") for service in SEVERAL.values())
    assert SEVERAL["postgres"]["volumes"]


def test_each_of_several_has_time_to_hand_over_and_to_stop() -> None:
    periods = [POD["terminationGracePeriodSeconds"]]
    periods += [
        int(SEVERAL[name]["stop_grace_period"].removesuffix("s")) for name in SEVERAL if name != "postgres"
    ]
    assert min(periods) > HANDOVER_S + LONGEST_STOP_S


def test_the_pod_has_no_rights_and_writes_to_one_volume_alone() -> None:
    assert BOT["securityContext"]["readOnlyRootFilesystem"] is True
    assert BOT["securityContext"]["allowPrivilegeEscalation"] is False
    assert BOT["securityContext"]["capabilities"] == {"drop": ["ALL"]}
    context = POD["securityContext"]
    assert f"{context['runAsUser']}:{context['runAsGroup']}" == IMAGE.only("USER").rest
    assert [mount["mountPath"] for mount in BOT["volumeMounts"]] == [IMAGE.only("VOLUME").rest]
    assert POD["automountServiceAccountToken"] is False


def test_the_probes_ask_what_the_bot_answers_and_wait_long_enough() -> None:
    environment = {each["name"]: each["value"] for each in BOT["env"]}
    assert environment["OPS_HOST"] == "0.0.0.0"  # noqa: S104 - the kubelet asks from outside the container
    (port,) = BOT["ports"]
    assert (port["name"], str(port["containerPort"])) == ("ops", environment["OPS_PORT"])
    paths = {"startupProbe": "/healthz", "livenessProbe": "/healthz", "readinessProbe": "/readyz"}
    for name, path in paths.items():
        assert BOT[name]["httpGet"] == {"path": path, "port": "ops"}
        assert BOT[name]["timeoutSeconds"] > CHECK_TIMEOUT_S


def test_pods_are_replaced_and_evicted_one_at_a_time() -> None:
    assert DEPLOYMENT["spec"]["strategy"]["rollingUpdate"] == {"maxSurge": 1, "maxUnavailable": 0}
    assert BUDGET["spec"]["maxUnavailable"] == 1
    labels = DEPLOYMENT["spec"]["template"]["metadata"]["labels"]
    assert (
        BUDGET["spec"]["selector"]["matchLabels"] == DEPLOYMENT["spec"]["selector"]["matchLabels"] == labels
    )


def test_the_pod_names_settings_that_exist_and_a_secret_with_the_required() -> None:
    named = {each["name"] for each in BOT["env"]} | SECRET["stringData"].keys()
    assert {name.lower() for name in named} <= set(Settings.model_fields)
    required = {name for name, field in Settings.model_fields.items() if field.is_required()}
    assert required <= {name.lower() for name in SECRET["stringData"]}
    assert BOT["envFrom"] == [{"secretRef": {"name": SECRET["metadata"]["name"]}}]


# --- systemd --------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("Type", "notify"),
        ("NotifyAccess", "main"),
        ("Restart", "on-failure"),
        ("DynamicUser", "yes"),
        ("StateDirectory", "whisul-bot"),
        ("UMask", "0077"),
        ("ProtectSystem", "strict"),
        ("ProtectHome", "yes"),
        ("NoNewPrivileges", "yes"),
        ("CapabilityBoundingSet", ""),
        ("MemoryMax", "512M"),
    ],
)
def test_the_unit_keeps_its_promises(name: str, value: str) -> None:
    assert unit()[name] == [value]


def test_the_unit_does_not_start_again_what_would_end_in_the_same_way() -> None:
    (codes,) = unit()["RestartPreventExitStatus"]
    assert {int(code) for code in codes.split()} == BOTS_OWN


def test_the_unit_waits_longer_and_longer() -> None:
    assert unit().keys() >= {"RestartSec", "RestartSteps", "RestartMaxDelaySec", "StartLimitBurst"}


def test_the_unit_gives_the_bot_time_to_stop_and_watches_it() -> None:
    assert int(unit()["TimeoutStopSec"][0].removesuffix("s")) > LONGEST_STOP_S
    assert int(unit()["WatchdogSec"][0].removesuffix("s")) >= 30


def test_the_unit_names_settings_that_exist() -> None:
    named = {pair.split("=")[0] for line in unit()["Environment"] for pair in line.split()}
    assert {name.lower() for name in named - {"PYTHONDONTWRITEBYTECODE"}} <= set(Settings.model_fields)
