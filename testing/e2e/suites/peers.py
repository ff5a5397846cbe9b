"""Peers: four programs of others (anvil, hardhat, ethereumjs, geth) come under one roof, each by one command; what happens
on them is anchored, indexed and judged; what is undone below its finality is refused. How long that takes is printed."""

import json
import random
import statistics
import subprocess
import time
from dataclasses import dataclass, field

from eth_utils import keccak

from harness import toolchain
from harness.checks import Checks, Expected, equal, eventually, expect
from harness.city import City, free_ports
from harness.commands import BUSINESS, Commands
from harness.console import Console
from harness.context import Context

from . import gateway
from .cast import address_of, key_of
from .console import REGULATOR
from .gateway import EMITTER, anchors, following, get_json, start_gateway

# Rounds of the measurement, and how long any of them may take: generous, for a loaded machine.
ROUNDS = 12
SECONDS_MAX = 10.0
# What geth calls final is the beginning of its epoch.
EPOCH_BLOCKS = 32
# Blocks above a final one, where nothing else is known.
DEPTH = 2
ANCHORS = "0x" + "c17a000c".rjust(40, "0")
TOPIC = "Anchored(bytes32,uint64,uint64,bytes32,bytes32,uint64,uint64,bytes32)"


@dataclass
class Peer(gateway.Peer):
    """A chain that is not ours, with what is done on it."""

    # What a person says of it beside its address.
    words: list[str] = field(default_factory=list)
    # Whether it takes transactions.
    transacts: bool = True
    contract: str = ""

    def send(self, fields: dict) -> dict:
        """Sends a transaction and waits for its receipt."""
        rpc = self.rpc
        sender = rpc.call("eth_accounts")[0]
        fields = {**fields, "value": hex(fields.get("value", 0))}
        sent = rpc.call("eth_sendTransaction", {"from": sender, "gas": "0x30d40", **fields})
        return eventually(f"a receipt of {self.name}", lambda: rpc.call("eth_getTransactionReceipt", sent), pause=0.003)

    def traffic(self, count: int) -> None:
        """So many transactions with an event each, and a transfer."""
        if not self.contract:
            self.contract = self.send({"data": EMITTER})["contractAddress"]
        for index in range(count):
            receipt = self.send({"to": self.contract})
            equal([receipt["status"], len(receipt["logs"])], ["0x1", 1], f"call {index} of {self.name}")
        self.send({"to": address_of(1), "value": 1})


def run(checks: Checks, context: Context) -> None:
    city = context.new_city("peers")
    city.validators = 1
    city.consensus = "solo"
    city.console_port = free_ports(10) + 8
    listen = city.console_port + 1
    # Its own chain id would be that of `geth --dev`.
    city.arguments = ["--chain-id", "31000", "--gateway", f"http://127.0.0.1:{listen}"]
    checks.hint = city.log_hint
    peers: list[Peer] = []
    processes: list[subprocess.Popen] = []
    try:
        with checks.check("a city, anvil, hardhat, ethereumjs and geth run", needed=True):
            city.start()
            peers += [anvil(context), hardhat(context), ethereumjs(context), geth(context)]
            for peer in peers:
                eventually(f"{peer.name} to answer", peer.rpc.alive, 60.0)
            # A chain that waits for depth has a final block then.
            mine(peers[1], DEPTH)
            eventually("blocks of ethereumjs", lambda: peers[2].rpc.height() >= DEPTH, 30.0)
        for peer in peers:
            with checks.check(f"{peer.name} is attached by one command", needed=True):
                began = time.monotonic()
                attach(context, city, peer, listen)
                checks.note(f"{peer.name}: 1 command, {time.monotonic() - began:.1f} s")
        settings = context.work / "attached" / "gateway.toml"
        processes.append(start_gateway(city, settings))
        for peer in (peer for peer in peers if peer.transacts):
            peer.traffic(EPOCH_BLOCKS + 3 if peer.name == "geth" else 2)
        console = Console(f"http://127.0.0.1:{city.console_port}")
        eventually("the console to answer", console.alive, 30.0)
        console.sign_in(REGULATOR)
        for peer in peers:
            with checks.check(f"what {peer.name} holds is anchored and in the index, as one organisation attests it"):
                indexed(city, console, peer)
        with checks.check("the index, and a finding, follow a foreign block at once"):
            measured(checks, city, console, context.seed, peers[0])
        with checks.check("a reorganisation above what is final is followed"):
            replaced(console, peers[1])
        for peer in peers[:2]:
            with checks.check(f"a reorganisation of {peer.name} below what is final is refused and named"):
                undone(city, console, peer, f"http://127.0.0.1:{listen}")
    finally:
        for process in [*processes, *(peer.process for peer in peers)]:
            process.kill()
            process.wait()
        city.close()


