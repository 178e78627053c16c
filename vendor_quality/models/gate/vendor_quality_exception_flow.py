from odoo import api, fields, models

from odoo.addons.outsourcing_mgmt.models.base.outsourcing_grant import server_write

from ...tools import gate


class VendorQualityException(models.Model):
    """The steps of a bill exception: who may take them, and what follows."""

    _inherit = "vendor.quality.exception"

    # ------------------------------------------------------------
    # FLOW OVERRIDES
    # ------------------------------------------------------------

    def _flow_entered(self, target, origins):
        result = super()._flow_entered(target, origins)
        if target == "submitted":
            for request in self:
                server_write(request, request._prepare_submitted())
            self.request_validation()
        elif target == "approved":
            self._apply_kind()
            self._refresh_bills()
        elif target == "void":
            decided = self.filtered(
                lambda request: (
                    origins[request.id] == "approved" and request.purpose != "exception"
                )
            )
            # Whoever voids a decision need not be allowed to write the bill.
            decided.sudo().move_id._vendor_quality_drop_kind()
        return result

    @api.model
    def _request_for(self, moves, purpose, reason):
        """Make and submit one request for each of ``moves`` that has none open.

        :param moves: bills, with the right to see their requests
        """
        if purpose == "outside":
            moves = moves.filtered(lambda move: move.state == "draft")
        asked = moves.vendor_quality_exception_ids.filtered(
            lambda request: (
                request.state in ("submitted", "approved")
                and request.purpose == purpose
            )
        )
        requests = self.create(
            [
                {"move_id": move.id, "purpose": purpose, "reason": reason}
                for move in moves - asked.move_id
            ]
        )
        requests.action_submit()
        return requests

    def _prepare_submitted(self):
        move = self.sudo().move_id
        posted = move.vendor_quality_decision_ids.filtered(
            lambda decision: decision.stage == "post"
        )
        authors = move.create_uid | move.invoice_user_id | posted.user_id
        authors |= move.vendor_quality_decision_ids.user_id
        return {
            "fingerprint": self._get_current_fingerprint(),
            "bill_author_ids": [fields.Command.set(authors.ids)],
        }

    def _apply_kind(self):
        """Set the kind that two persons have now decided."""
        for request in self.filtered(lambda item: item.purpose != "exception"):
            request.sudo().move_id._vendor_quality_set_kind(request.purpose)

    def _refresh_bills(self):
        self.env["vendor.quality.gate"]._refresh(self.move_id)

    # ------------------------------------------------------------
    # REASONS
    # ------------------------------------------------------------

    def _get_cannot_submit_reason(self):
        if self._flow_is_system():
            return {}
        return {
            request.id: reason
            for request in self
            if (reason := request._get_submit_reason())
        }

    def _get_submit_reason(self):
        self.ensure_one()
        if self.requester_id != self.env.user:
            return self.env._(
                "only %s, who wrote the request, submits it.", self.requester_id.name
            )
        if not self._get_current_fingerprint():
            return self.env._(
                "the gate does not hold this bill; it needs no exception."
            )
        today = fields.Date.context_today(self)
        if self.expiry_date and self.expiry_date < today:
            return self.env._("its last day has passed. Set a later one.")
        if self._get_open_twin():
            return self.env._(
                "another request of the same kind is open for the bill: %s.",
                self._get_open_twin().name,
            )
        if self.move_id.move_type == "entry" and self.purpose in ("advance", "deposit"):
            return self.env._(
                "a journal entry is no advance and no deposit. Enter a vendor bill."
            )
        if self.purpose != "exception" and self.move_id.state != "draft":
            return self.env._(
                "the kind of a posted bill does not change. Reset the bill to draft."
            )
        return ""

    def _get_cannot_approve_reason(self):
        if self._flow_is_system():
            return {}
        reasons = {}
        for request in self:
            if not request._flow_user_in(
                "vendor_quality.group_quality_finance", request._tier_manager_group
            ):
                reasons[request.id] = self.env._("only quality finance approves it.")
            elif self.env.user in request._tier_get_excluded_users():
                reasons[request.id] = self.env._(
                    "you requested it or entered the bill, so somebody else of quality "
                    "finance must approve it."
                )
            elif request.fingerprint != request._get_current_fingerprint():
                reasons[request.id] = self.env._(
                    "the bill was changed since the request. Make a new request."
                )
            elif (
                request.expiry_date
                and request.expiry_date < fields.Date.context_today(self)
            ):
                reasons[request.id] = self.env._("it has expired. Make a new request.")
        return reasons

    def _get_cannot_refuse_reason(self):
        if self._flow_is_system():
            return {}
        if not self._flow_user_in("vendor_quality.group_quality_finance"):
            return dict.fromkeys(
                self.ids, self.env._("only quality finance refuses it.")
            )
        return {
            request.id: self.env._("you requested it. Cancel it instead.")
            for request in self
            if request.requester_id == self.env.user
        }

    def _get_cannot_use_reason(self):
        return self._get_server_only_reason()

    def _get_cannot_expire_reason(self):
        return self._get_server_only_reason()

    def _get_cannot_void_reason(self):
        if self._flow_is_system():
            return {}
        return {
            request.id: self.env._(
                "only its requester or quality finance cancels it before it is used."
            )
            for request in self
            if request.requester_id != self.env.user
            and not request._flow_user_in("vendor_quality.group_quality_finance")
        }

    def _get_server_only_reason(self):
        if self._flow_is_system():
            return {}
        return dict.fromkeys(
            self.ids, self.env._("the gate does this by itself when the time comes.")
        )

    # ------------------------------------------------------------
    # ACTIONS
    # ------------------------------------------------------------

    def action_void(self):
        """Withdraw the request or the exception before it is used."""
        self.write({"state": "void"})
        return True

    # ------------------------------------------------------------
    # BUSINESS METHODS
    # ------------------------------------------------------------

    def _get_current_fingerprint(self):
        """Return the digest of the bill as it is, empty for an ungoverned bill."""
        self.ensure_one()
        move = self.sudo().move_id
        return self._get_fingerprints(move).get(move.id, "")

    @api.model
    def _get_fingerprints(self, moves):
        """Return ``{id: digest}`` of the governed bills and entries."""
        Gate = self.env["vendor.quality.gate"]
        facts = {**Gate._get_facts(moves), **Gate._get_entry_facts(moves)}
        return {move_id: item["bill"].fingerprint for move_id, item in facts.items()}

    def _get_open_twin(self):
        """Return another open request of the same purpose for the bill."""
        self.ensure_one()
        return self.sudo().search(
            [
                ("move_id", "=", self.move_id._origin.id),
                ("purpose", "=", self.purpose),
                ("state", "in", ("submitted", "approved")),
                ("id", "!=", self._origin.id),
            ],
            limit=1,
        )

    def _use(self, stamp):
        """Mark what the exception was used for; decisions on the kind stay."""
        for request in self.filtered(lambda item: item.purpose == "exception"):
            values = {stamp: fields.Datetime.now()}
            if request.state == "approved":
                values["state"] = "used"
            server_write(request, values)
        kinds = self.filtered(
            lambda item: item.purpose in gate.DECIDED_KINDS and item.state == "approved"
        )
        server_write(kinds, {"state": "used", stamp: fields.Datetime.now()})

    @api.model
    def _cron_close(self):
        """Expire what is too old and void what no longer fits its bill."""
        today = fields.Date.context_today(self)
        pending = self.search([("state", "in", ("submitted", "approved"))])
        late = pending.filtered(
            lambda item: item.expiry_date and item.expiry_date < today
        )
        server_write(late, {"state": "expired"})
        found = self._get_fingerprints((pending - late).move_id)
        for request in pending - late:
            if found.get(request.move_id.id, "") != request.fingerprint:
                server_write(request, {"state": "void"})
        self.env["vendor.quality.gate"]._refresh(pending.move_id)
