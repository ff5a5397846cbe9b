"""The source of a contract is verified, and an ABI given; a part of the suite of the console."""

import json
from pathlib import Path

from harness.checks import Checks, Expected, equal, eventually, expect
from harness.city import City
from harness.console import Console, Refused, account

ROOT = Path(__file__).resolve().parents[3]
DEVELOPER = 14
# The first use of a compiler makes it ready: half a minute of one core.
READY_SECONDS_MAX = 240.0


def run(checks: Checks, city: City, url: str) -> None:
    contracts = json.loads((ROOT / "contracts/bench/contracts.json").read_text())["contracts"]
    developer = Console(url)
    developer.sign_in(DEVELOPER)
    addresses = [deploy(city, contracts["Certificates"]["bytecode"]) for _ in range(2)]
    paths = [f"/ledgers/main/contracts/{address}" for address in addresses]
    for path in paths:
        eventually("the contract in the index", lambda path=path: known(developer, path), 30.0)
    with checks.check("who is not signed in verifies no source, and gives no ABI"):
        for method, path, body in (
            ("POST", "/source", {"file": {"source": "contract A {}"}}),
            ("PUT", "/abi", {"abi": contracts["Certificates"]["abi"]}),
        ):
            refused(Console(url), method, paths[0] + path, body, {401, 403})
    with checks.check("a developer gives the ABI of a contract, which is marked as theirs"):
        body = {"abi": contracts["Certificates"]["abi"], "name": "Certificates"}
        given = developer.call("PUT", paths[0] + "/abi", body)
        equal([given["state"], given["by"].lower()], ["given", account(DEVELOPER).address.lower()], "the source")
    text = (ROOT / "contracts/bench/Certificates.sol").read_text()
    claim = {"file": {"source": text, "path": "Certificates.sol", "optimizer": True, "evmVersion": evm_version()}}
    with checks.check("its source is compiled, is that of the code, and stands in place of the ABI"):
        verified = eventually("the verified source", lambda: verify(developer, paths[0], claim), READY_SECONDS_MAX, 2.0)
        expect(verified["state"] in ("full", "partial"), "a verified source", verified)
        equal(verified["sources"], {"Certificates.sol": text}, "its text")
        refused(developer, "PUT", paths[0] + "/abi", {"abi": contracts["BenchToken"]["abi"]}, {409})
    with checks.check("a contract with the same code is verified with it"):
        equal(developer.get(paths[1] + "/source")["state"], verified["state"], "its state")
    with checks.check("a source of something else, and one with a fault, are refused with the reason"):
        other = {"file": {**claim["file"], "source": text.replace("block.number", "block.timestamp")}}
        problem = refused(developer, "POST", paths[1] + "/source", other, {422})
        expect("other-source" in problem, "the reason", problem)
        broken = {"file": {**claim["file"], "source": text.replace("returns", "gives")}}
        problem = refused(developer, "POST", paths[1] + "/source", broken, {422})
        expect('"path":"Certificates.sol"' in problem, "the place of the fault", problem)


def evm_version() -> str:
    return json.loads((ROOT / "contracts/bench/package.json").read_text())["config"]["evmVersion"]


def known(console: Console, path: str) -> bool:
    try:
        console.get(path)
    except Refused as refusal:
        if refusal.status == 404:
            return False
        raise
    return True


def verify(console: Console, path: str, claim: dict) -> dict | None:
    """None while the compiler is made ready."""
    try:
        return console.call("POST", path + "/source", claim)
    except Refused as refusal:
        if "compiler-preparing" in str(refusal) or "compiler-busy" in str(refusal):
            return None
        raise


def refused(console: Console, method: str, path: str, body: dict, statuses: set[int]) -> str:
    """The problem that the console answers with."""
    try:
        answer = console.call(method, path, body)
    except Refused as refusal:
        expect(refusal.status in statuses, f"one of {statuses}", refusal)
        return str(refusal).split(": ", 1)[1]
    raise Expected(f"expected a refusal\n      found    {answer}")


def deploy(city: City, bytecode: str) -> str:
    developer, rpc = account(DEVELOPER), city.rpc(0)
    transaction = {
        "value": 0, "gas": 2_000_000, "gasPrice": int(rpc.call("eth_gasPrice"), 16) * 2,
        "nonce": int(rpc.call("eth_getTransactionCount", developer.address, "pending"), 16),
        "chainId": int(rpc.call("eth_chainId"), 16), "data": bytecode,
    }  # fmt: skip
    raw = "0x" + bytes(developer.sign_transaction(transaction).raw_transaction).hex()
    sent = rpc.call("eth_sendRawTransaction", raw)
    receipt = eventually("a receipt", lambda: rpc.call("eth_getTransactionReceipt", sent), 20.0)
    equal(receipt["status"], "0x1", "the outcome of the deployment")
    return receipt["contractAddress"]
