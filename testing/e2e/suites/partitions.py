"""Partition ledgers on a running city: created, used, frozen, their members changed; what goes wrong on one of them
leaves the main ledger alone."""

import contextlib
import dataclasses
import json
import math
import multiprocessing
import os
import shutil
import signal
import statistics
import subprocess
import time
from pathlib import Path

from eth_account import Account
from harness import toolchain
from harness.checks import Checks, equal, eventually, expect
from harness.city import City, same_chain
from harness.commands import Commands
from harness.context import Context
from harness.jsonrpc import Rpc
from harness.load import Sender

from . import clients

NAME = "trade"
# What a node logs that has lost what it voted on a ledger.
FOLLOWS = "this node follows without a vote until it is safe to vote"
# Room for the partition ledgers of one node, where its disk is filled.
DISK_MIB = 192
# Receipts of a series: its p99 is the second slowest of them.
SAMPLES = 101
SERIES = 3
# Issue: "the main ledger's finality p99 stays within 1.5 times its quiet value in the same run".
FINALITY_FACTOR_MAX = 1.5
FLOODERS = 4
FLOOD_BATCH = 100
# Writes that tell how fast the disk is.
SYNCS = 200
SYNC_PAUSE = 0.002
# Less would be no flood.
FLOOD_MIN = 2_000
# Blocks that a partition orders anew before it counts as back.
NEW_BLOCKS = 3
RETURN_SECONDS_MAX = 120.0


def run(checks: Checks, context: Context) -> None:
    """The story with viem, then kills, members, a flood, and a full disk."""
    # The disk of a virtual machine may be worked by the processors that are kept busy here: see `disk_seconds`.
    city = context.new_city("partitions", in_memory=True)
    checks.hint = city.log_hint
    try:
        with checks.check("a city of four validators starts", needed=True):
            small_disks(city, checks)
            city.start()
        story(checks, context, city)
        comes_back(checks, city)
        members_change(checks, city)
        with checks.check("no node panicked"):
            equal(city.panics(), [], "panics")
        # From here on a partition's own runtime may end by a panic: that is what is contained.
        isolation(checks, city, context)
    finally:
        city.close()
        if on_small_disk(city):
            city.disk_holder.kill()
            city.disk_holder.wait()


def story(checks: Checks, context: Context, city: City) -> None:
    os.environ["CIVITAS_NODE_KEYS"] = ",".join(city.node_key(index) for index in range(city.validators))
    urls = [city.url(index) for index in range(city.validators)]
    own = dataclasses.replace(context, city=city, urls=urls)
    part = clients.script(own, "partition", [str(toolchain.NODE), "partition.mjs"], account=0)
    checks.passed += part.passed
    checks.failures += part.failures
    checks.skipped += part.skipped
    with checks.check("all nodes have the same blocks of the partition"):
        same_chain(partitions(city))


def partition(city: City, index: int) -> Rpc:
    return Rpc(f"{city.url(index)}/ledgers/{NAME}")


def partitions(city: City) -> list[Rpc]:
    return [partition(city, index) for index in range(city.validators)]


def comes_back(checks: Checks, city: City) -> None:
    with checks.check("killed with its node, the partition comes back and follows", needed=True):
        os.kill(city.pid(2), signal.SIGKILL)
        before = partition(city, 0).height()
        eventually("blocks without it", lambda: partition(city, 0).height() > before + 3, 30.0)
        target = partition(city, 0).height()
        eventually("the killed node", lambda: partition(city, 2).height() >= target, 60.0)
        same_chain(partitions(city))
    with checks.check("all nodes killed at once: both ledgers go on where they were"):
        height, of_main = partition(city, 0).height(), max(rpc.height() for rpc in city.rpcs())
        block = partition(city, 0).call("eth_getBlockByNumber", hex(height), False)
        city.kill_everything()
        city.start()
        eventually("new blocks", lambda: min(rpc.height() for rpc in partitions(city)) > height, 60.0)
        eventually("new blocks of the main ledger", lambda: min(rpc.height() for rpc in city.rpcs()) > of_main, 60.0)
        again = partition(city, 3).call("eth_getBlockByNumber", hex(height), False)
        equal(again["hash"], block["hash"], "the block before")
        newest = city.rpc(0).call("eth_getBlockByNumber", hex(of_main + 1), False)["hash"]
        follows_main(city, newest)
    with checks.check("a node whose folder of the partition is lost gets it from the others, and votes again"):
        height = partition(city, 0).height()
        city.kill_everything()
        shutil.rmtree(ledgers_folder(city, 1) / NAME)
        before = [len(log(city, index)) for index in (1, 2)]
        city.start()
        eventually("it to have caught up", lambda: partition(city, 1).height() > height, 60.0)
        eventually("its vote", lambda: voting(city, 1), 60.0)
        same_chain(partitions(city))
        followed = [FOLLOWS in log(city, index)[length:] for index, length in zip((1, 2), before, strict=True)]
        equal(followed, [True, False], "which of node1 and node2 had no vote at first")


