"""Load of several senders that never believe a node: each transaction is sent again until a receipt is seen.

What a receipt was seen for is the promise that the fault tests hold the city to.
"""

import random
import threading
import time
from dataclasses import dataclass

from eth_account import Account

from . import toolchain
from .checks import Expected, equal, eventually
from .jsonrpc import Rpc, RpcError

WINDOW = 10
RESEND_SECONDS = 2.0
POLL_SECONDS = 0.05
CALL_SECONDS_MAX = 5.0

Account.enable_unaudited_hdwallet_features()


@dataclass(frozen=True)
class Promise:
    """A receipt that a node showed."""

    transaction: str
    block_hash: str
    height: int
    node: int


class Sender(threading.Thread):
    """One account that pays one wei at a time to a recipient of its own."""

    def __init__(self, index: int, urls: list[str], seed: int):
        super().__init__(name=f"sender{index}", daemon=True)
        self.account = Account.from_mnemonic(toolchain.MNEMONIC, account_path=f"m/44'/60'/0'/0/{index}")
        self.urls = urls
        self.random = random.Random(f"{seed}/{index}")
        self.recipient = self.random.randbytes(20)
        self.promises: list[Promise] = []
        self.waiting: dict[int, tuple[str, str, float]] = {}
        self.stopping = threading.Event()
        self.fault: str | None = None
        first = Rpc(urls[0])
        self.chain_id = int(first.call("eth_chainId"), 16)
        self.next_nonce = int(first.call("eth_getTransactionCount", self.account.address, "latest"), 16)

    def run(self) -> None:
        """Keeps a window of transactions waiting until asked to stop, then waits for the last receipt."""
        try:
            while not (self.stopping.is_set() and not self.waiting):
                if not self.stopping.is_set():
                    self.fill()
                self.collect()
                self.resend()
                time.sleep(POLL_SECONDS)
        except Exception as error:
            self.fault = f"{type(error).__name__}: {error}"

    def fill(self) -> None:
        while len(self.waiting) < WINDOW:
            transaction = {
                "to": self.recipient,
                "value": 1,
                "gas": 21_000,
                "gasPrice": 10**9,
                "nonce": self.next_nonce,
                "chainId": self.chain_id,
            }
            signed = self.account.sign_transaction(transaction)
            raw, name = "0x" + bytes(signed.raw_transaction).hex(), "0x" + bytes(signed.hash).hex()
            self.waiting[self.next_nonce] = (raw, name, time.monotonic())
            self.next_nonce += 1
            self.submit(raw)

    def submit(self, raw: str) -> None:
        """To a random node. A dead one is no fault: another is tried, and all are sent again later."""
        for _ in range(2):
            try:
                return self.submit_to(self.any_node()[1], raw)
            except (OSError, ValueError):
                continue

    def submit_to(self, rpc: Rpc, raw: str) -> None:
        try:
            rpc.call("eth_sendRawTransaction", raw)
        except RpcError as error:
            message = error.message.lower()
            if "nonce too high" in message:
                return self.must_be_behind(rpc, raw, error)
            # Known, executed already, or no room: all of these end with a receipt or are sent again.
            known = ("nonce too low", "known", "already", "underpriced", "full", "limit", "busy")
            if not any(word in message for word in known):
                raise Expected(f"expected a good transaction to be taken\n      found    {error}") from None

    def must_be_behind(self, rpc: Rpc, raw: str, refusal: RpcError) -> None:
        """Only a node that lacks transactions that were acknowledged long ago may see such a gap. One that has them
        by now must take the transaction."""
        executed = int(rpc.call("eth_getTransactionCount", self.account.address, "latest"), 16)
        if executed < min(self.waiting):
            return
        try:
            rpc.call("eth_sendRawTransaction", raw)
        except RpcError as error:
            if "nonce too high" in error.message.lower():
                raise Expected(f"expected a good transaction to be taken\n      found    {refusal}") from None

    def any_node(self) -> tuple[int, Rpc]:
        node = self.random.randrange(len(self.urls))
        return node, Rpc(self.urls[node], CALL_SECONDS_MAX)

    def collect(self) -> None:
        """Asks a random node for receipts of what waits."""
        asked = sorted(self.waiting.items())
        node, rpc = self.any_node()
        try:
            answers = rpc.results("eth_getTransactionReceipt", [[name] for _, (_, name, _) in asked])
        except (OSError, ValueError, RpcError, KeyError, TypeError):
            return
        for (nonce, (_, name, _)), receipt in zip(asked, answers, strict=True):
            if isinstance(receipt, dict):
                promise = Promise(name, receipt["blockHash"], int(receipt["blockNumber"], 16), node)
                self.promises.append(promise)
                del self.waiting[nonce]

    def resend(self) -> None:
        now = time.monotonic()
        for nonce, (raw, name, sent) in sorted(self.waiting.items()):
            if now - sent > RESEND_SECONDS:
                self.waiting[nonce] = (raw, name, now)
                self.submit(raw)


