"""What an operator or a disk does wrong: the process ends, and its message names the file and the cure."""

import json
import shutil
import signal
import socket
import subprocess
import urllib.request
from pathlib import Path

from harness.checks import Checks, equal, eventually, expect
from harness.city import City, alive
from harness.context import Context

EXIT_SECONDS_MAX = 15.0
DATA_BLOCKS = 3


def run(checks: Checks, context: Context) -> None:
    city = context.new_city("operator")
    other = context.new_city("operator-other")
    checks.hint = city.log_hint
    try:
        with checks.check("civitas init makes a city without starting it", needed=True):
            initialise(city)
            other.rpc_port = city.rpc_port
            initialise(other)
        settings(checks, city)
        ports(checks, city)
        folders(checks, city)
        with checks.check(
            "a single node makes no block without its peers, answers, and ends at SIGTERM with code 0"
        ):
            city.start_node(0)
            eventually("node 0 to answer", city.rpc(0).alive, 30.0)
            equal(city.rpc(0).height(), 0, "height")
            equal(city.stop_node(0, signal.SIGTERM), 0, "exit code")
        allowed_origin(checks, city)
        interrupted(checks, city)
        data(checks, city, other)
        outlived(checks, city)
        status(checks, city)
    finally:
        city.close()
        other.close()


def initialise(city: City) -> None:
    command = [city.binary, "init", "--dir", str(city.folder), "--validators", str(city.validators)]
    result = subprocess.run(
        [*command, "--rpc-port", str(city.rpc_port)], capture_output=True, text=True, timeout=30
    )
    expect(result.returncode == 0, "exit code 0", result.stdout + result.stderr)


def refusal(city: City, *arguments: str) -> str:
    """Runs the binary, which must end by itself, soon, with a failure; gives back what it said."""
    city.logs.mkdir(parents=True, exist_ok=True)
    process = subprocess.Popen(
        [city.binary, *arguments],
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )
    try:
        output, _ = process.communicate(timeout=EXIT_SECONDS_MAX)
    except subprocess.TimeoutExpired:
        process.terminate()
        try:
            output, _ = process.communicate(timeout=EXIT_SECONDS_MAX)
        except subprocess.TimeoutExpired:
            process.kill()
            output, _ = process.communicate()
        expect(False, f"an end within {EXIT_SECONDS_MAX:g} s", "it went on running:\n" + output[-1000:])
    expect(
        process.returncode not in (0, 101) and process.returncode > 0,
        "a failure code, no panic or signal",
        f"{process.returncode}:\n{output[-1000:]}",
    )
    expect("panicked" not in output, "no panic", output[-1000:])
    return output


def says(output: str, *words: str) -> None:
    """The message names all of these."""
    missing = [word for word in words if word.lower() not in output.lower()]
    expect(not missing, f"a message with {', '.join(words)}", output[-1500:])


def settings(checks: Checks, city: City) -> None:
    """Faults in `node.toml`, each put right again afterwards."""
    path = city.node_folder(0) / "node.toml"
    good = path.read_text()
    listen = city.settings(0)["network"]["listen"]
    cases = [
        ("an unknown key", "treads = 4\n" + good, ["treads"]),
        ("an unknown key in a section", good.replace("[network]", "[network]\nlissten = 1", 1), ["lissten"]),
        ("a value of the wrong type", good.replace(f'listen = "{listen}"', "listen = 5", 1), ["listen"]),
        ("an address that is none", good.replace(listen, "127.0.0.1", 1), ["listen"]),
        ("text that is not TOML", good + "\n[[[", []),
        ("an empty file", "", []),
        ("a value out of its bounds", good.replace("threads = 2", "threads = 0"), ["threads"]),
    ]
    for name, text, words in cases:
        with checks.check(f"node.toml with {name}"):
            expect(text != good, "a changed node.toml", "the same text: the test must follow the settings")
            try:
                path.write_text(text)
                says(refusal(city, "node", "--config", str(path)), str(path), *words)
            finally:
                path.write_text(good)
    with checks.check("a node.toml that does not exist"):
        missing = city.node_folder(0) / "nothing.toml"
        says(refusal(city, "node", "--config", str(missing)), str(missing))
    with checks.check("civitas up with bad settings of one node ends and says why"):
        try:
            path.write_text("treads = 4\n" + good)
            says(refusal(city, "up", "--dir", str(city.folder)), "node0", "treads")
        finally:
            path.write_text(good)


