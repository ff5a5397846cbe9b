"""Strangers at the port where nodes meet: refused without a good certificate; their noise changes nothing."""

import hashlib
import os
import random
import socket
import stat
import subprocess
import threading
import time
import urllib.request
from pathlib import Path
from typing import NamedTuple

from harness.checks import Checks, equal, eventually, expect
from harness.city import City, samples
from harness.context import Context
from harness.load import Load

FLOOD_SECONDS = 6.0
FLOOD_THREADS = 6
IDLE_CONNECTIONS = 150
HANDSHAKE_SECONDS = 6.0
ORIGIN = "https://page.example"
LOAD_ACCOUNTS = range(8, 10)
RESIDENT_GROWTH_MB_MAX = 100


def run(checks: Checks, context: Context) -> None:
    city = context.city
    keys(checks, city)
    web_pages(checks, city)
    certificates(checks, context, city)
    flood(checks, context, city)


def keys(checks: Checks, city: City) -> None:
    with checks.check("private keys are files of mode 0600, apart from data"):
        found = [path for path in city.folder.rglob("*") if path.is_file() and holds_key(path)]
        # One a node, and the one of the authority.
        expect(len(found) >= city.validators + 1, f"at least {city.validators + 1} key files", found)
        for path in found:
            equal(oct(stat.S_IMODE(path.stat().st_mode)), "0o600", str(path))
            for index in range(city.validators):
                expect(city.data_folder(index) not in path.parents, "no key among data", path)


def web_pages(checks: Checks, city: City) -> None:
    """A page of the internet, open in a browser on this machine, must not reach the node."""
    body = b'{"jsonrpc":"2.0","id":1,"method":"eth_chainId","params":[]}'
    with checks.check("a web page of another origin may not read answers (CORS)"):
        request = urllib.request.Request(
            city.url(0), body, {"content-type": "application/json", "origin": ORIGIN}
        )
        with city.rpc(0).opener.open(request, timeout=10) as response:
            equal(response.headers.get("access-control-allow-origin"), None, "allowed origin")
    with checks.check("a name that was bent to this machine is refused (DNS rebinding)"):
        answer = city.rpc(0).post(body, {"host": "rebound.example"})
        expect(answer.status >= 400 and b"0x" not in answer.body, "a refusal", answer)


def holds_key(path: Path) -> bool:
    if path.stat().st_size > 65_536:
        return False
    return b"PRIVATE KEY" in path.read_bytes()


def openssl(folder: Path, *arguments: str) -> None:
    result = subprocess.run(["openssl", *arguments], cwd=folder, capture_output=True, text=True)
    expect(result.returncode == 0, f"openssl {arguments[0]} to work", result.stderr)


def subject(certificate: Path) -> str:
    """The subject of a certificate in the form that `openssl req -subj` takes."""
    command = ["openssl", "x509", "-in", str(certificate), "-noout", "-subject", "-nameopt", "compat"]
    text = subprocess.run(command, check=True, capture_output=True, text=True).stdout
    return text.split("subject=", 1)[1].strip().removeprefix(" ")


# What `openssl ca` needs to issue a certificate with any dates.
AUTHORITY_SETTINGS = """
[ca]
default_ca = city
[city]
database = index.txt
new_certs_dir = .
rand_serial = yes
default_md = sha256
policy = any
x509_extensions = node
unique_subject = no
[any]
commonName = optional
organizationName = optional
[node]
keyUsage = critical, digitalSignature
extendedKeyUsage = serverAuth, clientAuth
"""


class Stranger(NamedTuple):
    """Who dials a node: what it shows, how the node counts its refusal, what `s_client` is given."""

    name: str
    reason: str
    arguments: list[str]


