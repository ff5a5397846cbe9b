"""Bad input at the JSON-RPC port: the error that Ethereum's clients expect, and a node that goes on."""

import json
import secrets
import socket
import time
from contextlib import suppress
from urllib.parse import urlparse

import rlp
from eth_account import Account
from eth_keys import keys
from eth_utils import keccak
from websockets.exceptions import ConnectionClosed
from websockets.sync.client import ClientConnection, connect

from harness.checks import Checks, Expected, equal, eventually, expect, shorten
from harness.context import Context
from harness.jsonrpc import Rpc, RpcError

from .cast import address_of, key_of

ACCOUNT = 9
ANSWER_SECONDS_MAX = 30.0
SECP256K1_ORDER = 0xFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFEBAAEDCE6AF48A03BBFD25E8CD0364141


class Suite:
    """The node under test and the account that sends to it."""

    def __init__(self, checks: Checks, context: Context):
        self.checks = checks
        self.context = context
        self.rpc: Rpc = context.rpcs()[0]
        self.account = key_of(ACCOUNT)
        self.chain_id = int(self.rpc.call("eth_chainId"), 16)
        self.price = int(self.rpc.call("eth_gasPrice"), 16) * 2

    def nonce(self) -> int:
        return int(self.rpc.call("eth_getTransactionCount", self.account.address, "pending"), 16)

    def signed(self, account=None, **fields: object) -> str:
        """A signed transfer, with some fields made wrong."""
        transaction = {
            "to": bytes.fromhex("c1" * 20),
            "value": 1,
            "gas": 21_000,
            "gasPrice": self.price,
            "nonce": self.nonce() if "nonce" not in fields else 0,
            "chainId": self.chain_id,
            **fields,
        }
        return "0x" + bytes((account or self.account).sign_transaction(transaction).raw_transaction).hex()

    def still_works(self) -> None:
        """The node answers, and executes a transaction as before."""
        sent = self.rpc.call("eth_sendRawTransaction", self.signed())
        receipt = eventually(
            "a receipt after the bad input", lambda: self.rpc.call("eth_getTransactionReceipt", sent)
        )
        equal(receipt["status"], "0x1", "status")

    def refused(
        self, name: str, words: str, raw: str, codes: range | tuple[int, ...] = range(-32099, -31999)
    ) -> None:
        """A raw transaction is refused with a message that says what is wrong."""
        with self.checks.check(name):
            error = error_of(self.rpc, "eth_sendRawTransaction", raw)
            expect(error.code in codes, f"a code in {codes}", error)
            expect(
                any(word in error.message.lower() for word in words.split("|")),
                f"a message with {words}",
                error,
            )
            self.answers()

    def answers(self) -> None:
        expect(self.rpc.alive(), "the node to answer afterwards", "no answer")


def error_of(rpc: Rpc, method: str, *params: object) -> RpcError:
    try:
        result = rpc.call(method, *params, seconds=ANSWER_SECONDS_MAX)
    except RpcError as error:
        return error
    raise Expected(f"expected {method} to be refused\n      found    {shorten(result)}")


def run(checks: Checks, context: Context) -> None:
    suite = Suite(checks, context)
    with checks.check("before all of it the node executes a transaction", needed=True):
        suite.still_works()
    requests(suite)
    bodies(suite)
    web_socket(suite)
    queries(suite)
    transactions(suite)
    nonce_gaps(suite)
    if context.foreign:
        checks.skip(
            "chain id, signatures, blobs, size, far nonces, endless loops",
            "foreign nodes are laxer (anvil is)",
        )
    else:
        refusals_of_a_city(suite)
        heavy_calls(suite)
    with checks.check("after all of it the node executes a transaction"):
        suite.still_works()
    if context.city is not None:
        with checks.check("no node panicked or was started again"):
            equal(context.city.panics(), [], "panics")


