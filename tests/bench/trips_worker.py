"""Play a short story with the people of the demo data, then count calls in trips.

Called by trips.py with Odoo's own options: JSON requests in, JSON answers out.
"""

import json
import operator
import os
import sys
import traceback
from collections import Counter
from datetime import datetime, timedelta
from email.message import EmailMessage
from itertools import pairwise
from pathlib import Path

import freezegun

from odoo import SUPERUSER_ID, api
from odoo.modules.registry import Registry
from odoo.service import server
from odoo.tools import config

HERE = Path(__file__).resolve().parent
sys.path.insert(0, str(HERE.parents[1] / "setup"))

from demo import bills, contracts, people, quality, story, tenders  # noqa: E402

UNTIL = datetime(2026, 6, 17, 2)
"""A Wednesday morning in Shanghai; fixed, so that no figure depends on the day."""
KEY = "guards"
TENDER = tenders.Plan(
    *("trips", "CLEAN", "Care of the garden", 12, 7000.0, 90000.0),
    bids={"clean1": 6900.0, "clean2": 7100.0},
    until="published",
    invited=("clean1", "clean2", "clean3"),
    open_days=16,
)
ROUNDS = (KEY, "Gates at night", "Plant 1", "3", ("Gate log kept", "Patrol times"))
"""A plan of its own, in which nothing fails."""
LAST_BID = ("clean3", 7050.0)
"""Drafted, to be sealed by a trip."""


class World:
    """A contract with a month approved and one to be collected, a tender with bids."""

    def __init__(self, env):
        self.story = story.Story(env, UNTIL)
        people.load(self.story)

    def play(self):
        """Play the story to its end; the clock of the process stays there."""
        tale = self.story
        self.clock = freezegun.freeze_time(tale.begin).start()
        tale.play(
            self.clock,
            [
                contracts.guards(tale),
                bills.start_the_gate(tale),
                quality.inspect(tale, *ROUNDS),
                quality.spare_the_past(tale),
                self.approve_month(-2),
                tenders.procure(tale, tale.ago(12, "09:10"), TENDER),
                self.draft_bill(),
                self.draft_bid(),
            ],
        )
        self.fill_in(-1)

    def fill_in(self, month):
        """Enter what no record says into the form of a month: all is well."""
        form = self.story.model("qualityofficer", quality.FORM).search(
            [
                ("contract_id", "=", self.story.made[KEY].id),
                ("date_start", "=", self.story.month(month)),
            ]
        )
        form.fee_amount = bills.FEES[KEY]
        by_hand = form.line_ids.filtered(lambda line: line.metric_id.source == "manual")
        by_hand.write({"manual_value": 100, "manual_note": "Attendance list"})
        self.story.made["form", month] = form
        return form

    def approve_month(self, month):
        """Collect a month, hear the vendor, approve."""
        yield self.story.at(self.story.month_end(month), "10:00") + timedelta(days=3)
        form = self.fill_in(month)
        form.action_collect()
        form.action_send_to_vendor()
        yield self.story.later(1, "11:00")
        yield from quality.agree(self.story, KEY, form)

    def draft_bill(self):
        """Enter the bill of the month that is approved."""
        yield self.story.ago(1)
        self.story.made["bill"] = bills.enter(self.story, KEY, -2)

    def draft_bid(self):
        """Prepare a bid up to its declaration."""
        yield self.story.ago(1, "11:00")
        login, price = LAST_BID
        self.story.made["bid"] = tenders.write_bid(
            self.story, login, self.story.made[TENDER.key, "tender"], price
        )

    # ------------------------------------------------------------
    # TRIPS
    # ------------------------------------------------------------

    def bill_posted(self):
        """A bill posted under the gate."""
        bill = self.story.made["bill"]
        yield
        bill.action_post()
        yield
        assert bill.state == "posted", bill.state

    def form_collected(self):
        """vendor.quality.form.action_collect."""
        form = self.story.made["form", -1]
        yield
        form.action_collect()
        yield
        assert form.state == "collected", form.state

    def bid_sealed(self):
        """A bid sealed."""
        bid = self.story.made["bid"]
        yield
        bid.action_seal()
        yield
        assert bid.state == "sealed", bid.state

    def bids_opened(self):
        """The bids of a tender opened, in one act."""
        tender = self.story.made[TENDER.key, "tender"]
        self.clock.move_to(tender.bid_deadline + timedelta(minutes=1))
        tender.action_close()
        self.clock.move_to(tender.opening_date + timedelta(minutes=5))
        tenders.attend(self.story, tender)
        yield
        tender.action_open()
        yield
        assert set(tender.sudo().bid_ids.mapped("state")) == {"opened"}

    def mail_received(self):
        """An inbound mail becoming a ticket with clocks."""
        env = self.story.env
        mail = EmailMessage()
        mail["From"] = "Huang Mei <requester@company.example.com>"
        mail["To"] = "it-desk@company.example.com"
        mail["Subject"] = "Month-end postings take minutes"
        mail["Message-Id"] = "<trips@company.example.com>"
        mail.set_content("Since Monday every posting takes two minutes.")
        yield
        number = env["mail.thread"].message_process("itsm.ticket", mail.as_string())
        yield
        assert env["itsm.ticket"].browse(number).sudo().clock_ids


