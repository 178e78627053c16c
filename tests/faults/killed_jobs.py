#!/usr/bin/env python3
"""Kill each nightly job in the middle, run it again, and compare the databases.

Two copies of one database do the same work: forms, recounts and holds of the gate,
mails of steps, due events of the desk's clocks, texts that have had their time,
tenders past their deadline, breaches of the procedure, contracts that end. In one of
them a real process gets SIGKILL after a committed batch, while the next one is done
but not committed; another process then runs the job to its end. All that the jobs write
must be equal: forms, scores, holds, clocks, events, contracts, figures, activities,
messages, what is left.
"""

import argparse
import contextlib
import sys
from pathlib import Path

HERE = Path(__file__).resolve().parent
sys.path.insert(0, str(HERE.parents[1] / "setup"))

from lib import counting, dialogue, modules, paths, prepare, template, throwaway, ui  # noqa: E402

RECOUNT = "vendor_quality.ir_cron_recompute"
JOBS = {
    "vendor_quality.ir_cron_propose_forms": "SELECT count(*) FROM vendor_quality_form",
    RECOUNT: "SELECT count(*) FROM vendor_quality_recompute",
    "vendor_quality.ir_cron_gate_refresh": "SELECT count(*) FROM vendor_quality_hold",
    "itsm_desk.ir_cron_mail_intent": "SELECT count(*) FROM itsm_mail_intent"
    " WHERE state = 'sent'",
    "outsourcing_mgmt.ir_cron_mail_intent": "SELECT count(*)"
    " FROM outsourcing_mail_intent WHERE state = 'sent'",
    "itsm_desk.ir_cron_itsm_sla": "SELECT count(*) FROM itsm_sla_clock"
    " WHERE breached_at IS NOT NULL",
    "itsm_desk.ir_cron_forget": "SELECT count(*) FROM itsm_ticket"
    " WHERE text_forgotten_at IS NOT NULL",
    "outsourcing_mgmt.ir_cron_tender_close": "SELECT count(*) FROM outsourcing_tender"
    " WHERE state = 'closed'",
    "outsourcing_mgmt.ir_cron_compliance": "SELECT count(*)"
    " FROM outsourcing_compliance_event",
    "outsourcing_mgmt.ir_cron_price_fact": "SELECT count(*)"
    " FROM outsourcing_price_fact",
    "outsourcing_mgmt.ir_cron_contract_calendar": "SELECT count(*)"
    " FROM outsourcing_contract WHERE state = 'expired'",
}
"""What shows how far a job has come."""


class Process(dialogue.Dialogue):
    """A worker on a database."""

    def __init__(self, runner, database):
        log = paths.log_file(f"faults-{database}")
        super().__init__(runner, database, [HERE / "worker.py"], database, log)

    def kill(self):
        """SIGKILL: the process gets no chance to tidy up."""
        self.process.kill()
        self.process.communicate()

    def errors(self):
        """What the process logged as an error."""
        records = map(counting.RECORD.match, self.log.read_text().splitlines())
        return [
            found["text"]
            for found in records
            if found and found["level"] in ("ERROR", "CRITICAL")
        ]


def check(runner, database):
    """Do the work twice in copies of ``database``; the counts of what was found."""
    tally, processes = counting.Tally(), []
    with contextlib.ExitStack() as stack:

        def copy(label, source):
            return stack.enter_context(throwaway.database(runner, label, source))

        def start(name):
            process = Process(runner, name)
            processes.append(process)
            stack.callback(process.close)
            return process

        source = copy("faults", database)
        builder = start(source)
        builder.ask(act="build")
        builder.close()
        whole, killed = copy("whole", source), copy("killed", source)
        expected = run_whole(start(whole))
        process = start(killed)
        for job, query in JOBS.items():
            if job == RECOUNT:
                process.ask(act="change")
            before = runner.server.sql(killed, query)
            answer = process.ask(act="run", job=job, is_killed=True)
            process.kill()
            middle = runner.server.sql(killed, query)
            process = start(killed)
            process.ask(act="run", job=job)
            after = runner.server.sql(killed, query)
            judge(tally, job, answer, (before, middle, after))
        found = process.ask(act="digest")["digest"]
        process.close()
    for text in [text for process in processes for text in process.errors()]:
        ui.say(f"    FAILED: logged: {text}")
        tally.failed += 1
    for table, (count, _digest) in expected.items():
        if found[table] == expected[table]:
            tally.passed += 1
        else:
            ui.say(f"    FAILED: {table}: {found[table][0]} rows, not these {count}")
            tally.failed += 1
    return tally


def run_whole(process):
    """Do all the work undisturbed; what the database holds then."""
    for job in JOBS:
        if job == RECOUNT:
            process.ask(act="change")
        process.ask(act="run", job=job)
    found = process.ask(act="digest")["digest"]
    process.close()
    return found


def judge(tally, job, answer, counts):
    """The job was killed halfway: some was done, and the rest came later."""
    before, middle, after = counts
    ui.say(f"    {job}: {before}, killed at {middle}, {after} in the end")
    if answer.get("paused") and len({before, middle, after}) == 3:
        tally.passed += 1
    else:
        ui.say(f"    FAILED: {job} was not killed halfway")
        tally.failed += 1


def main(arguments):
    """Run the check on a database with nothing but our modules."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--database", help="copy this one, which nobody uses")
    options = parser.parse_args(arguments)
    with prepare.workshop("test", "run", "dev") as (odoo, runner):
        throwaway.sweep(runner)
        with contextlib.ExitStack() as stack:
            database = options.database
            if not database:
                base = template.ensure(runner, odoo)
                database = stack.enter_context(
                    throwaway.database(runner, "faults_base", base)
                )
                runner.install("our modules", database, modules.names())
            tally = check(runner, database)
    ui.say(str(tally))
    return 1 if tally.failed else 0


if __name__ == "__main__":
    ui.main(main)
