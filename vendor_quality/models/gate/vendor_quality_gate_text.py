from odoo import api, fields, models
from odoo.exceptions import UserError
from odoo.tools import format_amount, format_date

from ...tools import gate

SHOWN_BILLS = 20


class VendorQualityGate(models.AbstractModel):
    """What people see: holds, and why a bill waits, until when and for whom."""

    _inherit = "vendor.quality.gate"

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
        Hold = self.env["vendor.quality.hold"].sudo()  # kept by the gate alone
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
        stale.filtered(lambda hold: hold.move_id.id in parked)._with_key().write(
            {"parked_auto_post": False}
        )
        stale._release(self.env._("The rule no longer holds the bill."))
        # A bill may be held again at once, by another rule.
        stale.flush_recordset(["state"])
        present = {(hold.move_id.id, hold.stage) for hold in kept}
        Hold._with_key().create(
            [
                {
                    **self._prepare_hold(move, stage, verdict),
                    "parked_auto_post": parked.get(move_id),
                }
                for (move_id, stage), (move, verdict) in wanted.items()
                if (move_id, stage) not in present
            ]
        )
        return verdicts

    @api.model
    def _update_holds(self, holds, wanted):
        """Say anew who must act and why, where the same rule finds other facts.

        What was noted when the bill was held stays as it was worded then.
        """
        for hold in holds:
            values = self._prepare_hold_facts(*wanted[hold.move_id.id, hold.stage])
            known = {
                "actor": hold.actor,
                "facts": hold.facts,
                "contract_id": hold.contract_id.id,
                "form_id": hold.form_id.id,
            }
            if any(known[name] != values[name] for name in ("actor", "form_id")):
                # It asks somebody, or about a form, that no longer matters.
                hold.activity_unlink(["mail.mail_activity_data_todo"])
            if known != values:
                hold._with_key().write(values)

    @api.model
    def _prepare_hold(self, move, stage, verdict):
        text = self._get_text(move, verdict)
        return {
            "move_id": move.id,
            "stage": stage,
            "rule": verdict.rule,
            "reason": text["because"],
            "unblock": text["unblock"],
            **self._prepare_hold_facts(move, verdict),
        }

    @api.model
    def _prepare_hold_facts(self, move, verdict):
        """Return what may change while the same rule holds the bill."""
        return {
            "actor": gate.get_actor(verdict),
            "facts": self._get_text_facts(move, verdict),
            "contract_id": verdict.contract.id if verdict.contract else False,
            "form_id": verdict.form.id if verdict.form else False,
        }

    # ------------------------------------------------------------
    # TEXTS
    # ------------------------------------------------------------

    @api.model
    def _raise_blocked(self, blocked, what):
        lines = []
        for move, verdict in list(blocked.items())[:SHOWN_BILLS]:
            text = self._get_text(move, verdict)
            lines.append(
                self.env._(
                    "%(bill)s %(what)s: %(because)s Unblocks when: %(unblock)s "
                    "Who can act: %(who)s.",
                    bill=move.display_name,
                    what=what,
                    because=text["because"],
                    unblock=text["unblock"],
                    who=text["who"],
                )
            )
        if len(blocked) > SHOWN_BILLS:
            lines.append(self.env._("… and %s more.", len(blocked) - SHOWN_BILLS))
        raise UserError("\n".join(lines))

    @api.model
    def _get_text(self, move, verdict):
        """Return what to tell: ``because``, ``unblock`` and ``who``."""
        because, unblock = self._word_rule(
            verdict.rule, self._get_text_facts(move, verdict)
        )
        return {
            "because": because,
            "unblock": unblock,
            "who": self._get_actor_label(gate.get_actor(verdict)),
        }

    @api.model
    def _get_text_facts(self, move, verdict):
        """Return what the texts name, in no language."""
        currency = move.currency_id.id
        if verdict.rule == "over_fee" and verdict.contract:
            currency = verdict.contract.currency_id
        form = verdict.form
        return {
            "contract": verdict.contract.name if verdict.contract else "",
            "form": form.name if form else "",
            "day": fields.Date.to_string(verdict.day) if verdict.day else "",
            "amount": float(verdict.amount or 0.0),
            "currency_id": currency,
            "score": f"{form.score:.2f}" if form else "",
            "threshold": f"{form.threshold:.2f}" if form else "",
            "kind": move.outsourcing_bill_kind or "",
        }

    @api.model
    def _word_rule(self, rule, facts):
        """Return why and until when ``rule`` blocks, in the language of the reader."""
        day = facts["day"]
        currency = self.env["res.currency"].browse(facts["currency_id"])
        names = {
            **facts,
            "day": format_date(self.env, day) if day else "",
            "amount": format_amount(self.env, facts["amount"], currency),
            "kind": self._get_kind_label(facts["kind"]),
        }
        because, unblock = self._get_rule_texts()[rule]
        return because % names, unblock % names

    @api.model
    def _get_kind_label(self, kind):
        field = self.env["account.move"]._fields["outsourcing_bill_kind"]
        return dict(field._description_selection(self.env)).get(kind, "")

    @api.model
    def _get_actor_label(self, actor):
        field = self.env["vendor.quality.hold"]._fields["actor"]
        return dict(field._description_selection(self.env))[actor]

    @api.model
    def _get_rule_texts(self):
        return {
            "contract_choose": (
                self.env._("The vendor has several contracts with quality forms."),
                self.env._("Choose the contract and the service period on the bill."),
            ),
            "contract_foreign": (
                self.env._("The contract on the bill does not govern this vendor."),
                self.env._(
                    "Choose one of the vendor's contracts, or have the bill decided "
                    "as outside of them."
                ),
            ),
            "period_missing": (
                self.env._("The bill does not say for which service period it is."),
                self.env._("Fill in the service period."),
            ),
            "period_reversed": (
                self.env._("The service period ends before it starts."),
                self.env._("Correct the service period."),
            ),
            "rate_missing": (
                self.env._(
                    "No exchange rate to the currency of %(contract)s is known."
                ),
                self.env._("Record the rate of the bill date."),
            ),
            "kind_undecided": (
                self.env._("“%(kind)s” was not decided for the bill as it is now."),
                self.env._("Ask for a decision on the kind of the bill."),
            ),
            "entry_payable": (
                self.env._(
                    "The entry says that the vendor of %(contract)s is owed money, and "
                    "that contract has quality forms."
                ),
                self.env._(
                    "Enter a vendor bill instead, or have the entry let through by two "
                    "persons."
                ),
            ),
            "form_missing": (
                self.env._("No quality form of %(contract)s covers %(day)s."),
                self.env._("The form of that period is collected and approved."),
            ),
            "form_unapproved": (
                self.env._(
                    "The quality form %(form)s, which covers %(day)s, is not approved."
                ),
                self.env._("The form is approved."),
            ),
            "over_fee": (
                self.env._(
                    "With it, the posted bills would exceed the fee approved for the "
                    "period (%(amount)s is free)."
                ),
                self.env._(
                    "Correct the bill, or supersede the form with the right fee."
                ),
            ),
            "not_posted": (
                self.env._("The bill is not posted."),
                self.env._("Post the bill first."),
            ),
            "undecided": (
                self.env._("The bill passed before anybody decided on it."),
                self.env._(
                    "Reset it to draft and post it again, or ask for an exception for "
                    "the payment."
                ),
            ),
            "changed": (
                self.env._("The bill was changed after it was posted."),
                self.env._("Reset it to draft and post it again."),
            ),
            "grade_blocks": (
                self.env._("The grade of the quality form %(form)s blocks the bill."),
                self.env._("Quality finance approves an exception."),
            ),
            "not_rated": (
                self.env._(
                    "The quality form %(form)s has too little data for a score."
                ),
                self.env._("Quality finance approves an exception."),
            ),
            "score_low": (
                self.env._(
                    "The score %(score)s of the quality form %(form)s is under the "
                    "threshold %(threshold)s."
                ),
                self.env._("Quality finance approves an exception."),
            ),
            "over_payable": (
                self.env._("Only %(amount)s of the bill may be paid."),
                self.env._("Pay up to that amount, or ask for an exception."),
            ),
            "over_limit": (
                self.env._("“%(kind)s” was decided for at most %(amount)s."),
                self.env._("Ask for a decision with the right amount."),
            ),
        }
