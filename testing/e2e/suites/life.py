"""The life of a city from end to end: one viem script on a city of its own, while load runs beside it."""

import dataclasses
import json

from harness import toolchain
from harness.checks import Checks, equal, eventually, expect
from harness.city import City, same_chain
from harness.commands import Commands
from harness.context import Context
from harness.load import Load

from . import clients

EPOCH_BLOCKS = 20
# The organisation that joins in the story, and owns the node that joins.
MUSEUM = "City Museum"
# The node that joins, and the one that is excluded in the end, which takes no load.
NEW, GONE = 4, 3
# dev1 has no part in the story but to be refused.
LOAD_ACCOUNTS = range(1, 2)


def run(checks: Checks, context: Context) -> None:
    """The processes and the load are made here; everything on the ledger is done by `life.mjs`."""
    city = context.new_city("life")
    city.arguments = ["--epoch-blocks", str(EPOCH_BLOCKS)]
    checks.hint = city.log_hint
    try:
        with checks.check("a city of four validators starts", needed=True):
            city.start()
        urls = [city.url(index) for index in range(city.validators)]
        load = Load(urls[:GONE], context.seed, LOAD_ACCOUNTS)
        with checks.check("load runs", needed=True):
            load.wait_progress()
        with checks.check("a fifth node has its folder and certificate by commands, and starts", needed=True):
            application = Commands(city).join(NEW, MUSEUM)
            city.start_node(NEW)
            eventually("the new node to answer", city.rpc(NEW).alive)
        story(checks, dataclasses.replace(context, city=city, urls=urls), application)
        with checks.check("every transaction of the load got its receipt, which every node that is left has"):
            promises = load.finish()
            expect(len(promises) > 0, "receipts", "none")
            left = {index: city.rpc(index) for index in (*range(GONE), NEW)}
            same_chain(list(left.values()))
            for index, rpc in left.items():
                load.check_promises(rpc, index)
        checks.note(f"{len(promises)} transactions of the load")
        with checks.check("no node panicked"):
            equal(city.panics(), [], "panics")
    finally:
        city.close()


def story(checks: Checks, context: Context, application: dict) -> None:
    city: City = context.city
    key_file = city.node_folder(NEW) / "keys" / "node.key"
    joining = {**application, "url": city.url(NEW), "keyFile": str(key_file)}
    command = [str(toolchain.NODE), "life.mjs"]
    extra = {"CIVITAS_NEW_NODE": json.dumps(joining)}
    part = clients.script(context, "life", command, account=0, extra=extra)
    checks.passed += part.passed
    checks.failures += part.failures
    checks.skipped += part.skipped
