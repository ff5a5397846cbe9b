"""Faults under load: nothing that was acknowledged is lost, all nodes agree, the ledger goes on.

A receipt that any node showed is a promise. Every node must keep every promise, in the same block.
"""

import os
import random
import shutil
import signal
import time

from harness.checks import Checks, equal, eventually, expect
from harness.city import City, same_chain
from harness.context import Context
from harness.load import Load

SENDERS = range(4)
# How long two of four validators are watched for blocks that they must not make.
WATCH_SECONDS = 3.0


def run(checks: Checks, context: Context) -> None:
    """`civitas up` under kill -9, then single nodes: wiped, stopped for good, too few to go on."""
    city = context.new_city("faults")
    checks.hint = city.log_hint
    chance = random.Random(context.seed)
    print(f"  seed {context.seed}, {context.rounds} rounds", flush=True)
    try:
        with checks.check("a city of four validators starts", needed=True):
            city.start()
        kept = kills_under_up(checks, context, city, chance)
        single_nodes(checks, context, city, chance, kept)
        with checks.check("no node panicked"):
            equal(city.panics(), [], "panics")
    finally:
        city.close()


def kills_under_up(checks: Checks, context: Context, city: City, chance: random.Random) -> Load:
    load = Load([city.url(index) for index in range(city.validators)], context.seed, SENDERS)
    with checks.check("load runs before any fault", needed=True):
        load.wait_progress()
    gaps = []
    with checks.check(
        f"{context.rounds} rounds of kill -9 on a random validator; it comes back by itself", needed=True
    ):
        for _ in range(context.rounds):
            gaps.append(kill_one(city, load, chance))
    checks.note(f"after a kill the next receipt took at most {max(gaps, default=0):.2f} s")
    rounds_all = max(2, context.rounds // 10)
    with checks.check(f"{rounds_all} rounds of killing all at once and starting again", needed=True):
        for round_number in range(rounds_all):
            kill_all(city, load, supervisor_too=round_number % 2 == 1)
    settle(checks, city, load, "after the kills")
    with checks.check("civitas up ends with code 0 at Ctrl-C, and no process is left"):
        equal(city.stop(), 0, "exit code")
    return load


def kill_one(city: City, load: Load, chance: random.Random) -> float:
    """One round; gives back how long the load waited for its next receipt."""
    index = chance.randrange(city.validators)
    # The kill falls at a random moment of the node's work, not always right after the last check.
    load.wait_progress(chance.randrange(1, 40))
    killed = city.kill_node(index)
    gap = load.wait_progress()
    city.wait_restarted(index, killed)
    target = max(rpc.height() for other, rpc in enumerate(city.rpcs()) if other != index)
    eventually(f"node {index} to catch up to {target}", lambda: city.rpc(index).height() >= target, 30.0)
    return gap


def kill_all(city: City, load: Load, supervisor_too: bool) -> None:
    """All nodes at once; with `supervisor_too` as in a power cut, after which the city is started by hand."""
    load.wait_progress(5)
    if supervisor_too:
        city.kill_everything()
        city.start()
    else:
        killed = [city.pid(index) for index in range(city.validators)]
        for pid in killed:
            os.kill(pid, signal.SIGKILL)
        for index, pid in enumerate(killed):
            city.wait_restarted(index, pid)
    load.wait_progress()


def settle(checks: Checks, city: City, load: Load, when: str) -> None:
    """Ends a load and holds every node to what any node promised."""
    with checks.check(f"every transaction got its receipt {when}", needed=True):
        promises = load.finish()
        expect(len(promises) > 0, "receipts", "none")
    with checks.check(f"same block and roots on all nodes {when}"):
        same_chain(city.rpcs())
    with checks.check(f"{len(promises)} acknowledged transactions kept by all nodes {when}"):
        for index, rpc in enumerate(city.rpcs()):
            load.check_promises(rpc, index)
            load.check_nonces(rpc, index)


def single_nodes(checks: Checks, context: Context, city: City, chance: random.Random, earlier: Load) -> None:
    """The same city, now with every node under the control of the test."""
    with checks.check("the same folder runs with single nodes", needed=True):
        for index in range(city.validators):
            city.start_node(index)
        city.wait_for_blocks()
    # Node 0 answers for the set-up of a load, so it is never the one that is taken away for good.
    wiped, stopped, second = chance.sample([1, 2, 3], 3)
    load = Load([city.url(index) for index in range(city.validators)], context.seed + 1, SENDERS)
    with checks.check("load runs on single nodes", needed=True):
        load.wait_progress()
    with checks.check(f"node {wiped} with a wiped data folder rejoins from its peers"):
        seconds = wipe(city, load, wiped)
        checks.note(f"the wiped node had caught up {seconds:.1f} s after its start")
    with checks.check(f"the wiped node {wiped} votes again"):
        # Until then it counts as the one fault that four validators bear.
        checks.note(f"the wiped node voted again {wait_vote(city, wiped):.1f} s after it had caught up")
    with checks.check(f"one validator stopped for good (node {stopped}): the ledger goes on"):
        equal(city.stop_node(stopped), 0, "exit code of the stopped node")
        load.wait_progress(200)
    with checks.check(f"a second one stopped (node {second}): the ledger waits"):
        city.stop_node(second, signal.SIGKILL)
        waits(city)
    with checks.check("one of them back: the ledger resumes"):
        city.start_node(second)
        checks.note(f"the ledger resumed {load.wait_progress():.1f} s after the start of the node")
    with checks.check("the one that was stopped for good catches up when it returns after all", needed=True):
        city.start_node(stopped)
        target = city.rpc(0).height()
        eventually(f"node {stopped} at height {target}", lambda: city.rpc(stopped).height() >= target, 60.0)
    settle(checks, city, load, "after wiping and stopping")
    with checks.check(
        "what was acknowledged before the nodes were started singly is kept too, also by the wiped one"
    ):
        for index, rpc in enumerate(city.rpcs()):
            earlier.check_promises(rpc, index)


def wipe(city: City, load: Load, index: int) -> float:
    """Kills a node, removes its data (its keys stay), starts it, and waits until it has all blocks again."""
    city.stop_node(index, signal.SIGKILL)
    shutil.rmtree(city.data_folder(index))
    load.wait_progress()
    started = time.monotonic()
    city.start_node(index)
    target = city.rpc(0).height()
    eventually(f"node {index} at height {target}", lambda: city.rpc(index).height() >= target, 60.0)
    seconds = time.monotonic() - started
    load.wait_progress()
    return seconds


def wait_vote(city: City, index: int) -> float:
    """Waits until a certificate carries the vote of a node: one that lost its votes must not vote at once."""
    started, key, asked = time.monotonic(), city.node_key(index), city.rpc(0).height()

    def voted() -> bool:
        nonlocal asked
        while asked < city.rpc(0).height():
            found = city.rpc(0).call("civitas_getCertificate", hex(asked))
            if found is None:
                return False
            if key in found["certificate"]["signers"]:
                return True
            asked += 1
        return False

    eventually(f"node {index} among the signers of a certificate", voted, 60.0)
    return time.monotonic() - started


def waits(city: City) -> None:
    """Two of four make no block, but still answer questions."""
    running = city.running()
    equal(len(running), 2, "running nodes")
    last, since = -1, time.monotonic()
    deadline = time.monotonic() + 20.0
    while time.monotonic() - since < WATCH_SECONDS:
        height = max(city.rpc(index).height() for index in running)
        if height != last:
            last, since = height, time.monotonic()
        expect(time.monotonic() < deadline, "no new block with two of four validators", f"height {height}")
        time.sleep(0.05)
