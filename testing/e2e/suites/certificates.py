"""The life of node certificates: renewed under load without a gap, revoked in seconds, recovered after the end.

Certificates live for half a minute here (a minute in the long run), so that what takes a year takes minutes.
"""

import hashlib
import json
import ssl
import subprocess
import threading
import time

from harness.checks import Checks, Expected, equal, eventually, expect
from harness.city import City, same_chain, samples
from harness.commands import BUSINESS, OFFICE, PROVIDER, Commands
from harness.context import Context
from harness.load import Load

# Above this many minutes it is the long run, with certificates of a minute.
SHORT_MINUTES_MAX = 5.0
LIFE_SECONDS = 30
LIFE_SECONDS_LONG = 60
SENDERS = range(2)
# A link that is made anew may cost a round; a city that waits for a person would take longer than this.
BLOCK_GAP_SECONDS_MAX = 5.0
CUT_SECONDS_MAX = 5.0
REVOKED = 3
# The node of the organisation with one node alone: the others make a quorum.
OF_PROVIDER = 2
ENDS_SOON = 4


def run(checks: Checks, context: Context) -> None:
    """One city through the whole life of its certificates."""
    city = context.new_city("certificates")
    checks.hint = city.log_hint
    life = LIFE_SECONDS if context.minutes < SHORT_MINUTES_MAX else LIFE_SECONDS_LONG
    city.arguments = ["--certificate-seconds", str(life)]
    try:
        with checks.check(f"a city with certificates of {life} s starts", needed=True):
            city.start()
        load = renewals(checks, context, city, life)
        revocation(checks, city, load)
        settle(checks, city, load)
        recovery(checks, city, load, life)
        with checks.check("no node panicked"):
            equal(city.panics(), [], "panics")
    finally:
        city.close()


def cert(city: City, *arguments: str) -> subprocess.CompletedProcess:
    """Runs `civitas cert`; how it ends is for the caller to judge."""
    command = [city.binary, "cert", *arguments]
    return subprocess.run(command, stdin=subprocess.DEVNULL, capture_output=True, text=True, timeout=60)


def succeeds(result: subprocess.CompletedProcess) -> str:
    expect(result.returncode == 0, "exit code 0", f"{result.returncode}: {result.stdout}{result.stderr}")
    return result.stdout


def peers(city: City, index: int) -> int:
    return city.rpc(index).call("civitas_status")["peers"]


def metric(city: City, index: int, name: str) -> float:
    found = samples(city.settings(index)["metrics"]["listen"])
    return sum(float(value) for key, value in found.items() if key == name)


class Blocks(threading.Thread):
    """Watches for new blocks, and keeps the longest time without one."""

    def __init__(self, city: City):
        super().__init__(daemon=True)
        self.city = city
        self.stopping = threading.Event()
        self.longest = 0.0

    def run(self) -> None:
        height, since = -1, time.monotonic()
        while not self.stopping.is_set():
            try:
                found = self.city.rpc(0, 2.0).height()
            except (OSError, ValueError):
                found = height
            now = time.monotonic()
            self.longest = max(self.longest, now - since)
            if found > height:
                height, since = found, now
            time.sleep(0.05)

    def finish(self) -> float:
        self.stopping.set()
        self.join()
        return self.longest


def renewals(checks: Checks, context: Context, city: City, life: int) -> Load:
    """Load runs while every certificate is renewed several times."""
    load = Load([city.url(index) for index in range(city.validators)], context.seed, SENDERS)
    pids = city.known_pids()
    with checks.check(f"load runs for {context.minutes:g} minutes while certificates are renewed", needed=True):
        load.wait_progress()
        blocks = Blocks(city)
        blocks.start()
        deadline = time.monotonic() + context.minutes * 60.0
        while time.monotonic() < deadline:
            load.wait_progress(1)
            time.sleep(0.5)
        longest = blocks.finish()
        equal(city.known_pids(), pids, "processes: no node was started anew")
        expect(longest < BLOCK_GAP_SECONDS_MAX, f"blocks at most {BLOCK_GAP_SECONDS_MAX:g} s apart", longest)
    checks.note(f"the longest time without a block was {longest:.2f} s; {load.count()} receipts")
    expected = int(context.minutes * 60.0 / life)
    with checks.check(f"every node renewed its certificate at least {expected} times, and never failed"):
        for index in range(city.validators):
            name = "civitas_certificate_renewals_total"
            renewed = metric(city, index, name + '{result="ok"}')
            expect(renewed >= expected, f"{expected} renewals of node {index}", renewed)
            equal(metric(city, index, name + '{result="failed"}'), 0.0, f"failed renewals of node {index}")
            expect(metric(city, index, "civitas_certificate_seconds_left") > 0, "time left", "none")
            expect(metric(city, index, "civitas_crl_seconds_left") > 0, "time left of the list", "none")
    with checks.check("every link is up"):
        for index in range(city.validators):
            eventually(f"node {index} to be linked with all", lambda i=index: peers(city, i) == 3, 10.0)
    with checks.check("civitas cert list shows every certificate that was issued"):
        report = json.loads(cert(city, "list", "--dir", str(city.folder), "--json", "--all").stdout)
        issued = [entry["name"] for entry in report["certificates"]]
        for index in range(city.validators):
            expect(issued.count(f"node{index}") > expected, f"certificates of node{index}", issued)
        serials = {entry["serial"] for entry in report["certificates"]}
        equal(len(serials), len(issued), "serial numbers that differ")
    return load