def log(city: City, index: int) -> str:
    return (city.node_folder(index) / "log").read_text(errors="replace")


def follows_main(city: City, block_hash: str) -> None:
    """Waits until the partition names the main block or a later one (EIP-4788 names it by its hash)."""
    target = int(city.rpc(0).call("eth_getBlockByHash", block_hash, False)["number"], 16)

    def named() -> int:
        root = partition(city, 0).call("eth_getBlockByNumber", "latest", False)["parentBeaconBlockRoot"]
        return int(city.rpc(0).call("eth_getBlockByHash", root, False)["number"], 16)

    eventually("the partition to follow the main ledger", lambda: named() >= target, 30.0)


def voting(city: City, index: int) -> bool:
    return partition(city, index).call("civitas_status")["ordering"]["voting"]


def members_change(checks: Checks, city: City) -> None:
    civitas = Commands(city)
    keys = [city.node_key(index) for index in range(city.validators)]

    def change(*roles: str | None) -> None:
        given = [(key, role) for key, role in zip(keys, roles, strict=True) if role is not None]
        members = json.dumps([{"key": key, "role": role} for key, role in given])
        civitas.decide("Members of trade", "ledger", "changeMembers", NAME, members)

    with checks.check("a validator becomes observer at the next epoch, and follows"):
        eventually("all to vote", lambda: all(voting(city, index) for index in range(4)), 60.0)
        change("Validator", "Validator", "Validator", "Observer")
        eventually("the observer to vote no more", lambda: not voting(city, 3), 60.0)
        target = partition(city, 0).height() + 3
        eventually("the observer to follow", lambda: partition(city, 3).height() >= target, 30.0)
        expect(all(voting(city, index) for index in range(3)), "the others to vote", [voting(city, i) for i in range(4)])
    with checks.check("it becomes validator again"):
        change("Validator", "Validator", "Validator", "Validator")
        eventually("it to vote", lambda: voting(city, 3), 60.0)
        same_chain(partitions(city))
    with checks.check("one that is voted out while it stands still learns of it when it is back, and runs the ledger no more"):
        os.kill(city.pid(3), signal.SIGSTOP)
        try:
            change("Validator", "Validator", "Validator", None)
            eventually("an epoch without it", lambda: len(partition(city, 0).call("civitas_validators")) == 3, 60.0)
            target = partition(city, 0).height() + 3
            eventually("blocks of that epoch", lambda: partition(city, 0).height() >= target, 30.0)
        finally:
            os.kill(city.pid(3), signal.SIGCONT)
        eventually("it to stop the ledger", lambda: not partition(city, 3).alive(), 90.0)
        expect(city.rpc(3).alive(), "its main ledger", "not alive")
    with checks.check("called back it follows, proves that it is ready, and orders again"):
        change("Validator", "Validator", "Validator", "Validator")
        eventually("it to run the ledger", lambda: partition(city, 3).alive(), 60.0)
        eventually("its vote", lambda: voting(city, 3), 90.0)
        same_chain(partitions(city))


# What one partition does to the main ledger.


class Finality:
    """How long a client of the main ledger waits for receipts, one transaction after the other."""

    def __init__(self, city: City, seed: int):
        self.rpc = city.rpc(0)
        self.sender = Sender(9, [city.url(0)], seed)

    def p99(self) -> float:
        """Of several series the median, so that one hiccup of the machine decides nothing."""
        return statistics.median(self.series() for _ in range(SERIES))

    def series(self) -> float:
        times = sorted(self.one() for _ in range(SAMPLES))
        return times[math.ceil(len(times) * 0.99) - 1]

    def one(self) -> float:
        transaction = {
            "to": "0x" + "11" * 20,
            "value": 1,
            "gas": 21_000,
            "gasPrice": 0,
            "nonce": self.sender.next_nonce,
            "chainId": self.sender.chain_id,
        }
        self.sender.next_nonce += 1
        signed = self.sender.account.sign_transaction(transaction)
        started = time.monotonic()
        self.rpc.call("eth_sendRawTransactionSync", "0x" + bytes(signed.raw_transaction).hex())
        return time.monotonic() - started


