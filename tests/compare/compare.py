"""Compares what assume-env makes of AWS configurations with what botocore, the AWS CLI's own library, makes of them.

    compare.py BINARY [SEED]

Comes in: the binary, and a seed for the random part, which is printed when it is not given. Goes out: each configuration in
which something differs that the table of differences does not have; the last line counts. No network, no AWS account.
"""

from __future__ import annotations

import os
import secrets
import sys
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import configurations
import generate
import ours
import reasons
import theirs
from differences import TABLE, Row
from outcome import Case, Difference, Outcome, differences

RANDOM = 300


def lay_out(case: Case, home: Path) -> dict[str, str]:
    """Writes the configuration below an empty home folder, and gives the environment for it."""

    def fill(text: str) -> str:
        return text.replace("{home}", str(home))

    texts = {".aws/config": case.config, ".aws/credentials": case.credentials, **case.files}
    for name, text in texts.items():
        if text:
            (home / name).parent.mkdir(parents=True, exist_ok=True)
            (home / name).write_text(fill(text), encoding="utf-8", newline="")
    return {"HOME": str(home), "PATH": "/usr/bin:/bin", **{name: fill(value) for name, value in case.env.items()}}


@dataclass(frozen=True)
class Seen:
    """A configuration, and what all made of it."""

    case: Case
    theirs: Outcome
    expected: reasons.Expectation
    ours: Outcome
    said: str

    def differing(self) -> list[Difference]:
        return list(differences(self.theirs, self.ours))

    def unexplained(self) -> Iterator[str]:
        """What no reason explains."""
        if self.ours.error == ours.CRASH:
            yield self.ours.error
            return
        if self.expected.refusals and self.ours.error is not None:
            return
        yield from (str(difference) for difference in differences(self.expected.outcome, self.ours))

    def reasons(self) -> list[reasons.Rewrite | reasons.Refusal]:
        return [*self.expected.rewrites, *self.expected.refusals]


class Comparison:
    """Counts, and tells what failed."""

    def __init__(self, binary: str, scratch: Path) -> None:
        self.binary = binary
        self.scratch = scratch
        self.passed = 0
        self.failed = 0

    def judge(self, name: str, faults: list[str], seen: Seen | None = None) -> None:
        if not faults:
            self.passed += 1
            return
        self.failed += 1
        print(f"\nFAILED: {name}")
        for fault in faults:
            print(f"  {fault}")
        if seen is not None:
            for line in seen.said.splitlines():
                print(f"  assume-env said: {line}")
            for reason in seen.reasons():
                print(f"  applies: {reason.why}")
            print(seen.case.show())

    def look(self, case: Case) -> Seen:
        with tempfile.TemporaryDirectory(dir=self.scratch) as home:
            env = lay_out(case, Path(home))
            left = theirs.resolve(case, env)
            expected = reasons.expect(case, env, left)
            right, said = ours.resolve(self.binary, case, env)
            return Seen(case, left, expected, right, said.replace(home, "~"))

    def written(self) -> None:
        """The configurations that are written down: the table has to be the whole truth about them."""
        rows: dict[str, list[Row]] = {}
        for row in TABLE:
            rows.setdefault(row.case, []).append(row)
        errors = 0
        for case in configurations.ALL:
            seen = self.look(case)
            errors += seen.theirs.error is not None
            self.judge(case.name, list(_against_table(seen, rows.pop(case.name, []))), seen)
        names = [case.name for case in configurations.ALL]
        twice = sorted({name for name in names if names.count(name) > 1})
        self.judge("each configuration has a name of its own", twice)
        self.judge("each row is of a configuration", sorted(rows))
        known = {**reasons.REWRITES, **reasons.REFUSALS}
        unused = [name for name, reason in known.items() if all(row.why is not reason for row in TABLE)]
        self.judge("each reason has a row", unused)
        print(
            f"{len(names)} configurations written down, {errors} of them an error in botocore, {len(TABLE)} listed differences"
        )

    def random(self, seed: int) -> None:
        """Configurations that nobody wrote: a reason of the table has to explain each difference."""
        agreed = errors = differed = 0
        for case in generate.cases(seed, RANDOM):
            seen = self.look(case)
            self.judge(f"{case.name} of seed {seed}", list(seen.unexplained()), seen)
            errors += seen.theirs.error is not None
            differed += bool(seen.differing())
            agreed += seen.theirs.error is None and not seen.differing()
        print(
            f"{RANDOM} random configurations: {agreed} the same, {errors} an error in botocore, {differed} differ for a reason"
        )
        few = [
            f"{name}: {count}" for name, count in {"the same": agreed, "errors": errors}.items() if count < RANDOM // 10
        ]
        self.judge("the random configurations are not all of one sort", few)


def _against_table(seen: Seen, rows: list[Row]) -> Iterator[str]:
    found, listed = seen.differing(), [row.difference() for row in rows]
    yield from (f"not listed: {difference}" for difference in found if difference not in listed)
    yield from (f"listed, and not so any more: {difference}" for difference in listed if difference not in found)
    applying = seen.reasons()
    yield from (f"listed for a reason that does not apply: {row.why.why}" for row in rows if row.why not in applying)
    yield from (f"no reason for: {text}" for text in seen.unexplained())


def main() -> int:
    binary = os.path.abspath(sys.argv[1])
    seed = int(sys.argv[2]) if len(sys.argv) > 2 else secrets.randbelow(1_000_000)
    with tempfile.TemporaryDirectory() as scratch:
        comparison = Comparison(binary, Path(scratch))
        comparison.written()
        print(f"seed {seed}")
        comparison.random(seed)
    print(f"\ncompare: {comparison.passed} passed, {comparison.failed} failed")
    return int(comparison.failed > 0)


if __name__ == "__main__":
    sys.exit(main())
