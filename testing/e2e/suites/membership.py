"""Nodes join and leave a running city by proposal: who may link and who votes follows the ledger, while load runs."""

from harness.checks import Checks, equal, eventually, expect
from harness.city import City, same_chain, samples
from harness.commands import PROVIDER, Commands, find
from harness.context import Context
from harness.load import Load

from . import proofs

EPOCH_BLOCKS = 20
# An epoch of an idle city lasts as many seconds as it has blocks; two of them may pass before a set changes.
CHANGE_SECONDS_MAX = 90.0
CUT_SECONDS_MAX = 5.0
NEW = 4


def run(checks: Checks, context: Context) -> None:
    """A fifth node becomes observer, validator; a validator is demoted and excluded; nothing acknowledged is lost."""
    city = context.new_city("membership")
    city.arguments = ["--epoch-blocks", str(EPOCH_BLOCKS)]
    checks.hint = city.log_hint
    civitas = Commands(city)
    try:
        with checks.check("a city of four validators starts", needed=True):
            city.start()
        load = Load([city.url(index) for index in range(city.validators)], context.seed, range(4, 8))
        with checks.check("load runs", needed=True):
            load.wait_progress()
        key = joins(checks, city, civitas)
        becomes_validator(checks, city, civitas, load, key)
        leaves(checks, city, civitas, load)
        with checks.check("every transaction got its receipt, and every node that is left keeps every promise"):
            promises = load.finish()
            expect(len(promises) > 0, "receipts", "none")
            left = [city.rpc(index) for index in (0, 1, 2, NEW)]
            same_chain(left)
            for index, rpc in enumerate(left):
                load.check_promises(rpc, index)
        with checks.check("blocks of all epochs are proven by the validators of their epochs"):
            prove(city)
        with checks.check("no node panicked"):
            equal(city.panics(), [], "panics")
    finally:
        city.close()


def prove(city: City) -> None:
    """A block of every epoch; the newest may have no certificate yet."""
    rpc = city.rpc(0)
    ledger = proofs.known(rpc)
    sets = set()
    for height in range(1, rpc.height() - EPOCH_BLOCKS, EPOCH_BLOCKS):
        found, block = proofs.certificate(rpc, height)
        expect(ledger.check(found, block["hash"]) >= 3, "three signatures", found)
        sets.add(tuple(ledger.validators(height // EPOCH_BLOCKS)))
    expect(len(sets) >= 3, "three sets of validators in turn", len(sets))


def joins(checks: Checks, city: City, civitas: Commands) -> str:
    with checks.check("civitas join makes the folder of a new node, and its application", needed=True):
        made = civitas.join(NEW, PROVIDER)
    key = made["key"]
    with checks.check("with a certificate, but not on the ledger, it gets no link"):
        city.start_node(NEW)
        eventually("the new node to answer", lambda: city.rpc(NEW).height() >= 0, 20.0)
        eventually("a refused handshake", lambda: refused_handshakes(city) > 0, 20.0)
        equal(city.rpc(NEW).height(), 0, "height of a node that nobody admitted")
    with checks.check("its organisation applies for it; another one may not", needed=True):
        words = [key, PROVIDER, made["name"], made["endpoint"], made["beneficiary"], made["signature"]]
        refused = civitas("member", "register", *words, "--key", "dev2", code=4)
        equal(find(refused, "error"), "Unauthorized", "the refusal")
        civitas("member", "register", *words, "--key", "dev3")
    with checks.check("admitted by proposal it is linked and follows as observer, without a restart", needed=True):
        civitas.decide("Admit the fifth node", "member", "admit", key, "Observer")
        target = city.rpc(0).height()
        eventually(f"the new node at height {target}", lambda: city.rpc(NEW).height() >= target, 60.0)
        equal(status(city, NEW)["ordering"]["voting"], False, "votes of an observer")
    return key


def becomes_validator(checks: Checks, city: City, civitas: Commands, load: Load, key: str) -> None:
    with checks.check("promoted by proposal it proves that it has caught up, and votes from an epoch on", needed=True):
        civitas.decide("Promote the fifth node", "member", "setRole", key, "Validator")
        eventually("five validators", lambda: key in validators(civitas), CHANGE_SECONDS_MAX)
        eventually("its vote in a certificate", lambda: signs(city, key), CHANGE_SECONDS_MAX)
        eventually("a block of its own", lambda: proposes(city, NEW), CHANGE_SECONDS_MAX)
        load.wait_progress()
    with checks.check("the set of five bears the loss of one, which comes back"):
        killed = city.kill_node(2)
        load.wait_progress(40)
        city.wait_restarted(2, killed)


def leaves(checks: Checks, city: City, civitas: Commands, load: Load) -> None:
    gone = city.node_key(3)
    with checks.check("a validator is demoted by proposal: from an epoch on it votes no more", needed=True):
        civitas.decide("Demote node3", "member", "setRole", gone, "Standby")
        eventually("four validators", lambda: gone not in validators(civitas), CHANGE_SECONDS_MAX)
        first = city.rpc(0).height()
        load.wait_progress(100)
        signers = {signer for height in range(first + 1, city.rpc(0).height()) for signer in signers_of(city, height)}
        expect(gone not in signers, "no certificate with its vote", signers)
    with checks.check("revoked on the ledger it loses its links within five seconds"):
        civitas.decide("Exclude node3", "member", "revoke", gone)
        eventually("no links", lambda: status(city, 3)["peers"] == 0, CUT_SECONDS_MAX)
        stands, goes_on = city.rpc(3).height(), city.rpc(0).height()
        load.wait_progress(100)
        others = city.rpc(0).height()
        expect(others > goes_on, "the others to go on", others)
        equal(city.rpc(3).height(), stands, "height of the excluded node, which stands still")
        expect(status(city, 3)["peers"] == 0, "no link again", status(city, 3))


def validators(civitas: Commands) -> list[str]:
    """Keys of who orders the newest epoch that has a set."""
    found = civitas("member", "validators", str(2**63))
    return [member["key"] for member in members(found)]


def members(answer: object) -> list[dict]:
    """The list of members, wherever it stands."""
    if isinstance(answer, dict):
        if "members" in answer:
            return answer["members"]
        answer = list(answer.values())
    if isinstance(answer, list):
        for part in answer:
            found = members(part)
            if found:
                return found
    return []


def status(city: City, index: int) -> dict:
    return city.rpc(index).call("civitas_status")


def signers_of(city: City, height: int) -> list[str]:
    found = city.rpc(0).call("civitas_getCertificate", hex(height))
    return found["certificate"]["signers"] if found else []


def signs(city: City, key: str) -> bool:
    height = city.rpc(0).height()
    return any(key in signers_of(city, number) for number in range(max(1, height - 10), height + 1))


def proposes(city: City, index: int) -> bool:
    """Whether one of the last blocks names the node's beneficiary."""
    rpc = city.rpc(0)
    height = rpc.height()
    beneficiary = None
    for member in members(Commands(city)("member", "validators", str(2**63))):
        if member["name"] == f"node{index}":
            beneficiary = member["beneficiary"].lower()
    blocks = [rpc.call("eth_getBlockByNumber", hex(number), False) for number in range(max(1, height - 20), height + 1)]
    return beneficiary in [block["miner"].lower() for block in blocks]


def refused_handshakes(city: City) -> int:
    """Handshakes that node 0 refused."""
    found = samples(city.settings(0)["metrics"]["listen"])
    return sum(int(value) for name, value in found.items() if "refused_handshakes_total" in name)
