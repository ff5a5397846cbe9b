"""`civitas` at the command line, as an operator uses it in a development city."""

import json
import subprocess
from dataclasses import dataclass

from .checks import equal
from .city import City

COMMAND_SECONDS_MAX = 60
OFFICE, BUSINESS, PROVIDER = "City Governance Office", "Harbour Business", "Ledger Systems"


@dataclass
class Commands:
    """Commands against the first node of a city."""

    city: City

    def __call__(self, *arguments: str, code: int = 0) -> object:
        """Runs a command with --json and gives back what it prints."""
        output = self.plain(*arguments, "--json", "--rpc", self.city.url(0), code=code)
        return json.loads(output)

    def plain(self, *arguments: str, code: int = 0) -> str:
        """Runs a command as it is and gives back what it prints."""
        return self.run(*arguments, code=code).stdout

    def run(self, *arguments: str, code: int = 0) -> subprocess.CompletedProcess:
        """Runs a command as it is, which must end with `code`."""
        command = [self.city.binary, *arguments]
        result = subprocess.run(
            command,
            capture_output=True,
            text=True,
            timeout=COMMAND_SECONDS_MAX,
            cwd=self.city.folder.parent,
            check=False,
        )
        equal(result.returncode, code, f"exit code of {' '.join(arguments)}\n{result.stdout}{result.stderr}")
        return result

    def join(self, index: int, organisation: str) -> dict:
        """Makes the folder of a new node, with a certificate; gives back its application."""
        name, home = f"node{index}", self.city.node_folder(index)
        port = self.city.rpc_port + index
        made = self(
            "join", str(home), "--name", name, "--organisation", organisation, "--dir", str(self.city.folder),
            "--listen", f"127.0.0.1:{port + 1_000}", "--rpc-listen", f"127.0.0.1:{port}",
            "--metrics-listen", f"127.0.0.1:{port + 1_100}",
        )  # fmt: skip
        self.plain(
            "cert", "issue", "--dir", str(self.city.folder), "--request", str(home / "keys" / "node.csr"),
            "--name", name, "--organisation", organisation, "--out", str(home / "keys" / "node.pem"),
        )  # fmt: skip
        return made

    def propose(self, title: str, *call: str) -> str:
        """The governance office proposes a call; gives back the id of the proposal."""
        return find(self(*call, "--propose", title, "--as", OFFICE, "--key", "dev0"), "id")

    def pass_proposal(self, proposal: str) -> None:
        """The two other organisations approve, anybody executes."""
        self("proposal", "vote", proposal, "yes", "--as", BUSINESS, "--key", "dev2")
        self("proposal", "vote", proposal, "yes", "--as", PROVIDER, "--key", "dev3")
        self("proposal", "execute", proposal, "--key", "dev9")

    def decide(self, title: str, *call: str) -> None:
        """Proposes a call and passes it."""
        self.pass_proposal(self.propose(title, *call))


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
