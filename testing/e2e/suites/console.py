"""The console of a sample city: what its API lists, what its pages show to each persona, an alarm that rings, and
requests made up from its own OpenAPI document."""

import json
import re
import shutil
import socket
import subprocess
import threading
import time
import urllib.request
from dataclasses import dataclass
from pathlib import Path

from harness import toolchain
from harness.checks import Checks, Expected, equal, eventually, expect
from harness.city import City, alive
from harness.console import Console, Refused
from harness.context import Context
from harness.receivers import collector

from . import console_alarms, console_sources

ROOT = Path(__file__).resolve().parents[3]
BROWSER = Path(__file__).resolve().parents[1] / "browser"
FILL_SECONDS_MAX = 150.0
INDEX_SECONDS_MAX = 60.0
BROWSER_SECONDS_MAX = 600
# Issue: "Console with a sample city: at most 300 MB".
MEMORY_MIB_MAX = 300
# Requests that are made up for each operation of the API.
EXAMPLES = 12
SCHEMA_SECONDS_MAX = 240
REGULATOR, OPERATOR, CITIZEN = 4, 3, 10
# What its key may do: everything but to sign for somebody.
API_KEY = {
    "label": "e2e",
    "scopes": ["explore", "trace", "readGovernance", "readAudit", "monitor", "readLogs", "manageAlarms"],
    "days": 1,
}

# Every list of the API, by who may read it. The sample leaves none of them empty.
LISTS = [
    "/ledgers",
    "/ledgers/{ledger}/blocks",
    "/ledgers/{ledger}/transactions",
    "/ledgers/{ledger}/accounts",
    "/ledgers/{ledger}/contracts",
    "/ledgers/{ledger}/tokens",
    "/ledgers/{ledger}/events",
    "/organisations",
    "/nodes",
    "/certificates",
    "/roles",
    "/proposals",
    "/identities",
    "/openings",
    "/chains",
    "/audit",
    "/operations/nodes",
    "/logs",
    "/alarms",
]


@dataclass
class Own:
    """Settings of the operator's own."""

    provider: int
    metrics_port: int
    otlp: str
    collected: list[bytes]


def run(checks: Checks, context: Context) -> None:
    """One city for everything: it is expensive to fill, and looking changes nothing."""
    city = context.new_city("console")
    port = free_port()
    city.console_port = port
    city.arguments = ["--sample"]
    checks.hint = lambda: f"{city.log_hint()} {city.folder}/console/log"
    console = Console(f"http://127.0.0.1:{port}")
    try:
        with checks.check(
            "civitas up --sample starts a city with its console, and prints the console's address",
            needed=True,
        ):
            city.start()
            eventually("the console to answer", console.alive, 30.0)
            eventually(
                "its address in what up prints", lambda: console.url.rsplit(":", 1)[1] in output(city), 10.0
            )
        with checks.check("the city gets its sample", needed=True):
            seconds = filled(city)
        checks.note(f"the sample was there {seconds:.0f} s after the city")
        administrator = first_visit(checks, city, console)
        # While the sign-in is fresh, as this act wants it.
        key = administrator.call("POST", "/api-keys", API_KEY)
        indexed(checks, console)
        lists(checks, console)
        permissions(checks, console)
        memory(checks, city)
        console_alarms.run(checks, city, administrator, free_port())
        console_sources.run(checks, city, console.url)
        journeys(checks, context, console)
        pages(checks)
        schema(checks, context, console.url, key["secret"])
        again(checks, context, city, console)
        with checks.check("no process panicked"):
            equal(city.panics(), [], "panics")
    finally:
        city.close()


