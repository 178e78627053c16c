import logging
from functools import partial

from dateutil.relativedelta import relativedelta

from odoo import SUPERUSER_ID, api, models
from odoo.fields import Domain
from odoo.tools import SQL, format_date

from ...tools import deadline
from ...tools.apart import run_apart
from ..base.grants import server_create, server_write
from ..base.groups import PROCUREMENT
from ..messages.scheduling import schedule_missing
from ..messages.telling import find_users
from ..vendor.listed import (
    ask_once,
    call_about_held,
    get_listed_reasons,
    has_entries,
)
from .contract_ties import carry_milestones, carry_terms
from .outsourcing_contract import DEADLINE_TYPE, IN_FORCE

_logger = logging.getLogger(__name__)

BATCH = 200


def _is_not_reminded(model, alias, query):
    """Return the SQL of contracts whose owner was not told of this notice date."""
    return SQL(
        "%s IS DISTINCT FROM %s",
        model._field_to_sql(alias, "reminded_of", query),
        model._field_to_sql(alias, "notice_date", query),
    )


class OutsourcingContract(models.Model):
    """Scheduled steps of a contract by its dates: expiry, renewal, reminders."""

    _inherit = "outsourcing.contract"

    # ------------------------------------------------------------
    # ORM OVERRIDES
    # ------------------------------------------------------------

    def unlink(self):
        # sudo: whoever deletes a draft renewal need not write the contract before it.
        before = self.sudo().predecessor_id
        result = super().unlink()
        before._resume_calendar()
        return result

    # ------------------------------------------------------------
    # ACTIONS
    # ------------------------------------------------------------

    def action_renew(self):
        """Make the contract that follows on this one, as a draft to sign."""
        return self._take_step("renewed")

    # ------------------------------------------------------------
    # REASONS
    # ------------------------------------------------------------

    def _get_cannot_renew_reason(self):
        if self._flow_is_system() and self.env.uid == SUPERUSER_ID:
            # The scheduler, for a contract that renews itself.
            return get_listed_reasons(self)
        return get_listed_reasons(self) | self._flow_reason_unless_in(PROCUREMENT)

    def _get_cannot_follow_calendar_reason(self):
        """The dates alone decide these steps, whoever asks for them."""
        reasons = {}
        for contract in self:
            wanted = contract._get_calendar_state()
            current = contract.state
            if current == "renewed" and (successor := contract._get_successor()):
                reasons[contract.id] = self.env._(
                    "%s renews it. Cancel that one first, while it is not signed.",
                    successor.name,
                )
                continue
            if wanted in ("active", "expiring", "expired") and wanted != current:
                continue
            reasons[contract.id] = self.env._(
                "its dates decide when it expires: notice from %(notice)s, end on "
                "%(end)s.",
                notice=format_date(self.env, contract.notice_date),
                end=format_date(self.env, contract.date_end),
            )
        return reasons

    # ------------------------------------------------------------
    # CRON
    # ------------------------------------------------------------

    @api.model
    def _cron_follow_calendar(self):
        """Move contracts along their dates and remind their owners.

        Each contract stands alone: one that fails is logged and tried again
        the next day. A second run on the same day changes nothing.
        """
        ids = self._search_due().ids
        Cron = self.env["ir.cron"]
        tell = partial(_logger.exception, "Contract %s does not follow its dates")
        for start in range(0, len(ids), BATCH):
            batch = self.browse(ids[start : start + BATCH]).try_lock_for_update()
            run_apart(batch, type(batch)._follow_calendar, self.env.cr.savepoint, tell)
            Cron._commit_progress(len(batch))
            self.env.invalidate_all()

    # ------------------------------------------------------------
    # BUSINESS METHODS
    # ------------------------------------------------------------

    @api.model
    def _search_due(self):
        """Return the contracts in force whose dates ask for a step or a reminder.

        Most do not: ``tests/bench/contracts.py`` measures the job with 50,000
        contracts of which 1 % are due.
        """
        due = self.browse()
        # sudo: the job reads the days and terms of every company.
        companies = self.env["res.company"].sudo()
        # A vendor may come to share a key with one on the list on any day.
        may_be_held = Domain("term", "=", "auto_renew")
        if not has_entries(self.env):
            may_be_held = Domain.FALSE
        for company in companies.search([("active", "in", (True, False))]):
            today = company._outsourcing_today()
            alert = today + relativedelta(days=company.outsourcing_alert_days)
            steps = Domain.OR(
                (
                    Domain("state", "=", "signed") & Domain("date_start", "<=", today),
                    Domain("state", "=", "active") & Domain("notice_date", "<=", today),
                    Domain("state", "=", "expiring")
                    & (
                        Domain("notice_date", ">", today)
                        | Domain("date_end", "<", today)
                    ),
                    Domain("state", "in", ("active", "expiring"))
                    & Domain("notice_date", "<=", alert)
                    & (Domain.custom(to_sql=_is_not_reminded) | may_be_held),
                )
            )
            due |= self.search(Domain("company_id", "=", company.id) & steps)
        return due.sorted("id")

    @api.model
    def _get_in_force_domain(self, company):
        """Return the domain of what is in force in a company today, renewed or not.

        A contract is renewed weeks before it ends, and goes on until its last day. A
        renewal that is signed begins with a job of the night: until then its people
        are those of the contract before.
        """
        running = Domain("date_end", ">=", company._outsourcing_today())
        followed = Domain("successor_ids", "any", [("state", "=", "signed")])
        renewed = Domain("state", "=", "renewed") & (running | followed)
        return Domain("company_id", "=", company.id) & (
            Domain("state", "in", IN_FORCE) | renewed
        )

    def _is_in_force(self):
        """Whether the contract binds today, see :meth:`_get_in_force_domain`."""
        self.ensure_one()
        return bool(self.filtered_domain(self._get_in_force_domain(self.company_id)))

    def _get_calendar_state(self):
        """Return the state that the dates give a running contract today."""
        self.ensure_one()
        today = self.company_id._outsourcing_today()
        if self.date_end < today:
            return "expired"
        return "expiring" if self.notice_date <= today else "active"

    def _follow_calendar(self):
        """Bring running contracts to the state that their dates give them."""
        begun = self.filtered(
            lambda item: (
                item.state == "signed"
                and item.date_start <= item.company_id._outsourcing_today()
            )
        )
        # The service starts by the contract's own date.
        server_write(begun, {"state": "active"})
        running = self.filtered(lambda item: item.state in ("active", "expiring"))
        running._call_about_held()
        by_state = running.grouped(type(running)._get_calendar_state)
        renewing = by_state.get("expired", running.browse())._filter_renewing()
        for wanted, contracts in by_state.items():
            contracts -= renewing
            if wanted == "expired":
                active = contracts.filtered(lambda item: item.state == "active")
                server_write(active, {"state": "expiring"})
            moving = contracts.filtered(lambda item, to=wanted: item.state != to)
            server_write(moving, {"state": wanted})
        (running - renewing)._remind_of_notice()
        for contract in renewing:
            contract._renew_by_term()

    def _get_successor(self):
        """Return the contract that renews this one; a cancelled one does not."""
        self.ensure_one()
        # sudo: an archived successor, or one that a reader may not see, is one.
        successors = self.sudo().with_context(active_test=False).successor_ids
        return successors.filtered(lambda item: item.state != "cancelled")[:1]

    def _resume_calendar(self):
        """Bring contracts back to their dates when nothing renews them any more."""
        for contract in self:
            if contract.state != "renewed" or contract._get_successor():
                continue
            server_write(contract, {"state": contract._get_calendar_state()})
            contract.message_post(
                body=self.env._("Not renewed any more: the renewal was given up.")
            )
            if contract.state != "expired":
                contract._remind_of_notice()

    def _filter_renewing_by_term(self):
        """Return the contracts whose term says that they renew themselves."""
        return self.filtered(
            lambda item: (
                item.term == "auto_renew"
                and item.renewal_number < item.renewals_foreseen
            )
        )

    def _call_about_held(self):
        """Call procurement where a vendor is held, so that nothing renews itself."""
        near = self._filter_renewing_by_term().filtered(type(self)._is_to_remind)
        held = call_about_held(near) if near else near
        for contract in held:
            buyers = find_users(contract, "procurement")
            user = buyers[:1] or contract.owner_id or self.env.user
            summary = self.env._(
                "Does not renew itself: its vendor is checked against the blacklist. "
                "Have that decided, then renew it by hand if it has lapsed"
            )
            ask_once(contract, user, summary)

    def _filter_renewing(self):
        """Return the contracts that renew themselves at their end."""
        found = self._filter_renewing_by_term()
        listed = get_listed_reasons(found) if found else {}
        return found.filtered(lambda item: item.id not in listed)

    def _renews_itself(self):
        self.ensure_one()
        return bool(self._filter_renewing())

    def _continues_by_term(self):
        """Whether the scheduler carries on a contract that renews itself."""
        self.ensure_one()
        before = self.predecessor_id
        return (
            self.env.uid == SUPERUSER_ID
            and before.term == "auto_renew"
            and before.state == "renewed"
            and self.renewal_number <= before.renewals_foreseen
        )

    def _renew_by_term(self):
        """Renew the contract by its own term, as both parties signed it.

        No new signature is needed, so the successor carries the old one, but
        HR still receives it within the filing days of the renewal, and procurement is
        asked to order the new period.
        """
        self.ensure_one()
        server_write(self, {"state": "renewed"})
        successor = self._get_successor()
        server_write(successor, {"state": "to_sign"})
        server_write(
            successor, {"state": "signed", "signed_date": successor.date_start}
        )
        server_write(successor, {"signed_by_id": self.signed_by_id.id})
        carry_terms(successor)
        successor._follow_calendar()

    def _create_successor(self):
        """Create the contract of the next period of the same length."""
        self.ensure_one()
        start, end = self._get_next_period()
        successor = server_create(
            self,
            [
                {
                    **self._prepare_successor(),
                    "date_start": start,
                    "date_end": end,
                }
            ],
        )
        carry_milestones(successor)
        successor.message_post(
            body=self.env._("Renews %s.", self._get_html_link()),
        )
        return successor

    def _get_next_period(self):
        """Return the first and last day of a renewal, which is as long as this.

        It begins on the day of the month on which the first of the contracts began,
        where a month is long enough for it.
        """
        self.ensure_one()
        chain = self
        # sudo: whoever renews a contract need not read all before it.
        while (before := chain[-1:].sudo().predecessor_id) and before not in chain:
            chain |= before
        first = chain[-1:].date_start or self.date_start
        return deadline.get_next_period(self.date_start, self.date_end, first.day)

    def _prepare_successor(self):
        return {
            "subject": self.subject,
            "partner_id": self.partner_id.id,
            "category_id": self.category_id.id,
            "company_id": self.company_id.id,
            "currency_id": self.currency_id.id,
            "owner_id": self.owner_id.id,
            "amount_total": self.amount_total,
            "term": self.term,
            "renewals_foreseen": self.renewals_foreseen,
            "renewal_number": self.renewal_number + 1,
            "notice_days": self.notice_days,
            "headcount_agreed": self.headcount_agreed,
            "needs_milestones": self.needs_milestones,
            "filing_days": self.filing_days,
            "filing_day_kind": self.filing_day_kind,
            "description": self.description,
            "predecessor_id": self.id,
        }

    def _remind_of_notice(self):
        """Warn owners once before their contracts start to expire."""
        due = self.filtered(
            lambda item: item.reminded_of != item.notice_date and item._is_to_remind()
        )
        renewing = due._filter_renewing()
        schedule_missing(
            DEADLINE_TYPE,
            [
                (
                    contract,
                    {
                        "date_deadline": contract.notice_date,
                        "summary": self.env._(
                            "Renews automatically: give notice if it is not to continue"
                        )
                        if contract in renewing
                        else self.env._(
                            "Expires soon: renew it, tender again, or let it end"
                        ),
                        "user_id": contract.owner_id.id or self.env.uid,
                    },
                )
                for contract in due
            ],
        )
        for day, contracts in due.grouped("notice_date").items():
            server_write(contracts, {"reminded_of": day})

    def _is_to_remind(self):
        """Whether the day of notice is near enough for a reminder."""
        self.ensure_one()
        company = self.company_id
        alert = relativedelta(days=company.outsourcing_alert_days)
        return self.notice_date - alert <= company._outsourcing_today()
