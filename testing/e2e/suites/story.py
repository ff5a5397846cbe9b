"""A story: a licensed exchange takes money in on one chain and pays it out on another. A rule that follows the person finds
it; it becomes a case, is frozen on both chains with proof, and one timeline shows it all. The regulators sit in a browser."""

import json
import os
import subprocess
import time

from eth_abi import encode
from eth_account import Account
from eth_utils import keccak, to_checksum_address

from harness.checks import Checks, Expected, equal, eventually, expect
from harness.city import City, free_ports
from harness.commands import BUSINESS, Commands
from harness.console import Console
from harness.context import Context
from harness.jsonrpc import RpcError

from .cast import address_of, key_of
from .console import REGULATOR, ROOT, play
from .gateway import start_gateway
from .peers import Peer, anvil, hardhat

# The second pair of eyes: the court of a development city.
SECOND = 8
# Who pays into the exchange: accounts that the chains fund.
CUSTOMERS = range(1, 7)
# Coins that each of them pays; together they are above what the rule looks for.
PART = 9_000
COIN = 10**18
RULE = "layering-across-chains"
FOUND_SECONDS_MAX = 40.0


def run(checks: Checks, context: Context) -> None:
    city = context.new_city("story")
    city.validators = 1
    city.consensus = "solo"
    city.console_port = free_ports(10) + 8
    listen = city.console_port + 1
    city.arguments = ["--chain-id", "31000", "--gateway", f"http://127.0.0.1:{listen}"]
    checks.hint = lambda: f"{city.log_hint()} {city.folder}/console/log"
    peers: list[Peer] = []
    processes: list[subprocess.Popen] = []
    try:
        with checks.check("a city, two business chains and their gateway run; both chains have a hook", needed=True):
            city.start()
            peers += [anvil(context), hardhat(context)]
            hooks = []
            for peer in peers:
                eventually(f"{peer.name} to answer", peer.rpc.alive, 60.0)
                hooks.append(join(context, city, peer, listen))
            processes.append(start_gateway(city, context.work / "story-gateway" / "gateway.toml"))
        with checks.check("the exchange has one identity and an account on each chain", needed=True):
            exchange = identity(context, city, peers)
            tokens = [issue(peer, hook, exchange) for peer, hook in zip(peers, hooks, strict=True)]
        console = Console(f"http://127.0.0.1:{city.console_port}")
        with checks.check("one regulator writes a rule that follows the person over all chains, another makes it active", needed=True):
            eventually("the console to answer", console.alive, 30.0)
            console.sign_in(REGULATOR)
            written = console.call("POST", "/supervision/rules", {"basedOn": 0, "rule": rule()})
            version = written["versions"][0]["version"]
            other = Console(console.url)
            other.sign_in(SECOND)
            other.call(
                "POST", f"/supervision/rules/{RULE}/versions/{version}/mode", {"mode": "active", "reason": "tried on the past"}
            )
            eventually("both chains in the index", lambda: all(is_indexed(console, peer) for peer in peers), 40.0, 0.2)
        with checks.check("money comes in on one chain and leaves on the other: there is a finding about the person", needed=True):
            seconds = launder(console, exchange, peers)
            checks.note(f"the finding stood {seconds:.1f} s after the last payment")
        words = {"CIVITAS_RULE": RULE, "CIVITAS_DID": exchange["did"], "CIVITAS_SECOND": str(SECOND)}
        play(checks, context, console, "story.mjs", "story-pictures", **words)
        with checks.check("both chains refuse the exchange, and nobody else"):
            for peer, token in zip(peers, tokens, strict=True):
                frozen(peer, token, exchange)
        with checks.check("the commands are done by proofs of both chains' state"):
            proven(city, console, exchange, peers)
        with checks.check("one timeline has what the exchange did on both chains"):
            entries = console.items(f"/identities/{exchange['did']}/activity", limit=100)
            chains = {entry["ledger"] for entry in entries}
            expect({peer.caip2 for peer in peers} <= chains, "both chains", chains)
    finally:
        for process in [*processes, *(peer.process for peer in peers)]:
            process.kill()
            process.wait()
        city.close()


