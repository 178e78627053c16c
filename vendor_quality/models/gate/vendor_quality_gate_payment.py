from dataclasses import replace

from odoo import api, fields, models

from ...tools import gate
from ...tools.deferral import GateDeferral


class VendorQualityGate(models.AbstractModel):
    """Payments: what reconciliations pay on bills, and what may still be paid."""

    _inherit = "vendor.quality.gate"

    # ------------------------------------------------------------
    # PAYMENT
    # ------------------------------------------------------------

    @api.model
    def _enforce_paid(self, bills, counterparts):
        """Raise unless the bills may be paid as far as they are now.

        What a bank statement shows as paid is a fact: it stays, and opens an
        incident.

        :param account.move counterparts: what paid them in this act
        """
        deferral = self.env.context.get("vendor_quality_deferral")
        if isinstance(deferral, GateDeferral):
            deferral.add(bills, counterparts)
            return
        facts = self._get_facts(bills, counterparts)
        verdicts, blocked, incidents, paid = {}, {}, {}, {}
        for move in bills.filtered(lambda item: item.id in facts):
            item = facts[move.id]
            if not item["paid_new"]:
                continue
            contracts = [self._add_paid(one, paid) for one in item["contracts"]]
            verdict = gate.decide_payment(
                item["bill"],
                contracts,
                item["paid"],
                item["paid"] - item["paid_new"],
            )
            if verdict.is_blocked:
                if item["paid_hard"]:
                    blocked[move] = verdict
                else:
                    incidents[move] = verdict
                continue
            verdicts[move] = verdict
            for form_id, share in item["bill"].shares.items():
                ratio = item["paid"] / item["bill"].total if item["bill"].total else 0.0
                paid[form_id] = paid.get(form_id, 0.0) + share * ratio
        if blocked:
            self._raise_blocked(blocked, self.env._("cannot be paid"))
        self._lock_forms(paid, "paid", facts)
        judged = {**verdicts, **incidents}
        self.env["vendor.quality.decision"]._record(
            self._prepare_payment_rows(judged, facts)
        )
        self._follow_payments(judged, facts)
        held = bills.browse([move.id for move in verdicts if facts[move.id]["on_hold"]])
        if held:
            self._refresh(held)

    @api.model
    def _prepare_payment_rows(self, verdicts, facts):
        return [
            self._prepare_payment_row(move, verdict, facts[move.id])
            for move, verdict in verdicts.items()
        ]

    @api.model
    def _follow_payments(self, verdicts, facts):
        """Use up the exceptions of payments that passed; report the others."""
        self._use_permits(
            {move: verdict for move, verdict in verdicts.items() if verdict.granted},
            "payment_used_at",
        )
        self._open_incidents(
            {move: verdict for move, verdict in verdicts.items() if verdict.is_blocked},
            facts,
        )

    @api.model
    def _add_paid(self, contract, paid):
        if not paid or not any(form.id in paid for form in contract.forms):
            return contract
        return replace(
            contract,
            forms=tuple(
                replace(form, paid=form.paid + paid.get(form.id, 0.0))
                for form in contract.forms
            ),
        )

    @api.model
    def _prepare_payment_row(self, move, verdict, item):
        granted = verdict.granted if verdict.ground == "exception" else 0.0
        return {
            "company_id": move.company_id.id,
            "move_id": move.id,
            "move_name": move.name,
            "stage": "payment",
            "ground": "bank" if verdict.is_blocked else verdict.ground,
            "contract_id": verdict.contract.id if verdict.contract else None,
            "form_id": verdict.form.id if verdict.form else None,
            "exception_id": verdict.permit.id if verdict.permit else None,
            "currency_id": move.currency_id.id,
            "amount": granted or self._get_new_amount(item),
            "paid_total": item["paid"],
            "fingerprint": item["bill"].fingerprint,
        }

    @api.model
    def _get_new_amount(self, item):
        """Return what this act paid; nothing was named when a bill is posted."""
        return item["paid_new"] or item["paid"] - item["paid_decided"]

    @api.model
    def _open_incidents(self, incidents, facts):
        if not incidents:
            return
        holds = (
            self.env["vendor.quality.hold"]
            ._with_key()
            .create(
                [
                    {
                        **self._prepare_hold(move, "bank", verdict),
                        "actor": "finance",
                        "amount": self._get_new_amount(facts[move.id]),
                        "placed_by_id": self.env.uid,
                    }
                    for move, verdict in incidents.items()
                ]
            )
        )
        holds._schedule_activity()

    @api.model
    def _get_rooms(self, bills, payments, currency):
        """Return ``{bill id: what may still be paid on it}`` in ``currency``."""
        governed = self._get_governed_rooms(bills)
        day = payments[:1].date or fields.Date.context_today(self)
        rooms = {}
        for bill in bills:
            room = bill.amount_residual if bill.state == "posted" else 0.0
            rooms[bill.id] = bill.currency_id._convert(
                governed.get(bill.id, room), currency, bill.company_id, day
            )
        return rooms

    @api.model
    def _get_governed_rooms(self, bills):
        """Return what may still be paid on each governed bill, in its currency.

        What one bill may take of a form is no longer there for the next one.
        """
        facts = self._get_facts(bills)
        rooms, paid = {}, {}
        for bill in bills.filtered(lambda move: move.id in facts):
            item = facts[bill.id]
            total = item["bill"].total
            contracts = [self._add_paid(one, paid) for one in item["contracts"]]
            room = min(bill.amount_residual, self._get_room(item, contracts))
            rooms[bill.id] = room = max(room, 0.0) if bill.state == "posted" else 0.0
            for form_id, share in item["bill"].shares.items():
                ratio = (item["paid"] + room) / total if total else 0.0
                paid[form_id] = paid.get(form_id, 0.0) + share * ratio
        return rooms

    @api.model
    def _get_room(self, item, contracts):
        bill, paid = item["bill"], item["paid"]
        verdict = gate.decide_payment(bill, contracts, paid)
        room = 0.0 if verdict.is_blocked else verdict.amount - paid
        for permit in bill.permits:
            if permit.for_payment and permit.purpose == "exception":
                more = gate.decide_payment(
                    bill, contracts, paid + max(room, 0.0) + permit.amount_limit, paid
                )
                if not more.is_blocked:
                    return max(room, 0.0) + permit.amount_limit
        return room
