"""The governed city by the commands of `civitas`; suite `life` plays all of it with viem."""

import json

from harness.checks import Checks, expect
from harness.commands import Commands
from harness.context import Context


def run(checks: Checks, context: Context) -> None:
    """An operator at the command line."""
    civitas = Commands(context.city)
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