def isolation(checks: Checks, city: City, context: Context) -> None:
    finality = Finality(city, context.seed)
    with checks.check("the main ledger alone gives the measure", needed=True):
        quiet = finality.p99()
        checks.note(f"main ledger, quiet: finality p99 {quiet * 1_000:.0f} ms")
        idle, busy = (disk_seconds(context.work, spinners) * 1_000 for spinners in (0, os.cpu_count() or 1))
        where = "in memory" if city.folder.parent != context.work else "on this disk"
        checks.note(f"the city is {where}; fdatasync on this disk: {idle:.2f} ms, processors busy {busy:.2f} ms")

    def judge(what: str) -> None:
        p99 = finality.p99()
        checks.note(f"main ledger, {what}: finality p99 {p99 * 1_000:.0f} ms, {p99 / quiet:.2f} of quiet")
        # A time says something only where nothing else runs: it is reported always, judged in the long run.
        if context.judge_times:
            expect(p99 <= quiet * FINALITY_FACTOR_MAX, f"at most {FINALITY_FACTOR_MAX} of {quiet:.3f} s", p99)

    with checks.check("a flood of a partition's pool leaves the main ledger's finality alone"):
        flood, before = Flood(city), partition(city, 0).height()
        flood.start()
        try:
            judge("a partition's pool flooded")
        finally:
            alive, accepted = flood.stop()
            checks.note(f"the flood: {accepted} transactions accepted")
        equal(alive, FLOODERS, "flooders that lasted to the end")
        ordered = ordered_since(city, before)
        checks.note(f"the partition ordered {ordered} of them meanwhile")
        expect(accepted >= FLOOD_MIN, f"a flood of {FLOOD_MIN} transactions", accepted)
        expect(ordered >= FLOOD_MIN, f"{FLOOD_MIN} of them in blocks of the partition", ordered)
    if not on_small_disk(city):
        checks.skip("a full disk of a partition", "this machine lets nobody mount a small disk in a namespace")
        return
    with checks.check("with full disks the partition's engines die, the main ledger goes on as before"):
        before = max(rpc.height() for rpc in partitions(city))
        fillers = [fill(city, index) for index in range(city.validators)]
        # Once two of four have died nobody orders anything, and the others have nothing to write that would fail: they
        # die when they start anew.
        eventually("two engines to die", lambda: sum(map(Rpc.alive, partitions(city))) <= 2, 90.0)
        for index, ledger in enumerate(partitions(city)):
            if ledger.alive():
                old = city.pid(index)
                os.kill(old, signal.SIGKILL)
                eventually("a new process", lambda i=index, o=old: city.pid(i) != o and city.rpc(i).alive(), 30.0)
        eventually("the partition to fail everywhere", lambda: not any(map(Rpc.alive, partitions(city))), 90.0)
        judge("a partition's disks full and its engines dead")
        expect(all(rpc.alive() for rpc in city.rpcs()), "the main ledger on every node", "not alive")
    with checks.check("with room on its disks again, the partition comes back by itself"):
        for filler in fillers:
            filler.unlink()
        # Blocks of before the disks were full prove nothing.
        eventually(
            "new blocks of the partition on every node",
            lambda: min(rpc.height() for rpc in partitions(city)) > before + NEW_BLOCKS,
            RETURN_SECONDS_MAX,
        )
        same_chain(partitions(city))


def ordered_since(city: City, height: int) -> int:
    rpc = partition(city, 0)
    heights = [[hex(height)] for height in range(height + 1, rpc.height() + 1)]
    return sum(int(count, 16) for count in rpc.results("eth_getBlockTransactionCountByNumber", heights))


def disk_seconds(folder: Path, spinners: int) -> float:
    """Median time of an fdatasync, while processes that want only idle processors keep so many of them busy.

    A real disk does not mind. One of a virtual machine can be ten times slower, since the same processors emulate it; what
    a busy ledger does to another one could not be told from that.
    """
    processes = [
        multiprocessing.get_context("fork").Process(target=spin, daemon=True) for _ in range(spinners)
    ]
    for process in processes:
        process.start()
    times = []
    with open(folder / "fdatasync", "wb", buffering=0) as file:
        for _ in range(SYNCS):
            file.write(b"\0" * 256)
            started = time.monotonic()
            os.fdatasync(file.fileno())
            times.append(time.monotonic() - started)
            time.sleep(SYNC_PAUSE)
    for process in processes:
        process.kill()
        process.join()
    return statistics.median(times)


def spin() -> None:
    stand_aside()
    while True:
        pass


