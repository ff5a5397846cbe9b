"""Gateways: chains of others (anvil, hardhat) are registered, reviewed, followed, and every batch of them is on the ledger once."""

import json
import os
import random
import signal
import subprocess
import time
import urllib.error
import urllib.request
from dataclasses import dataclass
from pathlib import Path

from eth_utils import keccak

from harness import toolchain
from harness.checks import Checks, Expected, equal, eventually, expect
from harness.city import City, free_ports
from harness.commands import BUSINESS, OFFICE, PROVIDER, Commands
from harness.context import Context
from harness.jsonrpc import Rpc, RpcError

from .cast import address_of, key_of
from .content import thesaurus

# A contract that emits an event with two topics; called with data, it reverts.
EMITTER = "0x601380600a5f395ff3003660105760425f526007600860205fa2005b5f5ffd"
# Accounts of the gateways, and the organisations that answer for them.
GATEWAYS = [(5, BUSINESS), (6, OFFICE), (8, PROVIDER)]
BATCH_BLOCKS = 3
KILLS = 20
PROBES = [("anvil", 31_001), ("hardhat", 31_002)]


@dataclass
class Peer:
    """A chain that is not ours."""

    name: str
    chain_id: int
    url: str
    process: subprocess.Popen

    @property
    def caip2(self) -> str:
        return f"eip155:{self.chain_id}"

    @property
    def rpc(self) -> Rpc:
        return Rpc(self.url)

    def height(self) -> int:
        return int(self.rpc.call("eth_blockNumber"), 16)

    def block(self, height: int) -> dict:
        return self.rpc.call("eth_getBlockByNumber", hex(height), True)


def run(checks: Checks, context: Context) -> None:
    city = context.new_city("gateway")
    city.validators = 1
    city.consensus = "solo"
    checks.hint = city.log_hint
    peers: list[Peer] = []
    processes: list[subprocess.Popen] = []
    try:
        with checks.check("a city, anvil and hardhat run", needed=True):
            city.start()
            for name, chain_id in PROBES:
                peers.append(start_peer(context, name, chain_id))
                traffic(peers[-1], 4)
        for peer in peers:
            with checks.check(f"{peer.name} is registered, reviewed and followed", needed=True):
                attach(context, city, peer)
        with checks.check("what cannot be attached is refused, and nothing of it is registered"):
            misfits(city, peers)
        with checks.check("words and contracts in the history of a chain are seen before it has access"):
            for peer in peers:
                history(context, city, peer)
        listen = free_ports(10) + 9
        first = settings(context, city, 0, peers)
        first.write_text(f'listen = "127.0.0.1:{listen}"\n{first.read_text()}')
        with checks.check("one gateway reports both chains", needed=True):
            processes.append(start_gateway(city, first))
            for peer in peers:
                wait_until_anchored(city, peer)
        with checks.check("the gateway serves what was anchored, with health and counts"):
            served(city, peers, first.parent / "data", f"http://127.0.0.1:{listen}")
        with checks.check(f"killed {KILLS} times under load, it loses and doubles nothing"):
            killed(city, context.seed, peers, first, processes)
        with checks.check("three gateways agree; one that is silent falls behind and comes back"):
            several(context, city, peers, processes)
        with checks.check("the archive holds what was anchored"):
            for peer in peers:
                archived(city, peer, first.parent / "data" / f"eip155-{peer.chain_id}" / "batches")
        with checks.check("an endpoint of another chain is named"):
            misled(context, city, peers)
    finally:
        for process in [*processes, *(peer.process for peer in peers)]:
            process.kill()
            process.wait()
        city.close()


def start_peer(context: Context, name: str, chain_id: int, beside: int = 8) -> Peer:
    """anvil or hardhat, on a port beside those that the city took."""
    port = free_ports(beside + 1) + beside
    folder = context.work / name
    folder.mkdir()
    if name == "anvil":
        command = [toolchain.foundry("anvil"), "--port", str(port), "--chain-id", str(chain_id)]
    else:
        (folder / "package.json").write_text('{"type": "module"}')
        networks = f'{{networks: {{node: {{type: "edr-simulated", chainId: {chain_id}}}}}}}'
        (folder / "hardhat.config.js").write_text(f"export default {networks};")
        (folder / "node_modules").symlink_to(toolchain.MODULES)
        program = "node_modules/hardhat/dist/src/cli.js"
        command = [str(toolchain.NODE), program, "node", "--hostname", "127.0.0.1", "--port", str(port)]
    with open(folder / "log", "wb") as log:
        process = subprocess.Popen(
            command, stdout=log, stderr=log, stdin=subprocess.DEVNULL, cwd=folder, env=toolchain.environment()
        )
    peer = Peer(name, chain_id, f"http://127.0.0.1:{port}", process)
    eventually(f"{name} to answer", peer.rpc.alive, 60.0)
    return peer


