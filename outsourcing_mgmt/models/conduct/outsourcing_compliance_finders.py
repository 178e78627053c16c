from odoo import fields, models
from odoo.tools import format_date, format_datetime

from ...tools import deadline

SUBMITTED_BIDS = ("opened", "qualified", "disqualified", "ranked", "won", "lost")


class OutsourcingComplianceRule(models.Model):
    """The breaches that the records of a tender and a contract prove.

    Each ``_find_breaches_<code>()`` returns rows for
    :meth:`_raise_events`; records that have their event are left out.
    """

    _inherit = "outsourcing.compliance.rule"

    def _find_breaches_no_request(self):
        rows = []
        for tender in self._search_unraised(
            "outsourcing.tender", [("publish_date", "!=", False)]
        ):
            missing = not tender.request_ids or any(
                not request.approved_date or request.approved_date > tender.publish_date
                for request in tender.request_ids
            )
            if missing:
                rows.append(
                    self._prepare_tender_row(
                        tender,
                        tender.published_by_id,
                        tender.publish_date,
                        self.env._("Published without an approved request."),
                    )
                )
        return rows

    def _find_breaches_late_reference_price(self):
        rows = []
        for tender in self._search_unraised(
            "outsourcing.tender", [("publish_date", "!=", False)]
        ):
            approved = tender.reference_price_id.approved_date
            if not approved or approved > tender.publish_date:
                rows.append(
                    self._prepare_tender_row(
                        tender,
                        tender.published_by_id,
                        tender.publish_date,
                        self.env._(
                            "Published without a reference price approved before."
                        ),
                    )
                )
        return rows

    def _find_breaches_too_few_bidders(self):
        rows = []
        for tender in self._search_unraised(
            "outsourcing.tender",
            [("opened_date", "!=", False), ("few_bids_user_id", "=", False)],
        ):
            bids = tender.bid_ids.filtered(lambda bid: bid.state in SUBMITTED_BIDS)
            if len(bids) < tender.min_bidders:
                rows.append(
                    self._prepare_tender_row(
                        tender,
                        tender.opened_by_id,
                        tender.opened_date,
                        self.env._(
                            "%(count)s bids were opened; the procedure asks for "
                            "%(least)s.",
                            count=len(bids),
                            least=tender.min_bidders,
                        ),
                    )
                )
        return rows

    def _find_breaches_opened_early(self):
        rows = []
        for tender in self._search_unraised(
            "outsourcing.tender", [("opened_date", "!=", False)]
        ):
            due = max(filter(None, (tender.bid_deadline, tender.opening_date)))
            if tender.opened_date < due:
                rows.append(
                    self._prepare_tender_row(
                        tender,
                        tender.opened_by_id,
                        tender.opened_date,
                        self.env._("Opened before %s.", format_datetime(self.env, due)),
                    )
                )
        return rows

    def _find_breaches_signed_late(self):
        rows = []
        for award in self._search_unraised(
            "outsourcing.award", [("state", "=", "final")]
        ):
            company = award.company_id
            final = company._outsourcing_date(award.final_date)
            due = deadline.add_days(final, award.tender_id._get_rule("sign_days"))
            signed = award.contract_id.signed_date
            late = deadline.days_late(due, signed, company._outsourcing_today())
            if late:
                rows.append(
                    self._prepare_row(
                        award,
                        award.user_id,
                        signed or company._outsourcing_today(),
                        self.env._(
                            "The contract was to be signed by %(date)s; days late: "
                            "%(days)s.",
                            date=format_date(self.env, due),
                            days=late,
                        ),
                    )
                )
        return rows

    def _find_breaches_filed_late(self):
        contracts = self._search_unraised(
            "outsourcing.contract",
            [
                ("signed_date", "!=", False),
                "|",
                ("is_filed_late", "=", True),
                "&",
                ("filed_date", "=", False),
                ("filing_deadline", "<", fields.Date.today()),
            ],
        )
        rows = [contract._prepare_filing_breach() for contract in contracts]
        return [row for row in rows if row]

    def _find_breaches_renewed_unforeseen(self):
        contracts = self._search_unraised(
            "outsourcing.contract",
            [("predecessor_id", "!=", False), ("signed_date", "!=", False)],
        )
        return [
            self._prepare_row(
                contract,
                contract.signed_by_id,
                contract.signed_date,
                self.env._(
                    "Renewal %(number)s; %(foreseen)s were announced in the tender.",
                    number=contract.renewal_number,
                    foreseen=contract.predecessor_id.renewals_foreseen,
                ),
            )
            for contract in contracts
            if contract.renewal_number > contract.predecessor_id.renewals_foreseen
        ]

    # ------------------------------------------------------------
    # HELPERS
    # ------------------------------------------------------------

    def _search_unraised(self, model, domain):
        """Return the records of ``model`` in force of the rule without event.

        Archived records are watched too. The rule sees every document: it
        runs for the company, not for the user who started it.
        """
        self.ensure_one()
        raised = self.env["outsourcing.compliance.event"].sudo()
        query = raised._search([("rule_id", "=", self.id), ("res_model", "=", model)])
        documents = self.env[model].sudo().with_context(active_test=False)
        domain = [*domain, ("id", "not in", query.subselect("res_id"))]
        if self.company_id:
            domain.append(("company_id", "=", self.company_id.id))
        return documents.search(domain)

    def _prepare_tender_row(self, tender, user, moment, note):
        day = tender.company_id._outsourcing_date(moment)
        return self._prepare_row(tender, user, day, note)

    def _prepare_row(self, record, user, day, note):
        """Return a row with the employee whom the user is in the company."""
        employee = user.sudo().with_company(record.company_id).employee_id
        return {
            "record": record,
            "user": user,
            "employee": employee,
            "date": day,
            "note": note,
        }
