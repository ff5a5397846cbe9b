"""The governed city: its life with viem, and the same by the commands of `civitas`."""

import json
import subprocess

from harness import toolchain
from harness.checks import Checks, equal, expect
from harness.context import Context

from . import clients

COMMAND_SECONDS_MAX = 60


def run(checks: Checks, context: Context) -> None:
    """viem first, which uses every contract; then an operator at the command line."""
    story = clients.script(context, "governance", [str(toolchain.NODE), "governance.mjs"], account=0)
    checks.passed += story.passed
    checks.failures += story.failures
    checks.skipped += story.skipped
    commands(checks, context)


def commands(checks: Checks, context: Context) -> None:
    city = context.city

    def civitas(*arguments: str, code: int = 0) -> dict:
        command = [city.binary, *arguments, "--json", "--rpc", city.url(0)]
        result = subprocess.run(
            command, capture_output=True, text=True, timeout=COMMAND_SECONDS_MAX, cwd=city.folder.parent
        )
        equal(result.returncode, code, f"exit code of {' '.join(arguments)}\n{result.stdout}{result.stderr}")
        return json.loads(result.stdout)

    office = "City Governance Office"
    with checks.check("commands: an organisation joins by proposal, vote and execution"):
        made = civitas(
            "organisation", "join", "City Library", "Supporter", "10", "no",
            "--propose", "The library joins", "--as", office, "--key", "dev0",
        )  # fmt: skip
        proposal = find(made, "id")
        shown = civitas("proposal", "show", proposal)
        expect("OrganisationJoined" in json.dumps(shown), "the event that would come", shown)
        civitas("proposal", "vote", proposal, "yes", "--as", "Harbour Business", "--key", "dev2")
        civitas("proposal", "vote", proposal, "yes", "--as", "Ledger Systems", "--key", "dev3")
        civitas("proposal", "execute", proposal, "--key", "dev9")
        found = civitas("organisation", "organisation", "City Library")
        expect("City Library" in json.dumps(found), "the organisation", found)
    with checks.check("commands: a refusal is told by its name, with exit code 4"):
        refused = civitas("control", "freezeAccount", "dev1", "no reason", "--key", "dev9", code=4)
        expect("Unauthorized" in json.dumps(refused), "Unauthorized", refused)
    with checks.check("commands: who can, and why not"):
        act = '{"action":"Call","target":"Control","selector":"Control.freezeAccount","organisation":"0x","grade":0}'
        expect("true" in json.dumps(civitas("role", "explain", "dev4", act)), "the regulator may", "")
        expect("NoGrant" in json.dumps(civitas("role", "explain", "dev9", act)), "NoGrant", "")


def find(answer: object, key: str) -> str:
    """The first value of a key, wherever it stands in the answer."""
    if isinstance(answer, dict):
        if key in answer and not isinstance(answer[key], dict | list):
            return str(answer[key])
        answer = list(answer.values())
    if isinstance(answer, list):
        for part in answer:
            found = find(part, key)
            if found:
                return found
    return ""