def strangers(folder: Path, city: City) -> list[Stranger]:
    """Certificates that look as much as possible like the city's."""
    identity = city.settings(1)["identity"]
    home = city.node_folder(1)
    authority = home / identity["authorities"]
    node = subject(home / identity["certificate"])
    new = ["-newkey", "ed25519", "-nodes"]
    leaf_only = ["-addext", "basicConstraints=critical,CA:FALSE"]
    openssl(
        folder, "req", "-x509", *new, *leaf_only, "-keyout", "self.key", "-out", "self.pem", "-subj", node
    )
    curve = ["-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes"]
    openssl(
        folder, "req", "-x509", *curve, "-keyout", "ca.key", "-out", "ca.pem", "-subj", subject(authority)
    )
    openssl(folder, "req", *new, "-keyout", "leaf.key", "-out", "leaf.csr", "-subj", node)
    (folder / "ca.cnf").write_text(AUTHORITY_SETTINGS)
    (folder / "index.txt").touch()
    own = ["-cert", str(authority), "-keyfile", str(city.folder / "authority" / "authority.key")]
    past = ["-startdate", "20200101000000Z", "-enddate", "20210101000000Z"]
    for out, signer, dates in (
        ("foreign.pem", ["-cert", "ca.pem", "-keyfile", "ca.key"], ["-days", "30"]),
        ("expired.pem", own, past),
        ("unknown.pem", own, ["-days", "30"]),
    ):
        issue = ["ca", "-config", "ca.cnf", "-batch", "-notext", "-in", "leaf.csr", "-out", out]
        openssl(folder, *issue, *signer, *dates)
    own_key = ["-key", "self.key", "-alpn", protocol(city)]
    leaf = ["-key", "leaf.key", "-alpn", protocol(city)]
    return [
        Stranger("no certificate", "bad_certificate", ["-alpn", protocol(city)]),
        Stranger("TLS 1.2", "not_tls", ["-tls1_2"]),
        Stranger("a self-signed certificate", "unknown_authority", ["-cert", "self.pem", *own_key]),
        Stranger("another authority of the same name", "unknown_authority", ["-cert", "foreign.pem", *leaf]),
        Stranger("an expired certificate of the city", "expired", ["-cert", "expired.pem", *leaf]),
        Stranger("a certificate of the city for no node's key", "untracked", ["-cert", "unknown.pem", *leaf]),
        Stranger("a node's certificate, but another city's protocol", "foreign_city", own_identity(city)),
    ]


def own_identity(city: City) -> list[str]:
    """Node 1's own certificate and key."""
    home, identity = city.node_folder(1), city.settings(1)["identity"]
    return ["-cert", str(home / identity["certificate"]), "-key", str(home / identity["key"])]


def protocol(city: City) -> str:
    """The ALPN name by which nodes of this city and ledger know one another."""
    chain_id = int(city.rpc(0).call("eth_chainId"), 16)
    namespace = f"civitas/1/{city.settings(0)['city']}/{chain_id}_STREAM"
    return f"civitas/1/{hashlib.sha256(namespace.encode()).hexdigest()[:32]}"


def refusals(city: City) -> dict[str, int]:
    """How many handshakes node 0 refused, by reason."""
    return {
        name.split('"')[1]: int(float(value))
        for name, value in samples(city.settings(0)["metrics"]["listen"]).items()
        if "refused_handshakes" in name
    }


def handshake(folder: Path, port: int, extra: list[str]) -> tuple[bool, str]:
    """Connects with `openssl s_client` and holds the line: whether the node hung up, and what was printed.

    In TLS 1.3 a client has finished before the server judges its certificate: only the alert after it tells.
    """
    command = ["openssl", "s_client", "-connect", f"127.0.0.1:{port}", *extra]
    process = subprocess.Popen(
        command,
        cwd=folder,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )
    try:
        process.wait(HANDSHAKE_SECONDS)
        refused = True
    except subprocess.TimeoutExpired:
        refused = False
        process.kill()
    output, _ = process.communicate()
    return refused, output


def certificates(checks: Checks, context: Context, city: City) -> None:
    folder = context.work / "strangers"
    folder.mkdir()
    port = int(city.settings(0)["network"]["listen"].rsplit(":", 1)[1])
    for stranger in strangers(folder, city):
        with checks.check(f"openssl s_client at the node port: {stranger.name}: refused"):
            dial(folder, city, port, stranger)
    with checks.check(
        "the same with a certificate and protocol of the city: not refused for the certificate"
    ):
        # That node is linked already, which is judged after everything else.
        known = Stranger("node 1", "busy", [*own_identity(city), "-alpn", protocol(city)])
        output = dial(folder, city, port, known)
        expect("alert" not in output, "no TLS alert", output[-800:])


