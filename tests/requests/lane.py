"""Runs a configuration: with `--profile`, under assume-env, and with `--profile` once more as the reasons change it."""

from __future__ import annotations

import contextlib
import json
import os
import queue
import subprocess
import sys
import tempfile
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import reasons
from authority import Authority
from case import PROFILE, Case, World
from observed import Observed, count, differences, observe
from operations import FEW, Operation
from recorder import Recorder

CLIENTS = "cli", "boto3"

#: A command that shows the environment it gets.
SHOW = "/usr/bin/env", "-0"


class Client:
    """A process that performs operations with one of the real clients (clients.py)."""

    def __init__(self, kind: str, port: int) -> None:
        self.kind = kind
        command = [sys.executable, "-B", str(Path(__file__).with_name("clients.py")), kind, str(port)]
        env = {"HOME": "/nonexistent", "PATH": "/usr/bin:/bin"}
        self._process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, env=env, text=True)
        self._operations = [one.name for one in Operation if one.value.words or kind == "boto3"]
        #: The variables of each setting that it reads in a profile, once it is ready.
        self.variables: dict[str, list[str]] = {}

    def wait(self) -> None:
        self.variables = self._answer()

    def run(self, env: Mapping[str, str], profile: str | None, all_operations: bool) -> dict[str, Any]:
        assert self._process.stdin is not None
        names = self._operations if all_operations else [one.name for one in FEW]
        job = {"env": env, "profile": profile, "operations": names}
        self._process.stdin.write(json.dumps(job) + "\n")
        self._process.stdin.flush()
        result = self._answer()
        if "crash" in result:
            raise RuntimeError(f"{self.kind}: {result['crash']}")
        return result

    def _answer(self) -> dict[str, Any]:
        assert self._process.stdout is not None
        line = self._process.stdout.readline()
        if not line:
            raise RuntimeError(f"{self.kind} ended")
        return json.loads(line)

    def close(self) -> None:
        assert self._process.stdin is not None
        self._process.stdin.close()
        self._process.wait()


@dataclass(frozen=True)
class Seen:
    """A configuration, and what became of it; what each client did is by the client's name."""

    case: Case
    theirs: Mapping[str, Observed]
    ours: Mapping[str, Observed]
    #: What `--profile` does with the configuration that the reasons make.
    expected: Mapping[str, Observed]
    reasons: Sequence[reasons.Reason]
    #: What assume-env wrote to standard error, and the environment that it gave to its command.
    said: str
    env: Mapping[str, str]

    def differing(self) -> list[str]:
        return _differences(self.theirs, self.ours)

    def unexplained(self) -> list[str]:
        if self.refused and any(isinstance(reason, reasons.Refusal) for reason in self.reasons):
            return []
        return _differences(self.expected, self.ours)

    @property
    def refused(self) -> bool:
        return any(observed.refused is not None for observed in self.ours.values())

    def requests(self) -> Counter[str]:
        """How many requests are equal and how many differ."""
        figures: Counter[str] = Counter()
        for client in CLIENTS:
            equal, different = count(self.theirs[client], self.ours[client])
            figures.update(equal=equal, different=different)
        return figures


def _differences(theirs: Mapping[str, Observed], ours: Mapping[str, Observed]) -> list[str]:
    """A line for each; operations that differ in the same way share one."""
    places: dict[tuple[str, str], dict[str, None]] = {}
    for client in CLIENTS:
        for difference in differences(theirs[client], ours[client]):
            places.setdefault((client, difference.what()), {})[difference.place] = None
    return [f"{client} {', '.join(where)}: {what}" for (client, what), where in places.items()]