def spawn(context: Context, name: str, command: list[str]) -> subprocess.Popen:
    folder = context.work / f"peer-{name}"
    folder.mkdir(exist_ok=True)
    with open(folder / "log", "wb") as log:
        return subprocess.Popen(
            command, stdout=log, stderr=log, stdin=subprocess.DEVNULL, cwd=folder, env=toolchain.environment()
        )


def port_of(place: int) -> int:
    # Beside the ports that the city took, of which its console has two.
    return free_ports(11 + place) + 10 + place


def url_of(port: int) -> str:
    return f"http://127.0.0.1:{port}"


def started(context: Context, name: str, chain_id: int, words: list[str]) -> Peer:
    # Beside the ports that the city took, of which its console has two.
    found = gateway.start_peer(context, name, chain_id, 10)
    return Peer(found.name, found.chain_id, found.url, found.process, words)


def anvil(context: Context) -> Peer:
    return started(context, "anvil", 31_001, [])


def hardhat(context: Context) -> Peer:
    return started(context, "hardhat", 31_002, ["--finality", f"depth:{DEPTH}"])


def ethereumjs(context: Context) -> Peer:
    """Clique with one signer and a block a second. Its blocks are empty: 0.10.5 makes the block of a transaction without the
    extra data that Clique asks for, and skips every one."""
    port = port_of(2)
    folder = context.work / "peer-ethereumjs"
    (folder / "data").mkdir(parents=True)
    signer = key_of(0)
    account = signer.address[2:].lower()
    (folder / "signer").write_text(signer.key.hex().removeprefix("0x"))
    forks = ("homestead", "eip150", "eip155", "eip158", "byzantium", "constantinople", "petersburg", "istanbul")
    zero = {f"{fork}Block": 0 for fork in (*forks, "berlin", "london")}
    genesis = {
        "config": {"chainId": 31_003, **zero, "clique": {"period": 1, "epoch": 30_000}},
        "nonce": "0x0", "timestamp": hex(int(time.time()) - 60), "gasLimit": "0x1c9c380", "difficulty": "0x1", "number": "0x0",
        "mixHash": "0x" + "00" * 32, "coinbase": "0x" + "00" * 20, "gasUsed": "0x0", "parentHash": "0x" + "00" * 32,
        "baseFeePerGas": 7, "extraData": "0x" + "00" * 32 + account + "00" * 65,
        "alloc": {account: {"balance": hex(10**24)}},
    }  # fmt: skip
    (folder / "genesis.json").write_text(json.dumps(genesis))
    program = str(toolchain.MODULES / "@ethereumjs" / "client" / "dist" / "esm" / "bin" / "cli.js")
    command = [
        str(toolchain.NODE), program, "--gethGenesis", "genesis.json", "--mine", "--unlock", "signer", "--isSingleNode",
        "--saveReceipts", "--rpc", "--rpcPort", str(port), "--rpcAddr", "127.0.0.1", "--port", str(port + 1_000),
        "--dataDir", "data",
    ]  # fmt: skip
    words = ["--finality", f"depth:{DEPTH}"]
    process = spawn(context, "ethereumjs", command)
    return Peer("ethereumjs", 31_003, url_of(port), process, words, transacts=False)


def geth(context: Context) -> Peer:
    port = port_of(3)
    command = [
        toolchain.geth(), "--dev", "--datadir", "data", "--http", "--http.port", str(port), "--port", str(port + 1_000),
        "--authrpc.port", str(port + 1_100), "--ipcdisable", "--nodiscover",
    ]  # fmt: skip
    return Peer("geth", 1_337, url_of(port), spawn(context, "geth", command))


