"""The governed city: its life with viem, and the same by the commands of `civitas`."""

import json

from harness import toolchain
from harness.checks import Checks, expect
from harness.commands import Commands
from harness.context import Context

from . import clients


def run(checks: Checks, context: Context) -> None:
    """viem first, which uses every contract; then an operator at the command line."""
    story = clients.script(context, "governance", [str(toolchain.NODE), "governance.mjs"], account=0)
    checks.passed += story.passed
    checks.failures += story.failures
    checks.skipped += story.skipped
    commands(checks, Commands(context.city))


def commands(checks: Checks, civitas: Commands) -> None:
    with checks.check("commands: an organisation joins by proposal, vote and execution"):
        proposal = civitas.propose(
            "The library joins", "organisation", "join", "City Library", "Supporter", "10", "no"
        )
        shown = civitas("proposal", "show", proposal)
        expect("OrganisationJoined" in json.dumps(shown), "the event that would come", shown)
        civitas.pass_proposal(proposal)
        found = civitas("organisation", "organisation", "City Library")
        expect("City Library" in json.dumps(found), "the organisation", found)
    with checks.check("commands: a refusal is told by its name, with exit code 4"):
        refused = civitas("control", "freezeAccount", "dev1", "no reason", "--key", "dev9", code=4)
        expect("Unauthorized" in json.dumps(refused), "Unauthorized", refused)
    with checks.check("commands: who can, and why not"):
        act = '{"action":"Call","target":"Control","selector":"Control.freezeAccount","organisation":"0x","grade":0}'
        expect("true" in json.dumps(civitas("role", "explain", "dev4", act)), "the regulator may", "")
        expect("NoGrant" in json.dumps(civitas("role", "explain", "dev9", act)), "NoGrant", "")
