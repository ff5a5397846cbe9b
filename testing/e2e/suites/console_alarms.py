"""Alarms of every kind, messages on every channel, rules as files; a part of the suite of the console."""

import json

from harness.checks import Checks, eventually, expect
from harness.city import City
from harness.console import Console, Refused, account
from harness.receivers import SERVICES, Receivers, receivers

ALARM_SECONDS_MAX = 60.0
# A citizen of the sample, who holds its token.
CITIZEN = 10
KINDS = [*SERVICES, "mail"]
METRIC = {"kind": "metric", "query": "up", "threshold": {"comparison": "atLeast", "value": 1}}
CONDITIONS = {
    "a metric over its threshold": METRIC,
    "a metric over its threshold for a while": {**METRIC, "forSeconds": 6},
    "a metric that is absent": {"kind": "absence", "query": 'civitas_block_height{node="nobody"}'},
    "words in a log": {"kind": "log", "words": "served", "count": 1, "windowSeconds": 86_400},
}
# As Prometheus has them: a rule of ours, one of somebody else's, a recording rule.
RULE_FILE = """
groups:
  - name: imported
    rules:
      - alert: e2e file up
        expr: up >= 1
        for: 5s
        labels: { severity: info }
        annotations:
          description: "{{ $labels.node }} is up"
          civitas: '{"channels":["e2e webhook","e2e nobody"],"groupSeconds":5}'
      - record: e2e:up:sum
        expr: sum(up)
"""


def run(checks: Checks, city: City, administrator: Console, mail_port: int) -> None:
    with receivers(mail_port) as found:
        ids = channels(checks, administrator, found)
        for what, condition in CONDITIONS.items():
            with checks.check(f"{what} rings on every channel, is acknowledged, and ends"):
                rings(administrator, found, ids, f"e2e {what}", condition)
        with checks.check("an event of a ledger rings on every channel"):
            event(city, administrator, found, ids)
        with checks.check("alarms of one rule that come together stand in one message"):
            grouped(administrator, found, ids)
        with checks.check("rules come from a file of Prometheus, ring, and go back into one"):
            rule_file(administrator, found)
        with checks.check("every receiver took what it was sent as its service documents it"):
            expect(found.refused == [], "no refusal", found.refused)


def channels(checks: Checks, administrator: Console, found: Receivers) -> dict[str, str]:
    ids = {}
    for kind in KINDS:
        with checks.check(f"a channel {kind} takes a message of its test button"):
            draft = {"name": f"e2e {kind}", "enabled": True, "language": "zh", "target": found.target(kind)}
            ids[kind] = administrator.call("POST", "/channels", draft)["id"]
            outcome = administrator.call("POST", f"/channels/{ids[kind]}/test")
            expect(outcome["delivered"], "a delivery", outcome)
            eventually("the message", lambda kind=kind: f"e2e {kind}" in last(found, kind), 10.0)
    with checks.check("a channel whose key is wrong says so, and its secret is never shown"):
        target = {**found.target("feishu"), "secret": "not the key"}
        draft = {"name": "e2e wrong key", "enabled": True, "language": "en", "target": target}
        made = administrator.call("POST", "/channels", draft)
        outcome = administrator.call("POST", f"/channels/{made['id']}/test")
        expect(not outcome["delivered"] and "19021" in outcome["detail"], "the refusal of Feishu", outcome)
        expect("not the key" not in json.dumps(administrator.items("/channels")), "no secret", made)
        administrator.call("DELETE", f"/channels/{made['id']}")
        found.refused.clear()
    return ids


def last(found: Receivers, kind: str) -> str:
    return found.texts[kind][-1] if found.texts[kind] else ""


def make(administrator: Console, name: str, condition: dict, ids: dict[str, str], **more: object) -> dict:
    rule = {"name": name, "severity": "warning", "condition": condition, "channels": list(ids.values()), **more}
    return administrator.call("POST", "/alarms", rule)


def rings(
    administrator: Console, found: Receivers, ids: dict[str, str], name: str, condition: dict
) -> None:
    """The rule rings on all channels, and its end is told on all."""
    alarm = make(administrator, name, condition, ids)
    rung(found, name)
    firing = administrator.items("/alarms/firing")
    expect(any(one["ruleId"] == alarm["id"] for one in firing), "it among those that ring", firing)
    administrator.call("POST", f"/alarms/{alarm['id']}/acknowledge", {"comment": "seen"})
    before = {kind: len(found.texts[kind]) for kind in KINDS}
    administrator.call("DELETE", f"/alarms/{alarm['id']}")
    for kind in KINDS:
        eventually(f"its end by {kind}", lambda kind=kind: len(found.texts[kind]) > before[kind], ALARM_SECONDS_MAX)
        word = '"resolved"' if kind == "webhook" else "恢复"
        expect(word in last(found, kind) and name in last(found, kind), f"its end by {kind}", last(found, kind))
    history = administrator.items("/alarms/history", subject=alarm["id"])
    changes = {entry["change"] for entry in history}
    wanted = {"created", "fired", "acknowledged", "resolved", "delivered", "deleted"}
    expect(wanted <= changes, wanted, changes)


