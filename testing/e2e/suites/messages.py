"""Messages: from anvil to hardhat through the city; what is frozen passes nothing, and passes what was held when it is lifted."""

import json
import subprocess
import time

from eth_utils import keccak

from harness.checks import Checks, equal, eventually, expect
from harness.city import City, free_ports
from harness.commands import BUSINESS, Commands, find
from harness.context import Context

from .cast import address_of
from .enforcement import CHAINS, GATEWAY, MAIN, Chain, settings, start_gateway
from .gateway import flat, get_json, start_peer, steps

# Blocks of the main ledger after a freeze for which nothing may pass: some seconds.
WATCHED_SECONDS = 3.0


class Post(Chain):
    """A chain with its mailbox, and a contract that takes messages."""

    def __init__(self, *arguments: object) -> None:
        super().__init__(*arguments)
        self.mailbox = None
        self.board = None

    @property
    def id(self) -> str:
        return "0x" + keccak(text=self.peer.caip2).hex()

    def open(self, city: City) -> None:
        chain_id = int(city.rpc(0).call("eth_chainId"), 16)
        self.mailbox = self.deploy("Mailbox", chain_id, self.id, [address_of(GATEWAY)], 1, "0x" + "00" * 20)
        self.board = self.deploy("Noticeboard", self.mailbox.address)
        height = str(self.web3.eth.block_number)
        civitas = Commands(city)
        refused = civitas.run(
            "message", "setMailbox", self.peer.caip2, self.mailbox.address, height, "--key", "dev2", "--rpc", city.url(0), code=4
        )
        expect("Unauthorized" in refused.stderr or "role" in refused.stderr, "a refusal of the operator", refused.stderr)
        civitas("message", "setMailbox", self.peer.caip2, self.mailbox.address, height, "--key", "dev7")

    def send(self, other: "Post", words: str) -> int:
        """Sends a message to the other chain's board; gives back its sequence."""
        target = bytes.fromhex(other.board.address[2:])
        call = self.mailbox.functions.send(bytes.fromhex(other.id[2:]), target, words.encode())
        sent = self.web3.eth.wait_for_transaction_receipt(call.transact({"from": self.sender}))
        return self.mailbox.events.MessageSent().process_receipt(sent)[0]["args"]["sequence"]

    @property
    def sender(self) -> str:
        return self.web3.eth.accounts[0]

    def latest(self, source: str, sender: str) -> str:
        return self.board.functions.latest(bytes.fromhex(source[2:]), bytes.fromhex(sender[2:])).call().decode()

    @property
    def count(self) -> int:
        return self.board.functions.count().call()


def run(checks: Checks, context: Context) -> None:
    city = context.new_city("messages")
    city.validators = 1
    city.consensus = "solo"
    checks.hint = city.log_hint
    posts: list[Post] = []
    processes: list[subprocess.Popen] = []
    try:
        with checks.check("a city and two chains with mailboxes run", needed=True):
            city.start()
            posts += [Post(start_peer(context, name, chain_id)) for name, chain_id in CHAINS]
            for post in posts:
                attach(context, city, post)
                post.open(city)
        listen = free_ports(10) + 9
        processes.append(start_gateway(city, settings(context, city, posts, listen)))
        with checks.check("a message goes from anvil to hardhat, with the proof of its delivery", needed=True):
            passes(city, posts, f"http://127.0.0.1:{listen}")
        case = find(Commands(city)("case", "open", "Layering", posts[0].peer.caip2, "Act 12", "--key", "dev4"), "id")
        anvil, hardhat = posts
        for what, chain, kind, target in (
            ("the sender's account", anvil, "Account", anvil.sender),
            ("the contract that it goes to", hardhat, "Contract", hardhat.board.address),
            ("the chain that it goes to", hardhat, "Chain", "0x"),
        ):
            with checks.check(f"frozen, {what} passes no message; lifted, the message passes"):
                frozen(city, posts, case, (chain, kind, target))
        with checks.check("an account of the main ledger sends to a chain, and a chain to the main ledger"):
            main_ledger(city, posts)
    finally:
        for process in [*processes, *(post.peer.process for post in posts)]:
            process.kill()
            process.wait()
        city.close()


