"""Audit records: what happens is recorded and anchored; what is missing or altered is found and named."""

import json
import shutil
import subprocess
from pathlib import Path

from harness.checks import Checks, equal, eventually, expect
from harness.city import City
from harness.commands import Commands
from harness.context import Context
from harness.jsonrpc import RpcError

from .cast import key_of
from .operator_errors import initialise

# As often as the ledger takes them, so that the suite does not wait.
ANCHOR_BLOCKS = 10
# A minute passes between two anchors of a node, and ten blocks of an idle ledger before it looks again.
ANCHOR_SECONDS_MAX = 90.0
KINDS = [
    "node.started",
    "Governance.ProposalCreated",
    "Governance.VoteCast",
    "Roles.Granted",
    "Control.AccountFrozen",
]
STRANGER = "dev9"


def run(checks: Checks, context: Context) -> None:
    city = context.new_city("audit")
    checks.hint = city.log_hint
    try:
        with checks.check("a city starts whose nodes anchor their records often", needed=True):
            prepare(city)
            city.start()
        acts(checks, city)
        recorded(checks, city)
        name = "the records of every node are whole, and the ledger vouches for them"
        with checks.check(name, needed=True):
            for index in range(city.validators):
                eventually(
                    f"the acts to be anchored by node {index}",
                    lambda index=index: verified(city, index)["anchored"] > place(city, index, KINDS[-1]),
                    ANCHOR_SECONDS_MAX,
                    1.0,
                )
        restarted(checks, city)
        # Looked at while nothing writes: a copy would otherwise be of no one moment.
        copies = Path(city.folder).parent / "audit-copies"
        shutil.copytree(data(city, 1), copies / "whole")
        manipulated(checks, city, copies)
    finally:
        city.close()


def prepare(city: City) -> None:
    """Makes the city and changes one setting of every node before it starts."""
    initialise(city)
    for index in range(city.validators):
        path = city.node_folder(index) / "node.toml"
        text = path.read_text()
        expect("anchor_blocks = 100" in text, "the default in node.toml", text)
        path.write_text(text.replace("anchor_blocks = 100", f"anchor_blocks = {ANCHOR_BLOCKS}"))


def data(city: City, index: int) -> Path:
    return city.node_folder(index) / "data"


def verify(city: City, folder: Path, code: int = 0, asked: int = 0) -> subprocess.CompletedProcess:
    command = ["audit", "verify", "--data", str(folder), "--rpc", city.url(asked), "--json"]
    return Commands(city).run(*command, code=code)


def verified(city: City, index: int) -> dict:
    """What `audit verify` says of a node, with the anchors that another node gives."""
    other = (index + 1) % city.validators
    return json.loads(verify(city, data(city, index), asked=other).stdout)


def records(city: City, index: int, *options: str) -> list[dict]:
    shown = Commands(city).plain("audit", "show", "--data", str(data(city, index)), "--json", *options)
    return [json.loads(line) for line in shown.splitlines()]


def place(city: City, index: int, kind: str) -> int:
    found = records(city, index, "--kind", kind)
    expect(found, f"a record {kind}", found)
    return found[-1]["index"]


def acts(checks: Checks, city: City) -> None:
    with checks.check("a role is granted, an act is refused, a vote is cast", needed=True):
        civitas = Commands(city)
        call = ["organisation", "join", "City Archive", "Supporter", "10", "no"]
        civitas.pass_proposal(civitas.propose("The archive joins", *call))
        civitas("role", "grant", "Developer", "dev8", "City", "0", "no", "--key", "dev0")
        # The account of a stranger is frozen by the regulator; what it sends then is refused at the door.
        civitas("control", "freezeAccount", STRANGER, "fraud is suspected", "--key", "dev4")
        refused_at_the_door(city)


