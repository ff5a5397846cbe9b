"""A real chain of CometBFT, four validators: registered, reviewed, followed, with dead, foreign and killed programs around it."""

import base64
import json
import os
import random
import signal
import subprocess
import threading
import time
import urllib.parse
import urllib.request
from collections.abc import Callable
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

from harness import toolchain
from harness.checks import Checks, Expected, equal, eventually, expect
from harness.city import City, free_ports
from harness.commands import BUSINESS, Commands
from harness.context import Context

from .cast import address_of
from .gateway import BATCH_BLOCKS, GATEWAYS, anchors, flat, following, settings, standing, start_gateway

KILLS = 8
# Short blocks, and none without a transaction: then the chain stands still while it is compared.
CONFIG = """
[consensus]
create_empty_blocks = false
timeout_commit = "100ms"
"""


@dataclass
class Chain:
    """Nodes of CometBFT with its application kvstore, on loopback."""

    name: str
    folder: Path
    first_port: int
    validators: int
    processes: dict[int, subprocess.Popen] = field(default_factory=dict)
    chain_id: str = ""
    written: int = 0

    @property
    def caip2(self) -> str:
        return f"cosmos:{self.chain_id}"

    @property
    def urls(self) -> list[str]:
        return [self.url(node) for node in range(self.validators)]

    def url(self, node: int) -> str:
        return f"http://127.0.0.1:{self.first_port + 2 * node}"

    def start(self) -> None:
        self.folder.mkdir()
        (self.folder / "config.toml").write_text(CONFIG)
        command = [toolchain.cometbft(), "testnet", "--v", str(self.validators), "--o", str(self.folder / "net")]
        command += ["--config", str(self.folder / "config.toml"), "--populate-persistent-peers=false"]
        subprocess.run(command, check=True, capture_output=True, timeout=60)
        genesis = json.loads((self.folder / "net/node0/config/genesis.json").read_text())
        self.chain_id = genesis["chain_id"]
        for node in range(self.validators):
            self.start_node(node)
        eventually(f"{self.name} to make a block", lambda: self.height() >= 1, 60.0)

    def start_node(self, node: int) -> None:
        command = [toolchain.cometbft(), "node", "--home", str(self.folder / f"net/node{node}")]
        command += ["--proxy_app", "persistent_kvstore", "--rpc.laddr", self.url(node).replace("http", "tcp")]
        command += ["--p2p.laddr", f"tcp://{self.peer_address(node)}", "--p2p.persistent_peers", self.peers(node)]
        command += ["--rpc.pprof_laddr", ""]
        with open(self.folder / f"node{node}.log", "ab") as log:
            self.processes[node] = subprocess.Popen(command, stdout=log, stderr=log, stdin=subprocess.DEVNULL)

    def peer_address(self, node: int) -> str:
        return f"127.0.0.1:{self.first_port + 2 * node + 1}"

    def peers(self, but: int) -> str:
        found = []
        for node in range(self.validators):
            command = [toolchain.cometbft(), "show-node-id", "--home", str(self.folder / f"net/node{node}")]
            name = subprocess.run(command, check=True, capture_output=True, text=True, timeout=60).stdout.strip()
            if node != but:
                found.append(f"{name}@{self.peer_address(node)}")
        return ",".join(found)

    def kill_node(self, node: int) -> None:
        process = self.processes.pop(node)
        os.kill(process.pid, signal.SIGKILL)
        process.wait()

    def close(self) -> None:
        for process in self.processes.values():
            process.kill()
            process.wait()

    def call(self, path: str, node: int | None = None, **query: str) -> dict:
        """Asks a node, or one that runs."""
        node = min(self.processes) if node is None else node
        text = urllib.parse.urlencode({name: json.dumps(value) for name, value in query.items()})
        with urllib.request.urlopen(f"{self.url(node)}/{path}?{text}", timeout=20) as answer:
            return json.load(answer)["result"]

    def height(self, node: int | None = None) -> int:
        try:
            return int(self.call("status", node)["sync_info"]["latest_block_height"])
        except OSError:
            return 0

    def hash(self, height: int) -> str:
        return "0x" + self.call("block", height=str(height))["block_id"]["hash"].lower()

    def transactions(self, height: int) -> list[bytes]:
        found = self.call("block", height=str(height))["block"]["data"]["txs"] or []
        return [base64.b64decode(raw) for raw in found]

    def events(self, height: int) -> list[list[dict]]:
        """The events of every transaction of a block."""
        results = self.call("block_results", height=str(height))["txs_results"] or []
        return [result["events"] or [] for result in results]

    def traffic(self, transactions: int) -> None:
        """Blocks with a few transactions each; returns when they are in."""
        for index in range(transactions):
            self.written += 1
            pair = f"key{self.written}={'印章' * (index % 3)}{self.written}"
            taken = self.call("broadcast_tx_commit" if index % 3 == 0 else "broadcast_tx_sync", tx=pair)
            if "tx_result" in taken:
                equal(taken["tx_result"]["code"], 0, f"outcome of {pair}")


