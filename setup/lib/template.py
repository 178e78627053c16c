"""Databases that already hold what our modules build on, to be copied in a second."""

import json

from . import modules
from .paths import CHECKOUT, digest, lock
from .ui import step

PREFIX = "template_outsourcing_"


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
        _prune(runner, keep=stamp.name)
    return template


def _prune(runner, keep, count=4):
    """Drop the oldest templates: every change of requirements leaves one behind."""
    stamps = sorted(
        runner.data.glob(f"{PREFIX}*.json"), key=lambda path: path.stat().st_mtime
    )
    for stamp in [path for path in stamps if path.name != keep][: -(count - 1)]:
        runner.server.drop(stamp.stem, runner.filestores)
        stamp.unlink()
