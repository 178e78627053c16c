"""Databases that already hold what our modules build on, to be copied in a second."""

import json
import shutil

from . import modules
from .paths import CHECKOUT, digest, lock
from .ui import step

PREFIX = "template_outsourcing_"
INSTALLED = "installed_outsourcing_"


def name(odoo, language):
    """The template's name: another one whenever its ingredients change."""
    key = digest(
        odoo.version,
        odoo.path,
        (CHECKOUT / "requirements.txt").read_text(),
        *modules.external_depends(),
        language or "",
    )
    return f"{PREFIX}{key}"


def ensure(runner, odoo, language=None):
    """The name of a complete template, made when missing."""
    template = name(odoo, language)
    server = runner.server
    stamp = runner.data / f"{template}.json"
    with lock(f"template-{runner.name}"):
        if stamp.exists() and template in server.databases(PREFIX):
            return template
        depends = modules.external_depends()
        step(f"preparing a database with {len(depends)} modules of Odoo and OCA (once)")
        stamp.unlink(missing_ok=True)
        making = f"{template}_new"
        server.drop(template, runner.filestores)
        server.drop(making, runner.filestores)
        options = ["--load-language", language] if language else []
        runner.install("Odoo and OCA modules", making, depends, *options)
        server.rename(making, template, runner.filestores)
        stamp.write_text(json.dumps({"depends": depends, "odoo": odoo.version}))
        _prune(runner, PREFIX, keep=stamp)
    return template


def ensure_installed(runner, odoo, language=None):
    """The name of a template that holds our modules, too, and the log of its making.

    What runs side by side shares it: the first makes it, and each judges the log.
    """
    base = ensure(runner, odoo, language)
    template = f"{INSTALLED}{digest(base, modules.fingerprint())}"
    server = runner.server
    stamp = runner.data / f"{template}.log"
    with lock(f"installed-{runner.name}"):
        if not stamp.exists() or template not in server.databases(INSTALLED):
            stamp.unlink(missing_ok=True)
            making = f"{template}_new"
            server.drop(template, runner.filestores)
            server.copy(base, making, runner.filestores)
            log = runner.install("installation of our modules", making, modules.names())
            server.rename(making, template, runner.filestores)
            shutil.copyfile(log, stamp)
            _prune(runner, INSTALLED, keep=stamp)
    return template, stamp


def _prune(runner, prefix, keep, count=4):
    """Drop the oldest templates: every change of what is in them leaves one behind."""
    stamps = sorted(
        runner.data.glob(f"{prefix}*"), key=lambda path: path.stat().st_mtime
    )
    for stamp in [path for path in stamps if path != keep][: -(count - 1)]:
        runner.server.drop(stamp.stem, runner.filestores)
        stamp.unlink()
