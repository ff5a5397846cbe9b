"""Ethereum's own tools, unchanged, against the city: viem, ethers, web3.py, cast, forge and Hardhat.

Each client has dev accounts of its own, so that they can run side by side without sharing a nonce.
"""

import contextlib
import json
import subprocess
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from harness import toolchain
from harness.checks import Checks, Stop, equal, expect
from harness.context import Context

from . import cast

CLIENT_SECONDS_MAX = 240
PARALLEL = 2


def run(checks: Checks, context: Context) -> None:
    """Runs all clients, two at a time: the machine has two cores and the city needs them too."""
    jobs = [
        lambda: script(context, "viem", [str(toolchain.NODE), "viem.mjs"], account=0),
        lambda: hardhat(context, account=8),
        lambda: forge(context, account=7),
        lambda: script(context, "ethers", [str(toolchain.NODE), "ethers.mjs"], account=2),
        lambda: script(context, "web3.py", [str(toolchain.VENV_BIN / "python"), "web3py.py"], account=4),
        lambda: cast_suite(context),
    ]
    with ThreadPoolExecutor(PARALLEL) as pool:
        for part in pool.map(lambda job: job(), jobs):
            checks.passed += part.passed
            checks.failures += part.failures
            checks.skipped += part.skipped


def part_of(context: Context, name: str) -> Checks:
    return Checks(name, context.city.log_hint if context.city else lambda: "")


def environment(context: Context, account: int, extra: dict[str, str] | None = None) -> dict[str, str]:
    return toolchain.environment(
        {
            "CIVITAS_RPCS": ",".join(context.urls),
            "CIVITAS_MNEMONIC": toolchain.MNEMONIC,
            "CIVITAS_ACCOUNT": str(account),
            "CIVITAS_ARTIFACTS": str(context.artifacts),
            "CIVITAS_FOREIGN": "1" if context.foreign else "0",
            **(extra or {}),
        }
    )


def execute(command: list[str], folder: Path, env: dict[str, str]) -> subprocess.CompletedProcess:
    return subprocess.run(
        command,
        cwd=folder,
        env=env,
        capture_output=True,
        text=True,
        timeout=CLIENT_SECONDS_MAX,
        stdin=subprocess.DEVNULL,
    )


def script(
    context: Context, name: str, command: list[str], account: int, extra: dict[str, str] | None = None
) -> Checks:
    """A client that reports its own checks; one that ends early or reports nothing has failed."""
    checks = part_of(context, name)
    done = False
    try:
        result = execute(command, context.clients, environment(context, account, extra))
    except subprocess.TimeoutExpired:
        checks.report("ends", f"expected the end within {CLIENT_SECONDS_MAX} s\n      found    it still runs")
        return checks
    for line in result.stdout.splitlines():
        try:
            entry = json.loads(line)
        except ValueError:
            continue
        if entry.get("done"):
            done = True
        elif "skip" in entry:
            checks.skip(entry["check"], entry["skip"])
        else:
            checks.report(entry["check"], entry.get("failure"), entry.get("seconds", 0.0))
    if not done or result.returncode != 0:
        checks.report("reaches its end", f"exit code {result.returncode}\n{result.stderr[-1500:]}")
    return checks


def cast_suite(context: Context) -> Checks:
    checks = part_of(context, "cast")
    with contextlib.suppress(Stop):
        cast.run(checks, context)
    return checks


def forge(context: Context, account: int) -> Checks:
    """`forge script --broadcast` deploys and calls; `forge test --fork-url` works on a fork of the result."""
    checks = part_of(context, "forge")
    folder = context.clients / "foundry"
    forge_binary, url, rpc = toolchain.foundry("forge"), context.urls[0], context.rpcs()[0]
    holder = cast.address_of(account)
    block_before = rpc.height()
    chain_id = int(rpc.call("eth_chainId"), 16)
    try:
        with checks.check("forge script --broadcast deploys and calls", needed=True):
            command = [
                forge_binary,
                "script",
                "script/Deploy.s.sol",
                "--rpc-url",
                url,
                "--broadcast",
                "--slow",
            ]
            command += [
                "--mnemonics",
                toolchain.MNEMONIC,
                "--mnemonic-indexes",
                str(account),
                "--sender",
                holder,
            ]
            result = execute(command, folder, environment(context, account))
            expect(result.returncode == 0, "exit code 0", result.stdout[-1500:] + result.stderr[-1500:])
        record = json.loads((folder / f"broadcast/Deploy.s.sol/{chain_id}/run-latest.json").read_text())
        with checks.check("its receipts are those of the city"):
            equal(len(record["receipts"]), 8, "receipts")
            for receipt in record["receipts"]:
                equal(receipt["status"], "0x1", "status")
                found = rpc.call("eth_getTransactionReceipt", receipt["transactionHash"])
                equal(found["blockHash"], receipt["blockHash"], "block hash")
        token = next(
            step["contractAddress"] for step in record["transactions"] if step["contractName"] == "CityToken"
        )
        facts = {"CITY_TOKEN": token, "CITY_HOLDER": holder}
        facts |= {"CITY_CHAIN_ID": str(chain_id), "CITY_BLOCK_BEFORE": str(block_before)}
        with checks.check("forge test --fork-url"):
            command = [forge_binary, "test", "--fork-url", url, "--json"]
            result = execute(command, folder, environment(context, account, facts))
            expect(result.returncode == 0, "exit code 0", result.stdout[-1500:] + result.stderr[-1500:])
            results = next(iter(json.loads(result.stdout).values()))["test_results"]
            equal({name: test["status"] for name, test in results.items()}, dict.fromkeys(results, "Success"))
            equal(len(results), 4, "tests")
    except Stop:
        pass
    return checks


def hardhat(context: Context, account: int) -> Checks:
    checks = part_of(context, "hardhat")
    with checks.check("hardhat test --network city: deploys and tests"):
        program = toolchain.MODULES / "hardhat" / "dist" / "src" / "cli.js"
        command = [str(toolchain.NODE), str(program), "test", "nodejs", "--network", "city"]
        result = execute(command, context.clients / "hardhat", environment(context, account))
        expect(result.returncode == 0, "exit code 0", result.stdout[-2500:] + result.stderr[-1000:])
        expect("3 passing" in result.stdout, "3 passing", result.stdout[-2500:])
    return checks