def traffic(peer: Peer, rounds: int) -> None:
    """Blocks with transfers, events and failed calls, of several kinds of transactions."""
    accounts = peer.rpc.call("eth_accounts")[:5]
    made = peer.rpc.call("eth_sendTransaction", {"from": accounts[0], "data": EMITTER, "gas": "0x50000"})
    receipt = eventually("the contract", lambda: peer.rpc.call("eth_getTransactionReceipt", made))
    target = receipt["contractAddress"]
    for index in range(rounds):
        sender = accounts[index % 5]
        call = {"from": sender, "to": target, "gas": "0x20000"}
        price = {"gasPrice": "0x77359400"}
        transfer = {"from": sender, "to": accounts[0], "value": hex(index), "gas": "0x10000"}
        listed = {"accessList": [{"address": target, "storageKeys": []}]}
        for transaction in (transfer, call, {**call, "data": "0x01"}, call | price, call | price | listed):
            try:
                peer.rpc.call("eth_sendTransaction", transaction)
            except RpcError:
                # Hardhat mines a transaction that fails, and says so.
                expect("data" in transaction, "only the failing call to fail", transaction)


def attach(context: Context, city: City, peer: Peer) -> None:
    """What a business, a reviewer and who runs the gateway do until a chain is followed, each with the own key."""
    civitas = Commands(city)
    words = (
        "chain", "attach", peer.url, "--name", peer.name, "--operator", BUSINESS, "--purpose", "tests",
        "--contact", "desk@harbour.example", "--trust-root", "0", "--finality", "instant",
        "--batch-blocks", str(BATCH_BLOCKS), "--out", str(context.work / f"attach-{peer.name}"),
    )  # fmt: skip
    gateway = ("--gateway", f"{address_of(GATEWAYS[0][0])}={BUSINESS}")
    report = civitas("chain", "inspect", peer.url)["report"]
    equal([report["chain"], report["verdict"]], [peer.caip2, "warn"], "what an inspection finds")
    named = {check["name"]: check["verdict"] for check in report["checks"]}
    for name, verdict in {"provable": "pass", "headers": "pass", "trust root": "pass", "exposure": "warn"}.items():
        equal(named[name], verdict, f"the check {name}")
    # Nobody's key: nothing is done, and the first step is said.
    equal(steps(civitas(*words)), ["register next"], "without keys")
    # A key without the right to it.
    refused = civitas.run(*words, "--key", "dev9", "--rpc", city.url(0), code=4)
    expect("was refused" in refused.stderr, "a refusal in words", refused.stderr)
    done = civitas(*words, *gateway, "--key", "dev2")
    equal(steps(done), ["register done", "trust root done", "review next"], "the operator")
    expect("--reviewer-key" in done["steps"][-1]["command"], "the reviewer's command", done["steps"][-1])
    # The operator's own people do not review.
    refused = civitas.run(*words, *gateway, "--reviewer-key", "dev2", "--rpc", city.url(0), code=4)
    expect("was refused" in refused.stderr, "a refusal in words", refused.stderr)
    done = civitas(*words, *gateway, "--reviewer-key", "dev7")
    expected = ["register before", "trust root before", "review done", "decision done", "follow done", "gateway next"]
    equal(steps(done), expected, "the reviewer")
    evidence = flat(civitas("chain", "reviews", peer.caip2))[-1]["evidence"]
    equal(evidence, done["hash"], "the evidence of the decision")
    kept = context.work / f"attach-{peer.name}" / f"inspection-{evidence}.json"
    equal("0x" + keccak(kept.read_bytes()).hex(), evidence, "the hash of the report that is kept")
    key = "0x" + key_of(GATEWAYS[0][0]).key.hex().removeprefix("0x")
    for _ in range(2):
        again = civitas(*words, "--gateway-key", key)
        expected = ["register", "trust root", "review", "follow"]
        equal(steps(again), [*(f"{step} before" for step in expected), "gateway ready"], "repeated")
    stranger = civitas.run(*words[:5], "--operator", OFFICE, "--rpc", city.url(0), code=4)
    expect("registered already" in stranger.stderr, "the owner to be named", stranger.stderr)