def interrupted(checks: Checks, city: City) -> None:
    with checks.check("Ctrl-C while the city is still starting ends it with code 0"):
        city.spawn_up()
        eventually("a first process", lambda: city.pid(0) > 0, 10.0, 0.001)
        equal(city.stop(), 0, "exit code")
        equal(city.panics(), [], "panics")


def outlived(checks: Checks, city: City) -> None:
    with checks.check("civitas up --no-restart goes on without a node that was killed"):
        city.up = city.spawn(["up", "--dir", str(city.folder), "--no-restart", "--no-console"], "no-restart.log")
        # Before it says so, a node that ends stops the start of the whole city.
        said = city.logs / "no-restart.log"
        eventually("civitas up to say that the city is up", lambda: " is up (" in said.read_text(), 30.0)
        city.kill_node(3)
        before = city.rpc(0).height()
        eventually("new blocks of the other three", lambda: city.rpc(0).height() > before + 2, 30.0)
        equal(len(city.known_pids()), 3, "nodes that are left")
        equal(city.stop(), 0, "exit code")


def allowed_origin(checks: Checks, city: City) -> None:
    """A setting that an operator changes does what it says."""
    origin = "https://wallet.example"
    path = city.node_folder(0) / "node.toml"
    good = path.read_text()
    with checks.check("a web page whose origin is in cors_origins may call"):
        lines = [line for line in good.splitlines() if not line.startswith("cors_origins")]
        lines.insert(lines.index("[rpc]") + 1, f'cors_origins = ["{origin}"]')
        try:
            path.write_text("\n".join(lines))
            city.start_node(0)
            eventually("node 0 to answer", city.rpc(0).alive, 30.0)
            asked = {"origin": origin, "access-control-request-method": "POST"}
            request = urllib.request.Request(city.url(0), headers=asked, method="OPTIONS")
            with city.rpc(0).opener.open(request, timeout=10) as response:
                equal(response.headers.get("access-control-allow-origin"), origin, "allowed origin")
            equal(city.stop_node(0), 0, "exit code")
        finally:
            path.write_text(good)


def ports(checks: Checks, city: City) -> None:
    """Every port of a node may be taken by someone else."""
    config = str(city.node_folder(0) / "node.toml")
    for section in ("rpc", "network", "metrics"):
        with checks.check(f"the port of [{section}] in use"):
            host, port = city.settings(0)[section]["listen"].rsplit(":", 1)
            with socket.socket() as taken:
                taken.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
                taken.bind((host, int(port)))
                taken.listen()
                says(refusal(city, "node", "--config", config), port, section)


