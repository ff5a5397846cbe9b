"""The operator's guide `docs/operator/life-of-a-city.md`: its commands, as they stand there, from top to bottom."""

import os
import re
import signal
import subprocess
import threading
from dataclasses import dataclass, field
from pathlib import Path

from harness.checks import Checks, equal, expect
from harness.city import City
from harness.context import Context

PAGE = Path(__file__).resolve().parents[3] / "docs" / "operator" / "life-of-a-city.md"
BLOCK_SECONDS_MAX = 240
# The ports in the page, of the first node and of the fifth, where the city has its usual ones.
RPC, NEW_RPC, NEW_LINKS = "8545", "8549", "9549"
NEW = 4


def run(checks: Checks, context: Context) -> None:
    """Every block of the page is a check; a later one stands on those before it."""
    city = context.new_city("guide")
    home = city.folder
    home.mkdir()
    city.folder = home / "city"
    city.arguments = ["--epoch-blocks", "20"]
    checks.hint = city.log_hint
    try:
        with checks.check("a city of four validators starts", needed=True):
            city.start()
        shell = Shell(home, Path(city.binary).parent)
        try:
            for title, block in blocks(PAGE.read_text()):
                with checks.check(title, needed=True):
                    shell.run(adapted(block, city))
        finally:
            shell.close()
        with checks.check("no node panicked"):
            equal(city.panics(), [], "panics")
    finally:
        city.close()


def blocks(page: str) -> list[tuple[str, str]]:
    """The blocks marked `sh`, each named by its heading and its first command."""
    found, heading = [], ""
    for part in re.finditer(r"^## ([^\n]+)$|^```sh\n(.*?)^```$", page, re.MULTILINE | re.DOTALL):
        if part[1]:
            heading = part[1]
        else:
            first = part[2].split("\n", 1)[0].rstrip(" \\{'")
            found.append((f"{heading}: {first}", part[2]))
    expect(len(found) > 10, "the blocks of the page", len(found))
    return found


def adapted(block: str, city: City) -> str:
    """The block with the ports of this city. Under `set -e` a `!` that does not hold would end nothing."""
    port = city.rpc_port + NEW
    block = block.replace(NEW_RPC, str(port)).replace(NEW_LINKS, str(port + 1_000)).replace(RPC, str(city.rpc_port))
    return re.sub(r"^(! .*)$", r"\1 || false", block, flags=re.MULTILINE)


@dataclass
class Shell:
    """One bash for all blocks, so that what a block sets is known to those after it."""

    home: Path
    programs: Path
    count: int = 0
    process: subprocess.Popen = field(init=False)

    def __post_init__(self) -> None:
        known = {name: value for name, value in os.environ.items() if not name.startswith("CIVITAS_")}
        self.process = subprocess.Popen(
            ["bash", "--noprofile", "--norc"],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            cwd=self.home,
            env=known | {"PATH": f"{self.programs}:{os.environ['PATH']}"},
            start_new_session=True,
        )
        self.write("set -euo pipefail\n")

    def write(self, text: str) -> None:
        assert self.process.stdin is not None
        self.process.stdin.write(text)
        self.process.stdin.flush()

    def run(self, block: str) -> str:
        """Runs a block to its end; a command that fails ends the shell, and with it the check."""
        self.count += 1
        mark = f"-- end of block {self.count}"
        guard = threading.Timer(BLOCK_SECONDS_MAX, self.kill)
        guard.start()
        lines: list[str] = []
        try:
            self.write(f"{block}\necho '{mark}'\n")
            assert self.process.stdout is not None
            for line in self.process.stdout:
                if line.rstrip("\n") == mark:
                    return "".join(lines)
                lines.append(line)
        except BrokenPipeError:
            pass
        finally:
            guard.cancel()
        expect(False, f"every command of the block to do what the page says\n{block}", "".join(lines[-30:]))
        return ""

    def kill(self) -> None:
        """Ends the shell and what it started."""
        try:
            os.killpg(self.process.pid, signal.SIGKILL)
        except ProcessLookupError:
            pass

    def close(self) -> None:
        self.kill()
        self.process.wait()
