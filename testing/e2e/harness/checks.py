"""The record of checks: each has a name and either holds or says what was expected and what was found."""

import sys
import threading
import time
import traceback
from collections.abc import Callable
from contextlib import contextmanager


class Stop(Exception):
    """A check failed that the rest of its suite stands on."""


class Expected(AssertionError):
    """What a check found is not what it expected."""


def expect(holds: bool, expected: object, found: object) -> None:
    """Fails the current check unless `holds`."""
    if not holds:
        raise Expected(f"expected {expected}\n      found    {shorten(found)}")


def equal(found: object, expected: object, what: str = "") -> None:
    """Fails the current check unless both are equal."""
    expect(found == expected, f"{what + ' = ' if what else ''}{shorten(expected)}", found)


def shorten(value: object, characters_max: int = 1500) -> str:
    text = value if isinstance(value, str) else repr(value)
    return text if len(text) <= characters_max else text[:characters_max] + f"... ({len(text)} characters)"


def eventually(what: str, probe: Callable[[], object], seconds: float = 20.0, pause: float = 0.05) -> object:
    """Polls until `probe` answers something true; a probe that raises counts as "not yet"."""
    deadline = time.monotonic() + seconds
    last: object = None
    while True:
        try:
            last = probe()
            if last:
                return last
        except Expected:
            raise
        except Exception as error:
            last = f"{type(error).__name__}: {error}"
        if time.monotonic() > deadline:
            raise Expected(f"expected {what} within {seconds:g} s\n      found    {shorten(last)}")
        time.sleep(pause)


class Checks:
    """Counts of a suite. Threads may report at the same time."""

    def __init__(self, suite: str, hint: Callable[[], str] = lambda: ""):
        self.suite = suite
        self.hint = hint
        self.passed = 0
        self.skipped: list[str] = []
        self.failures: list[str] = []
        self.lock = threading.Lock()
        self.started = time.monotonic()

    def report(self, name: str, detail: str | None, seconds: float = 0.0) -> None:
        """Records a check: `detail` is None when it held."""
        with self.lock:
            if detail is None:
                self.passed += 1
                print(f"  ok    {self.suite}: {name} ({seconds:.1f} s)", flush=True)
                return
            self.failures.append(f"{self.suite}: {name}")
            print(f"  FAIL  {self.suite}: {name}\n      {detail.strip()}", flush=True)
            if hint := self.hint():
                print(f"      logs     {hint}", flush=True)

    def skip(self, name: str, reason: str) -> None:
        """Says loudly that something was not checked, and why."""
        with self.lock:
            self.skipped.append(f"{self.suite}: {name}: {reason}")
            print(f"  skip  {self.suite}: {name}: {reason}", flush=True)

    def note(self, text: str) -> None:
        """A measurement: shown, not judged."""
        with self.lock:
            print(f"  note  {self.suite}: {text}", flush=True)

    @contextmanager
    def check(self, name: str, needed: bool = False):
        """One check: what is raised inside is its failure. A needed one ends its suite when it fails."""
        started = time.monotonic()
        try:
            yield
        except Stop:
            raise
        except Expected as error:
            self.report(name, str(error))
            if needed:
                raise Stop(name) from error
        except Exception as error:
            frames = traceback.extract_tb(sys.exc_info()[2])
            place = " < ".join(
                f"{frame.filename.rsplit('/', 1)[-1]}:{frame.lineno}" for frame in reversed(frames[-4:])
            )
            self.report(name, f"{type(error).__name__}: {shorten(str(error))}\n      at       {place}")
            if needed:
                raise Stop(name) from error
        else:
            self.report(name, None, time.monotonic() - started)
