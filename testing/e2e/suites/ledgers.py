"""Other kinds of ledger (one validator alone, Ethereum's trie as state root, an imported chain), and the bench."""

import json
import signal
import subprocess
import tempfile
from pathlib import Path

from harness.checks import Checks, equal, eventually, expect
from harness.city import free_ports
from harness.context import Context
from harness.jsonrpc import Rpc
from harness.proof import account_in_trie, raw

from .proofs import known

JUDGES = Path(__file__).resolve().parents[2] / "judges" / "rpc-compat"
FUNDED = "0xf39Fd6e51aad88F6F4ce6aB8827279cffFb92266"
NOBODY = "0x00000000000000000000000000000000000c0ffe"
BENCH_SECONDS_MAX = 180


def run(checks: Checks, context: Context) -> None:
    solo(checks, context)
    imported(checks, context)
    bench(checks, context)


def solo(checks: Checks, context: Context) -> None:
    city = context.new_city("solo-mpt")
    city.validators, city.consensus, city.commitment = 1, "solo", "mpt"
    checks.hint = city.log_hint
    try:
        with checks.check("a ledger of one validator with Ethereum's trie starts", needed=True):
            city.start()
        rpc = city.rpc(0)
        with checks.check("eth_getProof proves accounts and their absence, today and at the first block"):
            for block in ("0x1", hex(rpc.height())):
                proves_accounts(rpc, block)
        with checks.check("its certificates prove its blocks"):
            eventually("a certificate", lambda: rpc.call("civitas_getCertificate", "0x1"), 30.0)
            block = rpc.call("eth_getBlockByNumber", "0x1", False)
            equal(known(rpc).check(rpc.call("civitas_getCertificate", "0x1"), block["hash"]), 1, "signatures")
        with checks.check("killed and started again, it has its blocks and goes on"):
            before = rpc.call("eth_getBlockByNumber", hex(rpc.height()), False)
            city.kill_everything()
            city.start()
            equal(rpc.call("eth_getBlockByNumber", before["number"], False)["hash"], before["hash"], "hash")
            eventually("a new block", lambda: rpc.height() > int(before["number"], 16), 30.0)
    finally:
        city.close()


def proves_accounts(rpc: Rpc, block: str) -> None:
    root = raw(rpc.call("eth_getBlockByNumber", block, False)["stateRoot"])
    proof = rpc.call("eth_getProof", FUNDED, [], block)
    account = account_in_trie(root, FUNDED, proof["accountProof"])
    expect(account is not None, "the funded account", account)
    equal(int.from_bytes(account[1], "big"), int(rpc.call("eth_getBalance", FUNDED, block), 16), "balance")
    absent = rpc.call("eth_getProof", NOBODY, [], block)
    equal(account_in_trie(root, NOBODY, absent["accountProof"]), None, "account of nobody")


def imported(checks: Checks, context: Context) -> None:
    """An Ethereum chain is taken in, served, and written out again as it came."""
    port = free_ports(1)
    with tempfile.TemporaryDirectory(dir=context.work) as folder:
        command = [context.binary, "import", "--dir", f"{folder}/ledger", "--chain", str(JUDGES / "chain.rlp")]
        command += ["--genesis", str(JUDGES / "genesis.json"), "--forks", str(JUDGES / "forkenv.json")]
        server = subprocess.Popen(
            [*command, "--serve", "--rpc-port", str(port)], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
        )
        try:
            with checks.check("civitas export writes the imported chain as it was, to the byte"):
                eventually("the imported chain to be served", Rpc(f"http://127.0.0.1:{port}").alive, 60.0)
                out = f"{folder}/out.rlp"
                export = [context.binary, "export", "--url", f"http://127.0.0.1:{port}", "--out", out]
                subprocess.run(export, check=True, capture_output=True, timeout=60)
                equal(Path(out).read_bytes() == (JUDGES / "chain.rlp").read_bytes(), True, "same bytes")
        finally:
            server.send_signal(signal.SIGINT)
            server.wait(30)
        with checks.check("an imported chain with a changed byte is refused, with the block's number"):
            chain = bytearray((JUDGES / "chain.rlp").read_bytes())
            chain[len(chain) // 2] ^= 1
            damaged = Path(folder) / "damaged.rlp"
            damaged.write_bytes(chain)
            command[command.index(str(JUDGES / "chain.rlp"))] = str(damaged)
            command[command.index(f"{folder}/ledger")] = f"{folder}/other"
            refused = subprocess.run(command, capture_output=True, text=True, timeout=60)
            equal(refused.returncode, 1, "exit code")
            expect("block" in refused.stderr, "a message with the block", refused.stderr)


def bench(checks: Checks, context: Context) -> None:
    with checks.check("civitas bench starts a city, certifies records, and writes its figures"):
        with tempfile.TemporaryDirectory(dir=context.work) as folder:
            out = Path(folder) / "bench.json"
            command = [context.binary, "bench", "--validators", "4", "--workload", "certify", "--seconds", "2"]
            done = subprocess.run(
                [*command, "--json", str(out), "--svg", f"{folder}/bench.svg"],
                capture_output=True,
                text=True,
                timeout=BENCH_SECONDS_MAX,
            )
            expect(done.returncode == 0, "exit code 0", done.stdout + done.stderr)
            figures = json.loads(out.read_text())
            keys = {"tps", "cpu_us_per_tx", "rss_mb_max", "disk_bytes_per_tx", "failed"}
            expect(keys <= figures.keys(), f"the keys {keys}", figures.keys())
            expect({"p50", "p95", "p99"} <= figures["finality_ms"].keys(), "percentiles", figures["finality_ms"])
            equal(figures["failed"], 0, "failed transactions")
            expect(figures["tps"] > 0, "throughput", figures["tps"])
            expect("<svg" in Path(f"{folder}/bench.svg").read_text(), "a picture", "no SVG")
