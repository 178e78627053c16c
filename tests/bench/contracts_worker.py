"""Contracts and tenders by the ten thousand; a process that contracts.py talks to."""

import contextlib
import cProfile
import json
import sys
import time
import traceback
from datetime import timedelta
from pathlib import Path

from contestants.stored import put

from odoo import SUPERUSER_ID, api, fields, sql_db
from odoo.fields import Command
from odoo.modules.registry import Registry
from odoo.service import server
from odoo.tools import config

RULES = {
    "sign_days": 30,
    "min_bidders": 3,
    "method": "invited",
    "envelopes": "one",
}


def act_fill(env, contracts, tenders):
    """Fill the database; answer how many rows there are."""
    started = time.monotonic()
    env["res.company"].search([]).email = "bench@company.test"
    seed = make_seeds(env)
    env.flush_all()
    rows = {"contracts": fill_contracts(env, seed, contracts)}
    rows |= fill_tenders(env, seed, tenders)
    env.cr.execute("ANALYZE")
    env.invalidate_all()
    return {"rows": rows, "seconds": round(time.monotonic() - started)}


def act_run(env, job, profile=None):
    """Run a job as the scheduler does; what it took and did.

    :param str profile: file for the functions that it called, in the way of cProfile
    """
    before = count_marks(env.registry)
    memory = begin_memory()
    queries, processor = sql_db.sql_counter, time.process_time()
    started = time.monotonic()
    with profiling(profile):
        env.ref(job).method_direct_trigger()
    return {
        "seconds": time.monotonic() - started,
        "processor": time.process_time() - processor,
        "queries": sql_db.sql_counter - queries,
        "megabytes": (read_memory("VmHWM") - memory) / 1024,
        "done": count_marks(env.registry) - before,
    }


@contextlib.contextmanager
def profiling(path):
    """Write down what is called in the block, where there is a file for it."""
    if not path:
        yield
        return
    profile = cProfile.Profile()
    with profile:
        yield
    profile.dump_stats(path)


def begin_memory():
    """Forget the peak of what ran before; return what the process holds now, in KiB."""
    Path("/proc/self/clear_refs").write_text("5")
    return read_memory("VmRSS")


def read_memory(name):
    """Return a figure of this process in KiB: VmRSS (now) or VmHWM (the peak)."""
    for line in Path("/proc/self/status").read_text().splitlines():
        if line.startswith(f"{name}:"):
            return int(line.split()[1])
    raise KeyError(name)


def count_marks(registry):
    """Return a number that grows by one with each row that a job has dealt with.

    In a transaction of its own: one that began before the job does not see its work.
    """
    with registry.cursor() as cr:
        cr.execute(
            """
            SELECT (SELECT COUNT(*) FROM outsourcing_contract
                     WHERE reminded_of IS NOT NULL OR state = 'expired')
                 + (SELECT COUNT(*) FROM mail_activity
                     WHERE res_model = 'outsourcing.contract.guarantee')
                 + (SELECT COUNT(*) FROM outsourcing_worker
                     WHERE alerted_for IS NOT NULL)
                 + (SELECT COUNT(*) FROM outsourcing_tender WHERE state = 'closed')
                 + (SELECT COUNT(*) FROM outsourcing_compliance_event)
                 + (SELECT COUNT(*) FROM outsourcing_procurement_fact)
                 + (SELECT COUNT(*) FROM outsourcing_price_fact)
            """
        )
        return cr.fetchone()[0]


