"""Compares what a command asks of the services under assume-env with what it asks with `--profile`.

    check.py BINARY [SEED [WORD]]

Comes in: the binary, and a seed for the random part, which is printed when it is not given. With a word, only those
configurations run that have it in their name. Goes out: each difference that the table of differences does not
have; the last line counts. No network but loopback, no AWS account.
"""

from __future__ import annotations

import os
import secrets
import subprocess
import sys
import tempfile
from collections import Counter
from collections.abc import Iterator, Sequence
from pathlib import Path

import configurations
import generate
import reasons
from case import PROFILE, Case
from differences import TABLE, Row
from lane import Lane, Lanes, Seen
from observed import Observed, differences, observe
from operations import Operation
from settings import OF_BOTO, SETTINGS, WITHOUT_VARIABLE

RANDOM = 20


class Judge:
    """Counts, and shows what failed."""

    def __init__(self) -> None:
        self.passed = 0
        self.failed = 0
        self.requests: Counter[str] = Counter()

    def judge(self, name: str, faults: Sequence[str], seen: Seen | None = None) -> None:
        if not faults:
            self.passed += 1
            return
        self.failed += 1
        print(f"\nFAILED: {name}")
        for fault in faults:
            print(f"  {fault}")
        if seen is not None:
            if seen.refused:
                print("".join(f"  assume-env said: {line}\n" for line in seen.said.splitlines()), end="")
            for reason in seen.reasons:
                print(f"  applies: {reason.why}")
            print(seen.case.show(), end="")

    def count(self, seen: Seen) -> None:
        self.requests.update(seen.requests())

    def figures(self) -> str:
        return f"{self.requests['equal']} requests equal, {self.requests['different']} different"


def written(judge: Judge, lanes: Lanes, word: str) -> None:
    """The configurations that are written down: the table has to be the whole truth about them."""
    rows: dict[str, list[Row]] = {}
    for row in TABLE:
        rows.setdefault(row.case, []).append(row)
    chosen = [case for case in configurations.ALL if word in case.name]
    for seen in lanes.look(chosen):
        judge.count(seen)
        judge.judge(seen.case.name, list(_against_table(seen, rows.pop(seen.case.name, []))), seen)
    print(f"\n{len(chosen)} configurations written down, {len(TABLE)} listed differences: {judge.figures()}")
    if word:
        return
    names = Counter(case.name for case in configurations.ALL)
    judge.judge("each configuration has a name of its own", [name for name, times in names.items() if times > 1])
    judge.judge("each row is of a configuration", sorted(rows))
    known = {**reasons.REWRITES, **reasons.REFUSALS}
    unused = [name for name, reason in known.items() if all(row.why is not reason for row in TABLE)]
    judge.judge("each reason has a row", unused)


def _against_table(seen: Seen, rows: list[Row]) -> Iterator[str]:
    found = seen.differing()
    if not found:
        yield from (f"listed, and not so any more: {row.why.why}" for row in rows)
    elif not rows:
        yield from found
    else:
        yield from (
            f"listed for a reason that does not apply: {row.why.why}" for row in rows if row.why not in seen.reasons
        )
        yield from seen.unexplained()


def random(judge: Judge, lanes: Lanes, seed: int, word: str) -> None:
    """Random configurations: a reason of the table has to explain each difference."""
    agreed = explained = 0
    chosen = [case for case in generate.cases(seed, RANDOM) if word in case.name]
    for seen in lanes.look(chosen):
        judge.count(seen)
        faults = seen.unexplained()
        judge.judge(f"{seen.case.name} of seed {seed}", faults, seen)
        same = not seen.differing()
        agreed += same
        explained += not same and not faults
    print(f"\n{len(chosen)} random configurations: {agreed} the same, {explained} differ for a reason")


def variables(judge: Judge, lanes: Lanes) -> None:
    """The variables of the settings that neither client reads."""
    others = [setting for setting in SETTINGS if setting not in OF_BOTO]
    with lanes.one() as lane:
        for setting in others:
            (value,) = setting.values
            own = dict.fromkeys(setting.variables, "of-the-user")
            case = Case(setting.key, {"region": "eu-west-1", **setting.inside(value)})
            faults = list(_set(lane, case, dict.fromkeys(setting.variables, value)))
            case = Case(setting.key, case.profile, env=own)
            faults += _set(lane, case, own)
            judge.judge(f"{setting.key} = {value} for {setting.reader}", faults)


