"""web3.py against a city. Checks are lines of JSON on standard output, as in `harness.mjs`."""

import asyncio
import json
import os
import secrets
import time
from contextlib import contextmanager

from eth_account import Account
from web3 import AsyncWeb3, Web3, WebSocketProvider
from web3.exceptions import (
    BlockNotFound,
    ContractCustomError,
    ContractLogicError,
    TransactionNotFound,
    Web3RPCError,
)
from web3.logs import DISCARD
from web3.middleware import SignAndSendRawMiddlewareBuilder

URLS = os.environ["CIVITAS_RPCS"].split(",")
FIRST = int(os.environ["CIVITAS_ACCOUNT"])
with open(os.environ["CIVITAS_ARTIFACTS"], encoding="utf-8") as file:
    ARTIFACTS = json.load(file)

Account.enable_unaudited_hdwallet_features()


def account_of(offset: int):
    path = f"m/44'/60'/0'/0/{FIRST + offset}"
    return Account.from_mnemonic(os.environ["CIVITAS_MNEMONIC"], account_path=path)


def connect(url: str, *accounts) -> Web3:
    w3 = Web3(Web3.HTTPProvider(url, request_kwargs={"timeout": 20}))
    for account in accounts:
        w3.middleware_onion.inject(SignAndSendRawMiddlewareBuilder.build(account), layer=0)
    if accounts:
        w3.eth.default_account = accounts[0].address
    return w3


def report(line: dict) -> None:
    print(json.dumps(line), flush=True)


@contextmanager
def check(name: str, needed: bool = False):
    started = time.monotonic()
    try:
        yield
    except Exception as error:
        frame = error.__traceback__
        while frame.tb_next and "web3py.py" in frame.tb_next.tb_frame.f_code.co_filename:
            frame = frame.tb_next
        failure = f"{type(error).__name__}: {str(error)[:1500]}\n      at web3py.py:{frame.tb_lineno}"
        report({"check": name, "failure": failure})
        if needed:
            raise SystemExit(1) from error
    else:
        report({"check": name, "seconds": time.monotonic() - started})


def equal(found: object, expected: object) -> None:
    if found != expected:
        raise AssertionError(f"expected {expected!r}, found {found!r}")


def raised(kinds, action):
    """The exception of the given kinds that an action raises."""
    try:
        found = action()
    except kinds as error:
        return error
    raise AssertionError(f"expected {kinds}, found {found!r}")


def fresh() -> str:
    return Web3.to_checksum_address(secrets.token_hex(20))


FIRST_ACCOUNT, SECOND_ACCOUNT = account_of(0), account_of(1)
w3 = connect(URLS[0], FIRST_ACCOUNT, SECOND_ACCOUNT)


def mined(transaction_hash):
    return w3.eth.wait_for_transaction_receipt(transaction_hash, timeout=20, poll_latency=0.05)


def deploy(name: str, *arguments):
    artifact = ARTIFACTS[name]
    factory = w3.eth.contract(abi=artifact["abi"], bytecode=artifact["bytecode"])
    receipt = mined(factory.constructor(*arguments).transact())
    equal(receipt["status"], 1)
    return w3.eth.contract(address=receipt["contractAddress"], abi=artifact["abi"])


def main() -> None:
    with check("connection, chain id, client version, syncing"):
        equal(w3.is_connected(), True)
        equal(w3.eth.chain_id > 0, True)
        equal(len(w3.client_version) > 0, True)
        equal(w3.eth.syncing, False)

    with check("deploy AccessManager, ERC-20, ERC-721 of OpenZeppelin 5", needed=True):
        access = deploy("CityAccess", FIRST_ACCOUNT.address)
        token = deploy("CityToken", access.address, FIRST_ACCOUNT.address, 10**21)
        deed = deploy("CityDeed")
        probe = deploy("Probe")
        batch = deploy("Batch")

    check_contracts(access, token, deed, probe)
    check_transactions(token, probe, batch)
    check_queries(probe)
    asyncio.run(check_subscriptions(probe))
    report({"done": True})


