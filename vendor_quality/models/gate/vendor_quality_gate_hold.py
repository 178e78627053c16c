from odoo import api, models

from ...tools import gate_rules as rules
from ...tools.gate_data import Verdict
from .vendor_quality_gate_reader import BILL_TYPES
from .vendor_quality_hold import place_holds, update_holds

CHUNK = 500


class VendorQualityGate(models.AbstractModel):
    """What runs by night: the list of blocked bills, and the proof of the gate."""

    _inherit = "vendor.quality.gate"

    @api.model
    def _cron_refresh(self):
        """Place and release the holds of all bills that wait for something."""
        self._release_settled()
        domain = [
            ("move_type", "in", BILL_TYPES),
            ("company_id", "in", self._get_gated_companies().ids),
            "|",
            ("state", "=", "draft"),
            "&",
            ("state", "=", "posted"),
            ("payment_state", "not in", ("paid", "reversed")),
        ]
        self._refresh_all(domain)
        self._refresh_all(self._get_entry_domain("draft"))

    @api.model
    def _release_settled(self):
        """Release the holds of bills that were settled or cancelled otherwise."""
        stale = self.env["vendor.quality.hold"].search(
            [
                ("state", "=", "active"),
                ("stage", "in", ("post", "payment")),
                "|",
                ("move_id.state", "=", "cancel"),
                ("move_id.payment_state", "in", ("paid", "reversed")),
            ]
        )
        if stale:
            stale._release(self.env._("The bill is settled or cancelled."))
            self.env["ir.cron"]._commit_progress()

    @api.model
    def _refresh_all(self, domain):
        """Judge the moves of ``domain``, and commit each chunk of them.

        The job goes on to the last one however long that takes: started again it
        would begin with the first one.
        """
        Batch = self.env["vendor.quality.batch"]
        for moves in self._iterate(domain):
            Batch._try_all(moves, self._refresh)
            self.env["ir.cron"]._commit_progress(len(moves))

    @api.model
    def _cron_prove(self):
        """Open an incident for each bill that passed without a decision."""
        incidents = {}
        for move, verdict in self._find_undecided():
            incidents[move] = verdict
        known = (
            self.env["vendor.quality.hold"]
            .search([("stage", "=", "leak"), ("state", "=", "active")])
            .move_id
        )
        holds = place_holds(
            self.env,
            [
                {**self._prepare_hold(move, "leak", verdict), "actor": "finance"}
                for move, verdict in incidents.items()
                if move not in known
            ],
        )
        holds._schedule_activity()
        return len(incidents)

    @api.model
    def _find_undecided(self):
        """Return ``(bill, verdict)`` for governed bills nobody decided on.

        The proof of the gate: it must be empty. It counts decisions, not
        verdicts, for what was right when it was decided stays right.
        """
        found = []
        domain = [
            ("move_type", "in", BILL_TYPES),
            ("company_id", "in", self._get_gated_companies().ids),
            ("state", "=", "posted"),
        ]
        for moves in self._iterate(domain):
            facts = self._get_facts(moves)
            governed = moves.filtered(lambda move, facts=facts: move.id in facts)
            paid = dict(
                self.env["vendor.quality.decision"]._read_group(
                    [("move_id", "in", governed.ids), ("stage", "=", "payment")],
                    ["move_id"],
                    ["__count"],
                )
            )
            for move in governed:
                item = facts[move.id]
                bill = item.bill
                if bill.decided_fingerprint is None:
                    found.append((move, Verdict(rule=rules.UNDECIDED)))
                elif bill.decided_fingerprint != bill.fingerprint:
                    found.append((move, Verdict(rule=rules.CHANGED)))
                elif (item.paid or move.payment_state == "paid") and not (
                    paid.get(move) or move.currency_id.is_zero(bill.total)
                ):
                    found.append((move, Verdict(rule=rules.UNDECIDED)))
        for moves in self._iterate(self._get_entry_domain("posted")):
            facts = self._get_entry_facts(moves)
            for move in moves.filtered(lambda move, facts=facts: move.id in facts):
                item = facts[move.id]
                if item.bill.decided_fingerprint != item.bill.fingerprint:
                    contract = item.contracts[0]
                    verdict = Verdict(rule=rules.ENTRY_PAYABLE, contract=contract)
                    found.append((move, verdict))
        return found

    @api.model
    def _get_entry_domain(self, state):
        """Return the domain of entries that owe some partner something."""
        return [
            ("move_type", "=", "entry"),
            ("state", "=", state),
            ("company_id", "in", self._get_gated_companies().ids),
            (
                "line_ids",
                "any",
                [
                    ("account_id.account_type", "=", "liability_payable"),
                    ("partner_id", "!=", False),
                    ("balance", "<", 0),
                ],
            ),
        ]

    @api.model
    def _get_gated_companies(self):
        Company = self.env["res.company"].sudo()  # sudo: a gate holds in all branches
        return Company.search(
            [("id", "child_of", list(Company._get_vendor_quality_gated_roots()))]
        )

    @api.model
    def _iterate(self, domain):
        """Yield the moves of ``domain`` by id, a chunk at a time."""
        last_id = 0
        while moves := self.env["account.move"].search(
            [*domain, ("id", ">", last_id)], order="id", limit=CHUNK
        ):
            yield moves
            last_id = moves[-1].id

    # ------------------------------------------------------------
    # HOLDS
    # ------------------------------------------------------------

    @api.model
    def _refresh(self, moves):
        """Place and release the holds of ``moves`` by what the gate says now."""
        verdicts = self._judge(moves)
        wanted = {
            (move.id, stage): (move, verdict)
            for move, (stage, verdict, _item) in verdicts.items()
            if verdict.is_blocked and move.state in ("draft", "posted")
        }
        # sudo: whoever posts or pays need not read holds; the gate keeps them.
        Hold = self.env["vendor.quality.hold"].sudo()
        active = Hold.search(
            [
                ("move_id", "in", moves.ids),
                ("state", "=", "active"),
                ("stage", "in", ("post", "payment")),
            ]
        )
        kept = active.filtered(
            lambda hold: (
                (found := wanted.get((hold.move_id.id, hold.stage)))
                and found[1].rule == hold.rule
            )
        )
        self._update_holds(kept, wanted)
        parked = {
            hold.move_id.id: hold.parked_auto_post
            for hold in active - kept
            if (hold.move_id.id, hold.stage) in wanted and hold.parked_auto_post
        }
        stale = active - kept
        kept_parked = stale.filtered(lambda hold: hold.move_id.id in parked)
        update_holds(kept_parked, {"parked_auto_post": False})
        stale._release(self.env._("The rule no longer holds the bill."))
        # A bill may be held again at once, by another rule.
        stale.flush_recordset(["state"])
        present = {(hold.move_id.id, hold.stage) for hold in kept}
        place_holds(
            self.env,
            [
                {
                    **self._prepare_hold(move, stage, verdict),
                    "parked_auto_post": parked.get(move_id),
                }
                for (move_id, stage), (move, verdict) in wanted.items()
                if (move_id, stage) not in present
            ],
        )
        return verdicts

    @api.model
    def _update_holds(self, holds, wanted):
        """Say anew who must act and why, where the same rule finds other facts.

        What was noted when the bill was held stays as it was worded then.
        """
        for hold in holds:
            values = self._prepare_hold_state(*wanted[hold.move_id.id, hold.stage])
            known = {
                "actor": hold.actor,
                "reason_values": hold.reason_values,
                "contract_id": hold.contract_id.id,
                "form_id": hold.form_id.id,
            }
            if any(known[name] != values[name] for name in ("actor", "form_id")):
                # It asks somebody, or about a form, that no longer matters.
                hold.activity_unlink(["mail.mail_activity_data_todo"])
            if known != values:
                update_holds(hold, values)

    @api.model
    def _prepare_hold(self, move, stage, verdict):
        text = self._get_text(move, verdict)
        return {
            "move_id": move.id,
            "stage": stage,
            "rule": verdict.rule,
            "reason": text["because"],
            "unblock": text["unblock"],
            **self._prepare_hold_state(move, verdict),
        }

    @api.model
    def _prepare_hold_state(self, move, verdict):
        """Return what may change while the same rule holds the bill."""
        return {
            "actor": rules.get_actor(verdict),
            "reason_values": self._get_reason_values(move, verdict),
            "contract_id": verdict.contract.id if verdict.contract else False,
            "form_id": verdict.form.id if verdict.form else False,
        }