def rung(found: Receivers, name: str) -> None:
    for kind in KINDS:
        eventually(
            f"the ring by {kind}", lambda kind=kind: any(name in text for text in found.texts[kind]),
            ALARM_SECONDS_MAX,
        )  # fmt: skip


def event(city: City, administrator: Console, found: Receivers, ids: dict[str, str]) -> None:
    """A citizen pays somebody with the token of the sample."""
    reader = Console(administrator.url)
    reader.sign_in(CITIZEN)
    tokens = reader.items("/ledgers/main/tokens")
    token = next(token for token in tokens if token.get("symbol") == "HBR")["address"]
    citizen, rpc = account(CITIZEN), city.rpc(0)
    receiver = "00" * 12 + "e2" * 20
    condition = {
        "kind": "ledgerEvent", "ledger": "main", "contract": token, "event": "Transfer",
        "arguments": {"to": "0x" + "e2" * 20}, "count": 1, "windowSeconds": 60,
    }  # fmt: skip
    alarm = make(administrator, "e2e transfer", condition, ids)
    transaction = {
        "to": token, "value": 0, "gas": 200_000, "gasPrice": int(rpc.call("eth_gasPrice"), 16) * 2,
        "nonce": int(rpc.call("eth_getTransactionCount", citizen.address, "pending"), 16),
        "chainId": int(rpc.call("eth_chainId"), 16),
        "data": bytes.fromhex("a9059cbb" + receiver + f"{1:064x}"),
    }  # fmt: skip
    raw = "0x" + bytes(citizen.sign_transaction(transaction).raw_transaction).hex()
    sent = rpc.call("eth_sendRawTransaction", raw)
    receipt = eventually("a receipt", lambda: rpc.call("eth_getTransactionReceipt", sent), 20.0)
    expect(receipt["status"] == "0x1", "a transfer that works", receipt)
    rung(found, "e2e transfer")
    expect(sent in last(found, "webhook"), "the transaction in the message", last(found, "webhook"))
    administrator.call("DELETE", f"/alarms/{alarm['id']}")


def grouped(administrator: Console, found: Receivers, ids: dict[str, str]) -> None:
    """Every node is an alarm of its own; the message is one."""
    hook = {"webhook": ids["webhook"]}
    alarm = make(administrator, "e2e grouped", METRIC, hook, groupSeconds=8)
    eventually("the ring", lambda: "e2e grouped" in last(found, "webhook"), ALARM_SECONDS_MAX)
    rings_of_it = [text for text in found.texts["webhook"] if "e2e grouped" in text]
    alerts = json.loads(rings_of_it[0])["alerts"]
    expect(len(rings_of_it) == 1 and len(alerts) > 1, "one message with every node", rings_of_it)
    administrator.call("DELETE", f"/alarms/{alarm['id']}")


def rule_file(administrator: Console, found: Receivers) -> None:
    planned = administrator.call("POST", "/alarms/import?dryRun=true", RULE_FILE)
    expect(planned["created"] == ["e2e file up"], "one new rule", planned)
    expect(planned["recording"] == ["e2e:up:sum"], "one recording rule left out", planned)
    expect(planned["missingChannels"] == ["e2e nobody"], "one channel that is not there", planned)
    expect("e2e file up" not in str(administrator.items("/alarms")), "nothing to be changed by a look", planned)
    administrator.call("POST", "/alarms/import", RULE_FILE)
    eventually("the ring", lambda: "e2e file up" in last(found, "webhook"), ALARM_SECONDS_MAX)
    _, text = administrator.request("GET", "/api/v1/alarms/export")
    expect(b"alert: e2e file up" in text and b"expr: up >= 1" in text, "the rule in the file", text[-1500:])
    again = administrator.call("POST", "/alarms/import", text.decode())
    expect(not again["created"] and not again["changed"], "a file that changes nothing", again)
    try:
        administrator.call("POST", "/alarms/import", RULE_FILE.replace("up >= 1", "up >="))
    except Refused as refusal:
        expect(refusal.status == 400 and "e2e file up" in str(refusal), "a refusal that names the rule", refusal)
    else:
        expect(False, "a refusal", "an answer")
    rule = next(rule for rule in administrator.items("/alarms") if rule["name"] == "e2e file up")
    administrator.call("DELETE", f"/alarms/{rule['id']}")