def check_contracts(access, token, deed, probe) -> None:
    with check("ERC-20: transfer, event, same receipt on all nodes"):
        to = fresh()
        receipt = mined(token.functions.transfer(to, 19).transact())
        event = token.events.Transfer().process_receipt(receipt, DISCARD)[0]
        equal((event["args"]["to"], event["args"]["value"]), (to, 19))
        equal(token.functions.balanceOf(to).call(), 19)
        for url in URLS:
            there = connect(url)
            same = there.eth.wait_for_transaction_receipt(
                receipt["transactionHash"], timeout=20, poll_latency=0.05
            )
            equal(same["blockHash"], receipt["blockHash"])

    with check("ERC-721: issue and transfer"):
        receipt = mined(deed.functions.issue(FIRST_ACCOUNT.address, "city:deed/web3").transact())
        number = deed.events.Transfer().process_receipt(receipt, DISCARD)[0]["args"]["tokenId"]
        mined(deed.functions.transferFrom(FIRST_ACCOUNT.address, SECOND_ACCOUNT.address, number).transact())
        equal(deed.functions.ownerOf(number).call(), SECOND_ACCOUNT.address)

    with check("AccessManager: a role decides who may issue"):
        selector = token.functions.mint(FIRST_ACCOUNT.address, 1).selector
        mined(access.functions.setTargetFunctionRole(token.address, [selector], 13).transact())
        mint = token.functions.mint(SECOND_ACCOUNT.address, 1)
        raised(ContractCustomError, lambda: mint.call({"from": SECOND_ACCOUNT.address}))
        mined(access.functions.grantRole(13, SECOND_ACCOUNT.address, 0).transact())
        equal(mined(mint.transact({"from": SECOND_ACCOUNT.address}))["status"], 1)

    with check("custom errors and require texts are decoded"):
        error = raised(ContractCustomError, lambda: probe.functions.refuse(5).call())
        equal("Refused" in str(error) or "0x" in str(error), True)
        error = raised(ContractLogicError, lambda: probe.functions.complain().call())
        equal("complaint in words" in str(error), True)
        raised(ContractCustomError, lambda: token.functions.transfer(fresh(), 10**30).estimate_gas())


def check_transactions(token, probe, batch) -> None:
    with check("transaction types 0, 1, 2 and 4"):
        price = w3.eth.gas_price + 1
        entry = {"address": token.address, "storageKeys": ["0x" + "00" * 32]}
        for kind, fields in (
            (0, {"gasPrice": price}),
            (1, {"gasPrice": price, "accessList": [entry], "type": 1}),
            (2, {"maxFeePerGas": price * 2, "maxPriorityFeePerGas": 0, "accessList": [entry], "type": 2}),
        ):
            to = fresh()
            receipt = mined(send(FIRST_ACCOUNT, {"to": to, "value": 23, "gas": 60_000, **fields}))
            equal((receipt["type"], receipt["status"], w3.eth.get_balance(to)), (kind, 1, 23))
        nonce = w3.eth.get_transaction_count(SECOND_ACCOUNT.address)
        signed = SECOND_ACCOUNT.sign_authorization(
            {"chainId": w3.eth.chain_id, "address": batch.address, "nonce": nonce}
        )
        fields = {
            "maxFeePerGas": price * 2,
            "maxPriorityFeePerGas": 0,
            "authorizationList": [signed],
            "type": 4,
        }
        request = {"to": SECOND_ACCOUNT.address, "value": 1, "gas": 200_000, **fields}
        receipt = mined(send(FIRST_ACCOUNT, request))
        equal((receipt["type"], receipt["status"]), (4, 1))
        equal(bytes(w3.eth.get_code(SECOND_ACCOUNT.address)).hex(), "ef0100" + batch.address[2:].lower())

    with check("twenty transactions in a row"):
        to = fresh()
        nonce = w3.eth.get_transaction_count(FIRST_ACCOUNT.address, "pending")
        hashes = [
            send(
                FIRST_ACCOUNT,
                {"to": to, "value": 1, "gas": 21_000, "gasPrice": w3.eth.gas_price, "nonce": nonce + index},
            )
            for index in range(20)
        ]
        equal({mined(one)["status"] for one in hashes}, {1})
        equal(w3.eth.get_balance(to), 20)

    with check("unknown transactions and blocks, nonce too low"):
        raised(TransactionNotFound, lambda: w3.eth.get_transaction_receipt("0x" + "ab" * 32))
        raised(TransactionNotFound, lambda: w3.eth.get_transaction("0x" + "ab" * 32))
        raised(BlockNotFound, lambda: w3.eth.get_block(10**9))
        request = {"to": fresh(), "value": 1, "gas": 21_000, "gasPrice": w3.eth.gas_price, "nonce": 0}
        error = raised(Web3RPCError, lambda: send(FIRST_ACCOUNT, request))
        equal("nonce too low" in str(error).lower(), True)

    with check("debug_traceTransaction"):
        receipt = mined(probe.functions.nested(2).transact())
        hash_text = "0x" + bytes(receipt["transactionHash"]).hex()
        answer = w3.provider.make_request("debug_traceTransaction", [hash_text, {"tracer": "callTracer"}])
        equal(len(answer["result"]["calls"]), 1)


