import logging

from odoo import api, fields, models

from odoo.addons.outsourcing_mgmt.models.base.grants import server_create, server_write

from ...tools import backtest

_logger = logging.getLogger(__name__)

BATCH = 100
"""Contracts counted, scored and committed together."""


class VendorQualityBacktest(models.Model):
    """The run of a test: batch by batch, in the background when it is long."""

    _inherit = "vendor.quality.backtest"

    # ------------------------------------------------------------
    # CRON
    # ------------------------------------------------------------

    @api.model
    def _cron_run(self):
        """Go on with the running tests; each batch is committed for itself.

        A killed run goes on where it stopped: the last contract is stored with
        the lines of its batch.
        """
        running = self.search([("state", "=", "running")], order="id")
        self.env["ir.cron"]._commit_progress(remaining=len(running))
        for test in running:
            while test.state == "running":
                locked = test.try_lock_for_update()
                if not locked:
                    break
                locked._run_next()
                if not self.env["ir.cron"]._commit_progress(1, remaining=1):
                    return

    # ------------------------------------------------------------
    # STEPS
    # ------------------------------------------------------------

    def _start(self):
        """Freeze what is tested, then run, at once where it is short."""
        self.ensure_one()
        template = self.template_id
        today = self.company_id._outsourcing_today()
        first, last = backtest.get_range(today, self.months, template.period_type)
        server_write(
            self,
            {
                "date_from": first,
                "date_to": last,
                "content_hash": template._get_content_hash(),
                "rules": self._get_frozen_rules(template),
                "contract_count": len(self.contract_ids),
                "run_by_id": self.env.uid,
                "started_at": fields.Datetime.now(),
            },
        )
        if len(self.contract_ids) <= BATCH:
            self._run_next()
        if self.state == "running":
            # sudo: who may start a test need not read scheduled actions.
            cron = self.env.ref("vendor_quality.ir_cron_run_backtests").sudo()
            cron._trigger()

    def _run_next(self):
        """Test the next contracts; the last batch signs the result."""
        self.ensure_one()
        # A result must not depend on what the acting user may read of the sources.
        # sudo: the sources are counted for everybody alike; only totals are kept.
        test = self.sudo()
        if test.state != "running":
            return
        if test.content_hash != test.template_id._get_content_hash():
            _fail(
                test,
                self.env._(
                    "The template or one of its metrics was changed during the test. "
                    "Run a new test."
                ),
            )
            return
        contracts = test.contract_ids.sorted("id")
        rest = contracts.filtered(lambda item: item.id > test.last_contract_id)
        try:
            with self.env.cr.savepoint():
                test._run_batch(rest[:BATCH])
                if len(rest) <= BATCH:
                    _finish(test)
        except Exception as error:
            _logger.exception("Test %s of a template failed", test.id)
            self.env.invalidate_all()
            _fail(test, str(error))

    def _run_batch(self, contracts):
        trials = self._get_trials(contracts)
        versions = self._get_old_versions(trials)
        outcomes = self._score_trials(trials, versions)
        holds, facts = self._judge_bills(trials, versions, outcomes)
        self._store_lines(trials, outcomes, holds, facts)
        server_write(
            self,
            {
                "last_contract_id": contracts[-1:].id or self.last_contract_id,
                "done_count": self.done_count + len(contracts),
            },
        )

    # ------------------------------------------------------------
    # RULES
    # ------------------------------------------------------------

    @api.model
    def _get_frozen_rules(self, template):
        """Return the rules and metrics of a version as plain data."""
        return {
            "template": template._get_rules(),
            "money": (
                template._get_money_document() if template._has_money_rules() else None
            ),
            "metrics": [
                {
                    "code": line.metric_id.code,
                    "weight": line.weight_bp,
                    "rules": line.metric_id._get_rules(),
                    "carry_days": line.metric_id.carry_days,
                }
                for line in template.line_ids.sorted(lambda item: item.metric_id.code)
            ],
        }

    # ------------------------------------------------------------
    # STORE
    # ------------------------------------------------------------

    def _store_lines(self, trials, outcomes, holds, facts):
        """Write a line for each trial, then its bills."""
        bounds = {grade: bound for bound, grade in self.rules["template"]["bands"]}
        contracts = self.contract_ids.grouped("id")
        held = self._count_held(holds, facts)
        lines = server_create(
            self.env["vendor.quality.backtest.line"],
            [
                self._prepare_line(
                    trial,
                    contracts[trial.contract_id],
                    *outcomes[trial.key],
                    bounds,
                    held.get(trial.key, (0, 0)),
                )
                for trial in trials
            ],
        )
        by_key = {trial.key: line.id for trial, line in zip(trials, lines, strict=True)}
        server_create(
            self.env["vendor.quality.backtest.bill"],
            [
                self._prepare_bill(fact, by_key[fact["key"]], *holds[move_id])
                for move_id, fact in facts.items()
            ],
        )

    @api.model
    def _count_held(self, holds, facts):
        counts = {}
        for move_id, (old, new) in holds.items():
            key = facts[move_id]["key"]
            before, after = counts.get(key, (0, 0))
            counts[key] = (before + old.is_held, after + new.is_held)
        return counts

    def _prepare_line(self, trial, contract, old, new, figures, bounds, held):
        return {
            "backtest_id": self.id,
            "company_id": self.company_id.id,
            "contract_id": contract.id,
            "form_id": trial.form_id,
            "date_start": trial.date_start,
            "date_end": trial.date_end,
            "currency_id": contract.currency_id.id,
            "fee_amount": float(trial.fee),
            "figures": figures,
            "old_basis": old.basis,
            "is_old_rated": old.score is not None,
            "old_score": old.score or 0.0,
            "old_grade": old.grade or False,
            "old_deduction": old.deduction,
            "old_held_count": held[0],
            "is_new_rated": new.score is not None,
            "new_score": new.score or 0.0,
            "new_grade": new.grade or False,
            "new_coverage": new.coverage,
            "new_deduction": new.deduction,
            "new_held_count": held[1],
            "score_change": (
                new.score - old.score if None not in (new.score, old.score) else 0.0
            ),
            "deduction_change": new.deduction - old.deduction,
            "grade_move": backtest.get_move(old, new, bounds),
        }

    def _prepare_bill(self, fact, line_id, old, new):
        known = dict(self.bill_ids._fields["new_post_rule"].selection)

        def get_rule(rule):
            return rule and (rule if rule in known else "other")

        return {
            "backtest_id": self.id,
            "line_id": line_id,
            "company_id": self.company_id.id,
            "move_id": fact["move"].id,
            "move_name": fact["move"].name,
            "invoice_date": fact["move"].invoice_date,
            "currency_id": fact["move"].currency_id.id,
            "amount_total": fact["bill"].total,
            "old_post_rule": get_rule(old.post_rule),
            "old_payment_rule": get_rule(old.payment_rule),
            "old_withheld": old.withheld,
            "new_post_rule": get_rule(new.post_rule),
            "new_payment_rule": get_rule(new.payment_rule),
            "new_withheld": new.withheld,
            "is_held_before": old.is_held,
            "is_held": new.is_held,
            "is_newly_held": new.is_held and not old.is_held,
        }


# ------------------------------------------------------------
# THE END OF A RUN
# ------------------------------------------------------------
# Functions, so that evaluated code cannot end a test with a result of its own.


def _finish(test):
    """Freeze the totals, then sign what was tested and every line."""
    server_write(
        test,
        {
            "state": "done",
            "finished_at": fields.Datetime.now(),
            "result": test._get_result(),
        },
    )
    server_write(test, {"result_hash": test._get_result_hash()})


def _fail(test, reason):
    """End the test without a result."""
    server_write(test, {"state": "failed", "failure": reason})
