"""Builds and runs the image without a container engine: `python -m scripts.exercise_image FOLDER`.

Each stage becomes a folder that starts as a copy of Debian with Python (made once by debootstrap); each RUN is carried out
in it by chroot, each COPY copies, and the growth of the folder is what the layer would weigh. Then the image's own command
is started as its own user, without capabilities, in a PID namespace of its own, on a root that cannot be written to,
against the sandbox: it has to be healthy by the image's own health check, make a song, and end soon after SIGTERM.

Needs root, debootstrap, unshare and setpriv (Debian: debootstrap, util-linux), and about 1 GB in FOLDER.
"""

import asyncio
import os
import shlex
import shutil
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Mapping, Sequence
from pathlib import Path

import click

from sandbox.bot_process import bot_settings
from sandbox.discord import DiscordStandIn
from sandbox.whisul import WhisulSimulator
from scripts.dockerfile import Instruction, Stage, stages, variables

ROOT = Path(__file__).resolve().parents[1]
PACKAGES = "python3,python3-venv,python3-pip,python-is-python3,ca-certificates"
START_PATH = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"
TOKEN = "stand-in.bot.token"  # noqa: S105 - the stand-in's
MAX_STOP_S = 10.0
HEALTHY_WITHIN_S = 60.0


# --- building -------------------------------------------------------------------------------------------------------


class Builder:
    """A stage being built: its folder, environment and working directory."""

    def __init__(self, root: Path, *, shared: Sequence[Path]) -> None:
        self.root = root
        self.shared = shared
        self.environment = {"PATH": START_PATH}
        self.folder = "/"

    def carry_out(self, instruction: Instruction, others: Mapping[str, Path]) -> None:
        """One instruction; those that only describe the image change nothing here."""
        match instruction.word:
            case "ENV":
                self.environment |= variables(instruction.rest, self.environment)
            case "WORKDIR":
                self.folder = instruction.rest
                self._inside(instruction.rest).mkdir(parents=True, exist_ok=True)
            case "COPY":
                self._copy(instruction.rest, others)
            case "RUN":
                self._run(instruction.rest)
            case _:
                pass

    def _inside(self, path: str) -> Path:
        return self.root / os.path.normpath(Path(self.folder, path)).lstrip("/")

    def _copy(self, rest: str, others: Mapping[str, Path]) -> None:
        *options, source, target = rest.split()
        stage = next((each.removeprefix("--from=") for each in options if each.startswith("--from=")), None)
        origin = others[stage] / source.lstrip("/") if stage else ROOT / source
        destination = self._inside(target)
        destination.parent.mkdir(parents=True, exist_ok=True)
        if origin.is_dir():
            ignored = shutil.ignore_patterns("__pycache__") if not stage else None
            shutil.copytree(origin, destination, symlinks=True, ignore=ignored, dirs_exist_ok=True)
        else:
            shutil.copy2(origin, destination)

    def _run(self, command: str) -> None:
        # What the network and a local package index need is there for this command, and not in the image.
        passed = {
            name: value
            for name, value in os.environ.items()
            if name.lower().endswith("_proxy") or "PIP_" in name
        }
        mounts = [f"mount -t proc proc {self.root}/proc"]
        for path in [Path("/etc/resolv.conf"), *self.shared]:
            place = self.root / str(path).lstrip("/")
            made = f"mkdir -p {place}" if path.is_dir() else f"mkdir -p {place.parent} && touch {place}"
            mounts += [made, f"mount --bind {path} {place}"]
        inside = ["chroot", str(self.root), "env", "-i", f"--chdir={self.folder}"]
        inside += [f"{name}={value}" for name, value in {**passed, **self.environment}.items()]
        inside += ["sh", "-euc", command]
        script = " && ".join([*mounts, f"exec {shlex.join(inside)}"])
        subprocess.run(["unshare", "--mount", "sh", "-euc", script], check=True)  # noqa: S603, S607 - our own Dockerfile


def base(folder: Path, mirror: str | None) -> Path:
    """Debian with Python in place of the Dockerfile's base image; built once."""
    root = folder / "base"
    if not (root / "usr/bin/python").exists():
        call = ["debootstrap", "--variant=minbase", f"--include={PACKAGES}", "bookworm", str(root)]
        subprocess.run([*call, *filter(None, [mirror])], check=True)  # noqa: S603 - as above
        shutil.rmtree(root / "var/lib/apt/lists")
    return root


