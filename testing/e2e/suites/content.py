"""Words: a thesaurus is published by two people, refused at the door in every disguise, and flagged and masked where a ledger only flags."""

import json
import time
from pathlib import Path

from harness.checks import Checks, equal, eventually, expect
from harness.city import City, samples
from harness.commands import Commands
from harness.console import Console
from harness.context import Context
from harness.jsonrpc import RpcError

from .cast import key_of

REGULATOR, COURT, SENDER = 4, 8, 9
REFUSED = -32_040
# Ways to write the word that everybody reads, and no list has.
DISGUISED = ["网络赌博", "來玩網絡賭博吧", "网 络 赌 博", "网络\u200b赌博", "wangluodubo", "ｗａｎｇｌｕｏｄｕｂｏ", "网络赌bo"]
HARMLESS = ["今天下午发货", "反网络赌博宣传周", "the shipment has arrived"]
# The first two characters of the word that is flagged, as call data has them.
HEXADECIMAL = "網絡".encode().hex().encode()
SECONDS_MAX = 20.0


def thesaurus(version: int) -> str:
    """A thesaurus of two categories: one that is refused, one that is reported."""
    return f"""
version = {version}
exceptions = ["反网络赌博"]
words = [
    {{ text = "网络赌博", category = "gambling" }},
    {{ text = "内部谣言", category = "rumour" }},
]
[categories.gambling]
title = {{ zh = "网上赌博类", en = "Online gambling" }}
legal_basis = "Criminal Law, Article 303"
severity = "high"
action = "refuse"
[categories.rumour]
title = {{ zh = "不实信息类", en = "False information" }}
legal_basis = "Criminal Law, Article 291"
severity = "warning"
action = "flag"
"""


class Writer:
    """Writes texts into call data, as a wallet does."""

    def __init__(self, city: City) -> None:
        self.rpcs = [city.rpc(index) for index in range(city.validators)]
        self.key = key_of(SENDER)
        self.chain_id = int(self.rpcs[0].call("eth_chainId"), 16)

    def raw(self, text: str) -> str:
        nonce = int(self.rpcs[0].call("eth_getTransactionCount", self.key.address, "latest"), 16)
        data = text.encode()
        # A string as ABI has it: offset, length, bytes, padding.
        body = bytes(31) + b"\x20" + len(data).to_bytes(32, "big") + data + bytes(-len(data) % 32)
        transaction = {
            "to": "0x" + "11" * 20, "value": 0, "gas": 400_000, "gasPrice": 0, "nonce": nonce,
            "chainId": self.chain_id, "data": "0x12345678" + body.hex(),
        }  # fmt: skip
        signed = self.key.sign_transaction(transaction)
        return "0x" + signed.raw_transaction.hex().removeprefix("0x")

    def write(self, text: str) -> dict:
        """Sends a text and gives back its receipt."""
        return self.rpcs[0].call("eth_sendRawTransactionSync", self.raw(text))

    def refusal(self, text: str, node: int = 0) -> dict | None:
        """The error with which a node refuses a text; none if it takes it in."""
        try:
            self.rpcs[node].call("eth_sendRawTransaction", self.raw(text))
        except RpcError as error:
            return {"code": error.code, "message": error.message, "data": error.data}
        return None

    def reach(self, height: int) -> None:
        """Makes blocks until the main ledger has reached a height."""
        deadline = time.monotonic() + SECONDS_MAX
        while self.rpcs[0].height() < height and time.monotonic() < deadline:
            self.write("发货")
        expect(self.rpcs[0].height() >= height, f"height {height}", self.rpcs[0].height())


def run(checks: Checks, context: Context) -> None:
    city = context.new_city("content")
    city.validators = 2
    city.console_port = city.rpc_port + 50
    file = context.work / "thesaurus.toml"
    file.write_text(thesaurus(1))
    city.arguments = ["--thesaurus", str(file)]
    checks.hint = city.log_hint
    try:
        with checks.check("a city starts with a thesaurus that nobody has published, and refuses nothing", needed=True):
            city.start()
            writer = Writer(city)
            equal(writer.write(DISGUISED[0])["status"], "0x1", "status")
            eventually("nodes to say so", lambda: states(city) == [{"none"}, {"none"}], SECONDS_MAX)
        civitas = Commands(city)
        with checks.check("a version counts when another person confirmed it, ten blocks later", needed=True):
            publish(civitas, writer, file)
        with checks.check("every disguise is refused at the door of each node, with the law and without the word"):
            refused(writer)
        with checks.check("a node whose file is not the one in force says so and refuses nothing, until the file is there"):
            mismatch(civitas, city, writer, file)
        with checks.check("where a ledger flags, the text is ordered, found, and masked by who reads"):
            flagged(civitas, writer, Console(f"http://127.0.0.1:{city.console_port}"))
    finally:
        city.close()


def states(city: City) -> list[set[str]]:
    """How each node says that it stands to the thesaurus in force."""
    told = []
    for index in range(city.validators):
        found = samples(city.settings(index)["metrics"]["listen"])
        prefix = 'civitas_content_thesaurus{state="'
        told.append({name[len(prefix) : -2] for name, value in found.items() if name.startswith(prefix) and float(value) == 1})
    return told