def revocation(checks: Checks, city: City, load: Load) -> None:
    """A revoked node loses its links at once, cannot renew by itself, and comes back with a new certificate."""
    name, folder = f"node{REVOKED}", str(city.folder)
    with checks.check(f"civitas cert revoke cuts every link of {name} in under {CUT_SECONDS_MAX:g} s"):
        succeeds(cert(city, "revoke", "--dir", folder, "--name", name, "--reason", "key-compromise"))
        revoked = time.monotonic()
        eventually(f"no link of {name}", lambda: peers(city, REVOKED) == 0, CUT_SECONDS_MAX, 0.02)
        for index in range(REVOKED):
            seconds = max(0.1, CUT_SECONDS_MAX - (time.monotonic() - revoked))
            eventually(f"two links of node{index}", lambda i=index: peers(city, i) == 2, seconds, 0.02)
        checks.note(f"the links were cut {time.monotonic() - revoked:.2f} s after the revocation")
    with checks.check("the other three go on, and refuse it"):
        load.wait_progress(50)
        equal(peers(city, REVOKED), 0, f"links of {name}")
        refused = [
            metric(city, index, key)
            for index in range(REVOKED)
            for key in samples(city.settings(index)["metrics"]["listen"])
            if "refused_handshakes" in key and 'reason="revoked"' in key
        ]
        expect(sum(refused) > 0, "refused handshakes of the revoked certificate", refused)
    with checks.check("it cannot renew by itself, and its log says why"):
        log = city.node_folder(REVOKED) / "log"
        eventually("the refusal in the log", lambda: "was revoked" in log.read_text(), 60.0)
        config = str(city.node_folder(REVOKED) / "node.toml")
        result = cert(city, "renew", "--config", config)
        expect(result.returncode != 0 and "revoked" in result.stderr, "a refusal", result)
    with checks.check("with a certificate that the authority's people issue it is back, without a restart"):
        pid = city.pid(REVOKED)
        keys = city.node_folder(REVOKED) / "keys"
        request = str(keys / "node.csr")
        organisation = json.loads((city.folder / "city.json").read_text())["name"]
        given = ["--key", str(keys / "node.key"), "--name", name, "--organisation", organisation]
        succeeds(cert(city, "request", *given, "--out", request))
        issue = ["issue", "--dir", folder, "--request", request, "--out", str(keys / "node.pem")]
        wrong = cert(city, *issue, "--name", "node0")
        expect(wrong.returncode != 0 and "node0" in wrong.stderr, "a refusal of the wrong name", wrong)
        succeeds(cert(city, *issue, "--name", name, "--organisation", organisation))
        eventually(f"all links of {name}", lambda: peers(city, REVOKED) == 3, 15.0)
        equal(city.pid(REVOKED), pid, "process")


def settle(checks: Checks, city: City, load: Load) -> None:
    with checks.check("every transaction got its receipt"):
        promises = load.finish()
        expect(len(promises) > 0, "receipts", "none")
    with checks.check("the same blocks on all nodes, and every promise kept"):
        same_chain(city.rpcs())
        for index, rpc in enumerate(city.rpcs()):
            load.check_promises(rpc, index)