def built(folder: Path, start: Path, shared: Sequence[Path]) -> tuple[Builder, Stage]:
    """Build every stage and print the size of each step; returns the image."""
    roots: dict[str, Path] = {}
    last: tuple[Builder, Stage] | None = None
    for stage in stages(ROOT / "Dockerfile"):
        root = folder / f"stage-{stage.name}"
        shutil.rmtree(root, ignore_errors=True)
        subprocess.run(["cp", "--archive", str(start), str(root)], check=True)  # noqa: S603, S607 - as above
        builder = Builder(root, shared=shared)
        size = weight(root)
        click.echo(f"{size / 1e6:9.1f} MB  stage {stage.name}: Debian with Python, for {stage.base}")
        for instruction in stage.instructions:
            builder.carry_out(instruction, roots)
            size, before = weight(root), size
            if instruction.word in ("RUN", "COPY"):
                click.echo(f"{(size - before) / 1e6:9.1f} MB  {instruction.word} {instruction.rest[:90]}")
        roots[stage.name] = root
        last = builder, stage
    if last is None:
        raise click.ClickException("the Dockerfile has no stage")
    return last


def weight(root: Path) -> int:
    """Bytes of all files in the folder."""
    return sum(
        path.lstat().st_size
        for path in root.rglob("*")
        if path.is_file() and not path.is_symlink() and root / "proc" not in path.parents
    )


# --- running ---------------------------------------------------------------------------------------------------------


class Container:
    """The image's command in a PID namespace, on a root that cannot be written to, as the image's own user."""

    def __init__(self, builder: Builder, stage: Stage, data: Path, settings: Mapping[str, str]) -> None:
        self._builder = builder
        self._stage = stage
        self._data = data
        self._settings = settings

    def command(self, inner: Sequence[str]) -> list[str]:
        """What starts `inner` there."""
        root = self._builder.root
        user, _, group = self._stage.only("USER").rest.partition(":")
        mounts = [
            f"mount --bind {root} {root}",
            f"mount -o remount,bind,ro {root}",
            f"mount --bind {self._data} {root}/data",
            f"mount -t proc proc {root}/proc",
        ]
        rights = ["setpriv", f"--reuid={user}", f"--regid={group}", "--clear-groups"]
        rights += ["--no-new-privs", "--bounding-set=-all", "--inh-caps=-all"]
        inside = ["chroot", str(root), *rights, "env", "-i", f"--chdir={self._builder.folder}"]
        variables_ = {**self._builder.environment, **self._settings}
        inside += [f"{name}={value}" for name, value in variables_.items()]
        script = " && ".join([*mounts, f"exec {shlex.join([*inside, *inner])}"])
        return ["unshare", "--mount", "--pid", "--fork", "--kill-child", "sh", "-euc", script]

    async def start(self) -> asyncio.subprocess.Process:
        """Start the image's entry point with its command."""
        inner = [*self._stage.only("ENTRYPOINT").listed(), *self._stage.only("CMD").listed()]
        return await asyncio.create_subprocess_exec(*self.command(inner))

    async def run(self, inner: Sequence[str]) -> int:
        """Run something else there; returns its exit code."""
        process = await asyncio.create_subprocess_exec(
            *self.command(inner), stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
        )
        return await process.wait()

    async def until_healthy(self) -> None:
        """Wait until the image's own health check says so."""
        async with asyncio.timeout(HEALTHY_WITHIN_S):
            while await self.run(self._stage.only("HEALTHCHECK").listed()) != 0:  # noqa: ASYNC110 - another process, which rings no bell
                await asyncio.sleep(0.2)


