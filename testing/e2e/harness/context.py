"""What a run gives to its suites."""

from dataclasses import dataclass
from pathlib import Path

from .city import City
from .jsonrpc import Rpc


@dataclass
class Context:
    """Set-up of a run. `urls` are the nodes under test: those of `city`, or without one a foreign node."""

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

    def new_city(self, name: str) -> City:
        """A city of its own for a suite that breaks things."""
        if self.binary is None:
            raise RuntimeError("no civitas binary")
        if (self.work / name).exists():
            raise RuntimeError(f"two suites call their city {name}")
        return City(self.binary, self.work / name, self.work / f"{name}-logs")