def recovery(checks: Checks, city: City, load: Load, life: int) -> None:
    """The city is left alone until every certificate has expired."""
    folder = str(city.folder)
    height = city.rpc(0).height()
    with checks.check("civitas up ends with code 0"):
        equal(city.stop(), 0, "exit code")
    with checks.check("once all certificates have expired, civitas cert list says so by its exit code"):

        def expired() -> bool:
            result = cert(city, "list", "--dir", folder, "--json")
            report = json.loads(result.stdout)
            states = {entry["status"] for entry in report["certificates"]}
            return states == {"expired"} and result.returncode == ENDS_SOON

        eventually("all certificates to expire", expired, life + 30.0, 1.0)
    with checks.check("the expired city does not start, and says what to do"):
        process = city.spawn_up()
        city.up = None
        code = process.wait(30)
        said = (city.logs / "up.log").read_text()
        expect(code not in (0, 101), "a failure", code)
        expect("expired" in said and "civitas cert recover" in said, "the cause and the cure", said[-1500:])
    with checks.check("it is recovered by civitas cert recover, offline", needed=True):
        said = succeeds(cert(city, "recover", "--dir", folder, "--minutes", "10"))
        expect("What to do next" in said, "what to do next", said)
        again = cert(city, "recover", "--dir", folder)
        expect(again.returncode != 0 and "still valid" in again.stderr, "a refusal to do it twice", again)
    goes_on(checks, city, load, height, "recovered")
    with checks.check("the same with a new authority, whose key alone the nodes trust then", needed=True):
        city.stop()
        (city.folder / "authority" / "authority.key").unlink()
        lost = cert(city, "recover", "--dir", folder, "--force")
        expect(lost.returncode != 0 and "--new-authority" in lost.stderr, "the way out", lost)
        succeeds(cert(city, "recover", "--dir", folder, "--new-authority", "--minutes", "60"))
        for index in range(city.validators):
            anchors = (city.node_folder(index) / "keys" / "authorities.pem").read_text()
            equal(anchors, (city.folder / "authority" / "authority.pem").read_text(), f"anchors of node {index}")
    goes_on(checks, city, load, height, "with a new authority")
    anchors_on_the_ledger(checks, city)
    city.stop()


def anchors_on_the_ledger(checks: Checks, city: City) -> None:
    """The new authority becomes an anchor of all organisations; then the ledger alone says who certifies whom."""
    civitas = Commands(city)
    nodes = range(city.validators)
    authority = city.folder / "authority" / "authority.pem"
    fingerprint = "0x" + hashlib.sha256(ssl.PEM_cert_to_DER_cert(authority.read_text())).hexdigest()
    with checks.check("until the ledger knows the new authority, the nodes say that they are in recovery"):
        for index in nodes:
            equal(metric(city, index, "civitas_recovery_authorities"), 1.0, f"recovery authorities of node {index}")
    with checks.check("with its anchors on the ledger the city goes on without recovery"):
        for organisation in (OFFICE, BUSINESS, PROVIDER):
            civitas.decide("A new authority", "organisation", "addAnchor", organisation, f"@{authority}")
        for index in nodes:
            (city.node_folder(index) / "keys" / "recovery-authorities.pem").unlink()
        for index in nodes:
            eventually(
                f"node {index} to be out of recovery",
                lambda i=index: metric(city, i, "civitas_recovery_authorities") == 0.0,
                10.0,
            )
        target = city.rpc(0).height() + 5
        eventually(f"blocks above {target}", lambda: city.rpc(0).height() >= target, 30.0)
        for index in nodes:
            equal(peers(city, index), 3, f"links of node {index}")
    with checks.check(f"an anchor that is removed cuts the links of its organisation in under {CUT_SECONDS_MAX:g} s"):
        civitas.decide("No anchor", "organisation", "removeAnchor", PROVIDER, fingerprint)
        eventually(f"no link of node {OF_PROVIDER}", lambda: peers(city, OF_PROVIDER) == 0, CUT_SECONDS_MAX, 0.02)
        civitas.decide("The anchor again", "organisation", "addAnchor", PROVIDER, f"@{authority}")
        eventually(f"all links of node {OF_PROVIDER}", lambda: peers(city, OF_PROVIDER) == 3, 30.0)


def goes_on(checks: Checks, city: City, load: Load, height: int, what: str) -> None:
    with checks.check(f"the city {what} goes on where it was", needed=True):
        city.start()
        target = max(height, city.rpc(0).height()) + 2
        eventually(f"blocks above {target}", lambda: city.rpc(0).height() >= target, 30.0)
        for index, rpc in enumerate(city.rpcs()):
            eventually(f"node {index} at {height}", lambda r=rpc: r.height() >= height, 30.0)
            load.check_promises(rpc, index)
        if any(peers(city, index) < 2 for index in range(city.validators)):
            raise Expected("expected a quorum of links\n      found    fewer")