def requests(suite: Suite) -> None:
    """Requests that are not valid JSON-RPC 2.0, or name what does not exist."""
    malformed = [
        ("text that is not JSON", b"not json at all", -32700),
        ("JSON that ends early", b'{"jsonrpc":"2.0","id":1,"method":"eth_chainId"', -32700),
        ("bytes that are not UTF-8", b'{"jsonrpc":"2.0","id":1,"method":"\xff\xfe"}', -32700, -32600),
        ("an empty body", b"", -32700),
        ("JSON nested 100,000 deep", b"[" * 100_000, -32700),
        ("an object that is no request", b'{"hello":"city"}', -32600, -32700),
        ("a request without a method", b'{"jsonrpc":"2.0","id":1,"hello":"city"}', -32600),
        ("an empty batch", b"[]", -32600),
        ("an unknown method", b'{"jsonrpc":"2.0","id":1,"method":"eth_noSuchMethod","params":[]}', -32601),
        ("a parameter too few", b'{"jsonrpc":"2.0","id":1,"method":"eth_getBalance","params":[]}', -32602),
        (
            "an address too short",
            b'{"jsonrpc":"2.0","id":1,"method":"eth_getBalance","params":["0x12","latest"]}',
            -32602,
        ),
        (
            "a parameter of a wrong type",
            b'{"jsonrpc":"2.0","id":1,"method":"eth_getBalance","params":[7,"latest"]}',
            -32602,
        ),
        ("an unknown tag", request("eth_getBlockByNumber", "newest", False), -32602),
        ("a number beyond 64 bits", request("eth_getBlockByNumber", "0x1ffffffffffffffff", False), -32602),
    ]
    for name, body, *codes in malformed:
        with suite.checks.check(f"{name}: error {codes[0]}"):
            answer = suite.rpc.post(body)
            if suite.context.foreign:
                # Nodes of others answer some of these with another code, or by the HTTP status alone.
                expect(answer.status >= 400 or b'"error"' in answer.body, "an error", answer)
            else:
                code = answer.json().get("error", {}).get("code")
                expect(code in codes, f"error code {codes}", answer)
            suite.answers()


def request(method: str, *params: object) -> bytes:
    return json.dumps({"jsonrpc": "2.0", "id": 1, "method": method, "params": list(params)}).encode()


def bodies(suite: Suite) -> None:
    """Bodies and batches that are too large, and connections that never finish."""
    with suite.checks.check("a body of 64 MB is refused, not read for ever"):
        filler = b"a" * (64 * 1024 * 1024)
        try:
            answer = suite.rpc.post(
                b'{"jsonrpc":"2.0","id":1,"method":"eth_chainId","params":["' + filler + b'"]}'
            )
            refused = answer.status == 413 or b'"error"' in answer.body
            expect(refused, "HTTP 413 or a JSON-RPC error", (answer.status, answer.body[:300]))
        except OSError as error:
            # The node may close the connection while the rest of the body is on its way.
            expect("timed out" not in str(error), "a refusal", error)
        suite.answers()

    with suite.checks.check("a batch of 100,000 calls is answered or refused, not swallowed"):
        one = {"jsonrpc": "2.0", "id": 1, "method": "eth_chainId", "params": []}
        try:
            answer = suite.rpc.post(json.dumps([one] * 100_000).encode(), seconds=60)
            found = answer.json() if answer.status == 200 else None
            whole = isinstance(found, list) and len(found) == 100_000
            refused = answer.status == 413 or (isinstance(found, dict) and "error" in found)
            expect(whole or refused, "all answers or one error", (answer.status, answer.body[:300]))
        except OSError as error:
            expect("timed out" not in str(error), "a refusal", error)
        suite.answers()

    with suite.checks.check("200 connections that send half a request do not stop others"):
        address = urlparse(suite.rpc.url)
        open_sockets = []
        try:
            for _ in range(200):
                half = socket.create_connection((address.hostname, address.port), timeout=5)
                half.sendall(b"POST / HTTP/1.1\r\nhost: city\r\ncontent-length: 1000\r\n\r\n{")
                open_sockets.append(half)
            suite.answers()
        finally:
            for half in open_sockets:
                half.close()
        suite.answers()


