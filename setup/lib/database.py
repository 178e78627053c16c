"""Databases on a server: asked and changed through psql, so no driver is needed."""

import os
import re
import shutil
import subprocess

from .paths import digest, folder
from .ui import Problem

NAME = re.compile(r"[A-Za-z0-9_][A-Za-z0-9_.-]{0,62}")
OLDEST_SERVER = 130000


def check_name(name):
    """Refuse a database name that Odoo would refuse, or that others own."""
    if not NAME.fullmatch(name):
        raise Problem(
            f"{name!r} is no name for a database: letters, digits, '_', '-' and '.'"
        )
    if name in ("postgres", "template0", "template1"):
        raise Problem(f"{name} belongs to PostgreSQL: choose another name")
    return name


def literal(text):
    """Quote a text for SQL."""
    return "'" + str(text).replace("'", "''") + "'"


class Server:
    """A PostgreSQL server, as the environment variables in ``environment`` name it."""

    def __init__(self, psql, environment):
        self.psql = psql
        self.environment = environment

    @property
    def suffix(self):
        """What tells this server's files from the embedded one's."""
        if self.environment:
            return ""
        where = [os.environ.get(key, "") for key in ("PGHOST", "PGPORT")]
        return "-" + digest(*where)

    def _psql(self, database, statement):
        return subprocess.run(
            [
                self.psql,
                *("-X", "-q", "-w", "-t", "-A", "-v", "ON_ERROR_STOP=1"),
                *("-d", database, "-c", statement),
            ],
            capture_output=True,
            text=True,
            stdin=subprocess.DEVNULL,
            env=os.environ | {"PGCONNECT_TIMEOUT": "10"} | self.environment,
        )

    def sql(self, database, statement):
        """Run one statement; its rows as text."""
        answer = self._psql(database, statement)
        if answer.returncode:
            lines = answer.stderr.strip().splitlines() or ["no answer"]
            raise Problem(f"PostgreSQL: {lines[0].removeprefix('psql: ')}")
        return answer.stdout.strip()

    def answers(self):
        """Whether the server takes connections now."""
        answer = self._psql("postgres", "SELECT 1")
        return answer.returncode == 0 or "does not exist" in answer.stderr

    def check(self):
        """Refuse a server the suite cannot work with, and say why."""
        where = os.environ.get("PGHOST")
        try:
            row = self.sql(
                "postgres",
                "SELECT current_setting('server_version_num'), current_user, rolsuper"
                " OR rolcreatedb FROM pg_roles WHERE rolname = current_user",
            )
        except Problem as problem:
            raise Problem(
                f"cannot use the server PGHOST={where} ({problem}): check PGHOST,"
                " PGPORT, PGUSER and PGPASSWORD, or unset PGHOST for the embedded one"
            ) from problem
        version, role, creates = row.split("|")
        if role == "postgres":
            raise Problem(
                "Odoo refuses the role postgres: create another with CREATEDB and name"
                " it in PGUSER"
            )
        if creates != "t":
            raise Problem(f"the role {role} may not create databases: ALTER ROLE it")
        if int(version) < OLDEST_SERVER:
            raise Problem(f"the server PGHOST={where} is older than PostgreSQL 13")

    def databases(self, prefix=""):
        """The names of the databases that begin with ``prefix``."""
        rows = self.sql("postgres", "SELECT datname FROM pg_database ORDER BY datname")
        return [name for name in rows.splitlines() if name.startswith(prefix)]

    def note(self, database):
        """The note ``remember`` left on a database."""
        return self.sql(
            "postgres",
            "SELECT shobj_description(oid, 'pg_database') FROM pg_database"
            f" WHERE datname = {literal(database)}",
        )

    def remember(self, database, text):
        """Leave a note on a database: what it was made from."""
        self.sql("postgres", f'COMMENT ON DATABASE "{database}" IS {literal(text)}')

    def copy(self, template, database, filestores):
        """Copy a database with its files."""
        self.drop(database, filestores)
        self.sql("postgres", f'CREATE DATABASE "{database}" TEMPLATE "{template}"')
        source = filestores / template
        if source.is_dir():
            # Odoo never changes a stored file, so a link is as good as a copy
            shutil.copytree(source, filestores / database, copy_function=os.link)

    def rename(self, old, new, filestores):
        """Give a finished database its name."""
        self.sql("postgres", f'ALTER DATABASE "{old}" RENAME TO "{new}"')
        shutil.rmtree(filestores / new, ignore_errors=True)
        if (filestores / old).is_dir():
            (filestores / old).rename(filestores / new)

    def drop(self, database, filestores):
        """Drop a database with its files, whoever is connected."""
        self.sql("postgres", f'DROP DATABASE IF EXISTS "{database}" WITH (FORCE)')
        shutil.rmtree(filestores / database, ignore_errors=True)

    def installed(self, database):
        """Odoo's modules in a database with their versions; empty when not Odoo's."""
        if self.sql(database, "SELECT to_regclass('ir_module_module') IS NULL") == "t":
            return {}
        rows = self.sql(
            database,
            "SELECT name, latest_version FROM ir_module_module"
            " WHERE state IN ('installed', 'to upgrade')",
        )
        return dict(row.split("|", 1) for row in rows.splitlines())

    def set_base_url(self, database, port):
        """Let the links of a database lead to where it is served.

        Installation leaves the port of its own process there. An administrator who
        froze another address keeps it.
        """
        self.sql(
            database,
            "UPDATE ir_config_parameter SET value ="
            f" {literal(f'http://127.0.0.1:{port}')} WHERE key = 'web.base.url'"
            " AND NOT EXISTS (SELECT FROM ir_config_parameter"
            " WHERE key = 'web.base.url.freeze' AND value != '')",
        )


def data_dir(name):
    """Odoo's data folder for one cluster, and the filestores in it."""
    path = folder("data", name)
    (path / "filestore").mkdir(exist_ok=True)
    return path