def _set(lane: Lane, case: Case, expected: dict[str, str]) -> Iterator[str]:
    with lane.home() as home:
        env, said = lane.assume(lane.world.lay_out(case, home), home)
    if env is None:
        yield said
        return
    for name, value in expected.items():
        if env.get(name) != value:
            yield f"{name} has to be {value!r}, and is {env.get(name)!r}"


def completeness(judge: Judge, lanes: Lanes) -> None:
    """Whatever the installed clients read in a profile is in the table of settings, with its variable."""
    known = {setting.key: setting.variables for setting in OF_BOTO} | {"region": ("AWS_DEFAULT_REGION",)}
    with lanes.one() as lane:
        for client in lane.clients:
            faults = []
            for key, names in client.variables.items():
                block, _dot, name = key.partition(".")
                inside = WITHOUT_VARIABLE.get(block)
                if not names and (inside is None or (not isinstance(inside, str) and name and name not in inside)):
                    faults.append(f"{key} has no variable, and is not in WITHOUT_VARIABLE")
                faults += [f"{key} has the variable {name}" for name in names if name not in known.get(key, ())]
            judge.judge(f"each setting that {client.kind} reads is known", faults)


def real(judge: Judge, lanes: Lanes) -> None:
    """The forks do what the programs do: `aws` and `python` as they are installed, started by assume-env itself."""
    settings = {"region": "us-east-2", "use_fips_endpoint": "true", "max_attempts": "2", "sdk_ua_app_id": "ledger"}
    case = Case("real programs", settings)
    folder = Path(sys.executable).parent
    script = (
        "import boto3, sys; s = boto3.Session(profile_name=sys.argv[1] if len(sys.argv) > 1 else None); "
        "s.client('sts').get_caller_identity()"
    )
    commands = {
        "cli": ([str(folder / "python"), str(folder / "aws"), *Operation.who.value.words], ["--profile", PROFILE]),
        "boto3": ([str(folder / "python"), "-c", script], [PROFILE]),
    }
    with lanes.one() as lane:
        forks = lane.look(case)
        for client, (command, with_profile) in commands.items():
            theirs = _started(lane, case, [*command, *with_profile])
            ours = _started(lane, case, [lane.binary, PROFILE, "--", *command])
            for side, seen, forked in ("--profile", theirs, forks.theirs), ("assume-env", ours, forks.ours):
                expected = Observed({"who": forked[client].requests["who"]}, {"who": {}})
                faults = [difference.what() for difference in differences(expected, seen)]
                judge.judge(f"a real {client} does what its fork does ({side})", faults)


def _started(lane: Lane, case: Case, command: Sequence[str]) -> Observed:
    with lane.home() as home:
        lane.recorder.take()
        lane.recorder.operation = "who"
        subprocess.run(
            command,
            env=lane.world.lay_out(case, home),
            cwd=home,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            timeout=120,
        )
        return observe({"outcomes": {"who": {}}, "settings": {}}, lane.recorder.take(), lane.replaced(home))


def main() -> int:
    sys.stdout.reconfigure(line_buffering=True)  # type: ignore[union-attr]
    binary = os.path.abspath(sys.argv[1])
    seed = int(sys.argv[2]) if len(sys.argv) > 2 else secrets.randbelow(1_000_000)
    word = sys.argv[3] if len(sys.argv) > 3 else ""
    judge = Judge()
    with tempfile.TemporaryDirectory() as scratch, Lanes(binary, Path(scratch)) as lanes:
        written(judge, lanes, word)
        print(f"seed {seed}")
        random(judge, lanes, seed, word)
        if not word:
            variables(judge, lanes)
            completeness(judge, lanes)
            real(judge, lanes)
    print(f"\nproof: {judge.figures()} under assume-env and with --profile")
    print(f"requests: {judge.passed} passed, {judge.failed} failed")
    return int(judge.failed > 0)


if __name__ == "__main__":
    sys.exit(main())