def attach(context: Context, city: City, peer: Peer, listen: int) -> None:
    """All parts of one person, as in a development city: one command."""
    attached = Commands(city)(
        "chain", "attach", peer.url, "--name", peer.name, "--operator", BUSINESS, "--purpose", "tests",
        "--contact", "desk@harbour.example", "--key", "dev2", "--reviewer-key", "dev7", "--gateway-key", "dev5",
        "--gateway", f"{address_of(5)}={BUSINESS}", "--batch-blocks", "1", "--out", str(context.work / "attached"),
        "--listen", f"127.0.0.1:{listen}", *peer.words,
    )  # fmt: skip
    steps = [f"{step['step']} {step['state']}" for step in attached["steps"]]
    equal(steps[-1], "gateway ready", f"the steps {steps}")
    expected = {"anvil": "instant", "geth": "finalized"}.get(peer.name, f"depth:{DEPTH}")
    equal([attached["report"]["chain"], attached["report"]["finality"]], [peer.caip2, expected], "what was found")


def indexed(city: City, console: Console, peer: Peer) -> None:
    """The explorer shows what the chain holds, labelled with who attests it."""
    rpc = peer.rpc
    latest = rpc.height()
    final = {"anvil": latest, "geth": latest - latest % EPOCH_BLOCKS}.get(peer.name, latest - DEPTH)
    expect(final > 0, "a final block", latest)

    def shown() -> dict | None:
        ledger = console.get(f"/ledgers/{peer.caip2}")
        return ledger if ledger["indexed"] >= final else None

    ledger = eventually(f"block {final} of {peer.name} in the index", shown, 40.0, 0.2)
    attestation = ledger["attestation"]
    equal([ledger["kind"], attestation["title"]], ["foreign", peer.name], "what it is shown as")
    equal([attestation["threshold"], attestation["gateways"], attestation["startHeight"]], [1, 1, 0], "who attests it")
    equal([attestation["refusals"], attestation.get("fault")], [[], None], "what the index refused")
    sent = 0
    for height in range(1, final + 1):
        block = rpc.call("eth_getBlockByNumber", hex(height), True)
        if height in (1, final):
            equal(indexed_hash(console, peer, height), block["hash"], f"block {height}")
        sent += len(block["transactions"])
    expect((sent > 0) == peer.transacts, "transactions below the final block", sent)
    found = console.items(f"/ledgers/{peer.caip2}/transactions", limit=200)
    below = [transaction for transaction in found if transaction["block"] <= final]
    equal(len(below), sent, "transactions in the index")
    for transaction in below[:3]:
        real = rpc.call("eth_getTransactionByHash", transaction["hash"])
        equal(transaction["from"].lower(), real["from"].lower(), "a sender")
    events = console.items(f"/ledgers/{peer.caip2}/events", limit=200)
    expect(bool(events) == peer.transacts, "events in the index", events)
    anchored = console.items(f"/chains/{peer.caip2}/anchors")
    expect(anchored and anchored[0]["agreed"] == 1, "one organisation that agreed", anchored[:1])


def rule() -> dict:
    both = {"zh": "合约发出事件", "en": "A contract emitted an event"}
    return {
        "id": "peers-emitted", "owner": "tests", "legalBasis": "tests", "severity": "notice", "title": both, "text": both,
        "when": "event.kind == 'event'", "subject": "event.id", "condition": "true",
    }  # fmt: skip