def join(context: Context, city: City, peer: Peer, listen: int) -> str:
    """The chain is registered with its hook, reviewed and followed; gives back the address of the hook."""
    civitas = Commands(city)
    folder = context.work / "story-gateway"
    words = (
        "chain", "attach", peer.url, "--name", peer.name, "--operator", BUSINESS, "--purpose", "tests",
        "--contact", "desk@harbour.example", "--finality", "instant", "--batch-blocks", "1", "--out", str(folder),
        "--gateway", f"{address_of(5)}={BUSINESS}", "--listen", f"127.0.0.1:{listen}",
    )  # fmt: skip
    # Before the review the operator registers the hook itself.
    civitas(*words, "--key", "dev2")
    folder.mkdir(exist_ok=True)
    key = folder / f"foreign-{peer.chain_id}"
    key.touch(0o600)
    # An account that the chain funds, for the gateway's transactions there.
    key.write_text("0x" + key_of(9).key.hex().removeprefix("0x"))
    deployed = civitas(
        "chain", "hook", "deploy", peer.caip2, "--url", peer.url, "--foreign-key", str(key), "--key", "dev2",
        "--gateway", address_of(5), "--threshold", "1",
    )  # fmt: skip
    equal(deployed["registration"]["state"], "done", "the registration of the hook")
    civitas(*words, "--key", "dev2", "--reviewer-key", "dev7", "--gateway-key", "dev5")
    settings = folder / "gateway.toml"
    text = settings.read_text()
    line = f'chain = "{peer.caip2}"\n'
    expect(line in text, "the chain in the settings of the gateway", text)
    settings.write_text(text.replace(line, f'{line}foreign_key = "{key.name}"\n'))
    return deployed["hook"]


def identity(context: Context, city: City, peers: list[Peer]) -> dict:
    """An organisation's identity, whose accounts on both chains are bound by both sides."""
    civitas = Commands(city)
    made = "0x" + os.urandom(32).hex()
    folder = context.work / "exchange"
    folder.mkdir()
    own = folder / "own.key"
    controller = civitas.plain("identity", "new-key", str(own)).strip()
    civitas(
        "identity", "create",
        json.dumps({
            "id": made, "kind": "Organisation", "organisation": BUSINESS, "controllers": [controller],
            "recoverers": ["dev1", "dev8"], "recoveryThreshold": 2, "methods": [], "services": [], "commitments": [],
        }),
        "--key", "dev6",
    )  # fmt: skip
    accounts = {}
    for peer in peers:
        key = folder / f"{peer.name}.key"
        accounts[peer.caip2] = civitas.plain("identity", "new-key", str(key)).strip()
        civitas(
            "identity", "bind-account", made, "--account", peer.caip2, "--account-key", str(key), "--key", str(own)
        )
    keys = {peer.caip2: Account.from_key((folder / f"{peer.name}.key").read_text().strip()) for peer in peers}
    return {"did": f"did:civitas:{made[2:]}", "accounts": accounts, "keys": keys}


def issue(peer: Peer, hook: str, exchange: dict) -> str:
    """A licensed issuer's token, which asks the hook of the chain; the exchange and a customer hold some."""
    shipped = json.loads((ROOT / "contracts" / "supervision" / "contracts.json").read_text())
    code = shipped["contracts"]["LicensedToken"]["bytecode"]
    created = encode(["string", "string", "address"], ["Harbour Yuan", "HCNY", hook]).hex()
    address = peer.send({"data": code + created, "gas": "0x3d0900"})["contractAddress"]
    for holder in (exchange["accounts"][peer.caip2], customers(peer)[0]):
        peer.send({"to": address, "data": call("mint(address,uint256)", holder, 10**20)})
    return address


def call(function: str, account: str, amount: int) -> str:
    """The data of a call with an account and an amount."""
    return "0x" + (keccak(function.encode())[:4] + encode(["address", "uint256"], [account, amount])).hex()


def rule() -> dict:
    who, whom = "(has(from.did) ? from.did : from.account)", "(has(to.did) ? to.did : to.account)"
    return {
        "id": RULE, "owner": "Financial supervision office", "legalBasis": "Decision 2026-12 of the supervision office",
        "severity": "critical", "when": "event.kind == 'transfer' && event.asset == 'coin'", "subject": who,
        "title": {"zh": "跨链快进快出", "en": "Layering across chains"},
        "text": {
            "zh": "{subject} 24 小时内在各链共收到 {received}，转出 {paid}",
            "en": "{subject} received {received} and paid {paid} on all chains within 24 hours",
        },
        "define": {"received": f"sum(event.amount, {whom}, '24h', true, {who})", "paid": f"sum(event.amount, {who}, '24h')"},
        "condition": "received >= 50000 && paid * 10 >= received * 9", "cooldown": "24h",
    }  # fmt: skip