def publish(civitas: Commands, writer: Writer, file: Path) -> None:
    words = (str(file), "--legal-basis", "Decision 2026-9")
    civitas("content", "submit", *words, "--key", f"dev{REGULATOR}")
    node = ("--rpc", civitas.city.url(0))
    same = civitas.run("content", "confirm", str(file), "--key", f"dev{REGULATOR}", *node, code=4)
    expect("FourEyes" in same.stderr, "FourEyes", same.stderr)
    civitas.run("content", "submit", *words, "--key", "dev6", *node, code=4)
    civitas("content", "confirm", str(file), "--key", f"dev{COURT}")
    civitas.decide("Words are refused", "content", "setMode", str(writer.chain_id), "Refuse")
    shown = civitas("content", "show")
    equal(shown["mode"], "off", "the mode at once")
    writer.reach(writer.rpcs[0].height() + 11)
    shown = civitas("content", "show")
    equal([shown["mode"], shown["inForce"], shown["hash"]], ["refuse", 1, civitas("content", "file", str(file))["hash"]], "what is in force")
    eventually("both nodes to hold it", lambda: states(civitas.city) == [{"held"}, {"held"}], SECONDS_MAX)


def refused(writer: Writer) -> None:
    for node in range(2):
        for text in DISGUISED:
            error = writer.refusal(text, node)
            expect(error is not None, f"{text} to be refused", "it was taken in")
            equal(error["code"], REFUSED, f"code of {text}")
            equal(error["data"], {"category": "gambling", "legalBasis": "Criminal Law, Article 303"}, "data")
            expect("赌" not in json.dumps(error, ensure_ascii=False), "no word in the refusal", error)
    for text in [*HARMLESS, "内部谣言"]:
        equal(writer.write(text)["status"], "0x1", f"status of {text}")


def mismatch(civitas: Commands, city: City, writer: Writer, file: Path) -> None:
    newer = file.with_name("newer.toml")
    newer.write_text(thesaurus(2).replace("Article 291", "Article 291 (1)"))
    civitas("content", "submit", str(newer), "--legal-basis", "Decision 2026-10", "--key", f"dev{COURT}")
    civitas("content", "confirm", str(newer), "--key", f"dev{REGULATOR}")
    writer.reach(writer.rpcs[0].height() + 11)
    eventually("both nodes to miss it", lambda: states(city) == [{"other"}, {"other"}], SECONDS_MAX)
    for index in range(2):
        notices = city.rpc(index).call("civitas_status")["notices"]
        expect(len(notices) == 1 and "thesaurus 2" in notices[0], "a notice", notices)
    equal(writer.write(DISGUISED[0])["status"], "0x1", "status while nobody holds it")
    file.write_text(newer.read_text())
    eventually("both nodes to hold it", lambda: states(city) == [{"held"}, {"held"}], SECONDS_MAX)
    equal(city.rpc(0).call("civitas_status")["notices"], [], "notices")
    equal(writer.refusal(DISGUISED[0])["code"], REFUSED, "code")


def flagged(civitas: Commands, writer: Writer, console: Console) -> None:
    civitas.decide("Words are reported", "content", "setMode", str(writer.chain_id), "Flag")
    writer.reach(writer.rpcs[0].height() + 11)
    receipt = writer.write("本群提供 網絡賭博 服务")
    place, block = receipt["transactionHash"], int(receipt["blockNumber"], 16)
    regulator, reader = Console(console.url), Console(console.url)
    eventually("the console to answer", console.alive, SECONDS_MAX)
    regulator.sign_in(REGULATOR)
    reader.sign_in(2)
    # The file changed before the console looked: it is read again.
    eventually("the console to hold it", lambda: regulator.get("/content")["standing"] == "held", SECONDS_MAX)
    overview = regulator.get("/content")
    equal([overview["inForce"], [version["version"] for version in overview["versions"]]], [2, [2, 1]], "versions")
    event = f"main/{block}/{int(receipt['transactionIndex'], 16)}"

    def found() -> list:
        return regulator.items("/supervision/findings", event=event)

    eventually("the finding", lambda: len(found()) == 1, SECONDS_MAX)
    finding = found()[0]
    equal([finding["rule"], finding["severity"]], ["content:gambling", "high"], "the finding")
    path = f"/api/v1/ledgers/main/transactions/{place}"
    headers, whole = regulator.request("GET", path)
    expect(HEXADECIMAL in whole, "the text for who supervises", whole[:400])
    equal(headers["content-masked"], "1", "texts that were shown")
    headers, masked = reader.request("GET", path)
    equal(json.loads(masked)["input"], "▇▇▇", "the input for who does not")
    expect(HEXADECIMAL not in masked, "no word in the answer", masked[:400])
    equal(json.loads(masked)["hash"], place, "the hash")
    records = regulator.items("/audit", kind="read")
    told = json.dumps(records, ensure_ascii=False)
    expect(f"unmasked {path}" in told, "a record of the look", told[:600])
