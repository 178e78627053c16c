from odoo import api, models

from ...tools import gate
from .vendor_quality_gate_facts import BILL_TYPES

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
        holds = (
            self.env["vendor.quality.hold"]
            ._with_key()
            .create(
                [
                    {**self._prepare_hold(move, "leak", verdict), "actor": "finance"}
                    for move, verdict in incidents.items()
                    if move not in known
                ]
            )
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
                bill = item["bill"]
                if bill.decided_fingerprint is None:
                    found.append((move, gate.Verdict(rule="undecided")))
                elif bill.decided_fingerprint != bill.fingerprint:
                    found.append((move, gate.Verdict(rule="changed")))
                elif (item["paid"] or move.payment_state == "paid") and not (
                    paid.get(move) or move.currency_id.is_zero(bill.total)
                ):
                    found.append((move, gate.Verdict(rule="undecided")))
        for moves in self._iterate(self._get_entry_domain("posted")):
            facts = self._get_entry_facts(moves)
            found += [
                (
                    move,
                    gate.Verdict(rule="entry_payable", contract=item["contracts"][0]),
                )
                for move in moves.filtered(lambda move, facts=facts: move.id in facts)
                if (item := facts[move.id])["bill"].decided_fingerprint
                != item["bill"].fingerprint
            ]
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
        Company = self.env["res.company"].sudo()  # a gate holds in all branches
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
