from datetime import datetime, time, timedelta

from odoo import api, fields, models
from odoo.exceptions import ValidationError
from odoo.tools import format_date

from ...tools import deadline
from ..base.outsourcing_grant import server_write


class OutsourcingContract(models.Model):
    """Signature of a contract and its filing with HR within the term."""

    _inherit = "outsourcing.contract"

    award_date = fields.Date(
        copy=False, readonly=True, help="The day on which the award became final."
    )
    sign_days = fields.Integer(
        string="Days to Sign",
        copy=False,
        readonly=True,
        help="Days from the final award to the signature, by the procedure.",
    )
    sign_deadline = fields.Date(
        compute="_compute_sign_deadline", store=True, index=True
    )
    is_filed_late = fields.Boolean(
        string="Filed Late", compute="_compute_is_filed_late", store=True
    )

    # ------------------------------------------------------------
    # COMPUTE METHODS
    # ------------------------------------------------------------

    @api.depends("award_date", "sign_days")
    def _compute_sign_deadline(self):
        for contract in self:
            contract.sign_deadline = contract.award_date and deadline.add_days(
                contract.award_date, contract.sign_days
            )

    @api.depends("filing_deadline", "filed_date")
    def _compute_is_filed_late(self):
        for contract in self:
            contract.is_filed_late = bool(
                contract.filed_date
                and contract.filing_deadline
                and contract.filed_date > contract.filing_deadline
            )

    # ------------------------------------------------------------
    # CONSTRAINTS
    # ------------------------------------------------------------

    @api.constrains("signed_date")
    def _check_signed_date(self):
        for contract in self.filtered("signed_date"):
            today = contract.company_id._outsourcing_today()
            if contract.signed_date > today:
                raise ValidationError(
                    self.env._(
                        "%(name)s cannot be signed on %(date)s: that day is still to "
                        "come.",
                        name=contract.name,
                        date=format_date(self.env, contract.signed_date),
                    )
                )
            if contract.award_date and contract.signed_date < contract.award_date:
                raise ValidationError(
                    self.env._(
                        "%(name)s cannot be signed before its award became final on "
                        "%(date)s.",
                        name=contract.name,
                        date=format_date(self.env, contract.award_date),
                    )
                )

    # ------------------------------------------------------------
    # ORM OVERRIDES
    # ------------------------------------------------------------

    def _flow_get_system_fields(self):
        return super()._flow_get_system_fields() | {"award_date", "sign_days"}

    def _flow_entered(self, target, origins):
        result = super()._flow_entered(target, origins)
        if target == "signed":
            self._stamp_signature()
        return result

    # ------------------------------------------------------------
    # ACTIONS
    # ------------------------------------------------------------

    def action_sign(self, signed_date=None):
        """Record the signature of both parties.

        :param signed_date: the day on the paper; by default today
        """
        for contract in self:
            day = fields.Date.to_date(signed_date)
            today = contract.company_id._outsourcing_today()
            contract._take_step("signed", signed_date=day or today)
        return True

    def action_file(self, filing_reference):
        """Confirm, as HR, that the contract was filed.

        :param str filing_reference: where HR keeps it
        """
        self._flow_check_can("file")
        for contract in self:
            server_write(
                contract,
                {
                    "filed_date": contract.company_id._outsourcing_today(),
                    "filing_reference": filing_reference,
                    "filing_received_by_id": self.env.uid,
                },
            )
            self.env["outsourcing.audit.log"]._record(
                contract, "filed", {"reference": filing_reference}
            )
            contract._raise_filing_late()
        self.activity_feedback(["outsourcing_mgmt.mail_activity_type_filing"])
        return True

    # ------------------------------------------------------------
    # REASONS
    # ------------------------------------------------------------

    def _get_cannot_sign_reason(self):
        contracts = self.filtered(lambda item: not item._continues_by_term())
        return contracts._flow_reason_unless_in(
            "outsourcing_mgmt.group_outsourcing_procurement"
        )

    def _get_cannot_file_reason(self):
        reasons = self._flow_reason_unless_in("outsourcing_mgmt.group_outsourcing_hr")
        for contract in self:
            reason = ""
            if contract.filed_date:
                reason = self.env._(
                    "it was filed on %(date)s under %(reference)s.",
                    date=format_date(self.env, contract.filed_date),
                    reference=contract.filing_reference,
                )
            elif not contract.signed_date:
                reason = self.env._("it is filed after its signature.")
            elif contract.signed_by_id == self.env.user:
                reason = self.env._(
                    "you recorded its signature; somebody else of HR receives it."
                )
            if reason:
                reasons[contract.id] = reason
        return reasons

    # ------------------------------------------------------------
    # BUSINESS METHODS
    # ------------------------------------------------------------

    def _stamp_signature(self):
        for contract in self:
            server_write(
                contract,
                {
                    "signed_by_id": self.env.uid,
                    "amount_initial": contract.amount_total,
                    "filing_deadline": contract._get_filing_deadline(),
                },
            )

    def _raise_filing_late(self):
        """Raise the compliance event of a late filing at the filing itself."""
        for contract in self:
            if row := contract._prepare_filing_breach():
                self.env["outsourcing.compliance.event"]._raise("filed_late", **row)

    def _prepare_filing_breach(self):
        """Return the breach of the filing term, or nothing while in time."""
        self.ensure_one()
        today = self.company_id._outsourcing_today()
        late = deadline.days_late(self.filing_deadline, self.filed_date, today)
        if not late:
            return None
        return {
            "record": self,
            "user": self.signed_by_id,
            "employee": self._get_employee(self.signed_by_id),
            "date": self.filed_date or today,
            "note": self.env._(
                "Filing was due on %(date)s; days late: %(days)s.",
                date=format_date(self.env, self.filing_deadline),
                days=late,
            ),
        }

    def _get_employee(self, user):
        """Return the employee of a user in the contract's company."""
        self.ensure_one()
        # The person responsible is named on events; no private data is read.
        return user.sudo().with_company(self.company_id).employee_id

    def _get_filing_deadline(self):
        """Return the last day on which filing is in time."""
        self.ensure_one()
        working = None
        if self.filing_day_kind == "working":
            working = self._get_working_day_test(self.signed_date)
        return deadline.add_days(self.signed_date, self.filing_days, working)

    def _get_working_day_test(self, start):
        """Return a function that tells working days of the company's calendar.

        A calendar without fixed days gives None: calendar days count.
        """
        self.ensure_one()
        calendar = self.company_id.resource_calendar_id
        zone = self.company_id._outsourcing_zone()
        first = zone.localize(datetime.combine(start, time.min))
        last = first + timedelta(days=60 + 3 * self.filing_days)
        # The calendar of the company and its holidays; no personal data.
        intervals = calendar.sudo()._work_intervals_batch(first, last)[False]
        days = {begin.astimezone(zone).date() for begin, _end, _meta in intervals}
        return days.__contains__ if days else None
