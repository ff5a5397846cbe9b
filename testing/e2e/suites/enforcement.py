"""Enforcement: a person is frozen once, and the hooks of two chains of others (anvil, hardhat) refuse the accounts, with proof; what a chain
ignores is overdue and isolated, and never done."""

import json
import os
import random
import signal
import subprocess
import time
from pathlib import Path

from eth_account import Account
from eth_utils import keccak
from web3 import Web3
from web3.exceptions import ContractCustomError

from harness import toolchain
from harness.checks import Checks, equal, eventually, expect
from harness.city import City, free_ports
from harness.commands import BUSINESS, Commands, find
from harness.context import Context

from .cast import address_of, key_of
from .gateway import Peer, flat, get_json, start_peer, steps

CONTRACTS = json.loads((toolchain.HERE.parents[1] / "contracts/supervision/contracts.json").read_text())["contracts"]
# The gateway's account on the main ledger, and the one that pays on the chains.
GATEWAY, FOREIGN = 5, 9
KILLS = 4
MAIN = "0x" + "00" * 32
DEADLINE = 10
CHAINS = [("anvil", 31_001), ("hardhat", 31_002)]


class Chain:
    """A chain with its hook, a token under supervision, and the person's account."""

    def __init__(self, peer: Peer) -> None:
        self.peer = peer
        self.web3 = Web3(Web3.HTTPProvider(peer.url, request_kwargs={"timeout": 20}))
        self.hook = None
        self.token = None
        self.person = Account.create()

    def contract(self, name: str, address: str):
        return self.web3.eth.contract(address=address, abi=CONTRACTS[name]["abi"])

    def deploy(self, name: str, *arguments: object):
        factory = self.web3.eth.contract(abi=CONTRACTS[name]["abi"], bytecode=CONTRACTS[name]["bytecode"])
        sent = factory.constructor(*arguments).transact({"from": self.web3.eth.accounts[0]})
        return self.contract(name, self.web3.eth.wait_for_transaction_receipt(sent)["contractAddress"])

    def move(self) -> int:
        """The person signs and sends a transfer; gives back the status of its receipt."""
        call = self.token.functions.transfer(self.web3.eth.accounts[1], 1)
        transaction = call.build_transaction({
            "from": self.person.address, "nonce": self.web3.eth.get_transaction_count(self.person.address),
            "gas": 200_000, "maxFeePerGas": 10**11, "maxPriorityFeePerGas": 10**9, "chainId": self.peer.chain_id,
        })  # fmt: skip
        signed = self.person.sign_transaction(transaction)
        try:
            self.web3.eth.send_raw_transaction(signed.raw_transaction)
        except Exception as error:  # noqa: BLE001 hardhat mines what fails, and says so
            expect("revert" in str(error).lower() or "AccountFrozen" in str(error), "a revert", error)
        return self.web3.eth.wait_for_transaction_receipt(signed.hash)["status"]

    def expect_refused(self) -> None:
        """A client learns the reason before it sends, and what is sent all the same has no effect."""
        before = self.token.functions.balanceOf(self.person.address).call()
        frozen = keccak(text="AccountFrozen(address,uint64)")[:4].hex()
        for sender, target in ((self.person.address, self.web3.eth.accounts[1]), (self.web3.eth.accounts[0], self.person.address)):
            try:
                self.token.functions.transfer(target, 1).call({"from": sender})
                told = "nothing"
            except ContractCustomError as error:
                told = str(error.data)
            expect(frozen in told, f"{self.peer.name} to refuse as frozen", told)
        equal(self.move(), 0, f"status of the person's transaction on {self.peer.name}")
        equal(self.token.functions.balanceOf(self.person.address).call(), before, "the person's coins")

    def executions(self, command: int) -> int:
        topics = ["0x" + keccak(text="Executed(uint64,uint8,address)").hex(), "0x" + command.to_bytes(32).hex()]
        return len(self.web3.eth.get_logs({"fromBlock": 0, "address": self.hook.address, "topics": topics}))


