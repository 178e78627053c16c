"""The clock of the story, its people, and how its threads take turns."""

import contextlib
import heapq
from datetime import date, datetime, time, timedelta
from functools import cached_property
from importlib import import_module
from unittest.mock import patch

import pytz

from odoo.sql_db import Cursor

from odoo.addons.base.models.ir_mail_server import IrMail_Server

ZONE = pytz.timezone("Asia/Shanghai")
# What the scheduler does at night, in this order; where a night in the week, or the
# first days of a month, lead to the same, only these are played.
NIGHTLY = (
    "outsourcing_mgmt.ir_cron_tender_close",
    "outsourcing_mgmt.ir_cron_award_finalise",
    "itsm_desk.ir_cron_itsm_sla",
    "itsm_desk.ir_cron_close_unsigned",
    "itsm_desk.ir_cron_complaint",
    "itsm_desk.ir_cron_survey",
    "vendor_quality.ir_cron_follow_clock",
)
WEEKLY = (
    "itsm_desk.ir_cron_training",
    "outsourcing_mgmt.ir_cron_contract_calendar",
    "outsourcing_mgmt.ir_cron_guarantee_expiry",
    "outsourcing_mgmt.ir_cron_worker_end",
    "outsourcing_mgmt.ir_cron_compliance",
    "outsourcing_mgmt.ir_cron_dual_request_expire",
    "vendor_quality.ir_cron_generate_rounds",
    "vendor_quality.ir_cron_refresh_forecasts",
    "vendor_quality.ir_cron_remind_improvement_plans",
    "vendor_quality.ir_cron_exception_close",
    "vendor_quality.ir_cron_deduction_follow",
    "vendor_quality.ir_cron_retention_remind",
)
MONTHLY = (
    "itsm_desk.ir_cron_kpi",
    "outsourcing_mgmt.ir_cron_audit_anchor",
    "outsourcing_mgmt.ir_cron_head_fact",
    "outsourcing_mgmt.ir_cron_price_fact",
    "outsourcing_mgmt.ir_cron_procurement_fact",
    "vendor_quality.ir_cron_propose_forms",
)
SUNDAY = 6
# Chapters that begin before the first service month.
LEAD_DAYS = 45


@contextlib.contextmanager
def unsent():
    """Keep the mails of the story in the house, and date records by its clock."""
    with (
        patch.object(IrMail_Server, "_disable_send", lambda self: True),
        patch.object(Cursor, "now", lambda self: datetime.utcnow()),
    ):
        yield


@contextlib.contextmanager
def mails_at_once():
    """Make the mails of a step with the step, by the clock of the story."""
    with contextlib.ExitStack() as stack:
        for module, name in (
            ("itsm_desk", "itsm"),
            ("outsourcing_mgmt", "outsourcing"),
        ):
            intents = import_acts(f"{module}.models.intent.{name}_mail_intent")
            stack.enter_context(patch.object(intents, "wake", intents.make_at_once))
        yield


def import_acts(name):
    """Return a file of our modules whose functions act for vendors."""
    return import_module(f"odoo.addons.{name}")


@contextlib.contextmanager
def acting_for_people():
    """Take the steps of the people of the story, who are not logged in."""
    with contextlib.ExitStack() as stack:
        for module in ("outsourcing_mgmt", "itsm_desk"):
            persons = import_acts(f"{module}.models.base.acting_person")
            stack.enter_context(persons.acting_in_process())
        yield


