import logging
from functools import partial

from odoo import api, fields, models
from odoo.exceptions import UserError
from odoo.fields import Command
from odoo.tools import format_list

from ...tools import procedure
from ...tools.apart import run_apart
from ...tools.lack import Lack, join
from ...tools.one_record import check_one
from ..award.purchase_order import cancel_quotations, get_order_problem
from ..base.grants import server_write
from ..bid.outsourcing_bid_envelope import open_bids
from ..evaluation.hint_search import trigger_search
from ..messages.scheduling import schedule_each
from ..messages.telling import tell_published, tell_tender_ended
from .outsourcing_opening_record import record_opening
from .tender_file import publish_tender_file

_logger = logging.getLogger(__name__)

BATCH = 100
# The rules of a procedure that a tender keeps from its publication on.
FROZEN_RULES = (
    "method",
    "amount_min",
    "amount_max",
    "min_bidders",
    "min_invited",
    "min_tendering_days",
    "question_days",
    "addendum_extension_days",
    "envelopes",
    "sealing",
    "min_price_sources",
    "price_ceiling",
    "abnormally_low_mean_percent",
    "abnormally_low_next_percent",
    "standstill_days",
    "sign_days",
    "filing_days",
    "filing_day_kind",
    "committee_min",
    "committee_odd",
    "expert_share_percent",
    "quorum",
    "presence_required",
    "outlier_limit",
    "bid_guarantee_percent",
    "performance_guarantee_percent",
    "manager_only",
)