def steps(attached: dict) -> list[str]:
    return [f"{step['step']} {step['state']}" for step in attached["steps"]]


def misfits(city: City, peers: list[Peer]) -> None:
    """What cannot be attached is refused in words, and nothing of it stands on the ledger."""
    civitas = Commands(city)
    before = civitas("chain", "chainCount")
    cases = [
        (["http://127.0.0.1:9"], 5, "does not answer"),
        (["ws://127.0.0.1:9"], 2, "no address of JSON-RPC over HTTP"),
        ([city.url(0)], 4, "chain id of the main ledger"),
        ([peers[0].url, "--trust-root", str(peers[0].height() + 1_000)], 4, "cannot be a trust root"),
    ]
    for words, code, told in cases:
        failed = civitas.run("chain", "attach", *words, "--key", "dev2", "--rpc", city.url(0), code=code)
        expect(told in failed.stderr, f"{words} to be refused with {told!r}", failed.stderr)
    equal(civitas("chain", "chainCount"), before, "registered chains")


def history(context: Context, city: City, peer: Peer) -> None:
    """A word that is refused fails an inspection, and is not said; contracts are named, and judged by a program of one's own."""
    file = context.work / f"thesaurus-{peer.name}.toml"
    file.write_text(thesaurus(1))
    accounts = peer.rpc.call("eth_accounts")
    said = {"from": accounts[0], "to": accounts[1], "data": "0x" + "来玩網 絡賭博吧".encode().hex(), "gas": "0x10000"}
    sent = peer.rpc.call("eth_sendTransaction", said)
    receipt = eventually("the words", lambda: peer.rpc.call("eth_getTransactionReceipt", sent))
    words = ("--thesaurus", str(file), "--finality", "instant", "--contract-scanner", "false")
    told = Commands(city).plain("chain", "inspect", peer.url, *words, "--json", "--rpc", city.url(0), code=4)
    expect(not set("网络赌博網絡賭") & set(told), "no word to be said", told)
    report = json.loads(told)["report"]
    place = {"height": int(receipt["blockNumber"], 16), "transaction": sent, "place": "call-data", "category": "gambling"}
    equal(report["scan"]["words"]["hits"], [place], "places with words")
    named = {check["name"]: check["verdict"] for check in report["checks"]}
    expected = {"history": "pass", "contracts": "pass", "scanner": "warn", "thesaurus": "pass", "words": "fail"}
    equal({name: named[name] for name in expected}, expected, "verdicts")
    for contract in report["scan"]["contracts"]["contracts"]:
        code = bytes.fromhex(peer.rpc.call("eth_getCode", contract["address"], "latest")[2:])
        found = [contract["codeHash"], contract["codeBytes"], contract["flags"], contract["scanner"]["verdict"]]
        equal(found, ["0x" + keccak(code).hex(), len(code), [], "warn"], "a contract")
    equal(report["scan"]["contracts"]["created"], 1, "contracts that were created")


