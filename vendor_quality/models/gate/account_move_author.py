from odoo import api, models
from odoo.exceptions import UserError
from odoo.tools import SQL, format_list

from odoo.addons.outsourcing_mgmt.tools.one_record import check_one

from .account_move import AUTHORS
from .vendor_quality_gate_reader import BILL_TYPES


class AccountMove(models.Model):
    """Who wrote a bill, why it waits, what of it may be paid, what is asked for it.

    And in which company a posted one stays.

    Its authors are all who ever changed what a decision on it looks at.
    """

    _inherit = "account.move"

    # ------------------------------------------------------------
    # COMPUTE METHODS
    # ------------------------------------------------------------

    @api.depends("move_type", "company_id", "vendor_quality_author_uids")
    @api.depends_context("uid")
    def _compute_vendor_quality_author_notice(self):
        """Tell who could decide on the bill, before a change of it is saved."""
        decides = self.env.user.has_group("vendor_quality.group_quality_finance")
        for move in self:
            text = ""
            if (
                decides
                and move.move_type in (*BILL_TYPES, "entry")
                and self.env["vendor.quality.gate"]._is_on(move.company_id)
            ):
                if not move._origin or self.env.user in move._vendor_quality_authors():
                    text = self.env._(
                        "You write this document, so somebody else of quality finance "
                        "decides on it."
                    )
                else:
                    text = self.env._(
                        "If you save a change, you can no longer decide on this "
                        "document: whoever writes a part of it does not approve it."
                    )
            move.vendor_quality_author_notice = text

    @api.depends(
        "state",
        "partner_id",
        "outsourcing_contract_id",
        "service_date_start",
        "service_date_end",
        "amount_residual",
    )
    @api.depends_context("lang")
    def _compute_vendor_quality_gate(self):
        """Say why the bill waits, when it goes on and who can act."""
        Gate = self.env["vendor.quality.gate"]
        stored = self._origin.filtered(
            lambda move: move.move_type in (*BILL_TYPES, "entry")
        )
        verdicts = Gate._judge(stored) if stored else {}
        for move in self:
            stage, verdict, item = verdicts.get(move._origin, (None, None, None))
            text = {"because": False, "unblock": False, "who": False}
            move.vendor_quality_is_vendor_doubtful = bool(
                verdict and verdict.contract and not verdict.contract.is_certain
            )
            if (
                verdict
                and verdict.is_blocked
                and move.payment_state
                not in (
                    "paid",
                    "reversed",
                )
            ):
                text = Gate._get_text(move, verdict)
            move.vendor_quality_gate_reason = text["because"]
            move.vendor_quality_gate_unblock = text["unblock"]
            move.vendor_quality_gate_actor = text["who"]
            if not verdict:
                move.vendor_quality_stage = "free"
            else:
                move.vendor_quality_stage = stage if text["because"] else "open"
            is_judged = bool(item) and move.state == "posted"
            room = max(Gate._get_room(item, item.contracts), 0.0) if is_judged else 0.0
            move.vendor_quality_payable = item.paid + room if is_judged else 0.0
            move.vendor_quality_room = min(room, move.amount_residual)
            move.vendor_quality_rest_notice = (
                is_judged
                and not text["because"]
                and Gate._describe_rest(move, item, room)
            )

    @api.depends("vendor_quality_exception_ids.state")
    @api.depends_context("uid", "lang")
    def _compute_vendor_quality_request(self):
        """Say what was asked for the bill and whom it waits for; show who may read it.

        Whoever enters bills hears of it here, and asks nobody a second time.
        """
        Request = self.env["vendor.quality.exception"]
        # sudo: whoever reads a bill may know that something is asked for it
        asked = Request.sudo().search(
            [("move_id", "in", self._origin.ids), ("state", "=", "submitted")],
            order="id desc",
        )
        shown = asked.with_env(self.env)
        if asked:
            shown = (
                shown._filtered_access("read")
                if Request.has_access("read")
                else Request
            )
        for move in self:
            requests = asked.filtered(
                lambda one, move=move: one.move_id == move._origin
            )
            move.vendor_quality_open_request_id = shown.filtered(
                lambda one, found=requests: one.id in found.ids
            )[:1]
            move.vendor_quality_is_exception_asked = "exception" in requests.mapped(
                "purpose"
            )
            move.vendor_quality_request_notice = "\n".join(
                request._get_waiting_text() for request in requests
            )

    # ------------------------------------------------------------
    # ACTIONS
    # ------------------------------------------------------------

    def action_vendor_quality_request_exception(self):
        """Open the request to let the bill through, or a new one."""
        check_one(self)
        self.check_access("read")
        return self.env["vendor.quality.exception"]._open_request(self)

    def action_view_vendor_quality_exceptions(self):
        """Open the exceptions asked for the bill."""
        check_one(self)
        self.check_access("read")
        return {
            "type": "ir.actions.act_window",
            "name": self.env._("Exceptions"),
            "res_model": "vendor.quality.exception",
            "view_mode": "list,form",
            "domain": [("move_id", "=", self.id)],
            "context": {"default_move_id": self.id},
        }

    # ------------------------------------------------------------
    # BUSINESS METHODS
    # ------------------------------------------------------------

    def _vendor_quality_authors(self):
        """Return who created the moves, owns them, or wrote a part of them."""
        # sudo: whoever decides may not read bills; ids of users are compared.
        moves = self.sudo()
        ids = {uid for move in moves for uid in move.vendor_quality_author_uids or ()}
        users = self.env["res.users"].sudo().browse(ids)  # sudo: as above
        return moves.create_uid | moves.invoice_user_id | users

    def _vendor_quality_filter_unwritten(self):
        """Return the moves whose author the acting user is not yet, with sudo."""
        # sudo: whoever writes a line need not read the authors of the bill.
        return self.sudo().filtered(
            lambda move: self.env.uid not in (move.vendor_quality_author_uids or ())
        )

    def _vendor_quality_add_author(self, vals):
        """Return ``vals`` with the acting user as author, if one list suits all."""
        missing = self._vendor_quality_filter_unwritten()
        lists = {tuple(move.vendor_quality_author_uids or ()) for move in missing}
        if len(lists) == 1 and len(missing) == len(self):
            return {**vals, AUTHORS: [*lists.pop(), self.env.uid]}
        missing._vendor_quality_note_author()
        return vals

    def _vendor_quality_get_homes(self):
        """Return ``{move: (root company, name)}`` of posted, governed moves."""
        posted = self.filtered(lambda move: move.state == "posted")
        Gate = self.env["vendor.quality.gate"]
        if not posted or not Gate._is_on(posted.company_id):
            return {}
        moves = Gate._filter_governed(posted)
        moves |= Gate._filter_governed_items(
            posted.line_ids.filtered("partner_id")
        ).move_id
        # sudo: whom an entry pays is read from entries, payments and statements.
        reader = self.env["vendor.quality.gate.reader"].sudo()
        moves |= moves.browse(reader._get_outflows(posted, own_payments=True))
        # sudo: a branch's user may not read its root company; only its id is used.
        return {
            move: (move.company_id.sudo().root_id, move.display_name)  # sudo: as above
            for move in moves
        }

    def _vendor_quality_check_homes(self, homes):
        """Refuse to move what was decided in one company to another one.

        What an entry paid, or a bill took of a form, would no longer count.

        :param dict homes: ``{move: (root company, name)}`` before
        """
        # sudo: a branch's user may not read its root company; only its id is used.
        gone = self.filtered(
            lambda move: (
                move in homes
                and move.state == "posted"
                and move.company_id.sudo().root_id != homes[move][0]  # sudo: as above
            )
        )
        if gone:
            raise UserError(
                self.env._(
                    "%(entries)s: a posted entry about a vendor under a contract with "
                    "quality forms stays in its company. Accounting can reset it to "
                    "draft and enter it in the other company.",
                    entries=format_list(self.env, [homes[move][1] for move in gone]),
                )
            )

    def _note_file_authors(self, users):
        """Add ``users``, who add a file to the bills, to their authors."""
        for user in users:
            self.with_user(user)._vendor_quality_note_author()

    def _vendor_quality_note_author(self):
        """Add the acting user to the authors of the moves."""
        missing = self._vendor_quality_filter_unwritten()
        if not missing:
            return
        missing.flush_recordset([AUTHORS])
        # SQL: each bill has its own list, and a write would judge the bill again.
        self.env.execute_query(
            SQL(
                "UPDATE account_move SET %(field)s = "
                "COALESCE(%(field)s, '[]'::jsonb) || TO_JSONB(%(uid)s::integer) "
                "WHERE id IN %(ids)s RETURNING id",
                field=SQL.identifier(AUTHORS),
                uid=self.env.uid,
                ids=missing._ids,
            )
        )
        missing.invalidate_recordset([AUTHORS], flush=False)