def web_socket(suite: Suite) -> None:
    """The same port by WebSocket: a bad message does not end the good ones, and subscriptions are bounded."""
    url = suite.rpc.url.replace("http", "ws", 1)
    opened = {"proxy": None, "open_timeout": 10, "max_size": None, "max_queue": None}

    def ask(link: ClientConnection, method: str, *params: object) -> dict:
        link.send(request(method, *params).decode())
        while True:
            answer = json.loads(link.recv(10))
            if answer.get("id") == 1:
                return answer

    with (
        suite.checks.check("WebSocket: a bad message is answered, and the next good one too"),
        connect(url, **opened) as link,
    ):
        link.send("not json")
        if not suite.context.foreign:
            equal(json.loads(link.recv(10))["error"]["code"], -32700, "error code")
        answer = ask(link, "eth_subscribe", "noSuchKind")
        expect("error" in answer, "an error for an unknown subscription", answer)
        answer = ask(link, "eth_unsubscribe", "0x123456789")
        expect("error" in answer or answer["result"] is False, "no such subscription", answer)
        equal(ask(link, "eth_chainId")["result"], hex(suite.chain_id), "chain id")
    with suite.checks.check("WebSocket: a message of 64 MB ends at most its own connection"):
        # The node may hang up or keep silent: both are refusals.
        with suppress(ConnectionClosed, OSError, TimeoutError), connect(url, **opened) as link:
            link.send("a" * (64 * 1024 * 1024))
            link.recv(10)
        suite.answers()
    with suite.checks.check(
        "WebSocket: 3,000 subscriptions on one connection are served or refused at a limit"
    ):
        with connect(url, **opened) as link:
            answer: dict = {}
            for _ in range(3_000):
                answer = ask(link, "eth_subscribe", "newHeads")
                if "error" in answer:
                    break
            expect("error" in answer or "result" in answer, "an answer", answer)
        suite.answers()


def queries(suite: Suite) -> None:
    """Questions about what does not exist."""
    rpc = suite.rpc
    unknown = "0x" + "ab" * 32
    with suite.checks.check("unknown blocks and transactions are null"):
        equal(rpc.call("eth_getBlockByHash", unknown, False), None)
        equal(rpc.call("eth_getBlockByNumber", "0xffffffff", False), None)
        equal(rpc.call("eth_getTransactionByHash", unknown), None)
        equal(rpc.call("eth_getTransactionReceipt", unknown), None)
        equal(rpc.call("eth_getBlockReceipts", "0xffffffff"), None)
        equal(rpc.call("eth_getTransactionByBlockNumberAndIndex", "0x0", "0x5"), None)
    with suite.checks.check("state at an unknown block is an error"):
        for block in ("0xffffffff", {"blockHash": unknown}):
            error = error_of(rpc, "eth_getBalance", suite.account.address, block)
            expect(-32099 <= error.code <= -31999 or suite.context.foreign, "a server error", error)
        error_of(rpc, "eth_call", {"to": suite.account.address}, "0xffffffff")
    with suite.checks.check("getLogs of a reversed or boundless range"):
        if not suite.context.foreign:
            error = error_of(rpc, "eth_getLogs", {"fromBlock": "0x5", "toBlock": "0x2"})
            expect(error.code in (-32602, -32000), "invalid params", error)
            error_of(rpc, "eth_getLogs", {"blockHash": unknown, "fromBlock": "0x0"})
        started = time.monotonic()
        try:
            logs = rpc.call(
                "eth_getLogs", {"fromBlock": "0x0", "toBlock": "0xffffffffff"}, seconds=ANSWER_SECONDS_MAX
            )
            expect(isinstance(logs, list), "logs", logs)
        except RpcError as error:
            expect(error.message != "", "a message", error)
        expect(time.monotonic() - started < ANSWER_SECONDS_MAX, "an answer in time", "none")
    with suite.checks.check(
        "an unknown filter, an unknown transaction to trace, an unknown tracer are errors"
    ):
        expect(
            "filter" in error_of(rpc, "eth_getFilterChanges", "0xdead").message.lower(),
            "filter not found",
            "other",
        )
        if not suite.context.foreign:
            error_of(rpc, "debug_traceTransaction", unknown, {})
            error_of(rpc, "debug_traceTransaction", unknown, {"tracer": "noSuchTracer"})


