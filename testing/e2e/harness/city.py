"""A city on this machine: started, stopped, killed and started again, as an operator or a fault would do it.

Two ways of running: `up` (the whole city by `civitas up`, which restarts a killed node by itself) and single
nodes (each by `civitas node`, so that a test decides which of them run). Only processes of a test are killed.
"""

import json
import os
import signal
import socket
import subprocess
import time
import tomllib
from dataclasses import dataclass, field
from pathlib import Path

from .checks import Expected, eventually, expect
from .jsonrpc import Rpc

START_SECONDS_MAX = 60.0
STOP_SECONDS_MAX = 20.0
# JSON-RPC, links between nodes, metrics: as `civitas init` numbers them.
DERIVED_PORTS = (0, 1_000, 1_100)


def free_ports(count: int) -> int:
    """The first of `count` neighbouring ports of loopback that are free, as those are that a city derives."""
    for first in range(16_000 + os.getpid() % 8_000, 31_000, 16):
        if all(port_is_free(first + offset + kind) for offset in range(count) for kind in DERIVED_PORTS):
            return first
    raise RuntimeError("no free ports on loopback")


def port_is_free(port: int) -> bool:
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(("127.0.0.1", port))
        except OSError:
            return False
        return True


def alive(pid: int) -> bool:
    """Whether a thread of a process runs (of a dead one that nobody waited for none does)."""
    try:
        threads = list(Path(f"/proc/{pid}/task").iterdir())
        states = [(thread / "stat").read_text().rsplit(")", 1)[1].split()[0] for thread in threads]
    except OSError:
        return Path(f"/proc/{pid}").exists() and alive(pid)
    return any(state not in "ZX" for state in states)