def is_indexed(console: Console, peer: Peer) -> bool:
    height = peer.rpc.height()
    return console.get(f"/ledgers/{peer.caip2}")["indexed"] >= height


def customers(peer: Peer) -> list[str]:
    accounts = peer.rpc.call("eth_accounts")
    return [accounts[index] for index in CUSTOMERS]


def launder(console: Console, exchange: dict, peers: list[Peer]) -> float:
    """Six customers pay in on the first chain; the exchange pays out to six others on the second."""
    entry, exit_chain = peers
    for customer in customers(entry):
        entry.send({"from": customer, "to": exchange["accounts"][entry.caip2], "value": PART * COIN})
    eventually("the payments in the index", lambda: is_indexed(console, entry), 20.0, 0.1)
    key = exchange["keys"][exit_chain.caip2]
    # What it brought there before: no payment of this story.
    exit_chain.rpc.call("hardhat_setBalance", key.address, hex(100_000 * COIN))
    for payee in customers(exit_chain):
        pay(exit_chain, key, payee, PART * COIN)
    began = time.monotonic()

    def found() -> dict | None:
        items = console.call("GET", f"/supervision/findings?rule={RULE}&limit=5")["items"]
        return next((item for item in items if item["subject"] == exchange["did"]), None)

    eventually("a finding about the person", found, FOUND_SECONDS_MAX, 0.05)
    return time.monotonic() - began


def pay(peer: Peer, key: object, to: str, value: int) -> dict:
    """A transaction that the account itself signs; gives back its receipt."""
    rpc = peer.rpc
    signed = key.sign_transaction({
        "to": to_checksum_address(to), "value": value, "gas": 21_000, "chainId": peer.chain_id, "gasPrice": 10 * 10**9,
        "nonce": int(rpc.call("eth_getTransactionCount", key.address, "latest"), 16),
    })  # fmt: skip
    sent = rpc.call("eth_sendRawTransaction", "0x" + signed.raw_transaction.hex().removeprefix("0x"))
    return eventually("a receipt", lambda: rpc.call("eth_getTransactionReceipt", sent), pause=0.01)


def frozen(peer: Peer, token: str, exchange: dict) -> None:
    """The token refuses what the exchange signs, and what is for it; a customer pays another as before."""
    rpc, account = peer.rpc, exchange["accounts"][peer.caip2]
    first, second, *_ = customers(peer)
    for sender, to in ((account, second), (first, account)):
        try:
            rpc.call("eth_call", {"from": sender, "to": token, "data": call("transfer(address,uint256)", to, 1)}, "latest")
        except RpcError as error:
            selector = keccak(b"AccountFrozen(address,uint64)")[:4].hex()
            told = f"{error} {getattr(error, 'data', '')}"
            expect(selector in told or "AccountFrozen" in told, "AccountFrozen", told)
        else:
            raise Expected(f"expected the transfer from {sender} to {to} to be refused\n      found    it was allowed")
    receipt = peer.send({"from": first, "to": token, "data": call("transfer(address,uint256)", second, 1)})
    equal(receipt["status"], "0x1", "a payment between customers")


def proven(city: City, console: Console, exchange: dict, peers: list[Peer]) -> None:
    """Every command of the case is done, those on the chains by a block that is anchored."""
    case = console.items("/cases")[0]
    commands = console.get(f"/cases/{case['id']}")["commands"]
    equal([command["state"] for command in commands], ["done"] * (1 + len(peers)), "states of the commands")
    on_chains = [command for command in commands if command["parent"]]
    equal(sorted(command["chain"]["caip2"] for command in on_chains), sorted(peer.caip2 for peer in peers), "chains")
    for command in on_chains:
        expect(command["provenHeight"] > 0, "the block that proves it", command)
    status = Commands(city)("identity", "statusOf", exchange["did"])
    expect("Frozen" in json.dumps(status), "a frozen identity", status)
