from datetime import timedelta

from odoo import fields, models
from odoo.exceptions import UserError
from odoo.tools import format_date

from odoo.addons.outsourcing_mgmt.models.base.grants import server_create, server_write
from odoo.addons.outsourcing_mgmt.models.contract.vendor_acts import filter_own
from odoo.addons.outsourcing_mgmt.models.messages.vendor_mail import (
    declare_text,
    get_persons,
    is_noted,
    note_message,
)
from odoo.addons.outsourcing_mgmt.tools.one_record import check_one

from ...tools import periods
from .fee_limit import get_fee_reasons
from .form_result import OPEN_STATES, update_result
from .vendor_quality_form import VENDOR_STATES
from .vendor_quality_form_collect import collect, get_draft_label
from .vendor_quality_form_fee import approve_deductions

REMIND_PAUSE = timedelta(days=1)
REMINDER = "quality form reminded"
MAX_TEXT = 5000
"""Characters of an answer or a claim that are kept."""

declare_text(
    REMINDER,
    lambda form, _about: form.env._("Please answer the quality form %s", form.name),
    lambda form, _about: form.env._(
        "Please look at the quality form %s and confirm or dispute it: bills of the "
        "period wait for it.",
        form.name,
    ),
)


class VendorQualityForm(models.Model):
    """The steps of the form: verbs, who may take them, and what follows from them.

    The vendor answers and contests lines by functions at the end of the file.
    """

    _inherit = "vendor.quality.form"

    # ------------------------------------------------------------
    # ACTIONS
    # ------------------------------------------------------------

    def action_collect(self):
        """Count the period anew, freeze figures and evidence, and score them."""
        again = self.filtered(lambda form: form.state == "collected")
        again.check_access("write")
        again._flow_check_can("collect")
        (self - again)._take_step("collected")
        collect(again)
        return True

    def action_send_to_vendor(self):
        """Show the form to the vendor, who may answer until the deadline."""
        return self._take_step("vendor_review")

    def action_submit(self):
        """Send the form to the department head and finance."""
        return self._take_step("review")

    def action_approve(self):
        """Settle the own open reviews; the last one approves the document."""
        return self._tier_approve()

    def action_send_back(self, reason):
        """Return the form to its handler; the reason goes into the log."""
        result = self._tier_refuse("collected", "send_back_reason", reason)
        # sudo: a deputy reads the form no longer, once it left the review.
        for form in self.sudo():
            form.message_post(
                body=self.env._("Sent back: %s", form.send_back_reason),
                author_id=self.env.user.partner_id.id,
            )
        return result

    def action_supersede(self, reason):
        """Put a new form in place of this one and open it."""
        self._take_step("superseded", supersede_reason=reason)
        successors = _create_successors(self)
        return {
            "type": "ir.actions.act_window",
            "name": self.env._("Superseding Forms"),
            "res_model": self._name,
            "view_mode": "form" if len(successors) == 1 else "list,form",
            "res_id": successors.id if len(successors) == 1 else False,
            "domain": [("id", "in", successors.ids)],
        }

    def action_cancel(self):
        """Give the form up; the period is free for another one."""
        return self._take_step("cancelled")

    def action_confirm_no_fee(self):
        """Confirm that nothing is paid for the period, where zero was proposed."""
        zero = self.filtered(lambda form: not form.fee_amount)
        zero.write({"fee_amount": 0.0})
        return True

    def action_open_send_back_wizard(self):
        self.check_access("read")
        return self.env["outsourcing.reason.wizard"]._open(
            self, "action_send_back", self.env._("Why does it go back?")
        )

    def action_open_supersede_wizard(self):
        self.check_access("read")
        return self.env["outsourcing.reason.wizard"]._open(
            self, "action_supersede", self.env._("Why is it superseded?")
        )

    def action_view_evidence(self):
        """Open the lines with the records behind each figure."""
        check_one(self)
        self.check_access("read")
        action = self.env["ir.actions.act_window"]._for_xml_id(
            "vendor_quality.vendor_quality_form_line_action"
        )
        action["domain"] = [("form_id", "=", self.id)]
        return action

    def action_export_json(self):
        """Download the document from which a script re-computes the score."""
        check_one(self)
        self.check_access("read")
        return {
            "type": "ir.actions.act_url",
            "url": f"/vendor_quality/form/{self.id}/document.json",
            "target": "download",
        }

    def action_view_disputes(self):
        check_one(self)
        self.check_access("read")
        action = self.env["ir.actions.act_window"]._for_xml_id(
            "vendor_quality.vendor_quality_dispute_action"
        )
        action["domain"] = [("form_id", "=", self.id)]
        action["context"] = {}
        return action

    def action_view_improvement_plans(self):
        check_one(self)
        self.check_access("read")
        action = self.env["ir.actions.act_window"]._for_xml_id(
            "vendor_quality.vendor_quality_improvement_plan_action"
        )
        action["domain"] = [("form_id", "=", self.id)]
        action["context"] = {
            "default_form_id": self.id,
            "default_contract_id": self.contract_id.id,
        }
        return action

    # ------------------------------------------------------------
    # FLOW HOOKS
    # ------------------------------------------------------------

    def _get_draft_label(self):
        return get_draft_label(self.contract_id, self.date_end)

    def _get_number_date(self):
        """Number a form in the year of its period, whenever it is prepared."""
        return self.date_end

    def _on_enter_collected(self, origins):
        # sudo: what follows from the step is not limited to what its taker may write.
        forms = self.sudo()
        collect(forms.filtered(lambda form: origins[form.id] == "draft"))
        back = forms.filtered(lambda form: origins[form.id] != "draft")
        server_write(
            back,
            {
                "submitted_at": False,
                "submitted_by_id": False,
                "evidence_hash": False,
            },
        )
        back.activity_unlink(["mail.mail_activity_data_todo"])
        for form in back.filtered("collected_by_id"):
            form._schedule(
                form.collected_by_id,
                self.env._("The form was sent back: %s", form.send_back_reason),
            )

    def _on_enter_vendor_review(self, origins):
        # sudo: what follows from the step is not limited to what its taker may write.
        forms = self.sudo()
        for form in forms:
            today = form.company_id._outsourcing_today()
            server_write(
                form,
                {
                    "sent_at": fields.Datetime.now(),
                    "vendor_deadline": today
                    + timedelta(days=form.template_id.answer_days),
                    "send_back_reason": False,
                },
            )
        forms._send_to_vendor()

    def _on_enter_review(self, origins):
        # sudo: what follows from the step is not limited to what its taker may write.
        forms = self.sudo()
        for form in forms:
            server_write(
                form,
                {
                    "submitted_at": fields.Datetime.now(),
                    "submitted_by_id": self.env.uid,
                    "evidence_hash": form._get_evidence_hash(),
                    "send_back_reason": False,
                },
            )
        forms.activity_unlink(["mail.mail_activity_data_todo"])
        forms.filtered(lambda form: form._tier_get_definitions()).request_validation()
        forms._refresh_held_bills()

    def _on_enter_approved(self, origins):
        # sudo: what follows from the step is not limited to what its taker may write.
        forms = self.sudo()
        forms._list_carried()
        for form in forms:
            people = form._get_reviewers_by_tier()
            server_write(
                form,
                {
                    "approved_at": fields.Datetime.now(),
                    "approved_by_id": self.env.uid,
                    "department_head_id": people[0].id if people else False,
                    "finance_approver_id": people[1].id if people[1:] else False,
                },
            )
        forms.env["vendor.quality.standing"]._update(forms.contract_id)
        forms.env["vendor.quality.improvement.plan"]._follow_forms(forms)
        approve_deductions(forms)
        forms._refresh_held_bills()

    def _on_enter_superseded(self, origins):
        # sudo: what follows from the step is not limited to what its taker may write.
        forms = self.sudo()
        forms._list_carried()
        forms.env["vendor.quality.standing"]._update(forms.contract_id)
        forms._refresh_held_bills()

    def _on_enter_cancelled(self, origins):
        # sudo: what follows from the step is not limited to what its taker may write.
        forms = self.sudo()
        server_write(
            forms.dispute_ids.filtered(lambda dispute: dispute.state == "submitted"),
            {"state": "lapsed"},
        )
        forms.activity_unlink(["mail.mail_activity_data_todo"])
        forms._refresh_held_bills()

    # ------------------------------------------------------------
    # WHO MAY APPROVE
    # ------------------------------------------------------------

    def _tier_get_excluded_users(self):
        """Return who may neither review nor approve the form.

        Beside its author, editor, handler and submitter, that is whoever decided a
        dispute or waived a deduction, as they do not approve what follows from it, and
        whoever entered results of the rounds of its period or waived one.
        """
        # sudo: reviewers need not read disputes, deductions and rounds.
        form = self.sudo()
        rounds = form.env["vendor.quality.inspection"].search(
            [
                ("contract_id", "=", form.contract_id.id),
                ("date_due", ">=", form.date_start),
                ("date_due", "<=", form.date_end),
            ]
        )
        return (
            super()._tier_get_excluded_users()
            | form._get_chain().dispute_ids.decided_by_id
            | form.deduction_ids.waived_by_id
            | rounds.done_by_id
            | rounds.result_author_ids
            | rounds.waived_by_id
        )

    def _get_cannot_approve_reason(self):
        """Ask after the groups of ``_flow_groups``, and before the step itself."""
        reasons = {}
        fees = get_fee_reasons(self)
        for form in self:
            reason = form._tier_get_cannot_cross_reason() or fees.get(form.id)
            if not reason and self.env.user in form._tier_get_excluded_users():
                reason = self.env._("you prepared it, so somebody else approves it.")
            people = form._get_reviewers_by_tier()
            if not reason and len(people) > 1 and people[0] == people[1]:
                reason = self.env._(
                    "department head and finance are one person. Restart the "
                    "validation; somebody else must do one of the two reviews."
                )
            if not reason and form.evidence_hash != form._get_evidence_hash():
                reason = self.env._(
                    "its figures are no longer those that were submitted. Send it back "
                    "and collect again."
                )
            if not reason and form._is_money_outdated():
                reason = self.env._(
                    "the annual cap, the milestones or the period before it have "
                    "changed since the collection. Send it back and collect again."
                )
            if reason:
                reasons[form.id] = reason
        return reasons

    def _get_reviewers_by_tier(self):
        """Return who approved, in the order of the tiers (with repetition)."""
        self.ensure_one()
        # sudo: the reviews of a form may be hidden from its reader.
        reviews = self.sudo().review_ids.filtered(
            lambda review: review.status == "approved"
        )
        users = reviews.sorted(lambda review: (review.sequence, review.id))
        return [review.done_by for review in users]

    def _get_handlers(self):
        """Return who prepared the form: they waive none of its deductions."""
        self.ensure_one()
        # sudo: users may be of another company.
        form = self.sudo()
        return form._get_authors() | form.collected_by_id | form.submitted_by_id

    def _get_involved_users(self):
        """Return who prepared, reviewed or approved the form.

        They decide no dispute of it and release no retention.
        """
        # sudo: as above.
        form = self.sudo()
        return (
            form._get_handlers()
            | form.approved_by_id
            | form.department_head_id
            | form.finance_approver_id
            | form._get_deciders()
        )

    # ------------------------------------------------------------
    # REASONS OF THE OTHER STEPS
    # ------------------------------------------------------------

    def _get_cannot_collect_reason(self):
        if self._flow_is_system():
            return {}
        return {
            form.id: self.env._("the period has not begun yet.")
            for form in self
            if form.date_start > form.company_id._outsourcing_today()
        }

    def _get_cannot_send_to_vendor_reason(self):
        return self._get_cannot_send_on_reason()

    def _get_cannot_submit_reason(self):
        reasons = self._get_cannot_send_on_reason()
        for form in self:
            if form.id not in reasons and form._is_vendor_answer_due():
                reasons[form.id] = self.env._(
                    "the vendor may answer until %s. Wait for the answer or that day.",
                    format_date(self.env, form.vendor_deadline),
                )
        return reasons

    def _get_cannot_send_on_reason(self):
        """Return a reason for forms whose figures are not final, or too much."""
        reasons = get_fee_reasons(self)
        for form in self:
            collected = form.collected_at and form._to_local_date(form.collected_at)
            if not form.fee_amount and form.fee_basis != "manual":
                reasons[form.id] = self.env._(
                    "the proposed fee is zero. Enter the fee of the period, or confirm "
                    'with "No Fee Due" that nothing is paid for it.'
                )
            elif form.is_stale:
                reasons[form.id] = self.env._(
                    "figures were entered after the last collection: collect again."
                )
            elif not collected or collected < form.date_end:
                reasons[form.id] = self.env._(
                    "its figures are older than the end of the period (%s): collect "
                    "again on or after that day.",
                    format_date(self.env, form.date_end),
                )
        return reasons

    # ------------------------------------------------------------
    # DISPUTES
    # ------------------------------------------------------------

    def _get_chain(self):
        """Return the form and those it supersedes, the newest first."""
        chain = form = self
        while form.supersedes_id:
            form = form.supersedes_id
            chain |= form
        return chain

    def _get_dispute_decisions(self):
        """Return ``{(form id, metric id): (is disputed, awarded points or None)}``.

        Disputes and decisions of superseded forms hold for those that follow.
        """
        disputed = self.env["vendor.quality.dispute"]._read_group(
            [("contract_id", "in", self.contract_id.ids)], ["contract_id"]
        )
        contracts = {contract for (contract,) in disputed}
        decisions = {}
        for form in self.filtered(lambda form: form.contract_id in contracts):
            disputes = form._get_chain().dispute_ids.sorted("id")
            for metric, mine in disputes.grouped("metric_id").items():
                awarded = mine.filtered(
                    lambda dispute: dispute.state in ("upheld", "partial")
                )[-1:]
                decisions[form.id, metric.id] = (
                    "submitted" in mine.mapped("state"),
                    awarded.awarded_points if awarded else None,
                )
        return decisions

    # ------------------------------------------------------------
    # VENDOR
    # ------------------------------------------------------------

    def _get_cannot_answer_reason(self):
        """Say why the vendor may no longer answer or dispute."""
        self.ensure_one()
        if self.state != "vendor_review":
            return self.env._("The form is no longer open for an answer.")
        if self.company_id._outsourcing_today() > self.vendor_deadline:
            return self.env._("The day to answer has passed.")
        return ""

    def _is_vendor_answer_due(self):
        """Whether the vendor still has time and has not answered yet."""
        self.ensure_one()
        return (
            self.state == "vendor_review"
            and not self.vendor_answered_at
            and self.vendor_deadline
            and self.company_id._outsourcing_today() <= self.vendor_deadline
        )

    def _send_to_vendor(self):
        """Mail the link of the form to who is in charge at the vendor."""
        for form in self:
            note_message(
                form,
                form.contract_id,
                "quality",
                "vendor_quality.mail_template_form_vendor_review",
                needs=("state",),
            )

    def _vendor_quality_remind_vendor(self):
        """Send the vendor a message on the form, at most once a day; count it."""
        self.ensure_one()
        persons = get_persons(self.contract_id, "quality")
        if self.state != "vendor_review" or not persons or is_noted(self, REMINDER):
            return 0
        since = fields.Datetime.now() - REMIND_PAUSE
        # The date of a mail is what its sender writes: never later than its filing.
        if any(
            min(message.date, message.create_date) > since
            and persons & message.partner_ids
            for message in self.message_ids
        ):
            return 0
        note_message(self, self.contract_id, "quality", REMINDER, needs=("state",))
        return 1

    def _schedule_answer(self):
        """Ask the handler to look at what the vendor said."""
        self.ensure_one()
        summary = self.env._("The vendor answered the quality form")
        open_activities = self.activity_ids.filtered(
            lambda activity: activity.summary == summary
        )
        if self.collected_by_id and not open_activities:
            self._schedule(self.collected_by_id, summary)

    # ------------------------------------------------------------
    # PEOPLE AND DAYS
    # ------------------------------------------------------------

    def _to_local_date(self, moment):
        """Return the company's date of a naive UTC ``moment``."""
        self.ensure_one()
        return periods.to_local_date(moment, self.company_id._outsourcing_zone().zone)

    def _schedule(self, user, summary):
        """Ask ``user`` to act on the form."""
        self.ensure_one()
        self.activity_schedule(
            "mail.mail_activity_data_todo", summary=summary, user_id=user.id
        )

    def _outsourcing_get_awaited(self, author):
        users = super()._outsourcing_get_awaited(author)
        vendor = author.commercial_partner_id
        if (
            self.state == "vendor_review"
            and vendor == self.partner_id.commercial_partner_id
        ):
            users |= self._get_handlers()
        return users


