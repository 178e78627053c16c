"""Fill a database with the demo company and four months of its life.

    python setup/demo -c CONFIGURATION -d DATABASE

The database holds the three modules and no demo data. The story is played through
the modules' own verbs, each by its own user, while the clock of this process stands
at the moment of each event; nothing is written past the rules. Played once: a second
run does nothing.
"""

import argparse
import logging
import time
from datetime import datetime

import freezegun

import odoo
from odoo import SUPERUSER_ID, api
from odoo.modules.registry import Registry

from . import (
    bills,
    conduct,
    consequences,
    contracts,
    desk,
    knowledge,
    learning,
    menus,
    people,
    planning,
    quality,
    rules,
    store,
    talks,
    tenders,
    voices,
)
from .story import Story, acting_for_people, mails_at_once, unsent

MARK = "outsourcing_suite.demo"
CHAPTERS = (
    rules,
    planning,
    tenders,
    contracts,
    desk,
    knowledge,
    learning,
    talks,
    voices,
    store,
    quality,
    consequences,
    bills,
    conduct,
)


def arguments(words):
    """Read the command line."""
    parser = argparse.ArgumentParser(
        prog="setup/demo",
        description=__doc__,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("-c", "--config", required=True, help="Odoo's configuration")
    parser.add_argument("-d", "--database", required=True)
    parser.add_argument(
        "--until",
        type=datetime.fromisoformat,
        default=datetime.utcnow().replace(microsecond=0),
        help="the moment (UTC) at which the story ends; default: now",
    )
    parser.add_argument("--addons-path", help="instead of the configuration's")
    return parser.parse_args(words)


def main(words):
    """Load the demo data unless they are there."""
    options = arguments(words)
    settings = ["-c", options.config, "-d", options.database]
    if options.addons_path:
        settings += ["--addons-path", options.addons_path]
    odoo.tools.config.parse_config([*settings, "--log-level", "warn"])
    logging.getLogger("odoo.addons.base.models.ir_cron").setLevel(logging.ERROR)
    registry = Registry(options.database)
    with registry.cursor() as cr:
        env = api.Environment(cr, SUPERUSER_ID, {})
        mark = env["ir.config_parameter"].get_param(MARK)
        if mark == "told":
            print("demo data is there")
            return 0
        if mark:
            print("the demo data is there in part: make the database anew")
            return 1
        # Logs keep the words of the moment: people work in their language.
        env = env(context={"lang": env.ref("base.user_admin").lang})
        with acting_for_people():
            return tell(env, options.until)


def tell(env, until):
    """Load the people, play the chapters, and look into every menu."""
    started = time.monotonic()
    env["ir.config_parameter"].set_param(MARK, "begun")
    story = Story(env, until)
    print("demo data: people", flush=True)
    people.load(story)
    with freezegun.freeze_time(story.begin) as clock, unsent(), mails_at_once():
        story.play(
            clock, [thread for part in CHAPTERS for thread in part.threads(story)]
        )
    deliver_mails(env)
    env["ir.config_parameter"].set_param(MARK, "told")
    env.cr.commit()
    empty = menus.find_empty(env)
    for line in empty:
        print(f"demo data: empty menu {line}")
    print(f"demo data: done in {time.monotonic() - started:.0f} s")
    return 1 if empty else 0


def deliver_mails(env):
    """Take the mails of the story out of the queue: a real server would send them."""
    mails = env["mail.mail"].search([("state", "in", ("outgoing", "exception"))])
    mails.mail_message_id.notification_ids.filtered(
        lambda item: item.notification_type == "email"
    ).write({"notification_status": "sent", "failure_type": False})
    mails.unlink()
