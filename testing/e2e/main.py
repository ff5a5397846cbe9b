"""The runner behind `run`: reads the command line, starts the city, runs the suites, counts."""

import argparse
import importlib
import os
import random
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from harness import toolchain
from harness.checks import Checks, Stop, eventually
from harness.city import City, free_ports
from harness.context import Context, in_memory_of
from harness.jsonrpc import Rpc

# The shared city serves the first group; the others start cities of their own, because they break them.
SHARED = ["first_block", "clients", "governance", "proofs", "bad_input", "security"]
OWN = ["ledgers", "life", "membership", "partitions", "guide", "audit", "console", "gateway", "cometbft"]
OWN += ["peers", "enforcement", "messages", "content", "story", "operator_errors", "certificates", "faults"]
FOREIGN = ["clients", "bad_input"]
ROUNDS = 5
# How long certificates are renewed under load.
MINUTES = 2.0


def arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="testing/e2e/run", description="End-to-end tests of a city.")
    parser.add_argument(
        "suites", nargs="*", choices=[[], *SHARED, *OWN], help="which suites; all without any"
    )
    parser.add_argument("--rpc", default=os.environ.get("CIVITAS_RPC"), help="a node that runs already")
    parser.add_argument("--anvil", action="store_true", help="start anvil and test against it")
    parser.add_argument("--binary", default=os.environ.get("CIVITAS_BIN"), help="the civitas binary")
    parser.add_argument("--rounds", type=int, default=int(os.environ.get("CIVITAS_FAULT_ROUNDS", ROUNDS)))
    parser.add_argument(
        "--minutes", type=float, default=float(os.environ.get("CIVITAS_CERTIFICATE_MINUTES", MINUTES))
    )
    parser.add_argument("--seed", type=int, default=random.SystemRandom().randrange(2**32))
    parser.add_argument(
        "--judge-times", action="store_true", help="fail where times are above their bound: on an idle machine"
    )
    parser.add_argument("--keep", action="store_true", help="keep the working folder even when all went well")
    return parser.parse_args()


def find_binary(given: str | None, work: Path) -> str:
    """The binary under test; a wrong path is an error, not a skipped test."""
    if given is None:
        target = Path(os.environ.get("CARGO_TARGET_DIR") or toolchain.HERE.parent.parent / "target")
        given = str(target / "release" / "civitas")
    if not os.access(given, os.X_OK):
        sys.exit(
            f"no civitas binary at {given}: build it with `cargo build --release`, or give --binary PATH"
        )
    # A copy: a build that goes on beside must not change what is under test.
    return shutil.copy2(given, work / "civitas")


def start_anvil(work: Path) -> tuple[subprocess.Popen, str]:
    port = free_ports(1)
    command = [toolchain.foundry("anvil"), "--port", str(port), "--block-time", "0.2", "--steps-tracing"]
    with open(work / "anvil.log", "wb") as log:
        process = subprocess.Popen(command, stdout=log, stderr=log, stdin=subprocess.DEVNULL)
    url = f"http://127.0.0.1:{port}"
    eventually("anvil to answer", Rpc(url).alive)
    return process, url


def run_suite(name: str, context: Context) -> Checks:
    """Runs one suite; an error outside every check is a failure too."""
    city = context.city
    checks = Checks(name, city.log_hint if city else lambda: "")
    print(f"\n{name}", flush=True)
    try:
        importlib.import_module(f"suites.{name}").run(checks, context.of_suite(name))
    except Stop as stop:
        checks.note(f"the rest of the suite was left out: it needs '{stop}'")
    except Exception as error:
        checks.report("the suite itself", f"{type(error).__name__}: {error}")
    seconds = time.monotonic() - checks.started
    failed, skipped = len(checks.failures), len(checks.skipped)
    print(f"  {name}: {checks.passed} passed, {failed} failed, {skipped} skipped, {seconds:.0f} s")
    return checks


def run_all(options: argparse.Namespace, work: Path) -> list[Checks]:
    foreign = bool(options.rpc or options.anvil)
    names = options.suites or (FOREIGN if foreign else SHARED + OWN)
    if foreign and (wrong := [name for name in names if name not in FOREIGN]):
        sys.exit(
            f"{', '.join(wrong)}: these suites start cities of their own; run them without --rpc and --anvil"
        )
    binary = None if foreign else find_binary(options.binary, work)
    clients = toolchain.workspace(work)
    artifacts = toolchain.artifacts(clients)
    context = Context(
        work,
        work,
        clients,
        artifacts,
        binary,
        [],
        None,
        options.seed,
        options.rounds,
        options.minutes,
        options.judge_times,
    )
    anvil = None
    results = []
    try:
        if options.anvil:
            anvil, url = start_anvil(work)
            context.urls = [url]
        elif options.rpc:
            context.urls = options.rpc.split(",")
        elif any(name in SHARED for name in names):
            context.city = context.new_city("city")
            context.urls = [context.city.url(index) for index in range(context.city.validators)]
            results.append(start_shared(context.city))
            if results[0].failures:
                return results
        results += [run_suite(name, context) for name in names]
    finally:
        if anvil is not None:
            anvil.terminate()
            anvil.wait()
        if context.city is not None:
            context.city.close()
    return results


def start_shared(city: City) -> Checks:
    """Starts the shared city. Suite `first_block` tells how long it took."""
    checks = Checks("city", city.log_hint)
    print("\ncity", flush=True)
    with checks.check("civitas up brings up four validators"):
        city.first_block_seconds = city.start()
    return checks


def main() -> int:
    options = arguments()
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))
    work = Path(tempfile.mkdtemp(prefix="civitas-e2e-"))
    started = time.monotonic()
    print(f"e2e: seed {options.seed}, working folder {work}")
    try:
        results = run_all(options, work)
    except BaseException:
        print(f"e2e: stopped; everything of the run is in {work}")
        raise
    failures = [failure for checks in results for failure in checks.failures]
    passed = sum(checks.passed for checks in results)
    skipped = sum(len(checks.skipped) for checks in results)
    print()
    for failure in failures:
        print(f"failed: {failure}")
    if failures or options.keep:
        print(f"everything of the run is in {work} (again with: testing/e2e/run --seed {options.seed} ...)")
    else:
        shutil.rmtree(work)
        shutil.rmtree(in_memory_of(work), ignore_errors=True)
    print(f"{passed} passed, {len(failures)} failed, {skipped} skipped, {time.monotonic() - started:.0f} s")
    # A run that checked nothing proves nothing.
    return 1 if failures or passed == 0 else 0


sys.exit(main())