def run(checks: Checks, context: Context) -> None:
    city = context.new_city("enforcement")
    city.validators = 1
    city.consensus = "solo"
    checks.hint = city.log_hint
    chains: list[Chain] = []
    processes: list[subprocess.Popen] = []
    try:
        with checks.check("a city and two chains of others run", needed=True):
            city.start()
            chains += [Chain(start_peer(context, name, chain_id)) for name, chain_id in CHAINS]
        for chain in chains:
            with checks.check(f"{chain.peer.name} is attached, with a hook that the reviewer compares", needed=True):
                attach(context, city, chain)
        listen = free_ports(10) + 9
        path = settings(context, city, chains, listen)
        with checks.check("a person's accounts on both chains are bound, and pay", needed=True):
            processes.append(start_gateway(city, path))
            person = identity(context, city, chains)
            equal([chain.move() for chain in chains], [1, 1], "transfers")
        with checks.check(f"frozen once, refused on both chains, done with proof; the gateway killed {KILLS} times"):
            freeze(context, city, chains, person, path, processes)
        with checks.check("lifted, the person pays again"):
            lift(city, chains, person)
        with checks.check("a command that nobody carries out is overdue and isolated, and never done"):
            ignored(city, chains[1], path, processes, f"http://127.0.0.1:{listen}")
        with checks.check("the hook is handed over to the gateways of new terms, by the old ones alone"):
            handed_over(city, chains[0])
    finally:
        for process in [*processes, *(chain.peer.process for chain in chains)]:
            process.kill()
            process.wait()
        city.close()


def attach(context: Context, city: City, chain: Chain) -> None:
    civitas, peer = Commands(city), chain.peer
    words = (
        "chain", "attach", peer.url, "--name", peer.name, "--operator", BUSINESS, "--purpose", "tests",
        "--contact", "desk@harbour.example", "--trust-root", "0", "--finality", "instant", "--batch-blocks", "1",
        "--gateway", f"{address_of(GATEWAY)}={BUSINESS}", "--out", str(context.work / f"attach-{peer.name}"),
    )  # fmt: skip
    equal(steps(civitas(*words, "--key", "dev2"))[-1], "review next", "the operator")
    deploy = ("chain", "hook", "deploy", peer.caip2, "--url", peer.url, "--foreign-key", hexadecimal(FOREIGN))
    # Before the chain is followed, nobody but the operator can say whom the hook obeys.
    refused = civitas.run(*deploy, "--rpc", city.url(0), code=2)
    expect("--gateway" in refused.stderr, "what is missing", refused.stderr)
    made = civitas(*deploy, "--gateway", address_of(GATEWAY), "--key", "dev2")
    equal(made["registration"]["state"], "done", "the registration")
    equal(steps(civitas(*words, "--reviewer-key", "dev7"))[-1], "gateway next", "the reviewer")
    shown = civitas("chain", "hook", "show", peer.caip2, "--url", peer.url)
    equal([check["holds"] for check in shown["checks"]], [True] * 5, "what the reviewer compares")
    runtime = CONTRACTS["SupervisionHook"]["runtime"]
    equal(shown["codeHash"], "0x" + keccak(hexstr=runtime).hex(), "the code hash")
    chain.hook = chain.contract("SupervisionHook", Web3.to_checksum_address(made["hook"]))
    chain.token = chain.deploy("LicensedToken", "Harbour Coin", "HAR", chain.hook.address)
    payer = chain.web3.eth.accounts[0]
    for sent in (
        chain.token.functions.mint(chain.person.address, 1_000).transact({"from": payer}),
        chain.token.functions.mint(payer, 1_000).transact({"from": payer}),
        chain.web3.eth.send_transaction({"from": payer, "to": chain.person.address, "value": 10**18}),
    ):
        equal(chain.web3.eth.wait_for_transaction_receipt(sent)["status"], 1, "what the issuer hands out")


def hexadecimal(index: int) -> str:
    return "0x" + key_of(index).key.hex().removeprefix("0x")