class Trace:
    """The calls of functions of our modules, in their order, as code objects."""

    def __init__(self):
        self.roots = tuple(
            f"{Path(sys.modules[f'odoo.addons.{name}'].__file__).parent}/"
            for name in people.MODULES
        )
        self.calls = []

    def __enter__(self):
        sys.setprofile(self._note)
        return self

    def __exit__(self, *_error):
        sys.setprofile(None)

    def _note(self, frame, event, _argument):
        if event == "call" and frame.f_code.co_filename.startswith(self.roots):
            self.calls.append(frame.f_code)

    def figures(self):
        """Return what was counted, and the names of the functions by file."""
        where = {}
        for code in dict.fromkeys(self.calls):
            where.setdefault(code.co_filename, []).append(code.co_name)
        files = [code.co_filename for code in self.calls]
        modules = len(os.path.commonpath(self.roots)) + 1
        return {
            "functions": len(set(self.calls)),
            "names": len({(code.co_filename, code.co_name) for code in self.calls}),
            "files": len(where),
            "moves": sum(map(operator.ne, files, files[1:])),
            "calls": len(self.calls),
            "between": [
                [count, start[modules:], end[modules:]]
                for (start, end), count in Counter(
                    pair for pair in pairwise(files) if pair[0] != pair[1]
                ).most_common()
            ],
            "where": {name[modules:]: sorted(names) for name, names in where.items()},
        }


def count(env, trip):
    """Take a trip and count its calls, those of the final flush included."""
    next(trip)
    env.flush_all()
    env.invalidate_all()
    with Trace() as trace:
        next(trip)
        env.flush_all()
    next(trip, None)
    return trace.figures()


def serve(env, answers):
    """Answer requests until the input ends: first ``build``, then trips by name."""
    for line in sys.stdin:
        request = json.loads(line)
        try:
            if request["act"] == "build":
                world = World(env)
                world.play()
                answer = {}
            else:
                answer = count(env, getattr(world, request["act"])())
            env.cr.commit()
        except Exception as error:
            traceback.print_exc()
            env.cr.rollback()
            answer = {"error": f"{type(error).__name__}: {error}"}
        answers.write(json.dumps(answer) + "\n")
        answers.flush()


if __name__ == "__main__":
    # whatever Odoo prints must not get into the answers
    answers, sys.stdout = sys.stdout, sys.stderr
    config.parse_config(sys.argv[1:], setup_logging=True)
    server.start(preload=[], stop=True)
    registry = Registry(config["db_name"][0])
    with registry.cursor() as cr, story.unsent(), story.acting_for_people():
        serve(api.Environment(cr, SUPERUSER_ID, {}), answers)