def attach(context: Context, city: City, post: Post) -> None:
    civitas, peer = Commands(city), post.peer
    words = (
        "chain", "attach", peer.url, "--name", peer.name, "--operator", BUSINESS, "--purpose", "tests",
        "--contact", "desk@harbour.example", "--trust-root", "0", "--finality", "instant", "--batch-blocks", "1",
        "--gateway", f"{address_of(GATEWAY)}={BUSINESS}", "--out", str(context.work / f"attach-{peer.name}"),
    )  # fmt: skip
    equal(steps(civitas(*words, "--key", "dev2"))[-1], "review next", "the operator")
    equal(steps(civitas(*words, "--reviewer-key", "dev7"))[-1], "gateway next", "the reviewer")


def message(city: City, post: Post, sequence: int) -> dict | None:
    """The message of a mailbox on the main ledger; none while it is not there."""
    found = flat(Commands(city)("message", "messages", "0", "20"))
    same = (post.id.lower(), sequence)
    return next((one for one in found if (one["source"].lower(), int(one["sequence"])) == same), None)


def status(city: City, post: Post, sequence: int) -> str:
    found = message(city, post, sequence)
    return found["status"] if found else "None"


def wait_for(city: City, post: Post, sequence: int, wanted: str) -> None:
    eventually(f"message {sequence} to be {wanted}", lambda: status(city, post, sequence) == wanted, 45.0, 0.2)


def passes(city: City, posts: list[Post], address: str) -> None:
    anvil, hardhat = posts
    sequence = anvil.send(hardhat, "bill of lading 7")
    wait_for(city, anvil, sequence, "Delivered")
    equal(hardhat.latest(anvil.id, anvil.sender), "bill of lading 7", "what the board was told")
    # A target that does not take it: the message ends as failed, once.
    sequence = anvil.send(hardhat, "")
    wait_for(city, anvil, sequence, "Failed")
    equal(hardhat.count, 1, "messages on the board")
    told = {item["chain"]: item["messages"] for item in get_json(f"{address}/chains")}
    counts = [told[anvil.peer.caip2]["counts"]["relayed"], told[hardhat.peer.caip2]["counts"]["delivered"]]
    equal(counts, [2, 2], "what the gateway counted")


def order(city: City, case: str, chain: Chain, action: str, target: str) -> None:
    civitas = Commands(city)
    described = {
        "caseId": case, "chain": chain.peer.caip2, "action": action, "target": target, "level": "Isolation",
        "legalBasis": "Act 12, section 3", "reason": "layering", "deadlineSeconds": 0,
    }  # fmt: skip
    made = find(civitas("case", "order", json.dumps(described), "--key", "dev4"), "id")
    civitas("case", "approve", made, "--key", "dev8")


def frozen(city: City, posts: list[Post], case: str, about: tuple[Chain, str, str]) -> None:
    anvil, hardhat = posts
    chain, kind, target = about
    before = hardhat.count
    order(city, case, chain, f"Freeze{kind}", target)
    words = f"{kind} {before}"
    sequence = anvil.send(hardhat, words)
    wait_for(city, anvil, sequence, "Held")
    end = time.monotonic() + WATCHED_SECONDS
    while time.monotonic() < end:
        equal([status(city, anvil, sequence), hardhat.count], ["Held", before], "while it is frozen")
        time.sleep(0.3)
    held = message(city, anvil, sequence)
    refused = Commands(city).run("message", "retry", held["id"], "--key", "dev9", "--rpc", city.url(0), code=4)
    expect("MayNotPass" in refused.stderr or "may not pass" in refused.stderr, "a refusal in words", refused.stderr)
    order(city, case, chain, f"Lift{kind}", target)
    wait_for(city, anvil, sequence, "Delivered")
    equal([hardhat.count, hardhat.latest(anvil.id, anvil.sender)], [before + 1, words], "the board after the lift")


def main_ledger(city: City, posts: list[Post]) -> None:
    anvil, hardhat = posts
    civitas, account = Commands(city), address_of(9)
    before = hardhat.count
    civitas("message", "send", hardhat.peer.caip2, hardhat.board.address, "0x" + b"from the city".hex(), "--key", "dev9")
    eventually("the board to be told", lambda: hardhat.count == before + 1, 45.0, 0.2)
    equal(hardhat.latest(MAIN, account), "from the city", "what the board was told")
    call = anvil.mailbox.functions.send(bytes(32), bytes.fromhex(account[2:]), b"to the city")
    sent = anvil.web3.eth.wait_for_transaction_receipt(call.transact({"from": anvil.sender}))
    sequence = anvil.mailbox.events.MessageSent().process_receipt(sent)[0]["args"]["sequence"]
    wait_for(city, anvil, sequence, "Delivered")
    found = message(city, anvil, sequence)
    equal(found["payload"], "0x" + b"to the city".hex(), "what contracts of the main ledger read")
