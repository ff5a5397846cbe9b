"""What a run gives to its suites."""

import shutil
from dataclasses import dataclass, replace
from pathlib import Path

from .city import City
from .jsonrpc import Rpc

# Where a file system in memory stands, as a rule.
MEMORY = Path("/dev/shm")
# Room that a city needs there.
MEMORY_BYTES_MIN = 4 << 30


def in_memory_of(run: Path) -> Path:
    """What a run with this folder keeps in memory."""
    return MEMORY / run.name


@dataclass
class Context:
    """Set-up of a run. `urls` are the nodes under test: those of `city`, or without one a foreign node."""

    run: Path
    # The working folder: that of the run, or of the suite alone, so that names of suites cannot meet.
    work: Path
    clients: Path
    artifacts: Path
    binary: str | None
    urls: list[str]
    city: City | None
    seed: int
    rounds: int
    minutes: float
    # Whether times are judged, on a machine that does nothing else; they are reported in any case.
    judge_times: bool = False

    @property
    def foreign(self) -> bool:
        """Whether the node under test is not ours (anvil, while tests are written)."""
        return self.city is None

    def rpcs(self) -> list[Rpc]:
        return [Rpc(url) for url in self.urls]

    def of_suite(self, name: str) -> "Context":
        """The same with a working folder for a suite."""
        work = self.run / "suites" / name
        work.mkdir(parents=True)
        return replace(self, work=work)

    def new_city(self, name: str, in_memory: bool = False) -> City:
        """A city of its own for a suite that breaks things; in memory, where its times must not be those of a disk."""
        if self.binary is None:
            raise RuntimeError("no civitas binary")
        if (self.work / name).exists():
            raise RuntimeError(f"two suites call their city {name}")
        folder = self.work / name
        if in_memory and MEMORY.is_dir() and shutil.disk_usage(MEMORY).free >= MEMORY_BYTES_MIN:
            folder = in_memory_of(self.run) / name
            folder.parent.mkdir(exist_ok=True)
        return City(self.binary, folder, self.work / f"{name}-logs")