# ------------------------------------------------------------
# ACTING FOR THE VENDOR
# ------------------------------------------------------------
# Functions, as evaluated code can call methods of records and would act for any
# vendor.


def record_answer(form, user, text):
    """Record the vendor's answer, once.

    :param user: portal user of the vendor
    :raise UserError: where the vendor may not answer
    """
    text = (text or "").replace("\0", "").strip()[:MAX_TEXT] or False
    # sudo: the vendor's own answer is compared, see below.
    given = form.sudo()
    if given.vendor_answered_by_id == user and given.vendor_answer == text:
        # A second click.
        return
    form = _get_answerable(form, user)
    if form.vendor_answered_at:
        raise UserError(form.env._("You have answered already."))
    server_write(
        form,
        {
            "vendor_answer": text,
            "vendor_answered_at": fields.Datetime.now(),
            "vendor_answered_by_id": user.id,
        },
    )
    form._schedule_answer()


def record_dispute(form, user, line_id, claim):
    """Record that the vendor contests a line, and suspend its consequence.

    :param user: portal user of the vendor
    :return: the dispute
    :raise UserError: where the vendor may not dispute the line
    """
    form = _get_answerable(form, user)
    env = form.env
    line = form.line_ids.filtered(lambda item: item.id == line_id)
    claim = (claim or "").replace("\0", "").strip()[:MAX_TEXT]
    if not line:
        raise UserError(env._("The form has no such line."))
    if not claim:
        raise UserError(env._("Say why the figure is not right."))
    same = form.dispute_ids.filtered(
        lambda item: (
            item.line_id == line
            and item.submitted_by_id == user
            and item.claim == claim
        )
    )
    if line.is_disputed and same:
        # A second click.
        return same[:1]
    if line.is_disputed:
        raise UserError(env._("The line is disputed already; wait for the decision."))
    dispute = server_create(
        env["vendor.quality.dispute"],
        {
            "form_id": form.id,
            "line_id": line.id,
            "claim": claim,
            "submitted_by_id": user.id,
        },
    )
    update_result(form)
    form._schedule_answer()
    return dispute