class Flood:
    """Offers transactions of ever new accounts to a partition, as fast as nodes take them.

    Processes of their own that stand aside: an attacker computes on another machine than the city.
    """

    def __init__(self, city: City):
        processes = multiprocessing.get_context("fork")
        self.stopping = processes.Event()
        self.accepted = processes.Value("q", 0)
        self.processes = [
            processes.Process(target=self.run, args=(partition(city, index % city.validators),), daemon=True)
            for index in range(FLOODERS)
        ]

    def start(self) -> None:
        for process in self.processes:
            process.start()

    def stop(self) -> tuple[int, int]:
        """Ends it; how many flooders had lasted, and how many transactions were taken."""
        alive = sum(process.is_alive() for process in self.processes)
        self.stopping.set()
        for process in self.processes:
            process.join()
        return alive, self.accepted.value

    def run(self, rpc: Rpc) -> None:
        stand_aside()
        # Signing costs the test more than checking costs a node: what is known already is offered again.
        chain_id = int(rpc.call("eth_chainId"), 16)
        while not self.stopping.is_set():
            account = Account.create()
            for start in range(0, 10 * FLOOD_BATCH, FLOOD_BATCH):
                raws = [signed(account, chain_id, nonce) for nonce in range(start, start + FLOOD_BATCH)]
                for _ in range(3):
                    if self.stopping.is_set():
                        return
                    answers = rpc.results("eth_sendRawTransaction", [[raw] for raw in raws], FLOOD_BATCH)
                    with self.accepted.get_lock():
                        self.accepted.value += sum(isinstance(answer, str) for answer in answers)


def stand_aside() -> None:
    """Takes only what nobody else wants of the processor.

    Where the kernel groups processes by session (sched(7), autogroup), a priority counts inside of the group alone: the
    group needs the lowest one as well.
    """
    os.setsid()
    with contextlib.suppress(OSError):
        Path("/proc/self/autogroup").write_text("19")
    os.sched_setscheduler(0, os.SCHED_IDLE, os.sched_param(0))


def signed(account: object, chain_id: int, nonce: int) -> str:
    transaction = {
        "to": "0x" + "22" * 20,
        "value": 0,
        "gas": 21_000,
        "gasPrice": 0,
        "nonce": nonce,
        "chainId": chain_id,
    }
    return "0x" + bytes(account.sign_transaction(transaction).raw_transaction).hex()


# Small disks: every process of the city runs in a mount namespace in which the folder of partitions is a small tmpfs.


def small_disks(city: City, checks: Checks) -> None:
    probe = ["unshare", "-Urm", "mount", "-t", "tmpfs", "-o", "size=1m", "tmpfs", "/mnt"]
    if shutil.which("unshare") is None or subprocess.run(probe, capture_output=True, check=False).returncode != 0:
        checks.note("no mount namespaces here: partitions stand on the ordinary disk")
        return
    made = subprocess.run(
        [city.binary, "init", "--dir", str(city.folder), "--rpc-port", str(city.rpc_port)],
        capture_output=True,
        text=True,
        check=False,
    )
    equal(made.returncode, 0, f"exit code of init\n{made.stderr}")
    disks = city.folder.parent / "partition-disks"
    lines = ["#!/bin/sh", "set -e"]
    for index in range(city.validators):
        ledgers, disk = city.data_folder(index) / "ledgers", disks / f"node{index}"
        ledgers.mkdir(parents=True)
        disk.mkdir(parents=True)
        lines += [f"mount --bind {disk} {ledgers}"]
    # The disks themselves are outside, so that their content lasts from start to start.
    image = [f"mount -t tmpfs -o size={DISK_MIB}m tmpfs {disks}/node{index}" for index in range(city.validators)]
    holder = city.folder.parent / "hold-disks"
    holder.write_text("\n".join(["#!/bin/sh", "set -e", *image, *lines[2:], "echo ready", "exec sleep infinity"]))
    holder.chmod(0o755)
    process = subprocess.Popen(["unshare", "-Urm", str(holder)], stdout=subprocess.PIPE, start_new_session=True)
    equal(process.stdout.readline().strip(), b"ready", "the holder of the disks")
    city.disk_holder = process
    entered = city.folder.parent / "civitas-on-small-disks"
    enter = f"exec nsenter --preserve-credentials -U -m -t {process.pid} -- {city.binary} \"$@\""
    entered.write_text(f"#!/bin/sh\n{enter}\n")
    entered.chmod(0o755)
    city.plain_binary, city.binary = city.binary, str(entered)


def on_small_disk(city: City) -> bool:
    return hasattr(city, "disk_holder")


def ledgers_folder(city: City, index: int) -> Path:
    """Where the processes of the city see it."""
    root = Path(f"/proc/{city.disk_holder.pid}/root") if on_small_disk(city) else Path("/")
    return root / str(city.data_folder(index) / "ledgers").lstrip("/")


def fill(city: City, index: int) -> Path:
    filler = ledgers_folder(city, index) / "filler"
    # Unbuffered: what does not fit must not be written once more when the file is closed.
    with open(filler, "wb", buffering=0) as file, contextlib.suppress(OSError):
        while file.write(b"\0" * 65_536) > 0:
            pass
    return filler