def settings(context: Context, city: City, chains: list[Chain], listen: int) -> Path:
    folder = context.work / "enforcing"
    folder.mkdir()
    for name, index in (("key", GATEWAY), ("foreign", FOREIGN)):
        (folder / name).touch(0o600)
        (folder / name).write_text(hexadecimal(index))
    text = f'ledger = ["{city.url(0)}"]\nkey = "key"\ndata = "data"\npoll_ms = 100\nlisten = "127.0.0.1:{listen}"\n'
    for chain in chains:
        peer = chain.peer
        text += f'\n[[chains]]\nchain = "{peer.caip2}"\nurls = ["{peer.url}"]\nforeign_key = "foreign"\n'
    path = folder / "gateway.toml"
    path.write_text(text)
    return path


def start_gateway(city: City, path: Path) -> subprocess.Popen:
    return city.spawn(["gateway", "--config", str(path)], "enforcing.log")


def killed(processes: list[subprocess.Popen]) -> None:
    """Kills the gateway, and waits until its folder is free."""
    process = processes.pop()
    process.kill()
    process.wait()


def identity(context: Context, city: City, chains: list[Chain]) -> str:
    """A person whose accounts on both chains are bound by both sides."""
    civitas = Commands(city)
    made = "0x" + os.urandom(32).hex()
    own = context.work / "own.key"
    controller = civitas.plain("identity", "new-key", str(own)).strip()
    described = {
        "id": made, "kind": "Person", "organisation": BUSINESS, "controllers": [controller],
        "recoverers": ["dev1", "dev8"], "recoveryThreshold": 2, "methods": [], "services": [], "commitments": [],
    }  # fmt: skip
    civitas("identity", "create", json.dumps(described), "--key", "dev6")
    for chain in chains:
        key = "0x" + chain.person.key.hex().removeprefix("0x")
        civitas("identity", "bind-account", made, "--account", chain.peer.caip2, "--account-key", key, "--key", str(own))
    return made


def order(city: City, case: str, **changes: object) -> str:
    """One regulator orders, who cannot approve; another approves."""
    civitas = Commands(city)
    described = {
        "caseId": case, "chain": MAIN, "level": "Isolation", "legalBasis": "Act 12, section 3", "reason": "laundering",
        "deadlineSeconds": 120, **changes,
    }  # fmt: skip
    made = find(civitas("case", "order", json.dumps(described), "--key", "dev4"), "id")
    refused = civitas.run("case", "approve", made, "--key", "dev4", "--rpc", city.url(0), code=4)
    expect("four" in refused.stderr.lower(), "four eyes", refused.stderr)
    civitas("case", "approve", made, "--key", "dev8")
    return made


def commands(city: City, parent: str) -> list[dict]:
    """The commands on accounts that follow from one on an identity."""
    found = flat(Commands(city)("case", "commands", parent, "50"))
    return [command for command in found if int(command["parent"]) == int(parent)]


def command(city: City, number: str) -> dict:
    return flat(Commands(city)("case", "commandOf", number))


def wait_until_done(city: City, parent: str, chains: list[Chain], seconds: float = 40.0) -> list[dict]:
    equal(len(commands(city, parent)), len(chains), "commands on accounts")
    eventually(
        f"the commands of {parent} to be done",
        lambda: all(item["status"] == "Done" for item in commands(city, parent)),
        seconds,
        0.2,
    )
    done = commands(city, parent)
    for item in done:
        expect(int(item["provenHeight"]) > 0, "a block that proves it", item)
        chain = next(chain for chain in chains if item["order"]["target"].lower() == chain.person.address.lower())
        equal(chain.executions(int(item["id"])), 1, f"executions of {item['id']} on {chain.peer.name}")
    return done


def freeze(
    context: Context, city: City, chains: list[Chain], person: str, path: Path, processes: list[subprocess.Popen]
) -> None:
    civitas = Commands(city)
    subject = f"did:civitas:{person[2:]}"
    case = find(civitas("case", "open", "Laundering", subject, "Act 12", "--key", "dev4"), "id")
    parent = order(city, case, action="FreezeIdentity", target=person)
    chance = random.Random(context.seed)
    for _ in range(KILLS):
        time.sleep(chance.uniform(0.0, 0.6))
        process = processes.pop()
        os.kill(process.pid, signal.SIGKILL)
        process.wait()
        processes.append(start_gateway(city, path))
    wait_until_done(city, parent, chains)
    for chain in chains:
        chain.expect_refused()
        expect(flat(civitas("case", "isolated", chain.peer.caip2, chain.person.address)) is True, "isolation", chain.peer.name)