class Load:
    """Several senders at once."""

    def __init__(self, urls: list[str], seed: int, accounts: range = range(4)):
        self.senders = [Sender(index, urls, seed) for index in accounts]
        for sender in self.senders:
            sender.start()

    def count(self) -> int:
        """Receipts seen so far."""
        return sum(len(sender.promises) for sender in self.senders)

    def wait_progress(self, receipts: int = 20, seconds: float = 60.0) -> float:
        """Waits until so many more receipts were seen; gives back the seconds until the first of them."""
        started, before = time.monotonic(), self.count()
        eventually(
            "a new receipt under load", lambda: self.fault_free() and self.count() > before, seconds, 0.01
        )
        first = time.monotonic() - started
        eventually(
            f"{receipts} new receipts under load",
            lambda: self.fault_free() and self.count() >= before + receipts,
            seconds,
        )
        return first

    def fault_free(self) -> bool:
        for sender in self.senders:
            if sender.fault:
                raise Expected(
                    f"expected the load to go on\n      found    {sender.name} stopped: {sender.fault}"
                )
        return True

    def finish(self, seconds: float = 60.0) -> list[Promise]:
        """Stops sending and waits until every transaction that was sent has its receipt."""
        for sender in self.senders:
            sender.stopping.set()
        deadline = time.monotonic() + seconds
        for sender in self.senders:
            sender.join(max(0.0, deadline - time.monotonic()))
        self.fault_free()
        stuck = {sender.name: len(sender.waiting) for sender in self.senders if sender.is_alive()}
        equal(stuck, {}, f"transactions without a receipt {seconds:g} s after the last was sent")
        return [promise for sender in self.senders for promise in sender.promises]

    def check_promises(self, rpc: Rpc, node: int) -> None:
        """Every promise is kept by a node: the same transaction in the same block, and nothing paid twice."""
        for sender in self.senders:
            promises = sender.promises
            receipts = rpc.results(
                "eth_getTransactionReceipt", [[promise.transaction] for promise in promises]
            )
            for promise, receipt in zip(promises, receipts, strict=True):
                found = receipt["blockHash"] if isinstance(receipt, dict) else receipt
                if found != promise.block_hash:
                    raise Expected(
                        f"expected {promise.transaction} on node {node} in block {promise.height} "
                        f"{promise.block_hash}, as node {promise.node} showed\n      found    {found}"
                    )
            paid = int(rpc.call("eth_getBalance", "0x" + sender.recipient.hex(), "latest"), 16)
            equal(paid, len(promises), f"payments of {sender.name} on node {node}")

    def check_nonces(self, rpc: Rpc, node: int) -> None:
        """Every sender's nonce is the number of what it sent: nothing is left out or came from elsewhere."""
        for sender in self.senders:
            nonce = int(rpc.call("eth_getTransactionCount", sender.account.address, "latest"), 16)
            equal(nonce, sender.next_nonce, f"nonce of {sender.name} on node {node}")