def run(checks: Checks, context: Context) -> None:
    city = context.new_city("cometbft")
    city.validators = 1
    city.consensus = "solo"
    checks.hint = city.log_hint
    chains: list[Chain] = []
    processes: list[subprocess.Popen] = []
    try:
        with checks.check("a city and four validators of CometBFT run", needed=True):
            city.start()
            for name, validators in (("quartet", 4), ("stranger", 1)):
                # Beside the ports that the city took.
                chains.append(Chain(name, context.work / name, free_ports(9 + 2 * validators) + 8, validators))
                chains[-1].start()
                chains[-1].traffic(12)
        chain, stranger = chains
        with checks.check("the chain is registered, reviewed and followed", needed=True):
            attach(context, city, chain)
        path = configure(context, city, chain, "gateway-comet", [stranger.url(0), *chain.urls])
        with checks.check("a gateway reports what the chain holds, beside an endpoint of another chain", needed=True):
            processes.append(start_gateway(city, path))
            wait_until_anchored(city, chain)
        with checks.check("the ledger verifies the chain's headers itself, by the votes of its validators"):
            proven(city, chain)
        with checks.check("a node dies: the chain goes on, and so does the gateway"):
            chain.kill_node(0)
            chain.traffic(9)
            wait_until_anchored(city, chain)
            chain.start_node(0)
            eventually("the node to catch up", lambda: chain.height(0) >= chain.height(1) > 0, 60.0)
        with checks.check(f"the gateway, killed {KILLS} times under load, loses and doubles nothing"):
            killed(city, context.seed, chain, path, processes)
        with checks.check("the archive holds hashes, transactions and events as the chain does"):
            archived(city, chain, path.parent / "data" / chain.caip2.replace(":", "-") / "batches")
        with checks.check("a node that lies about transactions, outcomes or votes is found out"):
            lied_to(context, city, chain, path, processes)
        with checks.check("nothing but an endpoint of another chain is named"):
            misled(context, city, chain, stranger)
    finally:
        for process in processes:
            process.kill()
            process.wait()
        for chain in chains:
            chain.close()
        city.close()


def attach(context: Context, city: City, chain: Chain) -> None:
    """What a business, a reviewer and the city do until a chain is followed: one command, with the keys of all."""
    attached = Commands(city)(
        "chain", "attach", chain.url(0), "--name", chain.name, "--operator", BUSINESS, "--purpose", "tests",
        "--contact", "desk@harbour.example", "--key", "dev2", "--reviewer-key", "dev7",
        "--gateway", f"{address_of(GATEWAYS[0][0])}={BUSINESS}", "--batch-blocks", str(BATCH_BLOCKS),
        "--out", str(context.work / f"attach-{chain.name}"),
    )  # fmt: skip
    report = attached["report"]
    equal([report["chain"], report["finality"], len(report["validators"])], [chain.caip2, "instant", 4], "what was found")
    equal(report["trustRoot"], {"height": 1, "hash": chain.hash(1)}, "the trust root")
    named = {check["name"]: check["verdict"] for check in report["checks"]}
    for name in ("reachable", "chain id", "peers", "exposure", "final blocks", "headers", "validators", "seals", "provable"):
        equal(named[name], "pass", f"the check {name} of {report['checks']}")
    registered = Commands(city)("chain", "chain", chain.caip2)
    expect("CometBft" in json.dumps(registered), "its kind", registered)