def make_seeds(env):
    """Make one record of each kind by the application; return them by kind."""
    today = env.company._outsourcing_today()
    vendor = env["res.partner"].create({"name": "Bench Vendor", "is_company": True})
    admin = env.ref("base.user_admin")
    category = env["outsourcing.category"].search([], limit=1)
    department = env["hr.department"].create({"name": "Bench"})
    employee = env["hr.employee"].create(
        {"name": "Bench Applicant", "department_id": department.id}
    )
    hr = env["res.users"].create(
        {
            "name": "Bench HR",
            "login": "bench_hr",
            "email": "bench_hr@company.test",
            "group_ids": [
                Command.link(env.ref("outsourcing_mgmt.group_outsourcing_hr").id)
            ],
        }
    )
    contract = env["outsourcing.contract"].create(
        {
            "subject": "Bench Service",
            "partner_id": vendor.id,
            "owner_id": admin.id,
            "category_id": category.id,
            "date_start": today - timedelta(days=100),
            "date_end": today + timedelta(days=265),
            "amount_total": 120000,
            "headcount_agreed": 4,
            "direct_reason": "Bench",
            "notice_days": 30,
        }
    )
    request = env["outsourcing.request"].create(
        {
            "subject": "Bench Service",
            "employee_id": employee.id,
            "category_id": category.id,
            "estimated_amount": 120000,
        }
    )
    price = env["outsourcing.reference.price"].create(
        {"request_ids": [Command.set(request.ids)]}
    )
    now = fields.Datetime.now()
    tender = env["outsourcing.tender"].create(
        {
            "subject": "Bench Service",
            "category_id": category.id,
            "procedure_id": env.ref("outsourcing_mgmt.procedure_company_invited").id,
            "bid_deadline": now + timedelta(days=30),
            "opening_date": now + timedelta(days=31),
            "user_id": admin.id,
        }
    )
    guarantee = env["outsourcing.contract.guarantee"].create(
        {
            "contract_id": contract.id,
            "guarantee_type": "performance",
            "amount": 1000,
            "date_expiry": today + timedelta(days=300),
        }
    )
    worker = env["outsourcing.worker"].create(
        {
            "contract_id": contract.id,
            "partner_id": env["res.partner"]
            .create({"name": "Bench Person", "parent_id": vendor.id})
            .id,
            "role": "Cleaner",
            "date_start": today - timedelta(days=100),
            "date_end": today + timedelta(days=200),
        }
    )
    plan = env["vendor.quality.inspection.plan"].create(
        {"name": "Bench", "contract_id": contract.id, "inspector_id": admin.id}
    )
    return {
        "contract": contract,
        "plan": plan,
        "request": request,
        "price": price,
        "tender": tender,
        "guarantee": guarantee,
        "worker": worker,
        "vendor": vendor,
        "hr": hr,
    }


def fill_contracts(env, seed, count):
    """Contracts in force with guarantee, worker, plan; 1 % end or begin to expire."""
    today = env.company._outsourcing_today()
    put(
        seed["contract"],
        state="active",
        signed_date=today - timedelta(days=110),
        filing_deadline=today - timedelta(days=107),
        filed_date=today - timedelta(days=108),
        amount_initial=120000,
    )
    put(seed["guarantee"], state="held")
    put(seed["worker"], state="on_site", came_on=today - timedelta(days=100))
    multiply(env, seed["contract"], count, name="'C/' || n")
    first = seed["contract"].id
    env.cr.execute(
        """
        UPDATE outsourcing_contract SET
            date_end = CASE mod(id, 200) WHEN 0 THEN %(past)s ELSE %(soon)s END,
            notice_date = CASE mod(id, 200)
                          WHEN 0 THEN %(past)s - 30 ELSE %(today)s END
         WHERE mod(id, 100) = 0 AND id >= %(first)s
        """,
        {
            "past": today - timedelta(days=1),
            "soon": today + timedelta(days=30),
            "today": today,
            "first": first,
        },
    )
    link = f"{first} + n"
    multiply(env, seed["guarantee"], count, contract_id=link)
    multiply(env, seed["worker"], count, contract_id=link)
    multiply(env, seed["plan"], count, contract_id=link)
    env.cr.execute(
        "UPDATE outsourcing_contract_guarantee SET date_expiry = %s"
        " WHERE mod(id, 100) = 0",
        [today + timedelta(days=3)],
    )
    env.cr.execute(
        "UPDATE outsourcing_worker SET date_end = %s WHERE mod(id, 100) = 0",
        [today + timedelta(days=3)],
    )
    # One of a hundred runs without a plan of inspections, another was filed late.
    env.cr.execute(
        "DELETE FROM vendor_quality_inspection_plan WHERE mod(contract_id, 100) = 25"
    )
    env.cr.execute(
        "UPDATE outsourcing_contract SET is_filed_late = TRUE,"
        " filed_date = filing_deadline + 2 WHERE mod(id, 100) = 50"
    )
    return count


