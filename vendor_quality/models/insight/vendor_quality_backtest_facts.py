from odoo import api, fields, models
from odoo.fields import Domain
from odoo.tools import float_repr

from odoo.addons.outsourcing_mgmt.models.contract.contract_ties import get_versions

from ...tools import backtest, contract_share, gate, gate_data, periods, replay
from ...tools.span import Span
from ..form.vendor_quality_form import LIVE_STATES


class VendorQualityBacktest(models.Model):
    """What a test reads of the past: periods, forms, fees, figures, scores, bills.

    A trial is one contract and one ended period. The posted bills of the tested
    months pass the rules of the gate once with the old and once with the new result.
    """

    _inherit = "vendor.quality.backtest"

    # ------------------------------------------------------------
    # TRIALS
    # ------------------------------------------------------------

    def _get_trials(self, contracts):
        """Return a trial for each ended period of ``contracts``, in order."""
        forms = self.env["vendor.quality.form"].search(
            [
                ("contract_id", "in", contracts.ids),
                ("state", "in", LIVE_STATES),
                ("date_end", ">=", self.date_from),
                ("date_start", "<=", self.date_to),
            ],
            order="date_start, id",
        )
        by_contract = forms.grouped("contract_id")
        milestones = self.env["outsourcing.contract.milestone"].search(
            [("contract_id", "in", contracts.ids)]
        )
        planned = milestones.grouped("contract_id")
        versions = self.template_id | contracts.vendor_quality_template_id
        versions |= self.template_id.previous_id
        versions = versions.filtered(lambda item: item._has_money_rules())
        trials = []
        for contract in contracts:
            inside = by_contract.get(contract, forms.browse())
            shares = self._get_shares(contract)
            for start, end in self._get_periods(contract):
                trial = backtest.Trial(len(trials), contract.id, start, end)
                self._add_forms(trial, inside)
                self._add_fee(trial, contract, planned.get(contract), shares)
                self._add_money(trial, versions)
                trials.append(trial)
        return trials

    def _get_periods(self, contract):
        """Return the ended periods in which the service of ``contract`` ran."""
        if not contract.date_start:
            return []
        ends = [self.date_to, contract.termination_date]
        if contract.term != "auto_renew":
            ends.append(contract.date_end)
        return list(
            periods.iterate_periods(
                max(self.date_from, contract.date_start),
                min(day for day in ends if day),
                self.template_id.period_type,
            )
        )

    def _add_forms(self, trial, forms):
        """Take the entered and the awarded values of the forms of the period."""
        inside = forms.filtered(
            lambda form: (
                trial.date_start <= form.date_start and form.date_end <= trial.date_end
            )
        )
        exact = inside.filtered(
            lambda form: (
                (form.date_start, form.date_end) == (trial.date_start, trial.date_end)
            )
        )
        trial.form_id = exact[:1].id or None
        entered = {}
        for line in inside.line_ids:
            if line.manual_note:
                entered.setdefault(line.metric_id.id, []).append(line)
            if line.has_awarded_points and line.form_id == exact:
                trial.awarded[line.code] = line.awarded_points
        for metric_id, lines in entered.items():
            # Months that a longer period takes together count alike.
            mean = sum(line.manual_value for line in lines) / len(lines)
            trial.entered[metric_id] = (mean, lines[0].manual_note)

    # ------------------------------------------------------------
    # FEES
    # ------------------------------------------------------------

    def _get_shares(self, contract):
        """Return the amount of the contract by period, as forms propose it."""
        return contract_share.split_versions(
            get_versions(contract),
            self.template_id.period_type,
            contract.currency_id.rounding,
        )

    @api.model
    def _add_fee(self, trial, contract, milestones, shares):
        """Take the fee of the form, of the accepted milestones or of the contract."""
        form = self.env["vendor.quality.form"].browse(trial.form_id or [])
        if form.fee_basis or form.fee_amount:
            amount = form.fee_amount
        elif milestones and any(milestones.mapped("amount")):
            amount = sum(
                item.amount
                for item in milestones
                if item.state == "accepted"
                and trial.date_start <= item.date_due <= trial.date_end
            )
        else:
            amount = float(
                contract_share.get_share(
                    shares,
                    trial.date_start,
                    trial.date_end,
                    contract.currency_id.rounding,
                )
            )
        currency = contract.currency_id
        trial.fee = float_repr(amount, currency.decimal_places)
        trial.rounding = str(currency.rounding)

    @api.model
    def _add_money(self, trial, versions):
        """Take the facts that money rules ask for, as a form of the period would."""
        fined = versions.filtered("late_fine_rate")[:1]
        is_capped = any(versions.mapped("annual_cap_rate"))
        if not fined and not is_capped:
            return
        form = self.env["vendor.quality.form"].new(
            {
                "contract_id": trial.contract_id,
                "template_id": fined.id,
                "date_start": trial.date_start,
                "date_end": trial.date_end,
            }
        )
        trial.milestones = tuple(form._get_late_milestones())
        if is_capped:
            start, _end = form._get_contract_year()
            trial.year = {
                "date_start": fields.Date.to_string(start),
                "fee": form._get_year_fee(start),
                "months": str(periods.count_months(trial.date_start, trial.date_end)),
            }

    # ------------------------------------------------------------
    # FIGURES
    # ------------------------------------------------------------

    def _get_figures(self, trials, metrics):
        """Return ``{key: {code: Figure}}``: one query a metric over all trials."""
        zone = self.company_id._outsourcing_zone().zone
        spans = [self._make_span(trial, zone, metrics) for trial in trials]
        figures = {trial.key: {} for trial in trials}
        for metric in metrics:
            counted = self.env["vendor.quality.collector"]._collect_metric(
                metric, spans
            )
            for key, figure in counted.items():
                figures[key][metric.code] = figure
        return figures

    @api.model
    def _make_span(self, trial, zone, metrics):
        entered = dict(trial.entered)
        for metric in metrics.filtered(lambda item: item.source == "manual"):
            origin = metric.origin_id
            while origin and metric.id not in entered:
                # A changed copy of a metric asks for the same entered value.
                if origin.id in entered and origin.unit == metric.unit:
                    entered[metric.id] = entered[origin.id]
                origin = origin.origin_id
        return Span.of_days(
            trial.key,
            trial.contract_id,
            trial.date_start,
            trial.date_end,
            zone,
            entered,
        )

    def _get_histories(self, contracts):
        """Return ``{contract id: History}`` of the forms before the test."""
        lines = self.env["vendor.quality.form.line"].search(
            [
                ("contract_id", "in", contracts),
                ("form_id.state", "=", "approved"),
                ("form_id.date_end", "<", self.date_from),
                ("status", "=", "measured"),
                ("metric_id.missing_policy", "=", "carry"),
            ]
        )
        histories = {contract_id: backtest.History() for contract_id in contracts}
        for line in lines.sorted(lambda item: item.form_id.date_end):
            points = histories[line.contract_id.id].points
            points[line.code] = (line.form_id.date_end, line.points)
        return histories

    # ------------------------------------------------------------
    # SCORES
    # ------------------------------------------------------------

    def _score_trials(self, trials, old_versions):
        """Return ``{key: (old outcome, new outcome, figures)}``."""
        contract_ids = list({trial.contract_id for trial in trials})
        versions = self.template_id.union(*old_versions.values())
        figures = self._get_figures(trials, versions.line_ids.metric_id)
        frozen = {version.id: self._get_frozen_rules(version) for version in versions}
        old_histories = self._get_histories(contract_ids)
        new_histories = self._get_histories(contract_ids)
        scorer = replay.Scorer()
        outcomes = {}
        for trial in trials:
            new, counted = backtest.score(
                scorer,
                frozen[self.template_id.id],
                trial,
                figures[trial.key],
                new_histories[trial.contract_id],
            )
            old = self._get_form_outcome(trial)
            version = old_versions[trial.key]
            if old is None and not version:
                old = backtest.NOTHING
            elif old is None:
                old, _counted = backtest.score(
                    scorer,
                    frozen[version.id],
                    trial,
                    figures[trial.key],
                    old_histories[trial.contract_id],
                )
            outcomes[trial.key] = (old, new, counted)
        return outcomes

    def _get_old_versions(self, trials):
        """Return ``{key: version}`` of the rules that hold for each period."""
        known, versions = {}, {}
        for trial in trials:
            form = self.env["vendor.quality.form"].browse(trial.form_id or [])
            contract = self.env["outsourcing.contract"].browse(trial.contract_id)
            version = form.template_id or self._get_old_version(
                contract, trial.date_start, known
            )
            versions[trial.key] = version
        return versions

    def _get_old_version(self, contract, day, known):
        """Return the version that rules ``contract`` at ``day``, asked once a day."""
        template = contract.vendor_quality_template_id
        key = (template.id, day)
        if key not in known:
            known[key] = template._get_version_for(day) if template else template
        return known[key]

    def _get_form_outcome(self, trial):
        """Return the result of the approved form of the period, or None."""
        form = self.env["vendor.quality.form"].browse(trial.form_id or [])
        if form.state != "approved":
            return None
        return backtest.Outcome(
            basis="form",
            score=form.score if form.is_rated else None,
            grade=form.grade or None,
            bound=form.band_id.lower_bound,
            rate=form.deduction_rate,
            deduction=form.deduction_amount,
            payable=form.payable_amount,
            coverage=form.coverage,
        )

    # ------------------------------------------------------------
    # BILLS
    # ------------------------------------------------------------

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
        """Return ``{contract: posted bills}``, the bills in the order of their dates.

        A bill belongs to the contract it names, or to the one it was decided on.
        """
        contracts = self.env["outsourcing.contract"].browse(sorted(by_contract))
        decided = Domain("contract_id", "in", contracts.ids)
        decided &= Domain("stage", "=", "post") & Domain("is_current", "=", True)
        moves = self.env["account.move"].search(
            Domain("state", "=", "posted")
            & Domain("move_type", "in", ("in_invoice", "in_receipt"))
            & Domain("outsourcing_bill_kind", "not in", gate.DECIDED_KINDS)
            & Domain("service_date_start", ">=", self.date_from)
            & Domain("service_date_end", "<=", self.date_to)
            & (
                Domain("outsourcing_contract_id", "in", contracts.ids)
                | Domain("outsourcing_contract_id", "=", False)
                & Domain("vendor_quality_decision_ids", "any", decided)
            ),
            order="invoice_date, id",
        )
        by_move = moves.grouped(
            lambda move: move.outsourcing_contract_id or self._get_decided(move)
        )
        return {
            contract: by_move[contract] for contract in contracts if contract in by_move
        }

    @api.model
    def _get_decided(self, move):
        """Return the contract on which the posting of ``move`` was decided."""
        decisions = move.vendor_quality_decision_ids.filtered(
            lambda decision: decision.stage == "post" and decision.is_current
        )
        return decisions.contract_id.sorted("id")[:1]

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
                "bill": gate_data.Bill(
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
            move.invoice_date or move.company_id._outsourcing_today(),
        )

    @api.model
    def _make_contract(self, contract, forms):
        return gate_data.Contract(
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
        return gate_data.Form(
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