def refused_at_the_door(city: City) -> None:
    """A signed transaction of the frozen account, three times: `civitas` itself would not send it."""
    account = key_of(9)
    rpc = city.rpc(0)
    fields = {
        "chainId": int(rpc.call("eth_chainId"), 16),
        "nonce": int(rpc.call("eth_getTransactionCount", account.address, "latest"), 16),
        "to": account.address,
        "value": 0,
        "gas": 21_000,
        "maxFeePerGas": 0,
        "maxPriorityFeePerGas": 0,
        "type": 2,
    }
    raw = "0x" + bytes(account.sign_transaction(fields).raw_transaction).hex()
    for _ in range(3):
        try:
            rpc.call("eth_sendRawTransaction", raw)
        except RpcError as error:
            expect("frozen" in error.message, "a refusal that names the reason", error.message)
        else:
            raise AssertionError("the transaction of a frozen account was taken")


def recorded(checks: Checks, city: City) -> None:
    name = "grants, votes and freezes are recorded on every node, the refusal where it was made"
    with checks.check(name):
        for index in range(city.validators):
            for kind in KINDS:
                shown = ("--kind", kind)
                eventually(f"{kind} on node {index}", lambda i=index, shown=shown: records(city, i, *shown))
        refusal = eventually("the refusal", lambda: records(city, 0, "--kind", "door.refused"))
        # Counted together for a minute: the first one is a record at once.
        equal(len(refusal), 1, "records of the refusals")
        expect("frozen" in refusal[0]["details"]["reason"], "the reason", refusal)
        equal(records(city, 1, "--kind", "door.refused"), [], "no refusal on another node")
        actor = refusal[0]["actor"]
        found = records(city, 0, "--actor", actor)
        expect(all(record["actor"] == actor for record in found), "one actor", found)
        equal(records(city, 0, "--since", "2100-01-01"), [], "records of the future")


def restarted(checks: Checks, city: City) -> None:
    with checks.check("a node that is killed records everything of the ledger once, and goes on"):
        before = ledger_places(city, 1)
        city.wait_restarted(1, city.kill_node(1))
        eventually("a second start", lambda: len(records(city, 1, "--kind", "node.started")) == 2)
        after = ledger_places(city, 1)
        equal(after[: len(before)], before, "records of the ledger")
        equal(len(set(after)), len(after), "records of the ledger, each once")
        expect(verified(city, 1)["finding"] is None, "whole records", verified(city, 1))


def ledger_places(city: City, index: int) -> list[tuple[int, int]]:
    sources = [record["source"] for record in records(city, index)]
    places = [source["ledger"] for source in sources if source != "node"]
    return [(place["height"], place["entry"]) for place in places]


def manipulated(checks: Checks, city: City, copies: Path) -> None:
    """Each kind of manipulation, on a copy; the ledger is asked as an auditor would."""
    segment = sorted((copies / "whole" / "audit").glob("*.jsonl"))[0].name
    lines = (copies / "whole" / "audit" / segment).read_bytes().splitlines(keepends=True)
    anchored = json.loads(verify(city, copies / "whole").stdout)["anchored"]
    expect(anchored >= 4, "some anchored records", anchored)

    def damaged(name: str, content: bytes | None) -> str:
        folder = copies / name
        shutil.copytree(copies / "whole", folder)
        (folder / "audit" / segment).unlink()
        if content is not None:
            (folder / "audit" / segment).write_bytes(content)
        result = verify(city, folder, code=1)
        expect(json.loads(result.stdout)["finding"], "a finding", result.stdout)
        return result.stderr

    with checks.check("one altered byte of a record is found, with its index, file and line"):
        changed = lines[2].replace(b'"outcome":"', b'"outcome":" ')
        said = damaged("altered", b"".join([*lines[:2], changed, *lines[3:]]))
        expect("record 2 was altered" in said and f"{segment} line 3" in said, "record 2, line 3", said)
    with checks.check("one missing line is found"):
        said = damaged("missing", b"".join([*lines[:1], *lines[2:]]))
        expect("record 1 is missing" in said, "record 1", said)
    with checks.check("records that are cut off at the end are found by their anchor"):
        said = damaged("cut", b"".join(lines[: anchored - 2]))
        expect(f"records {anchored - 2} to {anchored - 1} are missing" in said, "the last two", said)
    with checks.check("a missing file is found by its anchor"):
        said = damaged("gone", None)
        expect("records 0 to " in said and "are missing" in said, "all records", said)