def transactions(suite: Suite) -> None:
    """Transactions that cannot be accepted."""
    suite.refused(
        "a transaction that does not decode",
        "decode|rlp|invalid|not an encoded",
        "0x02deadbeef",
        (-32000, -32602),
    )
    suite.refused("an empty transaction", "empty|decode|rlp|invalid|not an encoded", "0x", (-32000, -32602))
    suite.refused(
        "a transaction type that nobody knows",
        "type|decode|supported|invalid",
        "0x7ec0",
        (-32000, -32602, -32003),
    )
    suite.refused("a nonce that was used", "nonce too low", suite.signed(nonce=0))
    suite.refused(
        "less gas than any transaction needs", "intrinsic gas|gas too low", suite.signed(gas=20_000)
    )
    block_gas = int(suite.rpc.call("eth_getBlockByNumber", "latest", False)["gasLimit"], 16)
    suite.refused("more gas than a block has", "gas", suite.signed(gas=block_gas + 1))
    suite.refused("a sender without money", "insufficient funds", suite.signed(Account.create(), nonce=0))
    suite.refused("more value than the sender has", "insufficient funds", suite.signed(value=2**255))
    tip_above = dynamic(suite, 1, 2)
    suite.refused("a tip above the fee cap", "priority fee|tip|max fee", tip_above)
    with suite.checks.check("the same transaction twice"):
        raw = suite.signed()
        sent = suite.rpc.call("eth_sendRawTransaction", raw)
        eventually("its receipt", lambda: suite.rpc.call("eth_getTransactionReceipt", sent))
        error = error_of(suite.rpc, "eth_sendRawTransaction", raw)
        expect(
            "nonce too low" in error.message.lower() or "known" in error.message.lower(),
            "nonce too low",
            error,
        )
    suite.refused(
        "initcode above the limit of EIP-3860", "initcode|init code|size|gas|large", oversized_creation(suite)
    )


def refusals_of_a_city(suite: Suite) -> None:
    """What a city must refuse, whatever other nodes do."""
    suite.refused("another chain's id", "chain", suite.signed(chainId=suite.chain_id + 1))
    huge = suite.signed(data="0x" + "01" * 200_000, gas=16_000_000)
    suite.refused("a transaction of 200 KB", "size|large|oversized|bytes", huge)
    suite.refused("a nonce far beyond the window", "nonce", suite.signed(nonce=suite.nonce() + 10_000_000))
    signatures(suite)
    blobs(suite)


def dynamic(suite: Suite, fee: int, tip: int) -> str:
    """An EIP-1559 transfer with any fees (a signing library would refuse what is wrong)."""
    fields = [suite.chain_id, suite.nonce(), tip, fee, 21_000, bytes.fromhex("c1" * 20), 1, b"", []]
    return sign_typed(suite, 2, fields)


def sign_typed(suite: Suite, kind: int, fields: list) -> str:
    key = keys.PrivateKey(bytes(suite.account.key))
    signature = key.sign_msg_hash(keccak(bytes([kind]) + rlp.encode(fields)))
    return "0x" + (bytes([kind]) + rlp.encode([*fields, signature.v, signature.r, signature.s])).hex()


def oversized_creation(suite: Suite) -> str:
    fields = [suite.chain_id, suite.nonce(), 0, suite.price, 5_000_000, b"", 0, b"\0" * (48 * 1024 + 1), []]
    return sign_typed(suite, 2, fields)


def signatures(suite: Suite) -> None:
    """Signatures that no key made, and the second form of one that a key made (EIP-2)."""
    fields = [suite.chain_id, suite.nonce(), 0, suite.price, 21_000, bytes.fromhex("c1" * 20), 1, b"", []]
    key = keys.PrivateKey(bytes(suite.account.key))
    good = key.sign_msg_hash(keccak(b"\x02" + rlp.encode(fields)))
    bad = [
        ("zero", 0, 0, 0),
        ("s above half of the order", 1 - good.v, good.r, SECP256K1_ORDER - good.s),
        ("r beyond the order", good.v, SECP256K1_ORDER + 5, good.s),
    ]
    for name, v, r, s in bad:
        raw = "0x" + (b"\x02" + rlp.encode([*fields, v, r, s])).hex()
        suite.refused(
            f"a bad signature: {name}", "signature|sender|invalid|decode", raw, (-32000, -32602, -32003)
        )
    with suite.checks.check("a signature of someone else is that someone's transaction, who has no money"):
        raw = "0x" + (b"\x02" + rlp.encode([*fields, good.v, good.r, good.s - 1])).hex()
        error_of(suite.rpc, "eth_sendRawTransaction", raw)


