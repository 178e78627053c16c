"""Warnings and errors in Odoo's log, by the rules in checklog-odoo.cfg."""

import configparser
import re
import subprocess

from .paths import CHECKOUT

CONFIG = CHECKOUT / "checklog-odoo.cfg"
SILENT = "No Odoo log record found"


def ignored():
    """The patterns of records that are known and harmless."""
    parser = configparser.ConfigParser(interpolation=None)
    parser.read(CONFIG)
    lines = parser.get("checklog-odoo", "ignore", fallback="").splitlines()
    return [line.strip() for line in lines if line.strip() and not line.startswith("#")]


def check(venv, log, extra=(), may_be_silent=False):
    """The records that should not be there, each with its first lines.

    A log without any record is a failure, unless its program logs trouble only.
    """
    command = [venv.tool("checklog-odoo"), "--no-echo"]
    for pattern in [*ignored(), *extra]:
        command += ["--ignore", pattern]
    answer = subprocess.run([*command, log], capture_output=True, text=True)
    if answer.returncode == 0 or (may_be_silent and SILENT in answer.stderr):
        return []
    text = answer.stdout.partition("errors that caused failure")[2]
    records = re.split(r"\n(?=\d{4}-\d\d-\d\d \d\d:\d\d:\d\d,\d{3} )", text)[1:]
    return [record.strip()[:1500] for record in records] or [
        answer.stderr.strip() or "checklog-odoo failed without a reason"
    ]
