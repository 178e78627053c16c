"""A process that runs nightly jobs, one JSON line for each JSON line, to be killed.

Called by killed_jobs.py with Odoo's own options. Batches are of two contracts, so
that few rows make several of them; jobs, commits and locks are those of the server.
"""

import hashlib
import json
import re
import sys
import time
import traceback
from pathlib import Path

from freezegun import freeze_time

from odoo import SUPERUSER_ID, api
from odoo.fields import Command
from odoo.modules.registry import Registry
from odoo.service import server
from odoo.tools import config

HERE = Path(__file__).resolve().parent
sys.path.insert(0, str(HERE.parent / "bench"))

from contestants.scoring_fixture import SUBJECT, Fixture, put  # noqa: E402

CONTRACTS = 5
BATCH = 2
TICKETS = 5
TENDERS = 5
BATCHES = {
    "vendor_quality.models.form.vendor_quality_form_collect": "BATCH",
    "vendor_quality.models.collect.vendor_quality_recompute": "BATCH",
    "vendor_quality.models.gate.vendor_quality_gate_hold": "CHUNK",
    "itsm_desk.models.sla.itsm_sla_clock_job": "BATCH",
    "itsm_desk.models.evidence.itsm_retention": "BATCH",
    "outsourcing_mgmt.models.conduct.outsourcing_compliance_rule": "BATCH",
    "outsourcing_mgmt.models.analysis.outsourcing_fact_mixin": "BATCH",
    "outsourcing_mgmt.models.contract.outsourcing_contract_calendar": "BATCH",
    "outsourcing_mgmt.models.tender.outsourcing_tender_flow": "BATCH",
}
STEPS = {
    "vendor_quality.ir_cron_propose_forms": ("vendor.quality.form", "_propose_for", 2),
    "vendor_quality.ir_cron_recompute": (
        *("vendor.quality.recompute", "_recompute_for", 2),
    ),
    "vendor_quality.ir_cron_gate_refresh": ("vendor.quality.gate", "_refresh", 2),
    # one mail a transaction
    "itsm_desk.ir_cron_mail_intent": ("itsm.ticket", "message_post", 2),
    "outsourcing_mgmt.ir_cron_mail_intent": ("outsourcing.tender", "_mail_partner", 2),
    "itsm_desk.ir_cron_itsm_sla": ("itsm.sla.clock", "_process_safely", 2),
    # of single tickets
    "itsm_desk.ir_cron_forget": ("itsm.retention", "_forget", BATCH + 1),
    "outsourcing_mgmt.ir_cron_tender_close": (
        *("outsourcing.tender", "_on_enter_closed", 2),
    ),
    "outsourcing_mgmt.ir_cron_compliance": (
        *("outsourcing.compliance.rule", "_raise_events", 2),
    ),
    "outsourcing_mgmt.ir_cron_price_fact": (
        *("outsourcing.price.fact", "_refresh_contracts", 2),
    ),
    "outsourcing_mgmt.ir_cron_contract_calendar": (
        *("outsourcing.contract", "_follow_calendar", 2),
    ),
}
"""What each job does, and the call of it that belongs to the second batch."""
TABLES = (
    "vendor_quality_form",
    "vendor_quality_form_line",
    "vendor_quality_deduction",
    "vendor_quality_recompute",
    "vendor_quality_standing",
    "vendor_quality_hold",
    "vendor_quality_decision",
    "itsm_ticket",
    "itsm_ticket_event",
    "itsm_sla_clock",
    "itsm_mail_intent",
    "outsourcing_mail_intent",
    "outsourcing_vendor_mail",
    "outsourcing_compliance_event",
    "outsourcing_contract",
    "outsourcing_contract_exit",
    "outsourcing_price_fact",
    "outsourcing_tender",
    "mail_activity",
    "mail_followers",
    "mail_message",
    "mail_mail",
)
MADE = {
    "vendor.quality.form": "SELECT id, concat_ws(' ', contract_id, date_start,"
    " supersedes_id) FROM vendor_quality_form",
    "vendor.quality.hold": "SELECT id, concat_ws(' ', move_id, stage)"
    " FROM vendor_quality_hold",
    "outsourcing.compliance.event": "SELECT id, concat_ws(' ', rule_id, res_model,"
    " res_id) FROM outsourcing_compliance_event",
    "outsourcing.contract.exit": "SELECT id, contract_id::text"
    " FROM outsourcing_contract_exit",
}
UNLIKE = {
    *("id", "access_token", "message_id", "parent_id", "mail_message_id"),
    *("body_html", "headers", "references"),
}
"""Columns that differ from run to run, beside all moments."""
NUMBER = re.compile(r"QF/\d+/\d+|Draft [\d-]+|res_id=\d+")
"""Numbers and links of forms: those of a killed batch are not used again."""