def blobs(suite: Suite) -> None:
    """Blob transactions (EIP-4844) have no place on a city's ledger: refused, and it says so."""
    versioned = b"\x01" + secrets.token_bytes(31)
    fields = [
        suite.chain_id,
        suite.nonce(),
        0,
        suite.price,
        21_000,
        bytes.fromhex("c1" * 20),
        0,
        b"",
        [],
        1,
        [versioned],
    ]
    key = keys.PrivateKey(bytes(suite.account.key))
    signature = key.sign_msg_hash(keccak(b"\x03" + rlp.encode(fields)))
    body = [*fields, signature.v, signature.r, signature.s]
    bare = "0x" + (b"\x03" + rlp.encode(body)).hex()
    with_blob = (
        "0x"
        + (
            b"\x03" + rlp.encode([body, [b"\0" * 131_072], [b"\xc0" + b"\0" * 47], [b"\xc0" + b"\0" * 47]])
        ).hex()
    )
    codes = (-32000, -32003, -32602)
    suite.refused("a blob transaction without its blobs", "blob|type 3|4844", bare, codes)
    suite.refused("a blob transaction with its blobs", "blob|type 3|4844", with_blob, codes)


def nonce_gaps(suite: Suite) -> None:
    """A gap waits, or is refused with a reason; it never blocks the sender."""
    with suite.checks.check("a small nonce gap waits until it is filled"):
        start = suite.nonce()
        late = suite.rpc.call("eth_sendRawTransaction", suite.signed(nonce=start + 1))
        equal(suite.rpc.call("eth_getTransactionReceipt", late), None, "receipt across a gap")
        equal(suite.nonce(), start, "pending nonce")
        status = suite.rpc.call("txpool_status")
        expect(int(status["queued"], 16) >= 1, "a queued transaction", status)
        first = suite.rpc.call("eth_sendRawTransaction", suite.signed(nonce=start))
        for sent in (first, late):
            eventually("both receipts", lambda sent=sent: suite.rpc.call("eth_getTransactionReceipt", sent))
    with suite.checks.check("a replacement needs a better price, and wins with it"):
        replacement(suite)


def replacement(suite: Suite) -> None:
    """Two transactions with one nonce, held back by a gap so that neither is executed meanwhile."""
    start = suite.nonce()
    price = max(suite.price, 1_000)
    suite.rpc.call("eth_sendRawTransaction", suite.signed(nonce=start + 1, gasPrice=price, value=2))
    error = error_of(
        suite.rpc, "eth_sendRawTransaction", suite.signed(nonce=start + 1, gasPrice=price, value=3)
    )
    expect("underpriced" in error.message.lower(), "replacement transaction underpriced", error)
    better = suite.rpc.call(
        "eth_sendRawTransaction", suite.signed(nonce=start + 1, gasPrice=price * 2, value=4)
    )
    suite.rpc.call("eth_sendRawTransaction", suite.signed(nonce=start))
    eventually("the better one to be executed", lambda: suite.rpc.call("eth_getTransactionReceipt", better))


def heavy_calls(suite: Suite) -> None:
    """Calls that would run for ever: bounded by gas or time, and others are served meanwhile."""
    # JUMPDEST PUSH1 0 JUMP
    loop = "0x5b600056"
    with suite.checks.check("an endless loop in eth_call ends with an error"):
        started = time.monotonic()
        call = {"from": address_of(ACCOUNT), "data": loop, "gas": "0x7fffffffffffffff"}
        error = error_of(suite.rpc, "eth_call", call, "latest")
        expect(error.message != "", "a message", error)
        expect(time.monotonic() - started < ANSWER_SECONDS_MAX, "an answer in time", "none")
        suite.answers()
    with suite.checks.check("an endless loop in eth_estimateGas and debug_traceCall ends with an error"):
        error_of(suite.rpc, "eth_estimateGas", {"from": address_of(ACCOUNT), "data": loop})
        try:
            suite.rpc.call(
                "debug_traceCall", {"data": loop, "gas": "0x989680"}, "latest", {"tracer": "callTracer"}
            )
        except RpcError as error:
            expect(error.message != "", "a message", error)
        suite.answers()
    with suite.checks.check("the endless loop as a transaction burns its gas and is mined as failed"):
        creation = suite.signed(to=b"", data=loop, gas=1_000_000, value=0)
        sent = suite.rpc.call("eth_sendRawTransaction", creation)
        receipt = eventually("its receipt", lambda: suite.rpc.call("eth_getTransactionReceipt", sent))
        equal((receipt["status"], int(receipt["gasUsed"], 16)), ("0x0", 1_000_000))