def free_port() -> int:
    """One that the system gives; the ports of the city come from another range."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def output(city: City) -> str:
    return (city.logs / "up.log").read_text(errors="replace")


def filled(city: City) -> float:
    """Waits until the sample says that it is complete."""
    started = time.monotonic()

    def complete() -> bool:
        if "The sample of the city stopped" in output(city):
            raise Expected(f"expected a whole sample\n      found    {output(city)[-800:]}")
        return json.loads((city.folder / "sample.json").read_text())["is_complete"]

    eventually("the sample to be complete", complete, FILL_SECONDS_MAX)
    return time.monotonic() - started


def first_visit(checks: Checks, city: City, console: Console) -> Console:
    """The one-time link of the first start."""
    administrator = Console(console.url)
    with checks.check("the link of the first start makes an administrator, once", needed=True):
        link = eventually(
            "the link in what up prints", lambda: re.search(r"/setup#([\w.~-]+)", output(city)), 10.0
        )
        session = administrator.set_up(link[1])
        expect("administer" in session["rights"], "an administrator", session)
        try:
            Console(console.url).set_up(link[1])
        except Refused as refusal:
            expect(refusal.status in (401, 403, 410), "401, 403 or 410", refusal.status)
        else:
            raise Expected("expected the link to work once\n      found    it works twice")
    return administrator


def indexed(checks: Checks, console: Console) -> None:
    with checks.check("the index has caught up with every ledger", needed=True):
        console.sign_in(REGULATOR)

        def caught_up() -> bool:
            ledgers = console.get("/overview")["ledgers"]
            if len(ledgers) < 2 or any(ledger["lag"] > 3 for ledger in ledgers):
                return False
            try:
                # The index finds a new ledger by itself, some seconds after the nodes have it.
                return all(console.items(f"/ledgers/{ledger['name']}/tokens") for ledger in ledgers)
            except Refused:
                return False

        eventually("a lag of at most three blocks on both ledgers", caught_up, INDEX_SECONDS_MAX, 0.5)


def lists(checks: Checks, console: Console) -> None:
    operator = Console(console.url)
    operator.sign_in(OPERATOR)
    for path in LISTS:
        with checks.check(f"{path} is not empty"):
            reader = operator if path in ("/logs", "/operations/nodes", "/alarms") else console
            places = ["main", "bills"] if "{ledger}" in path else [""]
            for ledger in places:
                items = reader.items(path.replace("{ledger}", ledger))
                expect(len(items) > 0, f"entries of {ledger or path}", items)
    with checks.check("proposals, chains and identities are there in every state"):
        proposals = {proposal["status"] for proposal in console.items("/proposals")}
        expect(
            {"Open", "Approved", "Executed", "Rejected", "Withdrawn"} <= proposals, "five states", proposals
        )
        chains = {chain["status"] for chain in console.items("/chains")}
        wanted = {"Registered", "UnderReview", "Active", "Rejected", "Frozen", "Cancelled"}
        expect(wanted <= chains, "six states", chains)
        identities = {identity["status"] for identity in console.items("/identities")}
        expect({"Active", "Frozen", "Cancelled"} <= identities, "three states", identities)
    with checks.check("what belongs to one thing is not empty either"):
        token = next(token for token in console.items("/ledgers/main/tokens") if token.get("symbol") == "HBR")
        for part in ("holders", "transfers"):
            expect(
                console.items(f"/ledgers/main/tokens/{token['address']}/{part}"), f"{part} of the token", []
            )
        citizen = Console(console.url)
        session = citizen.sign_in(CITIZEN)
        for part in ("transactions", "transfers", "balances"):
            found = citizen.items(f"/ledgers/main/accounts/{session['account']}/{part}")
            expect(len(found) > 0, f"{part} of the citizen", found)
        expect(citizen.items("/me/accounts"), "accounts of the citizen", [])
        expect(session.get("identity"), "an identity", session)
    with checks.check("search finds Chinese and English, an address, a height"):
        for text in ("电车", "Harbour", session["account"], "1"):
            expect(console.items("/search", q=text), f"something for {text}", [])


def permissions(checks: Checks, console: Console) -> None:
    with checks.check("a citizen and a guest do not read what is the regulator's"):
        citizen = Console(console.url)
        citizen.sign_in(CITIZEN)
        guest = Console(console.url)
        for path in ("/openings", "/logs", "/channels", "/audit"):
            for who, status in ((citizen, 403), (guest, 401)):
                try:
                    who.get(path)
                except Refused as refusal:
                    equal(refusal.status, status, f"status of {path}")
                    continue
                raise Expected(f"expected {path} to be refused\n      found    an answer")


def memory(checks: Checks, city: City) -> None:
    with checks.check(f"the console takes at most {MEMORY_MIB_MAX} MiB"):
        pid = int((city.folder / "console" / "pid").read_text())
        status = Path(f"/proc/{pid}/status").read_text()
        used = int(re.search(r"VmRSS:\s+(\d+)", status)[1]) // 1024
        checks.note(f"the console uses {used} MiB")
        expect(used <= MEMORY_MIB_MAX, f"at most {MEMORY_MIB_MAX} MiB", used)


def browser_folder(context: Context) -> Path:
    """A copy of the browser's part with the installed packages beside it."""
    folder = context.work / "browser"
    if not folder.exists():
        shutil.copytree(BROWSER, folder, ignore=shutil.ignore_patterns("node_modules"))
        (folder / "node_modules").symlink_to(toolchain.MODULES)
    return folder