def served(city: City, peers: list[Peer], folder: Path, address: str) -> None:
    """What others read over HTTP is what was anchored, and the counts are those of the chain."""
    listed = {chain["chain"]: chain for chain in get_json(f"{address}/chains")}
    health = get_json(f"{address}/health")
    equal([health["state"], len(health["chains"])], ["ok", len(peers)], "health")
    metrics = urllib.request.urlopen(f"{address}/metrics", timeout=10).read().decode()
    for peer in peers:
        known = anchors(city, peer)
        chain = listed[peer.caip2]
        equal(chain["nextHeight"], int(known[-1]["batch"]["toHeight"]) + 1, "next height")
        equal(chain["lagBlocks"], chain["finalized"] + 1 - chain["nextHeight"], "lag in blocks")
        expect(chain["lagBlocks"] < BATCH_BLOCKS, "less than a batch of lag", chain)
        expect(f'civitas_gateway_next_height{{chain="{peer.caip2}"}} {chain["nextHeight"]}' in metrics, "a count", metrics)
        expect(chain["endpoints"][0]["requests"] > 0, "counted requests", chain)
        for anchor in known:
            height = int(anchor["batch"]["fromHeight"])
            text = urllib.request.urlopen(f"{address}/chains/{peer.caip2}/batches/{height}", timeout=10).read()
            equal(json.loads(text.splitlines()[0])["blocksRoot"], anchor["batch"]["blocksRoot"], "a batch")
            name = f"{height:020}.jsonl"
            equal(text, (folder / peer.caip2.replace(":", "-") / "batches" / name).read_bytes(), name)
        contracts = [
            transaction["created"]
            for path in sorted((folder / peer.caip2.replace(":", "-") / "batches").glob("*.jsonl"))
            for line in path.read_text().splitlines()[1:]
            for transaction in json.loads(line)["transactions"]
            if "created" in transaction
        ]
        expect(contracts, "contracts that were created", peer.name)
        for contract in contracts:
            expect(peer.rpc.call("eth_getCode", contract, "latest") != "0x", "code of a contract", contract)
    for path in ("/chains/eip155:999/batches/1", f"/chains/{peers[0].caip2}/batches/2", "/chains/..%2f..%2f/batches/1"):
        try:
            urllib.request.urlopen(address + path, timeout=10)
            raise Expected(f"{path} was answered")
        except urllib.error.HTTPError as error:
            equal(error.code, 404, path)


def get_json(url: str) -> object:
    return json.loads(urllib.request.urlopen(url, timeout=10).read())


def terms(threshold: int, gateways: int) -> dict:
    named = [
        {"account": address_of(account), "organisation": organisation}
        for account, organisation in GATEWAYS[:gateways]
    ]
    return {
        "finality": "Instant", "depth": 0, "batchBlocks": BATCH_BLOCKS, "threshold": threshold, "gateways": named,
    }  # fmt: skip


def settings(context: Context, city: City, index: int, peers: list[Peer], name: str = "") -> Path:
    """The folder and the settings of a gateway."""
    folder = context.work / (name or f"gateway-{index}")
    folder.mkdir()
    key = folder / "key"
    key.touch(0o600)
    key.write_text("0x" + key_of(GATEWAYS[index][0]).key.hex().removeprefix("0x"))
    text = f'ledger = ["{city.url(0)}"]\nkey = "key"\ndata = "data"\npoll_ms = 100\n'
    for peer in peers:
        url = peer.url if index == 0 else peer.url.replace("http", "ws")
        text += f'\n[[chains]]\nchain = "{peer.caip2}"\nurls = ["{url}"]\n'
    path = folder / "gateway.toml"
    path.write_text(text)
    return path


def start_gateway(city: City, path: Path) -> subprocess.Popen:
    return city.spawn(["gateway", "--config", str(path)], f"{path.parent.name}.log")


def following(city: City, peer: Peer) -> dict:
    return flat(Commands(city)("anchor", "following", peer.caip2))


def flat(answer: object) -> dict:
    """The struct of an answer, wherever the command puts it."""
    while isinstance(answer, dict) and len(answer) == 1:
        answer = next(iter(answer.values()))
    return answer


def anchors(city: City, peer: Peer) -> list[dict]:
    found: list[dict] = []
    while True:
        page = flat(Commands(city)("anchor", "anchors", peer.caip2, str(len(found)), "100"))
        if not page:
            return found
        found += page


def wait_until_anchored(city: City, peer: Peer, seconds: float = 60.0) -> None:
    """Waits until every full batch is anchored, and compares all of them with the chain."""
    goal = peer.height() // BATCH_BLOCKS
    eventually(
        f"{goal} batches of {peer.name}",
        lambda: int(following(city, peer)["batchCount"]) >= goal,
        seconds,
        0.2,
    )
    next_height, parent = 1, peer.block(0)["hash"]
    for anchor in anchors(city, peer):
        batch = anchor["batch"]
        blocks = [peer.block(height) for height in range(next_height, next_height + BATCH_BLOCKS)]
        transactions = [transaction for block in blocks for transaction in block["transactions"]]
        receipts = [peer.rpc.call("eth_getTransactionReceipt", item["hash"]) for item in transactions]
        events = sum(len(receipt["logs"]) for receipt in receipts)
        found = [int(batch[name]) for name in ("fromHeight", "toHeight", "transactions", "events")]
        equal(found, [next_height, next_height + BATCH_BLOCKS - 1, len(transactions), events], "a batch")
        equal([batch["parentHash"], batch["lastHash"]], [parent, blocks[-1]["hash"]], "hashes of a batch")
        next_height, parent = next_height + BATCH_BLOCKS, blocks[-1]["hash"]