class OutsourcingTender(models.Model):
    """The steps of a tender up to the opening, and its ends: verbs, rules, hooks."""

    _inherit = "outsourcing.tender"

    # ------------------------------------------------------------
    # REPEATING A FILE
    # ------------------------------------------------------------

    def copy(self, default=None):
        """Repeat the file with its documents as drafts, in the versions that hold.

        Vendors who may not be invited any more are left out and named.
        """
        copies = super().copy(default)
        for tender, repeat in zip(self, copies, strict=True):
            for document in tender.document_ids.filtered(
                lambda item: item.state != "superseded" and not item.file_number
            ):
                document.copy(
                    {
                        "tender_id": repeat.id,
                        "addendum_id": False,
                        "supersedes_id": False,
                    }
                )
            if "invitation_ids" in (default or {}):
                continue
            invited = repeat.invitation_ids.partner_id
            if left_out := tender.invitation_ids.partner_id - invited:
                repeat.message_post(
                    body=self.env._(
                        "Not invited again, as they may not be: %s. Their contacts "
                        "say why.",
                        format_list(self.env, left_out.mapped("name")),
                    )
                )
        return copies

    def copy_data(self, default=None):
        """Leave out whoever is blocked: the copy could not be stored with him."""
        rows = super().copy_data(default)
        if "invitation_ids" in (default or {}):
            return rows
        Invitation = self.env["outsourcing.tender.invitation"]
        for tender, values in zip(self, rows, strict=True):
            company = Invitation.env["res.company"].browse(
                values.get("company_id") or self.env.company.id
            )
            vendors = tender.invitation_ids.partner_id
            barred = Invitation._get_barred(vendors, company)
            values["invitation_ids"] = [
                command
                for command in values.get("invitation_ids", ())
                if command[2].get("partner_id") not in barred
            ]
        return rows

    # ------------------------------------------------------------
    # MAKING THE FILE
    # ------------------------------------------------------------

    @api.model
    def _create_from_requests(self, requests):
        """Return one tender for approved requests, in draft.

        :param requests: outsourcing.request of one company
        """
        return self.create(self._prepare_from_requests(requests))

    @api.model
    def _prepare_from_requests(self, requests):
        """Return the values of a tender for ``requests``."""
        company, category = requests[:1].company_id, requests[:1].category_id
        rule = self.env["outsourcing.procedure"]._propose_for(requests)
        price = self.env["outsourcing.reference.price"].search(
            [("request_ids", "in", requests.ids), ("state", "=", "approved")],
            order="approved_date desc",
            limit=1,
        )
        return {
            "subject": ", ".join(requests.mapped("subject")),
            "company_id": company.id,
            "currency_id": (price.currency_id or company.currency_id).id,
            "category_id": category.id,
            "procedure_id": rule.id,
            "bid_deadline": procedure.propose_deadline(
                fields.Datetime.now(),
                rule.min_tendering_days,
                company._outsourcing_zone(),
            ),
            "reference_price_id": price.id,
            "description": "".join(
                request.description for request in requests if request.description
            )
            or False,
            "request_ids": [Command.set(requests.ids)],
            "line_ids": [
                Command.create(values)
                for values in self._prepare_lines_from_requests(requests)
            ],
            "criterion_ids": [
                Command.create(values)
                for values in self._prepare_criteria_from_category(category)
            ],
        }

    @api.model
    def _prepare_lines_from_requests(self, requests):
        """Return line values: the lines of the requests, or one per request."""
        rows = []
        for request in requests:
            product = request.category_id.product_id
            rows += [
                {
                    "request_line_id": line.id,
                    "product_id": (line.product_id or product).id,
                    "name": line.name,
                    "product_qty": line.product_qty,
                    "product_uom_id": (
                        line.product_uom_id or line.product_id.uom_id or product.uom_id
                    ).id,
                }
                for line in request.line_ids
                if line.product_id or product
            ]
            if not request.line_ids and product:
                rows.append({"product_id": product.id, "name": request.subject})
        return rows

    @api.model
    def _prepare_criteria_from_category(self, category):
        """Return the default criteria of the category or its nearest parent."""
        while category and not category.criterion_ids:
            category = category.parent_id
        if not category:
            return [{"name": self.env._("Price"), "kind": "price", "weight": 10000}]
        return [
            {
                "sequence": criterion.sequence,
                "name": criterion.name,
                "kind": criterion.kind,
                "weight": criterion.weight,
                "max_points": criterion.max_points,
            }
            for criterion in category.criterion_ids
        ]

    # ------------------------------------------------------------
    # ACTIONS
    # ------------------------------------------------------------

    def action_publish(self):
        """Publish the notice under frozen rules; needs the signed-off file."""
        return self._take_step("published")

    def action_close(self):
        """Close the tender for bids; refused before the deadline."""
        return self._take_step("closed")

    def action_open(self):
        """Open the bids before the committee.

        A tender whose deadline has passed is closed first, when no job has done it.
        """
        due = self.filtered(
            lambda tender: tender.state == "published" and tender.state_now == "closed"
        )
        if due:
            due._take_step("closed")
        return self._take_step("opened")

    def action_accept_few_bids(self, reason):
        """Let the tender go on with fewer bids than its rules ask for.

        :param str reason: why competition was sufficient
        """
        self._flow_check_can("accept_few_bids")
        reason = self._flow_clean_reason(
            self._flow_field_label("few_bids_reason"), reason
        )
        # sudo: the manager decides, and has no right to write tenders otherwise.
        server_write(
            self.sudo(),
            {
                "few_bids_reason": reason,
                "few_bids_user_id": self.env.uid,
                "few_bids_date": fields.Datetime.now(),
            },
        )
        self._audit("accept_few_bids", {"reason": reason})
        return True

    def action_appoint_all(self):
        """Appoint every proposed member who may be appointed."""
        self.check_access("read")
        members = self.committee_ids.filtered(
            lambda member: member.state == "proposed" and member.can_appoint
        )
        if not members:
            raise UserError(self.env._("Nobody is left to be appointed."))
        return members.action_appoint()

    def action_fail(self, reason):
        """End the tender without an award.

        :param str reason: why; told to the bidders
        """
        return self._take_step("failed", end_reason=reason)

    def action_cancel(self, reason):
        """Call the tender off.

        :param str reason: why; told to the bidders
        """
        return self._take_step("cancelled", end_reason=reason)

    def action_retender(self):
        """Make a new draft that repeats a tender which ended without an award.

        It keeps a reference price that was not revealed. Of a tender that was awarded
        by line it repeats the services for which nobody bid.
        """
        check_one(self)
        self._flow_check_can("retender")
        price = self.reference_price_id
        values = {
            "request_ids": [Command.set(self.request_ids.ids)],
            "reference_price_id": price.id if price.state == "approved" else False,
        }
        if self.state not in ("failed", "cancelled"):
            lines = self._get_unoffered_lines()
            is_split = len(lines) > 1
            values |= {
                "line_ids": [Command.create(row) for row in lines.copy_data()],
                "award_by_line": is_split,
                "partial_bids": is_split and self.partial_bids,
            }
        repeat = self.copy(values)
        server_write(repeat, {"previous_tender_id": self.id})
        return repeat._get_form_action()

    def action_open_fail_wizard(self):
        self._flow_check_can("fail")
        return self.env["outsourcing.reason.wizard"]._open(
            self, "action_fail", self.env._("Fail the Tender")
        )

    def action_open_cancel_wizard(self):
        self._flow_check_can("cancel")
        return self.env["outsourcing.reason.wizard"]._open(
            self, "action_cancel", self.env._("Cancel the Tender")
        )

    def action_open_few_bids_wizard(self):
        self._flow_check_can("accept_few_bids")
        return self.env["outsourcing.reason.wizard"]._open(
            self, "action_accept_few_bids", self.env._("Go On With Fewer Bids")
        )

    # ------------------------------------------------------------
    # RULES OF THE STEPS
    # ------------------------------------------------------------

    def _get_cannot_close_reason(self):
        now = fields.Datetime.now()
        return {
            tender.id: self.env._(
                "bids are received until %s.",
                tender._format_moment(tender.bid_deadline),
            )
            for tender in self
            if tender.bid_deadline and now < tender.bid_deadline
        }

    def _get_cannot_open_reason(self):
        now = fields.Datetime.now()
        reasons = {}
        for tender in self:
            begins = tender._get_opening_moment()
            if now < begins:
                reasons[tender.id] = self.env._(
                    "the opening begins at %s.", tender._format_moment(begins)
                )
            elif problems := tender._get_opening_problems():
                reasons[tender.id] = join(problems)
        return reasons

    def _get_opening_moment(self):
        """Return from when on the bids may be opened."""
        self.ensure_one()
        return max(filter(None, (self.opening_date, self.bid_deadline)), default=False)

    def _get_opening_problems(self):
        self.ensure_one()
        problems = self._get_committee_problems()
        if problem := get_order_problem(self):
            problems.append(problem)
        if problem := self._get_quorum_problem():
            problems.append(problem)
        received = self._count_valid_bids()
        if not received:
            problems.append(self.env._("No bid was received: fail the tender."))
        elif received < self.min_bidders and not self.few_bids_date:
            problems.append(
                self.env._(
                    "%(received)s of at least %(needed)s bids were received: fail the "
                    "tender, or let the outsourcing manager approve an exception.",
                    received=received,
                    needed=self.min_bidders,
                )
            )
        return problems

    def _get_quorum_problem(self):
        """Say which members are missing at the opening that is next, or nothing."""
        self.ensure_one()
        # sudo: the quorum counts all members, also unread ones.
        ready = self.sudo().committee_ids.filtered(
            lambda member: member.is_voting and member.conflict_state == "clear"
        )
        quorum = self._get_rule("quorum") or 0
        if len(ready) < quorum:
            text = self.env._(
                "%(ready)s of %(quorum)s committee members have declared "
                "that they have no conflict of interest.",
                ready=len(ready),
                quorum=quorum,
            )
            return Lack(text, "committee_ids")
        present = ready.filtered(type(ready)._is_present)
        if not self._get_rule("presence_required") or len(present) >= quorum:
            return ""
        facts = {
            "present": len(present),
            "quorum": quorum,
            "names": format_list(self.env, (ready - present).partner_id.mapped("name")),
        }
        if self.is_opened:
            text = self.env._(
                "%(present)s of %(quorum)s committee members have confirmed that they "
                "are present at the opening of the prices. Each of them does so on the "
                "tender; missing: %(names)s. For whoever cannot come, a manager "
                "recuses the member with a reason; the substitute scores first.",
                **facts,
            )
        else:
            text = self.env._(
                "%(present)s of %(quorum)s committee members have confirmed "
                "that they are present. Each of them does so on the tender; "
                "missing: %(names)s. For whoever cannot come, recuse him with "
                "a reason and appoint another.",
                **facts,
            )
        return Lack(text, "committee_ids")

    def _count_valid_bids(self):
        """Return how many sealed bids can be opened.

        One that its vendor did not confirm after an addendum cannot.
        """
        self.ensure_one()
        # sudo: a number alone; the rules of the procedure need it for every user.
        bids = self.sudo().bid_ids
        return len(
            bids.filtered(
                lambda bid: bid.state == "sealed" and not bid.needs_reconfirmation
            )
        )

    def _get_cannot_accept_few_bids_reason(self):
        reasons = {}
        # sudo: the manager need not read the bids to count them.
        for tender in self.sudo():
            if self.env.user in tender._get_procedure_users():
                reasons[tender.id] = self.env._(
                    "you run the procedure; another manager decides."
                )
            elif tender.state != "closed":
                reasons[tender.id] = self.env._("it is decided after the closing.")
            elif not tender._count_valid_bids():
                reasons[tender.id] = self.env._("no bid was received.")
            elif (
                tender._count_valid_bids() >= tender.min_bidders or tender.few_bids_date
            ):
                reasons[tender.id] = self.env._("no exception is needed.")
        return reasons

    def _get_cannot_fail_reason(self):
        return self._get_cannot_end_reason()

    def _get_cannot_cancel_reason(self):
        return self._get_cannot_end_reason()

    def _get_cannot_end_reason(self):
        reasons = {}
        # sudo: a manager ends a tender without rights on its orders.
        for tender in self.sudo():
            ordered = tender.purchase_order_ids.filtered(
                lambda order: order.state in ("to approve", "purchase")
            )
            if ordered:
                reasons[tender.id] = self.env._(
                    "the order %s is confirmed; cancel it first.", ordered[0].name
                )
        return reasons

    def _get_cannot_retender_reason(self):
        reasons = {}
        for tender in self:
            is_awarded = tender.state in ("awarded", "contracted")
            if tender.state not in ("failed", "cancelled") and not (
                is_awarded and tender._get_unoffered_lines()
            ):
                reasons[tender.id] = self.env._(
                    "only a tender that failed or was cancelled is repeated, or the "
                    "services of one for which nobody bid, when the others are awarded."
                )
            elif tender.next_tender_ids.filtered(
                lambda repeat: repeat.state != "cancelled"
            ):
                reasons[tender.id] = self.env._("it is repeated already.")
        return reasons

    def _get_system_step_reason(self, text):
        return {} if self._flow_is_system() else dict.fromkeys(self.ids, text)

    def _get_cannot_reopen_reason(self):
        return self._get_system_step_reason(
            self.env._("annul its award with a reason; the evaluation opens again.")
        )

    def _get_cannot_notify_reason(self):
        return self._get_system_step_reason(
            self.env._("notify the bidders on its award; the standstill begins then.")
        )

    def _get_cannot_finalise_reason(self):
        return self._get_system_step_reason(
            self.env._("its award becomes final after the standstill.")
        )

    def _get_cannot_contract_reason(self):
        return self._get_system_step_reason(
            self.env._("confirm the order of the winner.")
        )

    # ------------------------------------------------------------
    # HOOKS OF THE FLOW
    # ------------------------------------------------------------

    def _on_enter_published(self, origins):
        """Freeze the rules and take the requests and the price into use."""
        for tender in self:
            amount, _needed, is_below = tender._get_policy()
            vals = {
                "rules": {
                    **{name: tender.procedure_id[name] for name in FROZEN_RULES},
                    "estimated_amount": amount,
                    "is_below_policy": is_below,
                    "range_currency_id": tender.procedure_id.currency_id.id,
                },
                "publish_date": fields.Datetime.now(),
                "published_by_id": self.env.uid,
            }
            if "record" in tender.criterion_ids.mapped("kind"):
                known = tender._get_past_quality() or {}
                vals["past_quality"] = {
                    str(vendor): round(score, 2) for vendor, score in known.items()
                }
            if not tender.opening_date:
                vals["opening_date"] = tender.bid_deadline
            if not tender.question_deadline:
                vals["question_deadline"] = procedure.question_end(
                    tender.bid_deadline,
                    tender._get_rule("question_days"),
                    tender.company_id._outsourcing_zone(),
                )
            server_write(tender, vals)
            tender._schedule_close()
            tender.request_ids.filtered(
                lambda request: request.state == "approved"
            ).write({"state": "in_tender"})
        self._finish_activities("mail_activity_type_tender_publish")
        self._raise_less_competition()
        # sudo: procurement publishes but has no right to write reference prices.
        server_write(self.reference_price_id.sudo(), {"state": "used"})
        self.document_ids.filtered(
            lambda document: document.state == "draft" and not document.addendum_id
        )._publish()
        for tender in self:
            publish_tender_file(tender)
        self.invitation_ids.filtered(
            lambda invitation: invitation.state == "draft"
        ).action_send()
        tell_published(self)

    def _on_enter_closed(self, origins):
        server_write(self, {"closed_date": fields.Datetime.now()})
        self._plan_activities(
            "mail_activity_type_tender_open",
            [(tender, tender.user_id, tender.opening_date) for tender in self],
        )

    def _on_enter_opened(self, origins):
        stamps = {
            "is_opened": True,
            "opened_date": fields.Datetime.now(),
            "opened_by_id": self.env.uid,
        }
        self._finish_activities("mail_activity_type_tender_open")
        server_write(
            self.committee_ids.filtered(
                lambda member: member.state == "appointed" and member.attended_at
            ),
            {"opening_attended": True},
        )
        for tender in self:
            step = tender, "opened", {}
            if tender.envelopes == "one":
                prices = tender._open_prices(stamps)
                record_opening(tender, "bids", "prices", before=[prices], after=[step])
            else:
                server_write(tender, stamps)
                # sudo: the opening opens bids that whoever opens need not read.
                open_bids(tender.sudo().bid_ids, "technical")
                record_opening(tender, "bids", after=[step])
        trigger_search(self.env)

    def _on_enter_failed(self, origins):
        self._end_without_award(origins)

    def _on_enter_cancelled(self, origins):
        self._end_without_award(origins)

    def _on_step(self, target, origins):
        # An opening is recorded with what was opened.
        if target != "opened":
            self._audit(target)

    def _end_without_award(self, origins):
        """Annul the award, cancel quotations, free requests and price, tell vendors.

        A reference price that was not revealed stays good for a repetition.
        """
        # sudo: a manager may end a tender without rights on awards or orders.
        for tender in self.sudo():
            server_write(
                tender._get_living_awards(),
                {"state": "annulled", "annul_reason": tender.end_reason},
            )
            cancel_quotations(tender.purchase_order_ids)
            server_write(
                tender.request_ids.filtered(
                    lambda request: request.state == "in_tender"
                ),
                {"state": "approved"},
            )
            server_write(
                tender.reference_price_id.filtered(
                    lambda price: price.state == "used" and not price.revealed_date
                ),
                {"state": "approved"},
            )
            tender.activity_ids.unlink()
        for tender in self:
            if origins.get(tender.id) != "draft":
                tender._mail_vendors("outsourcing_mgmt.mail_template_tender_ended")
                tell_tender_ended(tender)

    # ------------------------------------------------------------
    # BUSINESS METHODS
    # ------------------------------------------------------------

    def _audit(self, verb, details=None):
        """Record a step in the chain of the tender."""
        self.env["outsourcing.audit.log"]._record(self, verb, details)

    def _plan_activity(self, type_name, users, deadline):
        """Ask users to act; once per user.

        :param str type_name: XML id of the activity type, in this module
        :param users: res.users
        :param deadline: moment or None for today
        """
        self.ensure_one()
        self._plan_activities(type_name, [(self, users, deadline)])

    def _plan_activities(self, type_name, rows):
        """Ask users of several tenders to act; see :meth:`_plan_activity`.

        :param rows: list of ``(tender, users, deadline)``
        """
        xmlid = f"outsourcing_mgmt.{type_name}"
        kind = self.env.ref(xmlid)
        asked = []
        for tender, users, deadline in rows:
            # sudo: whoever takes the step need not have rights on activities.
            tender = tender.sudo()
            planned = tender.activity_ids.filtered(
                lambda activity: activity.activity_type_id == kind
            ).user_id
            day = tender.company_id._outsourcing_date(deadline or fields.Datetime.now())
            asked += [
                (tender, {"date_deadline": day, "user_id": user.id})
                for user in users - planned
            ]
        schedule_each(xmlid, asked)

    def _finish_activities(self, type_name, users=None):
        """Mark the activities of a type as done; all, or those of ``users``."""
        xmlid = f"outsourcing_mgmt.{type_name}"
        # sudo: whoever takes the step need not have rights on activities.
        tenders = self.sudo()
        if users is None:
            tenders.activity_feedback([xmlid])
            return
        for user in users:
            tenders.activity_feedback([xmlid], user_id=user.id)

    def _format_moment(self, moment):
        """Return a moment as every page, refusal and notice names it."""
        self.ensure_one()
        return self.company_id._outsourcing_format_moment(moment)

    def _get_form_action(self):
        self.ensure_one()
        return {
            "type": "ir.actions.act_window",
            "res_model": self._name,
            "res_id": self.id,
            "view_mode": "form",
        }

    # ------------------------------------------------------------
    # SCHEDULED ACTIONS
    # ------------------------------------------------------------

    def _schedule_close(self):
        """Let the job that closes tenders run at their deadlines, too."""
        # sudo: whoever publishes need not read scheduled actions.
        cron = self.env.ref("outsourcing_mgmt.ir_cron_tender_close").sudo()
        moments = [moment for moment in self.mapped("bid_deadline") if moment]
        if moments:
            cron._trigger(at=moments)

    @api.model
    def _cron_close(self):
        """Close published tenders whose deadline has passed."""
        tenders = self.search(
            [
                ("state", "=", "published"),
                ("bid_deadline", "<=", fields.Datetime.now()),
            ],
            order="bid_deadline, id",
        )
        self._cron_each(tenders, "closed")

    @api.model
    def _cron_each(self, records, target):
        """Take ``records`` to ``target``, committing batches of them.

        A record that another transaction holds waits for the next run; one that
        refuses is logged and does not stop the others.

        :param records: records with a declared flow
        :param str target: the state to enter
        """
        cron = self.env["ir.cron"]
        cron._commit_progress(remaining=len(records))
        tell = partial(_logger.warning, "%s stays as it is", exc_info=True)
        for start in range(0, len(records), BATCH):
            batch = records[start : start + BATCH]
            free = batch.try_lock_for_update().filtered(
                lambda item: item.state != target
            )
            if free:
                run_apart(
                    free,
                    lambda items: items.write({"state": target}),
                    self.env.cr.savepoint,
                    tell,
                )
            if not cron._commit_progress(len(batch)):
                break
