"""What other processes use, as Linux tells it under /proc: each process is measured for itself."""

import os
import time
from dataclasses import dataclass
from pathlib import Path

TICKS_PER_S = os.sysconf("SC_CLK_TCK")


@dataclass(frozen=True, slots=True, kw_only=True)
class Usage:
    """One process up to a moment (`at`, monotonic): seconds on a core, megabytes now and at most, times it was woken.

    Woken is counted over all threads, as the kernel counts voluntary context switches: each end of a sleep is one.
    """

    at: float
    cpu_s: float
    memory_mb: float
    peak_mb: float
    woken: int

    @classmethod
    def of(cls, pid: int) -> "Usage":
        """The usage of a living process."""
        folder = Path("/proc") / str(pid)
        # The name, in brackets, may hold anything: what comes after it is split by spaces.
        fields = (folder / "stat").read_text().rpartition(")")[2].split()
        status = _status(folder / "status")
        return cls(
            at=time.monotonic(),
            cpu_s=(int(fields[11]) + int(fields[12])) / TICKS_PER_S,
            memory_mb=status["VmRSS"] / 1024,
            peak_mb=status["VmHWM"] / 1024,
            woken=sum(
                _status(thread / "status")["voluntary_ctxt_switches"]
                for thread in (folder / "task").iterdir()
            ),
        )

    def cores_since(self, earlier: "Usage") -> float:
        """Cores in use, on average, since an earlier moment."""
        return (self.cpu_s - earlier.cpu_s) / (self.at - earlier.at)

    def wakes_per_s_since(self, earlier: "Usage") -> float:
        """How often a second it was woken since an earlier moment."""
        return (self.woken - earlier.woken) / (self.at - earlier.at)


def _status(file: Path) -> dict[str, int]:
    """The numbers of a status file; sizes are in kB."""
    lines = (line.split() for line in file.read_text().splitlines())
    return {words[0].rstrip(":"): int(words[1]) for words in lines if len(words) > 1 and words[1].isdigit()}