class Worker:
    def __init__(self, registry, answers):
        self.registry, self.answers = registry, answers
        for module, constant in BATCHES.items():
            setattr(sys.modules[f"odoo.addons.{module}"], constant, BATCH)

    def answer(self, **values):
        self.answers.write(json.dumps(values) + "\n")
        self.answers.flush()

    # ------------------------------------------------------------
    # REQUESTS
    # ------------------------------------------------------------

    def build(self, env):
        """Contracts of 2025 with evidence and open bills, but without any form."""
        put(env.company, vendor_quality_gate_from="2025-01-01")
        env.registry.clear_cache()  # which companies have a gate
        Fixture(env, CONTRACTS).build()
        contracts = env["outsourcing.contract"].search([("subject", "=", SUBJECT)])
        put(contracts.vendor_quality_template_id, activated_at="2025-01-15")
        env["vendor.quality.recompute"].search([]).unlink()
        self.build_bills(env, contracts)
        self.build_tickets(env)
        self.build_tenders(env)
        self.build_breaches(env, contracts)
        self.build_mails(env)
        return {"contracts": len(contracts)}

    def build_bills(self, env, contracts):
        payable, expense = env["account.account"].create(
            [
                {"name": kind, "code": f"KILL{number}", "account_type": kind}
                for number, kind in enumerate(("liability_payable", "expense"))
            ]
        )
        journal = env["account.journal"].create(
            {
                "name": "Bills",
                "code": "KILL",
                "type": "purchase",
                "default_account_id": expense.id,
            }
        )
        contracts.partner_id.property_account_payable_id = payable
        env["account.move"].create(
            [
                {
                    "move_type": "in_invoice",
                    "partner_id": contract.partner_id.id,
                    "journal_id": journal.id,
                    "invoice_date": "2025-03-01",
                    "outsourcing_contract_id": contract.id,
                    "service_date_start": "2025-06-01",
                    "service_date_end": "2025-06-30",
                    "invoice_line_ids": [
                        Command.create({"name": "Service", "price_unit": 100})
                    ],
                }
                for contract in contracts
            ]
        )

    def build_tenders(self, env):
        """Published tenders whose deadline has passed."""
        category = env["outsourcing.category"].search([], limit=1)
        procedure = env.ref("outsourcing_mgmt.procedure_company_invited")
        tenders = env["outsourcing.tender"].create(
            [
                {
                    "subject": f"Kill {number}",
                    "category_id": category.id,
                    "procedure_id": procedure.id,
                    "bid_deadline": "2025-06-01 08:00:00",
                    "opening_date": "2025-06-02 08:00:00",
                    "user_id": env.ref("base.user_admin").id,
                }
                for number in range(TENDERS)
            ]
        )
        put(tenders, state="published", publish_date="2025-05-01 08:00:00")

    def build_mails(self, env):
        """Mails of steps that wait for the job."""
        tickets = env["itsm.ticket"].search([("state", "=", "new")], limit=TICKETS)
        tickets._post_to_requester("filed", needs=("partner_id",))
        vendor = env["res.partner"].create({"name": "Kill", "email": "kill@kill.test"})
        for tender in env["outsourcing.tender"].search([("subject", "like", "Kill %")]):
            tender._mail_partners("outsourcing_mgmt.mail_template_invitation", vendor)

    def build_breaches(self, env, contracts):
        """Contracts that were filed late, and whose heads have a price."""
        put(
            contracts,
            filing_deadline="2025-01-04",
            filed_date="2025-02-01",
            is_filed_late=True,
            headcount_agreed=3,
        )
        put(env["outsourcing.compliance.rule"].search([]), date_from="2024-01-01")

    def build_tickets(self, env):
        """Open tickets of 2025 whose clocks are due, and others that ended long ago."""
        env.company.itsm_keep_text_months = 1
        env["itsm.sla.policy"].create(
            {
                "name": "Kill",
                "line_ids": [
                    Command.create({"kind": kind, "target_hours": hours})
                    for kind, hours in (("response", 1), ("resolution", 8))
                ],
            }
        )
        team = env["itsm.team"].create({"name": "Kill", "leader_id": env.uid})
        with freeze_time("2025-06-02 09:00:00"):
            tickets = env["itsm.ticket"].create(
                [
                    {
                        "subject": f"Kill {number}",
                        "description": f"<p>Password {number}</p>",
                        "partner_id": env.ref("base.partner_admin").id,
                        "team_id": team.id,
                    }
                    for number in range(2 * TICKETS)
                ]
            )
            env.flush_all()
        with freeze_time("2025-06-03 09:00:00"):
            tickets[TICKETS:].action_cancel("Not needed any more")
            env.flush_all()
        # The real clock filed them, and the stopped one ended them.
        env.flush_all()
        env.cr.execute(
            "UPDATE itsm_ticket SET create_date = '2025-06-02 09:00:00'"
            " WHERE id = ANY(%s)",
            [tickets.ids],
        )
        env.cr.execute(
            "UPDATE itsm_sla_clock SET next_event_at = NULL WHERE ticket_id = ANY(%s)",
            [tickets[TICKETS:].ids],
        )

    def change(self, env):
        """Let evidence change under open forms, and under some that are approved."""
        env.cr.execute(
            "UPDATE vendor_quality_form SET state = 'approved', collected_by_id = %s"
            " WHERE date_end < '2025-04-01'",
            [env.ref("base.user_admin").id],
        )
        env.cr.execute(
            "UPDATE vendor_quality_inspection_line AS line SET result = 'fail'"
            " FROM vendor_quality_inspection AS round"
            " WHERE round.id = line.inspection_id AND line.name = 'Item 0'"
            " AND mod(extract(month FROM round.date_due)::int, 2) = 0"
            " RETURNING round.id"
        )
        ids = [inspection_id for (inspection_id,) in env.cr.fetchall()]
        env.invalidate_all()
        env["vendor.quality.inspection"].browse(ids)._list_quality_days()
        return {"changed": len(ids)}

    def run(self, env, job, is_killed=False):
        """Run a scheduled job as the scheduler does; stop in the second batch."""
        if is_killed:
            self.pause_in_second_batch(*STEPS[job])
        env.ref(job).method_direct_trigger()
        return {"done": job}

    def pause_in_second_batch(self, model, name, number):
        """Do the second batch, then wait for the end before it is committed."""
        original, calls = getattr(self.registry[model], name), []

        def pausing(*args, **kwargs):
            calls.append(args)
            result = original(*args, **kwargs)
            if len(calls) == number:
                args[0].env.flush_all()
                self.answer(paused=True)
                time.sleep(600)
            return result

        setattr(self.registry[model], name, pausing)

    def digest(self, env):
        """One hash a table, over what does not differ from run to run."""
        made = {}
        for model, query in MADE.items():
            env.cr.execute(query)
            made[model] = dict(env.cr.fetchall())
        result = {}
        for table in TABLES:
            env.cr.execute(
                "SELECT column_name FROM information_schema.columns"
                " WHERE table_name = %s AND data_type NOT LIKE 'timestamp%%'",
                [table],
            )
            names = {name for (name,) in env.cr.fetchall()} - UNLIKE
            env.cr.execute(f'SELECT to_jsonb(t) FROM "{table}" AS t')
            rows = sorted(
                NUMBER.sub("", json.dumps(normalise(row, names, made), sort_keys=True))
                for (row,) in env.cr.fetchall()
            )
            text = hashlib.sha256("\n".join(rows).encode()).hexdigest()
            result[table] = [len(rows), text]
        return {"digest": result}

    # ------------------------------------------------------------
    # LOOP
    # ------------------------------------------------------------

    def serve(self):
        """Answer requests until the input ends."""
        for line in sys.stdin:
            request = json.loads(line)
            method = getattr(self, request.pop("act"))
            try:
                with self.registry.cursor() as cr:
                    answer = method(api.Environment(cr, SUPERUSER_ID, {}), **request)
            except Exception as error:
                traceback.print_exc()
                answer = {"error": f"{type(error).__name__}: {error}"}
            self.answer(**answer)


def normalise(row, names, made):
    """Name what the jobs made by what it is about: the ids differ."""
    values = {name: row[name] for name in names}
    for name, value in values.items():
        model = "vendor.quality.form" if name.endswith("form_id") else None
        if name == "res_id":
            model = row.get("res_model") or row.get("model")
        if value is not None and model in made:
            values[name] = made[model][value]
    return values


if __name__ == "__main__":
    # whatever Odoo prints must not get into the answers
    answers, sys.stdout = sys.stdout, sys.stderr
    config.parse_config(sys.argv[1:], setup_logging=True)
    server.start(preload=[], stop=True)
    Worker(Registry(config["db_name"][0]), answers).serve()