def fill_tenders(env, seed, count):
    """Finished and running tenders; 1 % have their deadline, 1 % broke a rule."""
    now = fields.Datetime.now().replace(microsecond=0)
    put(
        seed["request"],
        state="in_tender",
        submitted_date=now - timedelta(days=90),
        approved_date=now - timedelta(days=80),
    )
    put(seed["price"], state="approved", approved_date=now - timedelta(days=70))
    put(
        seed["tender"],
        state="opened",
        rules=json.dumps(RULES),
        publish_date=now - timedelta(days=60),
        published_by_id=SUPERUSER_ID,
        bid_deadline=now - timedelta(days=50),
        opening_date=now - timedelta(days=50),
        closed_date=now - timedelta(days=50),
        opened_date=now - timedelta(days=49),
        opened_by_id=SUPERUSER_ID,
        min_bidders=0,
        is_opened=True,
        reference_price_id=seed["price"].id,
    )
    multiply(env, seed["request"], count, name="'R/' || n")
    multiply(env, seed["price"], count, name="'P/' || n")
    multiply(
        env,
        seed["tender"],
        count,
        name="'T/' || n",
        reference_price_id=f"{seed['price'].id} + n",
    )
    env.cr.execute(
        "INSERT INTO outsourcing_tender_request_rel (tender_id, request_id)"
        " SELECT %s + n, %s + n FROM generate_series(0, %s) n ON CONFLICT DO NOTHING",
        [seed["tender"].id, seed["request"].id, count],
    )
    env.cr.execute(
        """
        UPDATE outsourcing_tender SET state = 'published', closed_date = NULL,
               opened_date = NULL, is_opened = FALSE,
               bid_deadline = CASE WHEN mod(id, 100) = 0 THEN %s ELSE %s END
         WHERE mod(id, 10) = 0
        """,
        [now - timedelta(minutes=5), now + timedelta(days=9)],
    )
    env.cr.execute(
        "UPDATE outsourcing_tender SET opened_date = bid_deadline - interval '1 day'"
        " WHERE mod(id, 100) = 1"
    )
    env.cr.execute(
        "UPDATE outsourcing_request SET approved_date = NULL WHERE mod(id, 100) = 51"
    )
    env.cr.execute("UPDATE outsourcing_compliance_rule SET date_from = '2020-01-01'")
    return {"tenders": count}


def multiply(env, record, count, **expressions):
    """Copy a row ``count`` times with following ids; ``n`` counts from 1."""
    env.cr.execute(
        "SELECT column_name FROM information_schema.columns"
        " WHERE table_name = %s AND table_schema = current_schema()",
        [record._table],
    )
    names = [name for (name,) in env.cr.fetchall() if name != "access_token"]
    values = {
        **{name: f'seed."{name}"' for name in names},
        "id": f"{record.id} + n",
        **expressions,
    }
    env.cr.execute(
        f'INSERT INTO "{record._table}" ({", ".join(map(quote, values))})'  # noqa: S608
        f" SELECT {', '.join(values.values())}"
        f' FROM "{record._table}" seed, generate_series(1, {count}) n'
        f" WHERE seed.id = {record.id}"
    )
    env.cr.execute(
        f"SELECT setval('{record._table}_id_seq', MAX(id)) FROM"  # noqa: S608
        f' "{record._table}"'
    )


def quote(name):
    return f'"{name}"'


def serve(registry, answers):
    """Answer requests until the input ends."""
    for line in sys.stdin:
        request = json.loads(line)
        act = {"fill": act_fill, "run": act_run}[request.pop("act")]
        try:
            with registry.cursor() as cr:
                answer = act(api.Environment(cr, SUPERUSER_ID, {}), **request)
        except Exception as error:
            traceback.print_exc()
            answer = {"error": f"{type(error).__name__}: {error}"}
        answers.write(json.dumps(answer) + "\n")
        answers.flush()


if __name__ == "__main__":
    # whatever Odoo prints must not get into the answers
    answers, sys.stdout = sys.stdout, sys.stderr
    config.parse_config(sys.argv[1:], setup_logging=True)
    server.start(preload=[], stop=True)
    serve(Registry(config["db_name"][0]), answers)