def standing(city: City, peer: Peer, index: int) -> dict:
    account = address_of(GATEWAYS[index][0])
    return flat(Commands(city)("anchor", "standing", peer.caip2, account))


def killed(city: City, seed: int, peers: list[Peer], path: Path, processes: list[subprocess.Popen]) -> None:
    """kill -9 at random moments while the chains grow; then all is there, and no report was executed twice."""
    chance = random.Random(seed)
    for _ in range(KILLS):
        for peer in peers:
            traffic(peer, 1)
        time.sleep(chance.uniform(0.0, 0.4))
        process = processes.pop()
        os.kill(process.pid, signal.SIGKILL)
        process.wait()
        processes.append(start_gateway(city, path))
    reports = 0
    for peer in peers:
        wait_until_anchored(city, peer)
        found = standing(city, peer, 0)
        equal(int(found["contradictions"]), 0, "contradictions")
        equal(int(found["reports"]), int(following(city, peer)["batchCount"]), "one report a batch")
        reports += int(found["reports"])
    sent = int(city.rpc(0).call("eth_getTransactionCount", address_of(GATEWAYS[0][0]), "latest"), 16)
    equal(sent, reports, "transactions of the gateway")


def several(context: Context, city: City, peers: list[Peer], processes: list[subprocess.Popen]) -> None:
    civitas = Commands(city)
    for peer in peers:
        civitas("anchor", "amend", peer.caip2, json.dumps(terms(2, 3)), "--key", "dev7")
    second = settings(context, city, 1, peers)
    processes.append(start_gateway(city, second))
    for peer in peers:
        traffic(peer, 2)
        wait_until_anchored(city, peer)
        equal(int(standing(city, peer, 2)["lastBatch"]), 0, "the third was silent")
    third = settings(context, city, 2, peers)
    processes.append(start_gateway(city, third))
    for peer in peers:
        traffic(peer, 3)
        wait_until_anchored(city, peer)

        def level(peer: Peer = peer) -> bool:
            count = int(following(city, peer)["batchCount"])
            return all(int(standing(city, peer, index)["lastBatch"]) == count for index in range(3))

        eventually(f"all gateways of {peer.name} to have spoken", level, 60.0, 0.2)
        for index in range(3):
            equal(int(standing(city, peer, index)["contradictions"]), 0, f"contradictions of {index}")
        equal(int(anchors(city, peer)[-1]["agreed"]), 3, "gateways that agreed on the last batch")


def archived(city: City, peer: Peer, folder: Path) -> None:
    files = sorted(folder.glob("*.jsonl"))
    known = anchors(city, peer)
    equal(len(files), len(known), "files")
    for path, anchor in zip(files, known, strict=True):
        head, *blocks = [json.loads(line) for line in path.read_text().splitlines()]
        equal(head["blocksRoot"], anchor["batch"]["blocksRoot"], str(path))
        for block in blocks:
            truth = peer.block(block["height"])
            equal(block["hash"], truth["hash"], str(path))
            senders = [transaction["sender"] for transaction in block["transactions"]]
            equal(senders, [transaction["from"] for transaction in truth["transactions"]], str(path))


def misled(context: Context, city: City, peers: list[Peer]) -> None:
    path = settings(context, city, 0, peers[:1], "misled")
    path.write_text(path.read_text().replace(peers[0].url, peers[1].url))
    process = start_gateway(city, path)
    try:
        command = ["gateway", "status", "--config", str(path)]

        def told() -> bool:
            state = json.loads(Commands(city).plain(*command))
            return state["state"] == "failing" and f"is chain {peers[1].caip2}" in state["what"]

        traffic(peers[0], 1)
        eventually("the status to name the wrong chain", told, 30.0, 0.2)
    except Expected as error:
        raise Expected(f"{error}\n      status   {Commands(city).plain(*command)}") from None
    finally:
        process.terminate()
        process.wait(20)