def configure(context: Context, city: City, chain: Chain, name: str, urls: list[str]) -> Path:
    path = settings(context, city, 0, [], name)
    text = path.read_text() + f'\n[[chains]]\nchain = "{chain.caip2}"\nurls = {json.dumps(urls)}\n'
    path.write_text(text)
    return path


def wait_until_anchored(city: City, chain: Chain, seconds: float = 60.0) -> None:
    """Waits until every full batch is anchored, and compares all of them with the chain."""
    # The newest block is proven by the one after it, and block 1 is the trust root.
    goal = (chain.height() - 2) // BATCH_BLOCKS
    expect(goal > 0, "a chain with batches", goal)
    eventually(
        f"{goal} batches of {chain.name}",
        lambda: int(following(city, chain)["batchCount"]) >= goal,
        seconds,
        0.2,
    )
    next_height, parent = 2, chain.hash(1)
    for anchor in anchors(city, chain):
        batch = anchor["batch"]
        heights = range(next_height, next_height + BATCH_BLOCKS)
        transactions = sum(len(chain.transactions(height)) for height in heights)
        events = sum(len(left) for height in heights for left in chain.events(height))
        found = [int(batch[name]) for name in ("fromHeight", "toHeight", "transactions", "events")]
        equal(found, [heights[0], heights[-1], transactions, events], "a batch")
        last = chain.hash(heights[-1])
        equal([batch["parentHash"], batch["lastHash"]], [parent, last], "hashes of a batch")
        next_height, parent = next_height + BATCH_BLOCKS, last


def proven(city: City, chain: Chain) -> int:
    """Waits until the end of the newest batch is proven; how many headers the gateway brought."""

    def client() -> dict:
        return flat(Commands(city)("header", "client", chain.caip2))

    last = int(following(city, chain)["nextHeight"]) - 1
    eventually(f"header {last} to be proven", lambda: int(client()["newestHeight"]) >= last, 30.0, 0.2)
    found = client()
    equal(found["engine"], "CometBft", "the engine")
    equal(found["newestHash"], chain.hash(int(found["newestHeight"])), "the hash of the newest header")
    equal(int(found["frozenAt"]), 0, "frozen")
    return int(found["count"]) - 1


def killed(city: City, seed: int, chain: Chain, path: Path, processes: list[subprocess.Popen]) -> None:
    """kill -9 at random moments while the chain grows; then all is there, and no report was executed twice."""
    chance = random.Random(seed)
    for _ in range(KILLS):
        chain.traffic(4)
        time.sleep(chance.uniform(0.0, 0.4))
        process = processes.pop()
        os.kill(process.pid, signal.SIGKILL)
        process.wait()
        processes.append(start_gateway(city, path))
    wait_until_anchored(city, chain)
    found = standing(city, chain, 0)
    equal(int(found["contradictions"]), 0, "contradictions")
    equal(int(found["reports"]), int(following(city, chain)["batchCount"]), "one report a batch")
    # One for each report and each header. A header is no harm twice, so one that was on its way may be sent again.
    headers = proven(city, chain)
    sent = int(city.rpc(0).call("eth_getTransactionCount", address_of(GATEWAYS[0][0]), "latest"), 16)
    expected = int(found["reports"]) + headers
    expect(expected <= sent <= expected + KILLS, "transactions of the gateway", (sent, expected))


