from odoo import api, fields, models
from odoo.tools import SQL

from ...tools import backtest, gate
from ..gate.vendor_quality_gate_reader import BILL_TYPES


class VendorQualityBacktest(models.Model):
    """The real bills of the tested months before the rules of the gate."""

    _inherit = "vendor.quality.backtest"

    def _judge_bills(self, trials, versions, outcomes):
        """Return ``{bill id: (old hold, new hold)}`` and ``{bill id: fact}``."""
        by_contract = {}
        for trial in trials:
            by_contract.setdefault(trial.contract_id, []).append(trial)
        holds, facts = {}, {}
        for contract, moves in self._get_moves(by_contract).items():
            own = by_contract[contract.id]
            found = self._get_bill_facts(contract, moves, own)
            bills = [fact["bill"] for fact in found.values()]
            old = {
                trial.key: self._make_form(trial, outcomes[trial.key][0], versions)
                for trial in own
            }
            new_versions = dict.fromkeys(old, self.template_id)
            new = {
                trial.key: self._make_form(trial, outcomes[trial.key][1], new_versions)
                for trial in own
            }
            before = backtest.judge_bills(bills, self._make_contract(contract, old))
            after = backtest.judge_bills(bills, self._make_contract(contract, new))
            for move_id, fact in found.items():
                hold = after[move_id]
                fact["key"] = fact["key"] if hold.form_id is None else hold.form_id
                facts[move_id] = fact
                holds[move_id] = (before[move_id], hold)
        return holds, facts

    def _get_moves(self, by_contract):
        """Return the posted bills of the contracts, in the order of their dates.

        A bill belongs to the contract it names, or to the one it was decided on.
        """
        self.env["account.move"].flush_model()
        self.env["vendor.quality.decision"].flush_model()
        rows = self.env.execute_query(
            SQL(
                """
                SELECT contract_id, ARRAY_AGG(id ORDER BY invoice_date, id)
                  FROM (
                    SELECT move.id, move.invoice_date, COALESCE(
                               move.outsourcing_contract_id,
                               (SELECT MIN(decision.contract_id)
                                  FROM vendor_quality_decision decision
                                 WHERE decision.move_id = move.id
                                   AND decision.stage = 'post'
                                   AND decision.is_current)
                           ) AS contract_id
                      FROM account_move move
                     WHERE move.state = 'posted' AND move.move_type IN %(types)s
                       AND COALESCE(move.outsourcing_bill_kind, 'service')
                           NOT IN %(decided)s
                       AND move.service_date_start BETWEEN %(start)s AND %(end)s
                       AND move.service_date_end BETWEEN %(start)s AND %(end)s
                  ) bill
                 WHERE contract_id IN %(contracts)s
                 GROUP BY contract_id
                 ORDER BY contract_id
                """,
                types=BILL_TYPES,
                decided=gate.DECIDED_KINDS,
                start=self.date_from,
                end=self.date_to,
                contracts=tuple(by_contract) or (0,),
            )
        )
        Contract = self.env["outsourcing.contract"]
        Move = self.env["account.move"]
        return {Contract.browse(key): Move.browse(ids) for key, ids in rows}

    @api.model
    def _get_bill_facts(self, contract, moves, trials):
        """Return ``{move id: {"bill", "move", "key"}}`` of the bills in the periods."""
        facts = {}
        for move in moves:
            touched = [
                trial.key
                for trial in trials
                if trial.date_start <= move.service_date_end
                and trial.date_end >= move.service_date_start
            ]
            if not touched:
                continue
            facts[move.id] = {
                "move": move,
                "key": touched[0],
                "bill": gate.Bill(
                    id=move.id,
                    contract_id=contract.id,
                    date_start=move.service_date_start,
                    date_end=move.service_date_end,
                    untaxed=self._get_untaxed(contract, move),
                    total=move.amount_total,
                    rounding=move.currency_id.rounding,
                ),
            }
        return facts

    @api.model
    def _get_untaxed(self, contract, move):
        """Return the untaxed amount in the currency of the contract."""
        if move.currency_id == contract.currency_id:
            return move.amount_untaxed
        return move.currency_id._convert(
            move.amount_untaxed,
            contract.currency_id,
            move.company_id,
            move.invoice_date or fields.Date.today(),
        )

    @api.model
    def _make_contract(self, contract, forms):
        return gate.Contract(
            id=contract.id,
            name=contract.name,
            date_start=contract.date_start,
            date_end=contract.termination_date or contract.date_end or None,
            currency_id=contract.currency_id.id,
            forms=tuple(form for form in forms.values() if form),
        )

    @api.model
    def _make_form(self, trial, outcome, versions):
        """Return the form that the period would have with ``outcome``.

        Without rules before, nothing was held: the form lets everything pass.
        """
        version = versions[trial.key]
        band = version.band_ids.filtered(lambda item: item.grade == outcome.grade)[:1]
        fee = float(trial.fee)
        is_free = outcome.basis == "none"
        return gate.Form(
            id=trial.key,
            date_start=trial.date_start,
            date_end=trial.date_end,
            score=outcome.score or 0.0,
            is_rated=outcome.score is not None,
            threshold=version.threshold,
            gate_at=version.gate_at or "both",
            not_rated_policy="pay" if is_free else version.not_rated_policy,
            blocks_posting=band.blocks_posting,
            blocks_payment=band.blocks_payment,
            fee=fee,
            payable=fee if is_free else outcome.payable,
            rounding=float(trial.rounding),
        )