def send(account, request: dict):
    """Signs and sends by hand, without the middleware."""
    full = {"chainId": w3.eth.chain_id, **request}
    full.setdefault("nonce", w3.eth.get_transaction_count(account.address, "pending"))
    return w3.eth.send_raw_transaction(account.sign_transaction(full).raw_transaction)


def check_queries(probe) -> None:
    with check("event logs by range and argument, filters"):
        notes = w3.eth.filter({"address": probe.address})
        start = mined(probe.functions.note(70, 3).transact())["blockNumber"]
        end = mined(probe.functions.note(73, 3).transact())["blockNumber"]
        events = probe.events.Noted().get_logs(from_block=start, to_block=end)
        equal([event["args"]["index"] for event in events], [70, 71, 72, 73, 74, 75])
        events = probe.events.Noted().get_logs(from_block=start, to_block=end, argument_filters={"index": 74})
        equal(len(events), 1)
        entries = notes.get_new_entries()
        equal(len(entries), 6)
        equal(len(notes.get_all_entries()) >= 0, True)
        equal(w3.eth.uninstall_filter(notes.filter_id), True)

    with check("fee history, old state, batch requests"):
        history = w3.eth.fee_history(3, "latest", [50])
        equal((len(history["baseFeePerGas"]), len(history["reward"])), (4, 3))
        old = mined(probe.functions.add(4).transact())["blockNumber"]
        total = probe.functions.total().call(block_identifier=old)
        new = mined(probe.functions.add(4).transact())["blockNumber"]
        equal(probe.functions.total().call(block_identifier=old), total)
        equal(probe.functions.total().call(block_identifier=new), total + 4)
        with w3.batch_requests() as batch:
            for height in range(3):
                batch.add(w3.eth.get_block(height))
            blocks = batch.execute()
        equal([block["number"] for block in blocks], [0, 1, 2])

    with check("EIP-191 message recovered by a contract precompile"):
        digest = Web3.keccak(text="city")
        signed = FIRST_ACCOUNT.unsafe_sign_hash(digest)
        data = (
            digest
            + signed.v.to_bytes(32, "big")
            + signed.r.to_bytes(32, "big")
            + signed.s.to_bytes(32, "big")
        )
        answer = w3.eth.call({"to": "0x" + "00" * 19 + "01", "data": "0x" + bytes(data).hex()})
        equal(bytes(answer)[12:].hex(), FIRST_ACCOUNT.address[2:].lower())


async def check_subscriptions(probe) -> None:
    with check("WebSocket: new heads and logs by eth_subscribe"):
        async with AsyncWeb3(WebSocketProvider(URLS[0].replace("http", "ws", 1))) as socket:
            heads = await socket.eth.subscribe("newHeads")
            logs = await socket.eth.subscribe("logs", {"address": probe.address})
            sent = await asyncio.to_thread(lambda: mined(probe.functions.note(80, 2).transact()))
            seen_logs, seen_heads = [], []
            async with asyncio.timeout(20):
                async for message in socket.socket.process_subscriptions():
                    kind = seen_heads if message["subscription"] == heads else seen_logs
                    kind.append(message["result"])
                    if len(seen_logs) >= 2 and any(head["hash"] == sent["blockHash"] for head in seen_heads):
                        break
            equal({log["transactionHash"] for log in seen_logs}, {sent["transactionHash"]})
            equal(await socket.eth.unsubscribe(logs), True)


main()
