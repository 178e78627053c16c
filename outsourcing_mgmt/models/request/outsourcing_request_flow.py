from odoo import api, fields, models
from odoo.exceptions import AccessError

from ...tools.lack import Lack, join
from ..base.grants import server_write
from ..base.groups import HR, MANAGER, OFFICER
from ..messages.telling import tell_applicant
from ..work import start_page
from .outsourcing_request import ENDED_TENDERS, PARTY_FIELDS
from .request_checks import get_split_hint


class OutsourcingRequest(models.Model):
    """Who may take which step of a request, and what follows."""

    _inherit = "outsourcing.request"

    # ------------------------------------------------------------
    # ACTIONS
    # ------------------------------------------------------------

    @api.model
    def action_open_start(self):
        """Open the app on what the acting user has to do, by role."""
        if not self.env.user._is_internal():
            raise AccessError(self.env._("The application is for employees."))
        return start_page.get_start(self.env)

    @api.model
    @api.readonly
    def get_start_page(self):
        """Return what waits for the acting user, by role, with counts."""
        if not self.env.user._is_internal():
            raise AccessError(self.env._("The application is for employees."))
        return start_page.get_page(self.env)

    @api.model
    @api.readonly
    def get_start_list(self, key):
        """Return the action of the list behind a row of the start page.

        :param str key: of the row
        """
        return start_page.open_list(self.env, key)

    # ------------------------------------------------------------
    # REASONS
    # ------------------------------------------------------------

    def _get_cannot_submit_reason(self):
        reasons = {}
        # sudo: the user behind an employee is hidden from other employees.
        for request in self.sudo():
            reason = request._get_incomplete_reason()
            if not reason and self.env.user not in request._get_applicants():
                reason = self.env._(
                    "only the applicant, the author or the department head submits it."
                )
            if reason:
                reasons[request.id] = reason
        return reasons

    def _get_incomplete_reason(self):
        """Say all that the application still lacks, or return an empty string."""
        self.ensure_one()
        lacks = []
        if not self.department_id:
            text = self.env._("choose the department that needs the service.")
            lacks.append(Lack(text, "department_id"))
        # sudo: applicants need not read the rules of the company.
        rule = self.company_id.sudo().outsourcing_scope_failing
        if not self.is_in_scope and rule == "refuse":
            text = self.env._(
                "the scope test is not passed: say why the service may be outsourced "
                "(not core, back office, no career path, long-term)."
            )
            lacks.append(Lack(text, "is_non_core"))
        for name in PARTY_FIELDS:
            if not self[name]:
                text = self.env._(
                    'answer "%s": outsourcing or hired labour depends on it.',
                    self._flow_field_label(name),
                )
                lacks.append(Lack(text, name))
        if not self.date_start or not self.date_end:
            text = self.env._("fill in from when to when the service is needed.")
            lacks.append(Lack(text, "date_start"))
        if not self.estimated_amount:
            text = self.env._("give an estimate, or lines with prices.")
            lacks.append(Lack(text, "estimated_amount"))
        return join(lacks)

    def _get_cannot_approve_reason(self):
        reasons = {}
        for request in self:
            if reason := request._tier_get_cannot_cross_reason():
                reasons[request.id] = reason
            elif self.env.user in request._tier_get_excluded_users():
                reasons[request.id] = self.env._(
                    "you wrote, edited or requested it; somebody else of HR approves "
                    "it."
                )
        return reasons

    def _get_cannot_refuse_reason(self):
        return {
            request.id: self.env._("you are its applicant: cancel it instead.")
            # sudo: the user behind an employee is hidden from other employees.
            for request in self.sudo()
            if self.env.user in request.employee_id._outsourcing_get_own_users()
        }

    def _get_cannot_reset_reason(self):
        return {
            request.id: self.env._("only its applicant or author takes it back.")
            for request in self
            if self.env.user not in request._get_applicants()
        }

    def _get_cannot_create_tender_reason(self):
        reasons = {}
        for request in self:
            if request.state != "approved":
                reasons[request.id] = self.env._("it must be approved first.")
            elif tenders := request._get_live_tenders():
                reasons[request.id] = self.env._(
                    "its tender %s is being prepared.", tenders[0].display_name
                )
        return reasons

    def _get_cannot_enter_tender_reason(self):
        return {
            request.id: self.env._("create and publish its tender first.")
            for request in self
            if not request._get_live_tenders().filtered("publish_date")
        }

    def _get_cannot_release_reason(self):
        return {
            request.id: self.env._(
                "its tender %s is still running.",
                request._get_live_tenders()[0].display_name,
            )
            for request in self
            if request._get_live_tenders()
        }

    def _get_cannot_finish_reason(self):
        return {
            request.id: self.env._("it is done when its contract is signed.")
            # sudo: who may not read the contract may still know that it is signed.
            for request in self.sudo()
            if not request.contract_ids.filtered(
                lambda contract: contract.signed_date and contract.state != "terminated"
            )
        }

    def _get_cannot_cancel_reason(self):
        staff = self._flow_user_in(OFFICER, HR, MANAGER)
        reasons = {}
        # sudo: the user behind an employee is hidden from other employees.
        for request in self.sudo():
            own = request.create_uid | request.employee_id.user_id
            if not staff and self.env.user not in own:
                reasons[request.id] = self.env._(
                    "only its applicant, an officer or HR cancels it."
                )
            elif tenders := request._get_live_tenders():
                reasons[request.id] = self.env._(
                    "its tender %s is still running; cancel the tender first.",
                    tenders[0].display_name,
                )
        return reasons

    def _get_live_tenders(self):
        """Return the tenders that still hold this request."""
        self.ensure_one()
        # sudo: the applicant may not read the tender, only know that there is one.
        return self.sudo().tender_ids.filtered(
            lambda tender: tender.state not in ENDED_TENDERS
        )

    # ------------------------------------------------------------
    # FLOW OVERRIDES
    # ------------------------------------------------------------

    def _flow_check_content(self, vals):
        """What an application says is changed by those who may submit it."""
        result = super()._flow_check_content(vals)
        if "plan_line_id" in vals and not self._flow_is_system():
            self._check_plan_writer()
        touched = self._flow_content_fields.intersection(vals)
        if not touched or self._flow_is_system():
            return result
        for request in self:
            if self.env.user not in request._get_applicants():
                raise AccessError(
                    self.env._(
                        "%(request)s is changed by its applicant, %(who)s, by who "
                        "wrote it, or by the department head. You may refuse or cancel "
                        "it, or write a message.",
                        request=request._flow_names(),
                        # sudo: the name of a colleague is no secret.
                        who=request.sudo().employee_id.name,
                    )
                )
        return result

    # ------------------------------------------------------------
    # FLOW HOOKS
    # ------------------------------------------------------------

    def _on_enter_submitted(self, origins):
        server_write(
            self,
            {
                "submitted_by_id": self.env.uid,
                "submitted_date": fields.Datetime.now(),
                "refusal_reason": False,
            },
        )
        reviewed = self.filtered(lambda request: request._tier_get_definitions())
        reviewed.request_validation()

    def _on_enter_approved(self, origins):
        # A request that its tender released was approved before.
        fresh = self.filtered(lambda request: origins[request.id] == "submitted")
        server_write(
            fresh,
            {"approved_by_id": self.env.uid, "approved_date": fields.Datetime.now()},
        )
        tell_applicant(fresh, "request approved")
        fresh._raise_split()
        fresh._schedule_for_officers()

    def _on_enter_refused(self, origins):
        tell_applicant(self, "request refused")

    # ------------------------------------------------------------
    # BUSINESS METHODS
    # ------------------------------------------------------------

    def _get_progress(self, tender):
        """Say where the request is, in words for who applied; nothing once it is done.

        :param tender: outsourcing.tender that is running, or none; with sudo
        """
        self.ensure_one()
        if self.state == "submitted":
            return self.env._("Waiting for the approval of HR.")
        if self.state not in ("approved", "in_tender"):
            return False
        if not tender:
            return self.env._("Approved. Procurement makes the tender next.")
        if tender.state == "published":
            return self.env._(
                "Vendors bid on %(tender)s until %(moment)s.",
                tender=tender.name,
                moment=tender._format_moment(tender.bid_deadline),
            )
        phases = dict(tender._fields["phase"]._description_selection(self.env))
        return self.env._(
            "%(tender)s: %(phase)s.", tender=tender.name, phase=phases[tender.phase]
        )

    def _get_applicants(self):
        """Return who speaks for the application: author, applicant and his head."""
        self.ensure_one()
        # sudo: the user behind an employee is hidden from other employees.
        request = self.sudo()
        return (
            request.create_uid
            | request.employee_id.user_id
            | request.department_manager_user_id
        )

    def _check_applicant(self):
        """Users apply for themselves or their department; officers for all."""
        if self.env.su or self._flow_user_in(OFFICER, HR):
            return
        # sudo: the user behind an employee is hidden from other employees.
        for request in self.sudo():
            if self.env.user not in (
                request.employee_id.user_id | request.department_manager_user_id
            ):
                raise AccessError(
                    self.env._(
                        "You may apply for yourself or for the department you head. "
                        "An outsourcing officer may apply for others."
                    )
                )

    def _check_plan_writer(self):
        """HR says which line of its plan it draws on; in draft applicants, too."""
        if self._flow_user_in(HR, MANAGER):
            return
        for request in self:
            if request.state != "draft" or self.env.user not in (
                request._get_applicants()
            ):
                raise AccessError(
                    self.env._(
                        "%s: once it is submitted, HR says which line of the plan it "
                        "draws on.",
                        request._flow_names(),
                    )
                )

    def _raise_split(self):
        """Tell HR of requests that were approved although they look like one."""
        # sudo: who approves need not read all requests of the department.
        for request in self.sudo():
            if hint := get_split_hint(request):
                self.env["outsourcing.compliance.event"]._raise(
                    "split_purchase", request, note=hint, user=self.env.user
                )

    def _schedule_for_officers(self):
        """Ask the outsourcing department to set price and conditions."""
        # sudo: HR approves and need not be allowed to give officers activities.
        for request in self.sudo():
            officers = request._flow_get_users_of(OFFICER)
            if officers:
                request.activity_schedule(
                    "mail.mail_activity_data_todo",
                    summary=self.env._("Set the reference price and the conditions"),
                    user_id=officers[0].id,
                )

    @api.model
    def _get_chain_action(self, name, records):
        """Return the action of a smart button: the one record, or a list."""
        action = self.env["ir.actions.act_window"]._for_xml_id(
            f"outsourcing_mgmt.{name}"
        )
        if len(records) == 1:
            return {
                **action,
                "views": [(False, "form")],
                "view_mode": "form",
                "res_id": records.id,
            }
        return {**action, "domain": [("id", "in", records.ids)]}
