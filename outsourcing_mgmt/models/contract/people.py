"""What becomes of the people of a contract when it begins, follows on another or ends.

Functions, and no methods of records, so that templates and server actions cannot call
them: they write as the server.
"""

from datetime import timedelta

from ..base.grants import server_create, server_write
from ..messages.scheduling import schedule_each

FILING_TYPE = "outsourcing_mgmt.mail_activity_type_filing"
ONBOARDING = "outsourcing_mgmt.mail_activity_plan_onboarding"
OFFBOARDING = "outsourcing_mgmt.mail_activity_plan_offboarding"
CARRIED = (
    "company_id",
    "department_id",
    "partner_id",
    "responsible_id",
    "role",
)


def start_plan(workers, name):
    """Start an activity plan for workers, as Odoo's window for plans does.

    Once for each worker and plan; nothing where the plan was removed or archived.

    :param str name: XML id of the plan
    """
    env = workers.env
    # sudo: whoever takes the step need not read plans nor give others activities.
    plan = env.ref(name, raise_if_not_found=False)
    plan = plan and plan.sudo()  # sudo: as above
    if not plan or not plan.active:
        return
    rows = []
    # sudo: as above.
    for worker in workers.sudo():
        if plan.company_id and plan.company_id != worker.company_id:
            continue
        user = worker.responsible_id or worker.contract_id.owner_id
        day = worker.company_id._outsourcing_today()
        known = worker.activity_ids.mapped("summary")
        for template in plan.template_ids:
            found = template._determine_responsible(user, worker)["responsible"]
            if template.summary in known:
                continue
            values = {
                "activity_type_id": template.activity_type_id.id,
                "summary": template.summary,
                "note": template.note,
                "user_id": (found or user).id or env.uid,
                "date_deadline": max(template._get_date_deadline(day), day),
            }
            rows.append((worker, values))
    schedule_each(None, rows)


def end_workers(contracts):
    """Let the people of contracts that ended leave: off-boarding, or never come.

    Whoever is on site stays so until the officer records that the person left.
    """
    # sudo: whoever ends a contract need not write its workers.
    workers = contracts.sudo().worker_ids
    start_plan(workers.filtered(lambda worker: worker.state == "on_site"), OFFBOARDING)
    for worker in workers.filtered(lambda worker: worker.state == "planned"):
        day = worker.company_id._outsourcing_today()
        server_write(
            worker,
            {
                "state": "left",
                "date_end": max(day, worker.date_start or day),
                "leave_reason": worker.env._("The contract ended before."),
            },
        )


def carry_workers(contracts):
    """Bring people over to the contracts that follow on theirs, and their days to come.

    Who is on site goes on; who is still planned is planned there.
    """
    # sudo: whoever activates a contract need not write workers.
    for contract in contracts.sudo():
        workers = contract.predecessor_id.worker_ids
        for worker in workers.filtered(lambda item: item.state == "on_site"):
            _carry_on_site(worker, contract)
        for worker in workers.filtered(lambda item: item.state == "planned"):
            _carry_planned(worker, contract)


def _carry_on_site(worker, contract):
    start = contract.date_start
    last = max(start - timedelta(days=1), worker.date_start or start)
    server_write(worker, {"date_end": last})
    following = server_create(
        worker,
        [
            {
                **_prepare_carried(worker, contract),
                "date_start": max(start, last + timedelta(days=1)),
                "continues_id": worker.id,
            }
        ],
    )
    server_write(following, {"state": "on_site"})
    days = worker.roster_day_ids.filtered(
        lambda row: row.state == "planned" and row.date >= following.date_start
    )
    settled = days.browse(days._get_settled_reasons())
    server_write(days - settled, {"worker_id": following.id})
    # Started where the contract before had expired already.
    worker.activity_ids.filtered("automated").unlink()
    _leave_for(worker, contract, {})


def _carry_planned(worker, contract):
    """Plan who did not come yet under the contract that follows."""
    start = worker.date_start
    last = worker.company_id._outsourcing_today()
    values = {
        **_prepare_carried(worker, contract),
        "date_start": start and max(start, contract.date_start),
        "replaces_id": worker.replaces_id.id,
    }
    if worker.date_end and worker.date_end >= (values["date_start"] or last):
        values["date_end"] = worker.date_end
    _leave_for(worker, contract, {"date_end": max(last, start or last)})
    server_create(worker, [values])


def _prepare_carried(worker, contract):
    values = {name: _get_value(worker[name]) for name in CARRIED}
    return {**values, "contract_id": contract.id}


def _leave_for(worker, contract, values):
    server_write(
        worker,
        {
            **values,
            "state": "left",
            "leave_reason": worker.env._("Goes on under %s.", contract.name),
        },
    )


def _get_value(value):
    return value.id if hasattr(value, "_name") else value


def close_activities(contracts):
    """Close what nobody has to do any more on contracts that were given up.

    Of the contract but its filing, of deliveries that were not reported, and of
    amendments that were not approved.
    """
    env = contracts.env
    # sudo: whoever ends a contract may settle the activities of others.
    contracts = contracts.sudo()
    filing = env.ref(FILING_TYPE)
    open_activities = contracts.activity_ids.filtered(
        lambda activity: activity.activity_type_id != filing
    )
    open_activities |= contracts.milestone_ids.filtered(
        lambda milestone: milestone.state == "planned"
    ).activity_ids
    open_activities |= contracts.amendment_ids.filtered(
        lambda amendment: amendment.state == "draft"
    ).activity_ids
    # What people planned for themselves stays with them.
    open_activities.filtered("automated").unlink()