def journeys(checks: Checks, context: Context, console: Console) -> None:
    """The personas in the browser; their pictures stay in the folder of the run."""
    play(checks, context, console, "journeys.mjs", "console-pictures")


def play(checks: Checks, context: Context, console: Console, script: str, name: str, **words: str) -> None:
    """Runs a script of the browser and reports its checks; `words` are further variables of its environment."""
    folder = browser_folder(context)
    pictures = context.work / name
    extra = {
        "CIVITAS_CONSOLE": console.url,
        "CIVITAS_PICTURES": str(pictures),
        "CIVITAS_MNEMONIC": toolchain.MNEMONIC,
        "CIVITAS_LOCALES": str(ROOT / "console" / "src" / "locales"),
        **words,
    }
    done = False
    process = subprocess.Popen(
        [str(toolchain.NODE), script],
        cwd=folder,
        env=toolchain.environment(extra),
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    watchdog = threading.Timer(BROWSER_SECONDS_MAX, process.kill)
    watchdog.start()
    try:
        for line in process.stdout:
            entry = json.loads(line)
            if entry.get("done"):
                done = True
            elif "note" in entry:
                checks.note(entry["note"])
            else:
                checks.report(entry["check"], entry.get("failure"), entry.get("seconds", 0.0))
        code = process.wait()
    finally:
        watchdog.cancel()
        process.kill()
    if not done or code != 0:
        checks.report(f"{script} reaches its end", f"exit code {code}\n{process.stderr.read()[-1500:]}")
    checks.note(f"pictures: {pictures}")


def pages(checks: Checks) -> None:
    """What a browser loads before the first page shows: what `npm run check:size` adds up."""
    with checks.check("the first JavaScript is at most 500 kB compressed"):
        result = subprocess.run(
            ["npm", "run", "--silent", "check:size"],
            cwd=ROOT / "console",
            env=toolchain.environment(),
            capture_output=True,
            text=True,
            timeout=60,
            check=False,
        )
        equal(result.returncode, 0, f"exit code\n{result.stdout}{result.stderr}")
        checks.note(" ".join(result.stdout.split())[:300])


def schema(checks: Checks, context: Context, url: str, secret: str) -> None:
    """Requests made up from the document: whatever is asked, the server answers, and never with its own fault."""
    with checks.check("requests made up from the OpenAPI document cause no fault of the server"):
        command = [
            str(toolchain.VENV_BIN / "schemathesis"), "run", f"{url}/api/openapi.json",
            "--header", f"Authorization: Bearer {secret}",
            "--checks", "not_a_server_error", "--mode", "all", "--phases", "examples,fuzzing",
            "--max-examples", str(EXAMPLES), "--seed", str(context.seed), "--workers", "2",
            "--suppress-health-check", "all", "--request-timeout", "30",
            # A stream does not end; stopping a node is not for a test that goes on.
            "--exclude-path", "/api/v1/stream",
            "--exclude-path-regex", "/operations/nodes/.*/(start|stop|certificate)|/session|/channels/.*/test",
        ]  # fmt: skip
        result = subprocess.run(
            command, cwd=context.work, capture_output=True, text=True, timeout=SCHEMA_SECONDS_MAX,
            env=toolchain.environment(), check=False,
        )  # fmt: skip
        (context.work / "schemathesis.log").write_text(result.stdout + result.stderr)
        equal(result.returncode, 0, f"exit code\n{result.stdout[-3500:]}{result.stderr[-500:]}")
        checks.note(" ".join(result.stdout.strip().splitlines()[-1:])[:200])


def again(checks: Checks, context: Context, city: City, console: Console) -> None:
    """A second start, with settings of the operator's own: an identity provider, and other programs that watch."""
    with collector() as (otlp, metrics):
        second_start(checks, context, city, console, Own(free_port(), free_port(), otlp, metrics))


def second_start(checks: Checks, context: Context, city: City, console: Console, own: Own) -> None:
    provider = own.provider
    with checks.check("a city that has its sample is not filled again, and its console shows what it showed"):
        before = len(console.items("/proposals"))
        pid = int((city.folder / "console" / "pid").read_text())
        equal(city.stop(), 0, "exit code")
        expect(not alive(pid), "no console left behind", pid)
        with_own_settings(city, own)
        city.start()
        eventually("the console to answer", console.alive, 30.0)
        console.sign_in(REGULATOR)
        eventually("the proposals", lambda: len(console.items("/proposals")) == before, 30.0)
        expect(output(city).count("The city gets a sample") == 1, "one filling", output(city)[-500:])
    with checks.check("Prometheus reads the console, and a collector of OpenTelemetry gets metrics"):
        watched(own)
    with checks.check("people sign in through an identity provider (npm oidc-provider)"):
        command = [str(toolchain.NODE), "oidc/check.mjs", console.url, str(provider)]
        result = subprocess.run(
            command, cwd=browser_folder(context), env=toolchain.environment(), capture_output=True, text=True,
            timeout=60, stdin=subprocess.DEVNULL, check=False,
        )  # fmt: skip
        equal(result.returncode, 0, f"exit code\n{result.stdout}{result.stderr[-1500:]}")
        checks.note(f"identity provider: {result.stdout.strip().splitlines()[-1]}")


def watched(own: Own) -> None:
    """Prometheus and OpenTelemetry get what the console counts and has read."""
    with urllib.request.urlopen(f"http://127.0.0.1:{own.metrics_port}/metrics", timeout=10) as answer:
        text = answer.read().decode()
    for name in ("http_requests_total", "index_lag_blocks", "alarms"):
        expect(f"civitas_console_{name}{{" in text, f"civitas_console_{name}", text[:800])
    expect("host_memory_bytes{" in text and text.endswith("# EOF\n"), "the machine, and the end", text[-400:])
    eventually(
        "metrics of a node and of the machine at the collector",
        lambda: any(b"civitas_block_height" in body and b"host_memory_bytes" in body for body in own.collected),
        30.0,
    )


def with_own_settings(city: City, own: Own) -> None:
    """Settings that `civitas up` does not write anew, with a provider that is not there yet."""
    port = own.provider
    home = city.folder / "console"
    secret = home / "secret"
    secret.write_text("secret\n")
    secret.chmod(0o600)
    _, _, settings = (home / "console.toml").read_text().partition("\n")
    settings += (
        f'\n[login.oidc]\nissuer = "http://localhost:{port}"\nclient_id = "civitas-console"\n'
        f'client_secret_file = "{secret}"\nsubject_claim = "civitas_party"\n'
        f'\n[metrics]\nlisten = "127.0.0.1:{own.metrics_port}"\n'
        f'\n[monitor.otlp]\nendpoint = "{own.otlp}"\nseconds = 2\n'
    )
    (home / "console.toml").write_text(settings)
