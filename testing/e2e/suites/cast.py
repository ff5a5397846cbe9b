"""cast against the city: what a person types into a terminal."""

import json
import secrets
import subprocess

from eth_account import Account

from harness import toolchain
from harness.checks import Checks, equal, expect
from harness.context import Context

ACCOUNT = 6
SECONDS_MAX = 60

Account.enable_unaudited_hdwallet_features()


def key_of(index: int):
    """A dev account of the well-known mnemonic."""
    return Account.from_mnemonic(toolchain.MNEMONIC, account_path=f"m/44'/60'/0'/0/{index}")


def address_of(index: int) -> str:
    return key_of(index).address


def run(checks: Checks, context: Context) -> None:
    """Sends, calls, reads and traces with the command line."""
    url = context.urls[0]
    key = "0x" + key_of(ACCOUNT).key.hex().removeprefix("0x")
    artifacts = toolchain.load_artifacts(context.artifacts)

    def cast(*arguments: str, rpc: bool = True) -> str:
        command = [toolchain.foundry("cast"), *arguments, *(["--rpc-url", url] if rpc else [])]
        result = subprocess.run(
            command,
            capture_output=True,
            text=True,
            timeout=SECONDS_MAX,
            env=toolchain.environment(),
            stdin=subprocess.DEVNULL,
        )
        expect(
            result.returncode == 0, f"cast {arguments[0]} to work", (result.stdout + result.stderr)[-1200:]
        )
        return result.stdout.strip()

    def send(*arguments: str) -> dict:
        receipt = json.loads(
            cast("send", "--private-key", key, "--json", "--rpc-url", url, *arguments, rpc=False)
        )
        equal(receipt["status"], "0x1", "status")
        return receipt

    with checks.check("cast chain-id, client, block-number, block"):
        equal(int(cast("chain-id")), int(context.rpcs()[0].call("eth_chainId"), 16), "chain id")
        expect(len(cast("client")) > 0, "a client version", "nothing")
        number = int(cast("block-number"))
        block = json.loads(cast("block", str(number), "--json"))
        equal(
            block["hash"],
            context.rpcs()[0].call("eth_getBlockByNumber", hex(number), False)["hash"],
            "block hash",
        )

    with checks.check("cast send: value, legacy and EIP-1559; cast balance now and then"):
        target = "0x" + secrets.token_hex(20)
        first = send(target, "--value", "5")
        second = send(target, "--value", "6", "--legacy")
        equal((first["type"], second["type"]), ("0x2", "0x0"), "types")
        equal(cast("balance", target), "11", "balance")
        equal(cast("balance", target, "--block", str(int(first["blockNumber"], 16))), "5", "old balance")
        equal(
            json.loads(cast("receipt", first["transactionHash"], "--json"))["blockHash"], first["blockHash"]
        )
        equal(json.loads(cast("tx", second["transactionHash"], "--json"))["hash"], second["transactionHash"])

    with checks.check("cast send --create, call, storage, codesize, nonce", needed=True):
        created = send("--create", artifacts["Probe"]["bytecode"])
        probe = created["contractAddress"]
        send(probe, "add(uint256)", "41")
        equal(cast("call", probe, "total()(uint256)"), "41", "total")
        equal(int(cast("storage", probe, "0"), 16), 41, "storage")
        size = (len(artifacts["Probe"]["deployedBytecode"]) - 2) // 2
        equal(int(cast("codesize", probe)), size, "code size")
        nonce = int(cast("nonce", address_of(ACCOUNT)))
        equal(
            int(context.rpcs()[0].call("eth_getTransactionCount", address_of(ACCOUNT), "latest"), 16),
            nonce,
            "nonce",
        )

    with checks.check("cast logs, estimate, access-list, gas-price"):
        receipt = send(probe, "note(uint256,uint256)", "7", "3")
        number = str(int(receipt["blockNumber"], 16))
        event = "Noted(address indexed,uint256 indexed,bytes)"
        found = cast(
            "logs", "--from-block", number, "--to-block", number, "--address", probe, event, "--json"
        )
        equal(len(json.loads(found)), 3, "logs")
        expect(int(cast("estimate", probe, "add(uint256)", "1")) > 21_000, "an estimate", "less")
        expect(
            probe.lower() in cast("access-list", probe, "add(uint256)", "1").lower(),
            "the contract",
            "not there",
        )
        expect(int(cast("gas-price")) >= 0, "a price", "none")

    with checks.check("cast rpc debug_traceTransaction and cast run"):
        receipt = send(probe, "nested(uint256)", "2")
        trace = json.loads(
            cast("rpc", "debug_traceTransaction", receipt["transactionHash"], '{"tracer":"callTracer"}')
        )
        equal(trace["calls"][0]["calls"][0]["calls"][0].get("calls"), None, "depth of calls")
        # `cast run` executes the transaction again on a fork of the block before it.
        expect(
            "Transaction successfully executed" in cast("run", receipt["transactionHash"]), "a replay", "none"
        )

    with checks.check("cast call shows the custom error of a contract"):
        command = [toolchain.foundry("cast"), "call", probe, "refuse(uint256)", "9", "--rpc-url", url]
        result = subprocess.run(
            command, capture_output=True, text=True, timeout=SECONDS_MAX, env=toolchain.environment()
        )
        expect(
            result.returncode != 0 and "revert" in result.stderr.lower(),
            "a revert",
            result.stdout + result.stderr,
        )
