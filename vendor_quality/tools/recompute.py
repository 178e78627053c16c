#!/usr/bin/env python3
"""Re-compute the score of an exported quality form, without Odoo.

    python3 recompute.py form.json

Prints the result and exits with 1 when the score, the money or the hash of the
file is not what its own figures give.
"""

# pylint: disable=print-used
import json
import sys
from pathlib import Path

if __package__:
    from . import replay
else:
    sys.path.insert(0, str(Path(__file__).resolve().parents[1]))
    from tools import replay


def check(export):
    """Return the differences between an export and its own figures.

    :param dict export: ``{"document": ..., "sha256": ...}``
    """
    document = export["document"]
    problems = []
    if document.get("format") not in replay.FORMATS:
        return [f"unknown format: {document.get('format')}"]
    if replay.get_hash(document) != export["sha256"]:
        problems.append("hash: the document was changed after it was frozen")
    result, _lines = replay.compute(document)
    for name, value in result.items():
        if document["result"].get(name) != value:
            problems.append(
                f"{name}: {value} computed, {document['result'].get(name)} stated"
            )
    return problems


def main(arguments):
    if len(arguments) != 1:
        print(__doc__.strip())
        return 2
    try:
        export = json.loads(Path(arguments[0]).read_text(encoding="utf-8"))
        problems = check(export)
        result, lines = replay.compute(export["document"])
    except (OSError, ValueError, KeyError, TypeError) as error:
        print(f"{arguments[0]}: not a quality form: {error!r}")
        return 2
    for line in lines:
        print(f"{line['code']:<24} value {line['value']}  points {line['points']}")
    for row in result.get("rows", ()):
        print(
            f"{row['key']:<24} {row['basis']} x {row['rate']} % x {row['factor']} x "
            f"{row['days']} = {row['uncapped']}  amount {row['amount']}"
        )
    for name, value in result.items():
        if name != "rows":
            print(f"{name:<24} {value}")
    for problem in problems:
        print(f"DIFFERENT {problem}")
    print("OK" if not problems else f"{len(problems)} differences")
    return 1 if problems else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
