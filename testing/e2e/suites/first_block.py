"""How long `civitas up` takes from nothing to a block on every node, and what a look at the city shows."""

import json
import subprocess

from eth_utils import keccak

from harness.checks import Checks, equal, eventually, expect
from harness.city import City, same_chain, samples
from harness.context import Context
from harness.jsonrpc import Rpc
from harness.load import Load

GOAL_SECONDS = 5.0
LIMIT_SECONDS = 15.0


def run(checks: Checks, context: Context) -> None:
    """Reads what the start of the shared city measured, then looks at it as an operator does."""
    city = context.city
    seconds = city.first_block_seconds
    verdict = "within" if seconds <= GOAL_SECONDS else "ABOVE"
    checks.note(
        f"first block on all nodes {seconds:.2f} s after the start ({verdict} the goal of {GOAL_SECONDS:g} s)"
    )
    with checks.check(f"first block within {LIMIT_SECONDS:g} s"):
        expect(seconds <= LIMIT_SECONDS, f"at most {LIMIT_SECONDS:g} s", f"{seconds:.2f} s")
    with checks.check("same block and roots on all nodes"):
        same_chain(city.rpcs())
    with checks.check("civitas status --json shows four nodes that are up"):
        command = [city.binary, "status", "--dir", str(city.folder), "--json"]
        result = subprocess.run(command, capture_output=True, text=True, timeout=20)
        equal(result.returncode, 0, "exit code")
        reports = json.loads(result.stdout)
        equal(
            [report["name"] for report in reports],
            [f"node{index}" for index in range(city.validators)],
            "names",
        )
        equal([report["up"] for report in reports], [True] * city.validators, "up")
        heights = [int(str(report["status"]["height"]), 0) for report in reports]
        expect(all(height >= 1 for height in heights), "heights above the genesis", heights)
    with checks.check("every node has a certificate for the same block"):
        certificates(city)
    with checks.check("metrics of every node in Prometheus' text form"):
        for index in range(city.validators):
            metrics(city.settings(index)["metrics"]["listen"])
    solo(checks, context)


def solo(checks: Checks, context: Context) -> None:
    """`--consensus solo`: one validator alone, on the same port with the same promises."""
    city = context.new_city("solo")
    city.validators, city.consensus = 1, "solo"
    try:
        with checks.check("a solo city makes blocks, and keeps them over kill -9 and a new start"):
            city.start()
            load = Load([city.url(0)], context.seed, range(1))
            load.wait_progress()
            load.finish()
            city.kill_everything()
            city.start()
            load.check_promises(city.rpc(0), 0)
            load.check_nonces(city.rpc(0), 0)
            equal(city.stop(), 0, "exit code")
            equal(city.panics(), [], "panics")
    finally:
        city.close()


def certificates(city: City) -> None:
    """A quorum signed what leads from the block to a result that the certified payload commits to."""
    block = city.rpc(0).call("eth_getBlockByNumber", "0x1", False)
    for rpc in city.rpcs():

        def found(rpc: Rpc = rpc) -> object:
            return rpc.call("civitas_getCertificate", "0x1")

        certificate = eventually("a certificate for block 1", found)
        equal(certificate["blockHash"], block["hash"], "certified block")
        hashes = ["0x" + keccak(bytes.fromhex(header[2:])).hex() for header in certificate["headers"]]
        equal((hashes[0], hashes[-1]), (block["hash"], certificate["resultHash"]), "first and last header")
        expect(len(certificate["certificate"]["encoded"]) > 66, "signatures", certificate)


def metrics(listen: str) -> None:
    found = samples(listen)
    height = next((value for name, value in found.items() if name.startswith("civitas_block_height")), "0")
    expect(float(height) >= 1, "civitas_block_height above the genesis", found)