def _get_answerable(form, user):
    """Return ``form`` with sudo, where ``user`` may answer it for the vendor."""
    form.ensure_one()
    # sudo: vendors have no right on the model; it is checked that the form is theirs.
    form = form.sudo()
    own = filter_own(form.contract_id, user.partner_id)
    if form.contract_id not in own or form.state not in VENDOR_STATES:
        raise UserError(form.env._("This form is not yours."))
    if reason := form._get_cannot_answer_reason():
        raise UserError(reason)
    return form


# ------------------------------------------------------------
# SERVER'S OWN ACTS
# ------------------------------------------------------------


def supersede(forms, reason):
    """Put draft forms in place of these, whoever acts, and return them."""
    server_write(forms, {"state": "superseded", "supersede_reason": reason})
    return _create_successors(forms)


def _create_successors(forms):
    """Return draft forms in place of superseded ones, with the entered values."""
    successors = server_create(
        forms,
        [
            {
                "contract_id": form.contract_id.id,
                "template_id": form.template_id.id,
                "date_start": form.date_start,
                "date_end": form.date_end,
                "fee_amount": form.fee_amount,
                "fee_basis": form.fee_basis,
                "supersedes_id": form.id,
            }
            for form in forms
        ],
    )
    for form in successors:
        before = form.supersedes_id.line_ids.filtered("manual_note")
        entered = {line.metric_id: line for line in before}
        for line in form.line_ids:
            if source := entered.get(line.metric_id):
                line.write(
                    {
                        "manual_value": source.manual_value,
                        "manual_note": source.manual_note,
                    }
                )
    return successors


def follow_decision(form):
    """Bring the form in line with the decisions of its disputes.

    :param form: with sudo, the one that holds now
    """
    env = form.env
    if form.state == "review":
        form.message_post(body=env._("A dispute was decided: the form goes back."))
        reason = env._("A dispute was decided")
        server_write(form, {"state": "collected", "send_back_reason": reason})
    if form.state in OPEN_STATES:
        update_result(form)
    elif form.state == "approved":
        successor = supersede(form, env._("A dispute was decided"))
        server_write(successor, {"state": "collected"})