async def lived(builder: Builder, stage: Stage, data: Path) -> list[str]:
    """Start it, deliver a song, stop it; returns the observations. Raises if one is not as expected."""
    async with (
        WhisulSimulator(tiny_files=True, reference=True, speed=60) as whisul,
        DiscordStandIn(token=TOKEN) as discord,
    ):
        settings = bot_settings(
            discord_token=TOKEN,
            discord_api_url=discord.api_url,
            discord_gateway_url=discord.gateway_url,
            whisul_url=whisul.url,
            whisul_key=whisul.api_key,
            media_host=whisul.media_host,
            database=Path("/data/bot.db"),
            OPS_PORT=str(free_port()),
            POLL_INTERVAL_S="0.2",
        )
        container = Container(builder, stage, data, settings)
        began = time.monotonic()
        process = await container.start()
        try:
            seen = await watched(container, process, discord, began)
            began = time.monotonic()
            os.kill(child_of(process.pid), signal.SIGTERM)
            async with asyncio.timeout(MAX_STOP_S):
                code = await process.wait()
        finally:
            if process.returncode is None:
                # Process 1 of the namespace, with which all others in it go; its parent's end would not end it.
                os.kill(child_of(process.pid), signal.SIGKILL)
                await process.wait()
        if code != 0:
            raise click.ClickException(f"it ended with {code}")
        return [*seen, f"ended with 0, {time.monotonic() - began:.1f} s after SIGTERM"]


def free_port() -> int:
    """A free port, so that only the started program can answer there."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


async def watched(
    container: Container, process: asyncio.subprocess.Process, discord: DiscordStandIn, began: float
) -> list[str]:
    """Observations of the running image."""
    await container.until_healthy()
    healthy_s = time.monotonic() - began
    await discord.wait_for(
        lambda: discord.bot_online and discord.command_registry.of_scope(None), timeout_s=60
    )
    channel = discord.world.channel("music")
    asked = await discord.command(user="ada", channel=channel, name="compose", options={"prompt": "a song"})
    await discord.wait_for(lambda: any(each.attachments for each in discord.messages(channel)), timeout_s=60)
    if not asked.acknowledged:
        raise click.ClickException("the command was not acknowledged")
    if await container.run(["touch", "/app/x"]) == 0 or await container.run(["touch", "/data/x"]) != 0:
        raise click.ClickException("the root can be written to, or /data cannot")
    return [
        f"healthy by the image's own check after {healthy_s:.1f} s",
        "a song was asked for and posted with its audio",
        rights_of(child_of(process.pid)),
        "nothing but /data can be written to",
    ]


def rights_of(pid: int) -> str:
    """The user and capabilities of a process."""
    lines = Path(f"/proc/{pid}/status").read_text(encoding="ascii").splitlines()
    facts = dict(line.split(":\t", 1) for line in lines if ":\t" in line)
    user, group = facts["Uid"].split()[0], facts["Gid"].split()[0]
    if user == "0" or int(facts["CapEff"], 16) or facts["NoNewPrivs"] != "1":
        raise click.ClickException(f"it has rights that it must not have: {facts}")
    return f"runs as {user}:{group}, without capabilities, and can gain none"


def child_of(pid: int) -> int:
    """The only child of a process: process 1 of the namespace that `unshare` has made."""
    (child,) = Path(f"/proc/{pid}/task/{pid}/children").read_text(encoding="ascii").split()
    return int(child)


@click.command()
@click.argument("folder", type=click.Path(file_okay=False, path_type=Path))
@click.option("--mirror", help="Where debootstrap takes Debian from.")
@click.option(
    "--share",
    "shared",
    multiple=True,
    type=click.Path(exists=True, path_type=Path),
    help="A folder or file that is to be seen while packages are installed: a local index, a pip.conf.",
)
def main(folder: Path, mirror: str | None, shared: tuple[Path, ...]) -> None:
    """Build the image in FOLDER, print the size of each step, and run it."""
    folder = folder.resolve()
    folder.mkdir(parents=True, exist_ok=True)
    builder, stage = built(folder, base(folder, mirror), shared)
    data = folder / "data"
    shutil.rmtree(data, ignore_errors=True)
    # A new volume takes over the owner and the mode that the image gave to the folder.
    shutil.copytree(builder.root / "data", data)
    inside = (builder.root / "data").stat()
    os.chown(data, inside.st_uid, inside.st_gid)
    for line in asyncio.run(lived(builder, stage, data)):
        click.echo(f"✓ {line}")


if __name__ == "__main__":
    sys.exit(main())