def folders(checks: Checks, city: City) -> None:
    """Files that a node needs, missing or damaged; folders that are no city."""
    home = city.node_folder(0)
    config = str(home / "node.toml")
    identity = city.settings(0)["identity"]
    for name in ("key", "certificate", "authorities"):
        path = home / identity[name]
        with checks.check(f"{name} missing, then damaged"):
            original, mode = path.read_bytes(), path.stat().st_mode
            try:
                path.unlink()
                says(refusal(city, "node", "--config", config), path.name)
                path.write_bytes(b"-----BEGIN NONSENSE-----\n")
                path.chmod(0o600)
                says(refusal(city, "node", "--config", config), path.name)
            finally:
                path.write_bytes(original)
                path.chmod(mode)
    with checks.check("a key file that others may read"):
        path = home / identity["key"]
        try:
            path.chmod(0o644)
            says(refusal(city, "node", "--config", config), path.name, "600")
        finally:
            path.chmod(0o600)
    with checks.check("a damaged genesis"):
        genesis = home / city.settings(0)["genesis"]
        original = genesis.read_text()
        try:
            genesis.write_text(original[: len(original) // 2])
            says(refusal(city, "node", "--config", config), genesis.name)
        finally:
            genesis.write_text(original)
    with checks.check("civitas up on a folder that is no city"):
        folder = city.logs / "not-a-city"
        folder.mkdir(parents=True)
        (folder / "diary.txt").write_text("nothing to do with cities")
        says(refusal(city, "up", "--dir", str(folder)), str(folder))
        equal(sorted(path.name for path in folder.iterdir()), ["diary.txt"], "files in the folder")
    with checks.check("civitas init on a folder that holds a city already"):
        says(refusal(city, "init", "--dir", str(city.folder)), str(city.folder))


def data(checks: Checks, city: City, other: City) -> None:
    """Data folders with blocks in them: of another ledger, of another node, damaged, in use."""
    with checks.check("two cities with some blocks", needed=True):
        for each in (other, city):
            each.start()
            eventually("some blocks", lambda each=each: each.rpc(0).height() >= DATA_BLOCKS, 30.0)
            if each is city:
                in_use(checks, city)
                left_behind(checks, city)
            equal(each.stop(), 0, "exit code of civitas up")
    config = str(city.node_folder(0) / "node.toml")
    folder = city.data_folder(0)
    for name, foreign in (("another city", other.data_folder(0)), ("another node", city.data_folder(1))):
        with checks.check(f"the data folder of {name}"), exchanged(folder, foreign):
            says(refusal(city, "node", "--config", config), str(folder.name))
    with checks.check("a data folder of damaged files"), exchanged(folder, folder):
        for path in folder.rglob("*"):
            if path.is_file() and path.stat().st_size > 0:
                path.write_bytes(b"\xa5" * path.stat().st_size)
        says(refusal(city, "node", "--config", config), str(folder.name))
    with checks.check("the data folder is a file"), exchanged(folder, None):
        folder.write_text("not a folder")
        says(refusal(city, "node", "--config", config), str(folder.name))
    with checks.check("after all of it the city starts with its own data and goes on"):
        city.start()
        before = city.rpc(0).height()
        eventually("new blocks", lambda: city.rpc(0).height() > before, 20.0)
        equal(city.stop(signal.SIGTERM), 0, "exit code at SIGTERM")


class exchanged:
    """Puts a copy of another folder in the place of one, and the original back afterwards."""

    def __init__(self, folder: Path, replacement: Path | None):
        self.folder = folder
        self.replacement = replacement
        self.original = folder.with_name(folder.name + ".original")

    def __enter__(self) -> None:
        if self.original.exists():
            raise RuntimeError(f"{self.original} exists")
        source = self.original if self.replacement == self.folder else self.replacement
        self.folder.rename(self.original)
        if source is not None:
            shutil.copytree(source, self.folder)

    def __exit__(self, *_: object) -> None:
        if self.folder.is_dir():
            shutil.rmtree(self.folder)
        elif self.folder.exists():
            self.folder.unlink()
        self.original.rename(self.folder)


def in_use(checks: Checks, city: City) -> None:
    """A second start of what runs already must not touch it."""
    with checks.check("civitas node on a data folder that a node uses already"):
        pid = city.pid(0)
        refusal(city, "node", "--config", str(city.node_folder(0) / "node.toml"))
        equal(city.pid(0), pid, "the node that ran before")
        expect(city.rpc(0).alive(), "it still answers", "no answer")
    with checks.check("civitas up on a folder that runs already leaves the city and its files as they are"):
        pids = city.known_pids()
        says(refusal(city, "up", "--dir", str(city.folder)), "in use", str(pids[0]))
        equal(city.known_pids(), pids, "processes in the pid files")
        before = city.rpc(0).height()
        eventually("the first one to go on", lambda: city.rpc(0).height() > before, 20.0)


def left_behind(checks: Checks, city: City) -> None:
    """`civitas up` gets kill -9 alone: nothing is lost, and the next one keeps the nodes again."""
    with checks.check("civitas up that was killed leaves nodes that go on; the next one says so and takes them over"):
        pids = city.known_pids()
        process, city.up = city.up, None
        process.kill()
        process.wait()
        before = city.rpc(0).height()
        eventually("the nodes to go on", lambda: city.rpc(0).height() > before, 20.0)
        city.spawn_up()
        eventually("the nodes to be started anew", lambda: not any(map(alive, pids)), 60.0)
        city.wait_for_blocks()
        says((city.logs / "up.log").read_text(), "left behind", str(pids[0]))
        expect(not set(pids) & set(city.known_pids()), "new processes in the pid files", "old ones")
        eventually("blocks", lambda: city.rpc(0).height() > before + 1, 30.0)


def status(checks: Checks, city: City) -> None:
    with checks.check("civitas status of a city that does not run says so, also as JSON"):
        output = refusal(city, "status", "--dir", str(city.folder))
        says(output, "civitas up")
        command = [city.binary, "status", "--dir", str(city.folder), "--json"]
        result = subprocess.run(command, capture_output=True, text=True, timeout=30)
        equal([report["up"] for report in json.loads(result.stdout)], [False] * city.validators, "up")
    with checks.check("civitas status of a folder that is no city"):
        says(refusal(city, "status", "--dir", str(city.folder / "node0")), "city.json")