def dial(folder: Path, city: City, port: int, stranger: Stranger) -> str:
    """Dials a node, which must hang up and count a refusal of the right kind."""
    before = refusals(city)
    refused, output = handshake(folder, port, stranger.arguments)
    expect(refused, f"the node to hang up within {HANDSHAKE_SECONDS:g} s", output[-800:])

    def counted() -> bool:
        return refusals(city)[stranger.reason] == before[stranger.reason] + 1

    eventually(f"one more refusal for {stranger.reason} than {before}", counted, 5.0)
    return output


def flood(checks: Checks, context: Context, city: City) -> None:
    """Garbage and silence at the node port of every node, while clients send transactions."""
    ports = [
        int(city.settings(index)["network"]["listen"].rsplit(":", 1)[1]) for index in range(city.validators)
    ]
    pids = [city.pid(index) for index in range(city.validators)]
    before = [resident_mb(pid) for pid in pids]
    load = Load(context.urls, context.seed, LOAD_ACCOUNTS)
    load.wait_progress()
    stopping = threading.Event()
    sent = [0] * FLOOD_THREADS
    threads = [
        threading.Thread(target=shout, args=(ports, stopping, sent, index, context.seed), daemon=True)
        for index in range(FLOOD_THREADS)
    ]
    idle = hold_idle(ports)
    gaps = []
    with checks.check("blocks go on during a flood of garbage at the node ports"):
        for thread in threads:
            thread.start()
        until = time.monotonic() + FLOOD_SECONDS
        while time.monotonic() < until:
            gaps.append(load.wait_progress(20, 20.0))
    stopping.set()
    for thread in threads:
        thread.join(10.0)
    for connection in idle:
        connection.close()
    checks.note(
        f"{sum(sent)} connections with garbage; the next receipt took at most {max(gaps, default=0):.2f} s"
    )
    with checks.check("the flood reached the nodes"):
        expect(sum(sent) >= 100, "at least 100 connections", sum(sent))
    with checks.check("no node crashed, panicked or grew"):
        equal([city.pid(index) for index in range(city.validators)], pids, "process ids")
        equal(city.panics(), [], "panics")
        grown = [round(resident_mb(pid) - old) for pid, old in zip(pids, before, strict=True)]
        expect(max(grown) <= RESIDENT_GROWTH_MB_MAX, f"at most {RESIDENT_GROWTH_MB_MAX} MB more", grown)
    with checks.check("after the flood a killed node is let in again by its peers"):
        killed = city.kill_node(1)
        city.wait_restarted(1, killed)
        target = city.rpc(0).height()
        eventually(f"node 1 at height {target}", lambda: city.rpc(1).height() >= target, 30.0)
    with checks.check("every transaction sent during the flood was executed once, on all nodes"):
        load.finish()
        for index, rpc in enumerate(city.rpcs()):
            target = max(promise.height for sender in load.senders for promise in sender.promises)
            eventually(
                f"node {index} at height {target}", lambda rpc=rpc, target=target: rpc.height() >= target
            )
            load.check_promises(rpc, index)


def shout(ports: list[int], stopping: threading.Event, sent: list[int], index: int, seed: int) -> None:
    chance = random.Random(f"{seed}/flood/{index}")
    while not stopping.is_set():
        size = chance.randrange(1, 65_536)
        noise = chance.randbytes(size)
        if chance.random() < 0.5:
            # As a TLS record begins, so that it gets past a look at the first bytes.
            noise = b"\x16\x03\x01" + min(size, 16_384).to_bytes(2, "big") + noise
        try:
            with socket.create_connection(("127.0.0.1", chance.choice(ports)), timeout=2.0) as connection:
                connection.settimeout(2.0)
                connection.sendall(noise)
        except OSError:
            # Refused or cut off: that is what a node may do with noise.
            pass
        sent[index] += 1
        # Bounded: the flood shares two cores with the city it disturbs.
        time.sleep(0.005)


def hold_idle(ports: list[int]) -> list[socket.socket]:
    held = []
    for index in range(IDLE_CONNECTIONS):
        try:
            held.append(socket.create_connection(("127.0.0.1", ports[index % len(ports)]), timeout=2.0))
        except OSError:
            break
    return held


def resident_mb(pid: int) -> float:
    pages = int(Path(f"/proc/{pid}/statm").read_text().split()[1])
    return pages * os.sysconf("SC_PAGE_SIZE") / 1e6