class Lane:
    """A recorder with the clients that ask it, for one configuration at a time."""

    def __init__(self, binary: str, scratch: Path, authority: Authority, stranger: Authority) -> None:
        self.binary = binary
        self.scratch = scratch
        self.recorder = Recorder(authority)
        self.world = World(self.recorder.port, authority.bundle, stranger.bundle)
        self.clients: list[Client] = []

    def begin(self) -> Lane:
        self.recorder.begin()
        self.clients = [Client(kind, self.recorder.port) for kind in CLIENTS]
        for client in self.clients:
            client.wait()
        return self

    def end(self) -> None:
        for client in self.clients:
            client.close()
        self.recorder.end()

    def look(self, case: Case) -> Seen:
        theirs = self._with_profile(case)
        ours, said, env = self._with_keys(case)
        other, applied = reasons.rewritten(case)
        expected = self._with_profile(other) if applied and theirs != ours else theirs
        if any(observed.refused is not None for observed in ours.values()):
            applied += reasons.refusals(case)
        return Seen(case, theirs, ours, expected, applied, said, env)

    def _with_profile(self, case: Case) -> dict[str, Observed]:
        with self.home() as home:
            return self._observe(case, home, self.world.lay_out(case, home), PROFILE)

    def _with_keys(self, case: Case) -> tuple[dict[str, Observed], str, dict[str, str]]:
        """What the clients do with the environment that assume-env gives to its command."""
        with self.home() as home:
            env, said = self.assume(self.world.lay_out(case, home), home)
            said = said.replace(str(home), "~")
            if env is None:
                return dict.fromkeys(CLIENTS, Observed(refused="it refuses")), said, {}
            return self._observe(case, home, env, None), said, env

    def assume(self, env: Mapping[str, str], home: Path) -> tuple[dict[str, str] | None, str]:
        """The environment of a command under assume-env, or none, and what assume-env says."""
        done = subprocess.run(
            [self.binary, PROFILE, "--", *SHOW],
            env=env,
            cwd=home,
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            timeout=60,
        )
        if done.returncode:
            return None, done.stderr
        return dict(pair.split("=", 1) for pair in done.stdout.split("\0")[:-1]), done.stderr

    @contextlib.contextmanager
    def home(self) -> Iterator[Path]:
        with tempfile.TemporaryDirectory(dir=self.scratch) as home:
            yield Path(home)

    def _observe(
        self, case: Case, home: Path, env: Mapping[str, str], profile: str | None
    ) -> dict[str, Observed]:
        observed = {}
        for client in self.clients:
            self.recorder.take()
            result = client.run(env, profile, case.in_requests)
            observed[client.kind] = observe(result, self.recorder.take(), self.replaced(home))
        return observed

    def replaced(self, home: Path) -> dict[str, str]:
        """What is new in each run, and what takes its place in what is compared."""
        return {str(home): "~", f"127.0.0.1:{self.recorder.port}": "loopback"}


class Lanes:
    """As many lanes as there are processors."""

    def __init__(self, binary: str, scratch: Path) -> None:
        authority, stranger = Authority(scratch / "authority"), Authority(scratch / "stranger")
        self._lanes = [Lane(binary, scratch, authority, stranger) for _ in range(os.cpu_count() or 1)]
        self._free: queue.SimpleQueue[Lane] = queue.SimpleQueue()

    def __enter__(self) -> Lanes:
        with ThreadPoolExecutor(len(self._lanes)) as pool:
            for lane in pool.map(Lane.begin, self._lanes):
                self._free.put(lane)
        return self

    def __exit__(self, *_error: object) -> None:
        for lane in self._lanes:
            lane.end()

    def look(self, cases: Iterable[Case]) -> Iterator[Seen]:
        """What becomes of each configuration, in their order."""
        with ThreadPoolExecutor(len(self._lanes)) as pool:
            yield from pool.map(self._look, cases)

    def _look(self, case: Case) -> Seen:
        with self.one() as lane:
            return lane.look(case)

    @contextlib.contextmanager
    def one(self) -> Iterator[Lane]:
        """A lane that is free."""
        lane = self._free.get()
        try:
            yield lane
        finally:
            self._free.put(lane)