class Story:
    """Threads of events that share one clock.

    A thread is a generator: it yields the moment (UTC) at which it goes on, and does
    what happens then. What would happen after the end of the story stays undone.
    ``made`` holds the records that other threads look for.
    """

    def __init__(self, env, until):
        self.env = env
        self.until = until
        self.today = pytz.utc.localize(until).astimezone(ZONE).date()
        # Early in a month the one before has no approved forms yet.
        self.current = (self.today - timedelta(days=8)).replace(day=1)
        self.begin = self.at(self.month(-4), "06:00") - timedelta(days=LEAD_DAYS)
        self.made = {}
        self._users = {}

    # Moments

    def month(self, offset):
        """Return the first day of a month; 0 is the one in which the story ends."""
        number = self.current.year * 12 + self.current.month - 1 + offset
        return date(number // 12, number % 12 + 1, 1)

    def month_end(self, offset):
        """Return the last day of a month."""
        return self.month(offset + 1) - timedelta(days=1)

    def at(self, day, clock):
        """Return the moment of a day and a time of Shanghai, as in ``09:30``."""
        local = datetime.combine(day, time.fromisoformat(clock))
        return ZONE.localize(local).astimezone(pytz.utc).replace(tzinfo=None)

    def ago(self, days, clock="10:00"):
        """Return a moment some days before the end."""
        return self.at(self.today - timedelta(days=days), clock)

    def later(self, days, clock="10:00"):
        """Return a moment some days after the present event."""
        return self.at(self.day() + timedelta(days=days), clock)

    def day(self):
        """Return the day of the present event, in Shanghai."""
        return pytz.utc.localize(datetime.utcnow()).astimezone(ZONE).date()

    # People

    def user(self, login):
        """Return the user with a login."""
        if login not in self._users:
            user = self.env["res.users"].search([("login", "=", login)])
            if not user:
                raise LookupError(f"no user {login}")
            self._users[login] = user
        return self._users[login]

    def employee(self, login):
        """Return the employee of a user."""
        return self.user(login).employee_id

    def model(self, login, name):
        """Return a model as a user sees it."""
        return self.env[name].with_user(self.user(login))

    def act(self, login, records):
        """Return records in the hands of a user."""
        return records.with_user(self.user(login)).sudo(False)

    # Our modules are on the path only once Odoo has read its options.
    portal = cached_property(
        lambda self: import_acts("outsourcing_mgmt.models.bid.vendor")
    )
    """What vendors do with bids in the portal, as functions."""
    contract_portal = cached_property(
        lambda self: import_acts("outsourcing_mgmt.models.contract.vendor_acts")
    )
    """The same with contracts and deliveries."""
    quality_portal = cached_property(
        lambda self: import_acts("vendor_quality.models.form.vendor_quality_form_flow")
    )
    """The same with quality forms."""
    plan_portal = cached_property(
        lambda self: import_acts(
            "vendor_quality.models.consequence.vendor_quality_improvement_plan"
        )
    )
    """The same with improvement plans."""

    def vendor(self, login, records):
        """Return records as the portal hands them to a vendor."""
        return records.with_user(self.user(login)).sudo()

    def review(self, records, *logins):
        """Let each person settle the reviews that wait for him."""
        for login in logins:
            mine = self.act(login, records)
            mine.invalidate_recordset()
            if mine._tier_get_open_reviews_of_user():
                mine.validate_tier()

    # Turns

    def play(self, clock, threads):
        """Play the threads until the story ends, with a night between the days."""
        queue = []
        for number, thread in enumerate(threads):
            self._wait(queue, number, thread)
        night = self.at(self.day(), "23:00")
        last = None
        while queue:
            moment, number, thread = heapq.heappop(queue)
            while night < min(moment, self.until):
                clock.move_to(night)
                self._pass_night(self._jobs())
                night += timedelta(days=1)
            if moment > self.until:
                break
            if moment > datetime.utcnow():
                clock.move_to(moment)
            if moment.month != last:
                last = moment.month
                print(f"demo data: {moment:%B %Y}", flush=True)
            self._wait(queue, number, thread)
            self.env.cr.commit()
            self.env.invalidate_all()
        clock.move_to(self.until)
        self._pass_night((*NIGHTLY, *WEEKLY, *MONTHLY))

    def _wait(self, queue, number, thread):
        with contextlib.suppress(StopIteration):
            heapq.heappush(queue, (next(thread), number, thread))

    def _jobs(self):
        """Return the jobs of the present night."""
        day = self.day()
        jobs = NIGHTLY
        if day.weekday() == SUNDAY:
            jobs += WEEKLY
        return jobs + MONTHLY if day.day == 1 else jobs

    def _pass_night(self, jobs):
        for xmlid in jobs:
            job = self.env.ref(xmlid)
            job.with_user(job.user_id).ir_actions_server_id.run()
        self.env.cr.commit()
        self.env.invalidate_all()