def lift(city: City, chains: list[Chain], person: str) -> None:
    wait_until_done(city, order(city, "1", action="LiftIdentity", target=person), chains)
    equal([chain.move() for chain in chains], [1, 1], "transfers")


def ignored(city: City, chain: Chain, path: Path, processes: list[subprocess.Popen], address: str) -> None:
    """Without an account on the chain, the gateway signs and proves, and can do no more."""
    civitas, peer = Commands(city), chain.peer
    text = path.read_text()
    path.write_text('foreign_key = "foreign"'.join(text.split('foreign_key = "foreign"')[:-1]) + "\n")
    killed(processes)
    processes.append(start_gateway(city, path))
    number = order(
        city, "1", chain=peer.caip2, action="FreezeAccount", target=chain.person.address, level="Hook",
        deadlineSeconds=DEADLINE,
    )

    def shown() -> dict | None:
        told = next(item for item in get_json(f"{address}/chains") if item["chain"] == peer.caip2)
        return next((item for item in told["commands"]["open"] if item["overdue"]), None)

    told = eventually("the gateway to show an overdue command", shown, DEADLINE + 30.0, 0.2)
    equal([str(told["id"]), told["stage"]], [number, "noForeignKey"], "what the gateway shows")
    found = command(city, number)
    equal([found["status"], int(found["attested"]), int(found["provenHeight"])], ["Overdue", 1, 0], "the command")
    expect(flat(civitas("case", "isolated", peer.caip2, chain.person.address)) is True, "isolation", found)
    equal(chain.move(), 1, "a transfer that nobody stops on the chain")
    equal(command(city, number)["status"], "Overdue", "the status after a block that shows no effect")
    state = [json.loads(line) for line in civitas.plain("gateway", "status", "--config", str(path)).splitlines()]
    open_now = next(item for item in state if item["chain"] == peer.caip2)["commands"]["open"]
    equal([str(item["id"]) for item in open_now], [number], "open commands in the status")
    # With an account there it takes effect, late.
    path.write_text(text)
    killed(processes)
    processes.append(start_gateway(city, path))
    eventually("the late command to be done", lambda: command(city, number)["status"] == "Done", 40.0, 0.2)
    chain.expect_refused()


def handed_over(city: City, chain: Chain) -> None:
    civitas, peer = Commands(city), chain.peer
    named = [{"account": address_of(FOREIGN), "organisation": BUSINESS}]
    terms = {"finality": "Instant", "depth": 0, "batchBlocks": 1, "threshold": 1, "gateways": named}
    civitas("anchor", "amend", peer.caip2, json.dumps(terms), "--key", "dev7")
    show = ("chain", "hook", "show", peer.caip2, "--url", peer.url)
    differs = civitas.run(*show, "--rpc", city.url(0), code=4)
    expect("gateways are those of the terms" in differs.stderr, "what differs", differs.stderr)
    rotate = ("chain", "hook", "rotate", peer.caip2, "--url", peer.url, "--foreign-key", hexadecimal(FOREIGN))
    # The new gateway cannot appoint itself.
    stranger = civitas(*rotate, "--sign-key", hexadecimal(FOREIGN))
    equal([stranger["state"], stranger["signatures"]], ["next", []], "signed by the new gateway")
    signed = civitas("chain", "hook", "rotate", peer.caip2, "--url", peer.url, "--sign-key", hexadecimal(GATEWAY))
    equal([signed["state"], len(signed["signatures"])], ["next", 1], "signed by the old gateway")
    done = civitas(*rotate, "--signature", signed["signatures"][0]["signature"])
    equal(done["state"], "done", "the rotation")
    shown = civitas(*show)
    equal([shown["rotation"], all(check["holds"] for check in shown["checks"])], [1, True], "the hook")
