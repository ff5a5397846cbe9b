"""Strangers at the port where nodes meet: refused without a good certificate; their noise changes nothing."""

import os
import random
import socket
import stat
import subprocess
import threading
import time
import urllib.request
from pathlib import Path

from harness.checks import Checks, equal, eventually, expect
from harness.city import City
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
    subprocess.run(["openssl", *arguments], cwd=folder, check=True, capture_output=True)


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
default_md = null
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


def strangers(folder: Path, city: City) -> dict[str, list[str]]:
    """Certificates that look as much as possible like the city's, by name: what `s_client` is given."""
    identity = city.settings(1)["identity"]
    home = city.node_folder(1)
    authority = home / identity["authorities"]
    node = subject(home / identity["certificate"])
    new = ["-newkey", "ed25519", "-nodes"]
    openssl(folder, "req", "-x509", *new, "-keyout", "self.key", "-out", "self.pem", "-subj", node)
    openssl(folder, "req", "-x509", *new, "-keyout", "ca.key", "-out", "ca.pem", "-subj", subject(authority))
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
    return {
        "no certificate": [],
        "TLS 1.2": ["-tls1_2"],
        "a certificate signed by itself with a node's name": ["-cert", "self.pem", "-key", "self.key"],
        "a certificate of another authority with the same names": [
            "-cert",
            "foreign.pem",
            "-key",
            "leaf.key",
        ],
        "an expired certificate of the city's authority": ["-cert", "expired.pem", "-key", "leaf.key"],
        "a certificate of the city's authority for a key that is no node's": [
            "-cert",
            "unknown.pem",
            "-key",
            "leaf.key",
        ],
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
    for name, extra in strangers(folder, city).items():
        with checks.check(f"openssl s_client with {name} is refused at the node port"):
            refused, output = handshake(folder, port, extra)
            expect(refused, f"the node to hang up within {HANDSHAKE_SECONDS:g} s", output[-800:])
            expect("alert" in output, "a TLS alert", output[-800:])
    with checks.check("the city's own certificate is let in (so the refusals above are for the certificate)"):
        home, identity = city.node_folder(1), city.settings(1)["identity"]
        own = ["-cert", str(home / identity["certificate"]), "-key", str(home / identity["key"])]
        own += ["-CAfile", str(home / identity["authorities"])]
        refused, output = handshake(folder, port, own)
        expect("alert" not in output, "no TLS alert", output[-800:])
        expect("TLSv1.3" in output, "TLS 1.3", output[-800:])


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