def measured(checks: Checks, city: City, console: Console, seed: int, peer: Peer) -> None:
    """From a foreign block to its anchor, its row in the index and a finding."""
    console.call("POST", "/supervision/rules", {"basedOn": 0, "rule": rule()})
    main, chance = city.rpc(0), random.Random(seed)
    topic = "0x" + keccak(TOPIC.encode()).hex()
    findings = f"/supervision/findings?rule=peers-emitted&ledger={peer.caip2}&limit=1"
    took: dict[str, list[float]] = {"anchor": [], "row": [], "finding": []}
    # The rule is at work when it finds something for the first time.
    for round_number in range(ROUNDS + 1):
        time.sleep(chance.uniform(0.0, 1.2))
        start = main.height()
        receipt = peer.send({"to": peer.contract})
        began, height = time.monotonic(), int(receipt["blockNumber"], 16)
        waiting = dict.fromkeys(took, 0.0)

        def anchored(start: int = start, height: int = height) -> bool:
            query = {"fromBlock": hex(start), "toBlock": "latest", "address": ANCHORS, "topics": [topic]}
            return any(int(log["data"][2:66], 16) == height for log in main.call("eth_getLogs", query))

        def in_index(height: int = height) -> bool:
            rows = console.items(f"/ledgers/{peer.caip2}/blocks", limit=1)
            return bool(rows) and rows[0]["height"] >= height

        def found(wanted: str = receipt["transactionHash"]) -> bool:
            newest = console.call("GET", findings)["items"]
            if not newest:
                return False
            detail = console.get(f"/supervision/findings/{newest[0]['number']}")
            return detail["event"]["transaction"] == wanted

        probes = {"anchor": anchored, "row": in_index, "finding": found}
        limit = 30.0 if round_number == 0 else SECONDS_MAX
        while missing := [name for name, seconds in waiting.items() if not seconds]:
            for name in missing[:2]:
                if probes[name]():
                    waiting[name] = time.monotonic() - began
            if time.monotonic() - began > limit:
                raise Expected(f"expected {missing} within {limit:g} s\n      found    {waiting}")
            # The console answers forty requests a second.
            time.sleep(0.04)
        if round_number:
            for name, seconds in waiting.items():
                took[name].append(seconds)
    for name, seconds in took.items():
        checks.note(
            f"from a foreign block to its {name}: median {statistics.median(seconds) * 1e3:.0f} ms,"
            f" longest {max(seconds) * 1e3:.0f} ms of {len(seconds)}"
        )


def mine(peer: Peer, count: int) -> None:
    for _ in range(count):
        peer.rpc.call("evm_mine")


def block_hash(peer: Peer, height: int) -> str:
    return peer.rpc.call("eth_getBlockByNumber", hex(height), False)["hash"]


def indexed_hash(console: Console, peer: Peer, height: int) -> str:
    block = console.get(f"/ledgers/{peer.caip2}/blocks/{height}")
    return (block["summary"] if "summary" in block else block)["hash"]


def wait_indexed(console: Console, peer: Peer, height: int) -> None:
    eventually(
        f"block {height} of {peer.name} in the index",
        lambda: console.get(f"/ledgers/{peer.caip2}")["indexed"] >= height,
        30.0,
        0.1,
    )


def replaced(console: Console, peer: Peer) -> None:
    """Blocks that are not deep enough yet are replaced: nobody ever hears of the first ones."""
    for _ in range(3):
        snapshot, before = peer.rpc.call("evm_snapshot"), peer.rpc.height()
        peer.send({"to": peer.contract})
        mine(peer, DEPTH - 1)
        dropped = block_hash(peer, before + 1)
        expect(peer.rpc.call("evm_revert", snapshot), "the chain to go back", snapshot)
        peer.send({"to": address_of(1), "value": 2})
        mine(peer, DEPTH)
        expect(block_hash(peer, before + 1) != dropped, "another block", dropped)
        wait_indexed(console, peer, before + 1)
        equal(indexed_hash(console, peer, before + 1), block_hash(peer, before + 1), "the block that stayed")


def undone(city: City, console: Console, peer: Peer, gateway: str) -> None:
    """What was final is replaced: nothing more is reported, the history stays, and the gateway says why."""
    snapshot, before = peer.rpc.call("evm_snapshot"), peer.rpc.height()
    peer.send({"to": peer.contract})
    mine(peer, DEPTH + 2)
    wait_indexed(console, peer, before + 2)
    truth = block_hash(peer, before + 1)
    expect(peer.rpc.call("evm_revert", snapshot), "the chain to go back", snapshot)
    peer.send({"to": address_of(1), "value": 3})
    mine(peer, 2 * DEPTH + 6)

    def named() -> bool:
        chain = next(chain for chain in get_json(f"{gateway}/chains") if chain["chain"] == peer.caip2)
        return chain["state"] == "failing" and "does not follow" in chain["what"]

    eventually("the gateway to name the fork", named, 30.0, 0.1)
    known = int(following(city, peer)["batchCount"])
    equal(indexed_hash(console, peer, before + 1), truth, "the block that was final")
    equal(anchors(city, peer)[before]["batch"]["lastHash"], truth, "its anchor")
    mine(peer, 3)
    time.sleep(0.5)
    equal(int(following(city, peer)["batchCount"]), known, "batches after the fork")
