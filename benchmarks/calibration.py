"""Fits the table that turns a finding's raw strength into a confidence, and writes it into the product.

    python -m benchmarks.calibration tests/analysis/cases.jsonl app/agent/evaluation/recorded/failures.jsonl.gz ...

Rules are written with the cases in view, so what they get right on them says little of a case they never saw. A case
that the rules got wrong when it was first put to them carries `first_miss`, the strength of that wrong answer; here it
counts as that miss, for ever. Cases without labels are left out, and those of the split `tuning`: the rules were built
on them, so neither what they hit nor what they missed there is what the present rules do at first sight.
"""

from __future__ import annotations

import sys
from collections.abc import Sequence
from pathlib import Path

from app.agent.evaluation.corpus import read_records
from app.agent.evaluation.failures import labelled
from app.analysis.calibration import VERSION, Curve, Labelled, fit, measure

TABLE = Path(__file__).parent.parent / "app" / "analysis" / "calibration" / "table.py"
EDGES = (1.0, 2.0, 2.6, 3.2, 3.6, 4.0, 4.4)

TEMPLATE = '''"""The fitted curve. Made by `benchmarks/calibration.py`; not edited by hand."""

from app.analysis.calibration.curve import Curve

VERSION = {version}
CURVE = Curve({points!r})
"""Fitted on {count} labelled answers, {right} of them right at first sight."""
'''


def answers(paths: Sequence[Path]) -> list[Labelled]:
    """Every labelled record: its strength, and whether the cause was right when it was first asked."""
    return [one for path in paths for one in labelled(read_records(path, "id"))]


def written(curve: Curve, found: Sequence[Labelled]) -> str:
    """The module's text."""
    right = sum(one.right for one in found)
    return TEMPLATE.format(version=VERSION + 1, points=curve.points, count=len(found), right=right)


def main(arguments: Sequence[str]) -> int:
    if not arguments:
        print("name at least one corpus with labels", file=sys.stderr)
        return 2
    found = answers([Path(one) for one in arguments])
    curve = fit(found, EDGES)
    TABLE.write_text(written(curve, found), encoding="utf-8")
    now = measure([(curve.at(one.strength), one.right) for one in found])
    print(f"{len(found)} answers, Brier score {now.brier}, calibration error {now.error}")
    for step in now.curve:
        print(f"  {step.low:.1f}-{step.low + 0.1:.1f} {step.count:4}: said {step.said:.2f}, right {step.right:.2f}")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