def archived(city: City, chain: Chain, folder: Path) -> None:
    files = sorted(folder.glob("*.jsonl"))
    known = anchors(city, chain)
    equal(len(files), len(known), "files")
    seen = 0
    for path, anchor in zip(files, known, strict=True):
        head, *blocks = [json.loads(line) for line in path.read_text().splitlines()]
        equal(head["blocksRoot"], anchor["batch"]["blocksRoot"], str(path))
        for block in blocks:
            height = block["height"]
            equal(block["hash"], chain.hash(height), str(path))
            told = [bytes.fromhex(item["input"][2:]) for item in block["transactions"]]
            equal(told, chain.transactions(height), f"transactions of block {height}")
            kinds = [
                [bytes.fromhex(event["emitter"][2:]).decode() for event in item["events"]]
                for item in block["transactions"]
            ]
            truth = [[event["type"] for event in left] for left in chain.events(height)]
            equal(kinds, truth, f"events of block {height}")
            for item, left in zip(block["transactions"], chain.events(height), strict=True):
                for event, real in zip(item["events"], left, strict=True):
                    data = bytes.fromhex(event["data"][2:])
                    for attribute in real["attributes"]:
                        expect(attribute["value"].encode() in data, f"{attribute} in the data", data)
                        seen += 1
    expect(seen > 0, "events with attributes", seen)


def without_a_transaction(method: str, result: dict) -> None:
    if method == "block" and result["block"]["data"]["txs"]:
        result["block"]["data"]["txs"].pop()


def with_another_outcome(method: str, result: dict) -> None:
    for outcome in (method == "block_results" and result["txs_results"]) or []:
        outcome["code"] = 1


def with_another_vote(method: str, result: dict) -> None:
    if method == "commit":
        for vote in result["signed_header"]["commit"]["signatures"]:
            vote["signature"] = vote["signature"] and base64.b64encode(bytes(64)).decode()


def liar(node: str, lie: Callable[[str, dict], None]) -> ThreadingHTTPServer:
    """A node that passes on what another one says, but for a lie."""

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"]))
            request = urllib.request.Request(node, body, {"Content-Type": "application/json"})
            with urllib.request.urlopen(request, timeout=20) as answer:
                told = json.load(answer)
            if "result" in told:
                lie(json.loads(body)["method"], told["result"])
            text = json.dumps(told).encode()
            self.send_response(200)
            self.send_header("Content-Length", str(len(text)))
            self.end_headers()
            self.wfile.write(text)

        def log_message(self, *_: object) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    return server


def lied_to(
    context: Context, city: City, chain: Chain, path: Path, processes: list[subprocess.Popen]
) -> None:
    """With a lying node alone, nothing is reported and the lie is named; beside an honest one, it does no harm."""
    process = processes.pop()
    process.kill()
    process.wait()
    chain.traffic(9)
    known = int(following(city, chain)["batchCount"])
    for lie in (without_a_transaction, with_another_outcome, with_another_vote):
        server = liar(chain.url(1), lie)
        url = f"http://127.0.0.1:{server.server_port}"
        alone = configure(context, city, chain, lie.__name__, [url])
        command = ["gateway", "status", "--config", str(alone)]
        process = start_gateway(city, alone)

        def told(command: list[str] = command) -> bool:
            state = json.loads(Commands(city).plain(*command))
            return state["state"] == "failing" and "gave a false answer" in state["what"]

        eventually(f"the status to name the lie ({lie.__name__})", told, 30.0, 0.2)
        equal(int(following(city, chain)["batchCount"]), known, "batches after a lie")
        process.kill()
        process.wait()
        path.write_text(path.read_text().replace('urls = ["', f'urls = ["{url}", "', 1))
    processes.append(start_gateway(city, path))
    wait_until_anchored(city, chain)


def misled(context: Context, city: City, chain: Chain, stranger: Chain) -> None:
    path = configure(context, city, chain, "misled-comet", stranger.urls)
    process = start_gateway(city, path)
    command = ["gateway", "status", "--config", str(path)]
    try:

        def told() -> bool:
            state = json.loads(Commands(city).plain(*command))
            return state["state"] == "failing" and f"is chain {stranger.caip2}" in state["what"]

        chain.traffic(2)
        eventually("the status to name the wrong chain", told, 30.0, 0.2)
    except Expected as error:
        raise Expected(f"{error}\n      status   {Commands(city).plain(*command)}") from None
    finally:
        process.terminate()
        process.wait(20)