@dataclass
class City:
    """A city in a folder."""

    binary: str
    folder: Path
    logs: Path
    validators: int = 4
    consensus: str = "simplex"
    commitment: str = "qmdb"
    rpc_port: int = field(default_factory=lambda: free_ports(8))
    # Further arguments of `civitas up`.
    arguments: list[str] = field(default_factory=list)
    # Where its console answers; most suites have no use for one.
    console_port: int | None = None
    up: subprocess.Popen | None = None
    singles: dict[int, subprocess.Popen] = field(default_factory=dict)
    first_block_seconds: float = 0.0

    def url(self, index: int) -> str:
        return f"http://127.0.0.1:{self.rpc_port + index}"

    def rpc(self, index: int, seconds: float = 20.0) -> Rpc:
        return Rpc(self.url(index), seconds)

    def rpcs(self) -> list[Rpc]:
        return [self.rpc(index) for index in range(self.validators)]

    def node_folder(self, index: int) -> Path:
        return self.folder / f"node{index}"

    def settings(self, index: int) -> dict:
        """The node's `node.toml`."""
        return tomllib.loads((self.node_folder(index) / "node.toml").read_text())

    def data_folder(self, index: int) -> Path:
        return self.node_folder(index) / self.settings(index)["data"]

    def node_key(self, index: int) -> str:
        """The key that a node's certificate carries and that signs its votes."""
        return json.loads((self.folder / "city.json").read_text())["nodes"][index]["public_key"]

    def pid(self, index: int) -> int:
        return int((self.node_folder(index) / "pid").read_text())

    def spawn(self, arguments: list[str], log: str) -> subprocess.Popen:
        """Starts the binary in a process group of its own, its output appended to a log."""
        self.logs.mkdir(parents=True, exist_ok=True)
        with open(self.logs / log, "ab") as output:
            return subprocess.Popen(
                [self.binary, *arguments],
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=output,
                start_new_session=True,
            )

    def start(self, seconds: float = START_SECONDS_MAX) -> float:
        """`civitas up`; gives back the seconds until node 0 showed a block that is new."""
        started = time.monotonic()
        self.spawn_up()
        self.wait_for_blocks(seconds)
        return time.monotonic() - started

    def spawn_up(self) -> subprocess.Popen:
        """Starts `civitas up` and waits for nothing."""
        shape = ["--validators", str(self.validators), "--consensus", self.consensus]
        shape += ["--state-commitment", self.commitment]
        ports = ["--rpc-port", str(self.rpc_port)]
        console = ["--no-console"] if self.console_port is None else ["--console-port", str(self.console_port)]
        command = ["up", "--dir", str(self.folder), *shape, *ports, *console, *self.arguments]
        self.up = self.spawn(command, "up.log")
        return self.up

    def wait_for_blocks(self, seconds: float = START_SECONDS_MAX) -> None:
        """Waits until every running node answers and has a block beyond genesis."""

        def ready() -> bool:
            if self.up is not None and self.up.poll() is not None:
                raise Expected(
                    f"expected civitas up to run\n      found    it ended with code {self.up.returncode}"
                )
            return all(self.rpc(index, 2.0).height() >= 1 for index in self.running())

        eventually("all nodes to answer with a block", ready, seconds, 0.02)

    def running(self) -> list[int]:
        """The nodes that are meant to run."""
        return list(range(self.validators)) if self.up is not None else sorted(self.singles)

    def stop(self, number: int = signal.SIGINT) -> int:
        """Asks `civitas up` to end, as Ctrl-C does, and waits for it and for every node."""
        process, self.up = self.up, None
        if process is None:
            return 0
        pids = self.known_pids()
        process.send_signal(number)
        try:
            code = process.wait(STOP_SECONDS_MAX)
        except subprocess.TimeoutExpired:
            self.kill_group(process, pids)
            raise Expected(
                f"expected civitas up to end within {STOP_SECONDS_MAX:g} s of signal {number}\n"
                "      found    it still runs"
            ) from None
        pids = sorted({*pids, *self.known_pids()})
        try:
            eventually("every node to be gone", lambda: not any(alive(pid) for pid in pids), 5.0)
        except Expected as error:
            # What was left behind would disturb every later check.
            self.kill_pids(pids)
            raise Expected(f"{error}\n      (civitas up ended with code {code})") from None
        return code

    def known_pids(self) -> list[int]:
        pids = []
        folders = [self.node_folder(index) for index in range(self.validators)]
        for folder in [*folders, self.folder / "console"]:
            try:
                pids.append(int((folder / "pid").read_text()))
            except (OSError, ValueError):
                continue
        return pids

    def kill_node(self, index: int) -> int:
        """kill -9 of one node of `civitas up`; gives back the process that was killed."""
        pid = self.pid(index)
        expect(alive(pid), f"node {index} to run as process {pid}", "no such process")
        os.kill(pid, signal.SIGKILL)
        return pid

    def wait_restarted(self, index: int, killed: int, seconds: float = 30.0) -> None:
        """Waits until `civitas up` has started a killed node again and it answers."""

        def back() -> bool:
            return self.pid(index) != killed and alive(self.pid(index)) and self.rpc(index, 2.0).height() >= 0

        eventually(f"node {index} to come back by itself", back, seconds)

    def kill_everything(self) -> None:
        """The machine loses power: `civitas up` and all nodes get kill -9 at once."""
        process, self.up = self.up, None
        if process is not None:
            self.kill_group(process, self.known_pids())

    def kill_group(self, process: subprocess.Popen, pids: list[int]) -> None:
        """Kills `civitas up` first, so that it cannot start a node again, then the nodes it had started."""
        process.kill()
        process.wait()
        self.kill_pids(sorted({*pids, *self.known_pids()}))

    def kill_pids(self, pids: list[int]) -> None:
        ours = [pid for pid in pids if self.is_ours(pid)]
        for pid in ours:
            os.kill(pid, signal.SIGKILL)
        # A process that is ending has no command line any more, and may hold the lock of its folder for a while yet.
        eventually("killed nodes to be gone", lambda: not any(map(alive, ours)), 10.0)

    def is_ours(self, pid: int) -> bool:
        """Whether a process is a node of this city: an old pid file may name a process of someone else."""
        try:
            command = Path(f"/proc/{pid}/cmdline").read_bytes()
        except OSError:
            return False
        return alive(pid) and str(self.folder).encode() in command

    def start_node(self, index: int) -> subprocess.Popen:
        """`civitas node` for one node of the folder."""
        config = self.node_folder(index) / "node.toml"
        self.singles[index] = self.spawn(["node", "--config", str(config)], f"node{index}.log")
        return self.singles[index]

    def stop_node(self, index: int, number: int = signal.SIGTERM) -> int:
        """Ends one single node and waits for it."""
        process = self.singles.pop(index)
        process.send_signal(number)
        try:
            return process.wait(STOP_SECONDS_MAX)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()
            raise Expected(
                f"expected node {index} to end within {STOP_SECONDS_MAX:g} s of signal {number}\n"
                "      found    it still runs"
            ) from None

    def close(self) -> None:
        """Leaves nothing running."""
        for process in self.singles.values():
            process.kill()
            process.wait()
        self.singles.clear()
        self.kill_everything()

    def log_hint(self) -> str:
        """Where to look when a check failed."""
        return " ".join(str(path) for path in self.log_files())

    def log_files(self) -> list[Path]:
        return [*sorted(self.logs.glob("*.log")), *sorted(self.folder.glob("node*/log"))]

    def panics(self) -> list[str]:
        """Lines of any log that show a panic."""
        lines = []
        for path in self.log_files():
            for line in path.read_text(errors="replace").splitlines():
                if "panicked at" in line:
                    lines.append(f"{path}: {line[:300]}")
        return lines


def same_chain(rpcs: list[Rpc], seconds: float = 30.0) -> int:
    """Waits until all nodes have reached one height, and checks that they have the same block there.

    A header names its parent, its state root and its receipts root, so one equal hash means one history.
    """
    target = max(rpc.height() for rpc in rpcs)
    eventually(
        f"all nodes to reach height {target}", lambda: min(rpc.height() for rpc in rpcs) >= target, seconds
    )
    blocks = [rpc.call("eth_getBlockByNumber", hex(target), False) for rpc in rpcs]
    seen = {(block["hash"], block["stateRoot"], block["receiptsRoot"]) for block in blocks}
    expect(len(seen) == 1, f"one block {target} on all nodes", seen)
    return target


def samples(listen: str) -> dict[str, str]:
    """What `GET /metrics` answers: each sample's name with its labels, and its value."""
    rpc = Rpc(f"http://{listen}/metrics")
    with rpc.opener.open(rpc.url, timeout=10) as response:
        expect(response.status == 200, "HTTP status 200", response.status)
        lines = response.read().decode().splitlines()
    expect(lines[-1:] == ["# EOF"] and lines.count("# EOF") == 1, "one end mark, at the end", lines[-3:])
    return dict(line.rsplit(" ", 1) for line in lines if line and not line.startswith("#"))
