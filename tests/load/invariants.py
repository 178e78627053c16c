"""What must hold after the load, whatever was killed meanwhile: fourteen rules.

Each is a query that finds what breaks it, or a question to the server.
"""

import base64
import hashlib
import time

from clients import Employee, Refused

QUERIES = {
    "3 a ticket's number is its own": """
        SELECT name FROM itsm_ticket GROUP BY name HAVING count(*) > 1""",
    "5 the last event of a ticket names the state it is in": """
        SELECT t.id FROM itsm_ticket t JOIN LATERAL (
            SELECT e.ticket_state FROM itsm_ticket_event e
             WHERE e.ticket_id = t.id AND e.ticket_state IS NOT NULL
             ORDER BY e.at DESC, e.id DESC LIMIT 1) last ON TRUE
         WHERE last.ticket_state <> t.state""",
    "6 a ticket has one clock of a kind, and none runs on when it is closed": """
        SELECT t.id FROM itsm_ticket t JOIN itsm_sla_clock c ON c.ticket_id = t.id
         GROUP BY t.id, t.state, c.kind
        HAVING count(*) > 1
            OR (t.state = 'closed' AND bool_or(c.state IN ('running', 'paused')))""",
    "7 a ticket is signed off and rated once": """
        SELECT r.res_id FROM rating_rating r
         WHERE r.res_model = 'itsm.ticket' AND r.consumed
         GROUP BY r.res_id HAVING count(*) > 1""",
    "8 a vendor has one live bid in a tender": """
        SELECT tender_id, partner_id FROM outsourcing_bid
         WHERE state <> 'withdrawn' GROUP BY 1, 2 HAVING count(*) > 1""",
    "10 no bid came after the deadline, none was opened before it": """
        SELECT b.id FROM outsourcing_bid b
          JOIN outsourcing_tender t ON t.id = b.tender_id
         WHERE b.received_at >= t.bid_deadline
            OR b.technical_opened_at < t.bid_deadline
            OR b.price_opened_at < t.bid_deadline""",
    "11 nothing of a bid is readable before it is opened": """
        SELECT b.id FROM outsourcing_bid b
         WHERE b.technical_opened_at IS NULL AND (
               COALESCE(b.amount_total, 0) <> 0
               OR EXISTS (
                   SELECT 1 FROM outsourcing_bid_line l WHERE l.bid_id = b.id))""",
    "14 no bill is paid twice, none beyond what its form lets pay": """
        SELECT m.id FROM account_move m
          JOIN account_move__account_payment link ON link.invoice_id = m.id
          JOIN account_payment p ON p.id = link.payment_id
         WHERE p.state NOT IN ('draft', 'canceled', 'rejected')
         GROUP BY m.id, m.amount_total
        HAVING sum(p.amount) > m.amount_total + 0.005
         UNION ALL
        SELECT f.id FROM vendor_quality_form f
         WHERE f.state = 'approved'
           AND f.paid_amount > f.payable_amount + 0.005
             + COALESCE(f.retention_released_amount, 0)""",
}


MISSING = """
    SELECT series, number FROM (
        SELECT series, number, COALESCE(MAX(number_to) OVER (
               PARTITION BY series ORDER BY number, id
               ROWS BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING), 0) AS before
          FROM outsourcing_number) numbers
     WHERE number > before + 1"""
TWICE = """
    SELECT company_id, name FROM outsourcing_number
     WHERE kind = 'given' GROUP BY 1, 2 HAVING count(*) > 1"""
UNREGISTERED = """
    SELECT document.name, given.name FROM {table} document
      LEFT JOIN outsourcing_number given
        ON given.res_model = '{model}' AND given.res_id = document.id
       AND given.kind = 'given'
     WHERE given.name IS DISTINCT FROM document.name
       AND (given.id IS NOT NULL
            OR regexp_replace(document.name, '[0-9]+$', '') IN (
               SELECT series FROM outsourcing_number WHERE res_model = '{model}'))"""
"""Documents whose number the register does not have, or has otherwise."""
FILES_A_CALL = 25


def check(served, world, book):
    """Print one line an invariant; return how many are broken."""
    auditor = Employee(world.url, world.database, "auditor")
    _wait_for_chains(served)
    results = {
        "1 no acknowledged ticket is lost, none is there twice": _tickets(served, book),
        "2 every acknowledged file has its bytes": _files(served, world, book),
        "4 a ticket is taken once, by the owner it has": _takes(served, book),
        "9 every acknowledged seal is a step of the audit log": _seals(served, book),
        "12 every audit chain is valid, and no step waits": _chains(
            # Rewards and penalties of employees are read by HR.
            served,
            (auditor, world.cast.admin, world.cast.hr),
        ),
        "13 each binding number is given once, to the document that has it; each "
        "missing one is in the register": _numbers(served, auditor),
    }
    for name, query in QUERIES.items():
        results[name] = served.sql(query)
    for name in sorted(results, key=lambda text: int(text.split()[0])):
        broken = results[name]
        told = "holds" if not broken else f"BROKEN: {broken[:5]}"
        print(f"invariant {name}: {told}")
    return sum(bool(broken) for broken in results.values())


def _tickets(served, book):
    rows = served.sql(
        "SELECT subject, count(*), min(id) FROM itsm_ticket"
        " WHERE subject LIKE 'LOAD-%' GROUP BY subject"
    )
    found = {subject: (int(count), int(first)) for subject, count, first in rows}
    lost = [
        subject
        for subject, (ticket, _files) in book.tickets.items()
        if found.get(subject) != (1, ticket)
    ]
    return lost + [subject for subject in book.tried if found.get(subject, (0,))[0] > 1]


def _files(served, world, book):
    """Fetch each file of the tickets, and compare it with what was sent."""
    rows = served.sql(
        "SELECT m.res_id, r.attachment_id FROM message_attachment_rel r"
        " JOIN mail_message m ON m.id = r.message_id"
        " WHERE m.model = 'itsm.ticket'"
        " UNION SELECT res_id, id FROM ir_attachment"
        " WHERE res_model = 'itsm.ticket' AND res_field IS NULL"
    )
    known = {ticket for ticket, _digests in book.tickets.values()}
    owners = {int(file): int(ticket) for ticket, file in rows if int(ticket) in known}
    found, broken = {}, []
    ids = sorted(owners)
    for start in range(0, len(ids), FILES_A_CALL):
        part = ids[start : start + FILES_A_CALL]
        try:
            files = world.cast.itmanager.call(
                "ir.attachment", "read", part, fields=["datas"]
            )
        except Refused as refusal:
            broken.append((part, str(refusal)[:80]))
            continue
        for file in files:
            content = base64.b64decode(file["datas"] or "")
            digest = hashlib.sha256(content).hexdigest()
            found.setdefault(owners[file["id"]], set()).add(digest)
    return broken + [
        (ticket, sorted(set(digests) - found.get(ticket, set())))
        for ticket, digests in book.tickets.values()
        if not set(digests) <= found.get(ticket, set())
    ]


def _takes(served, book):
    rows = served.sql(
        "SELECT t.id, u.login FROM itsm_ticket t JOIN res_users u ON u.id = t.user_id"
    )
    owners = {int(ticket): login for ticket, login in rows}
    return [
        (ticket, logins, owners.get(ticket))
        for ticket, logins in book.takes.items()
        if len(set(logins)) > 1 or owners.get(ticket) != logins[0]
    ]


def _seals(served, book):
    rows = served.sql(
        "SELECT details::text FROM outsourcing_audit_log WHERE verb LIKE 'seal%'"
    )
    text = "\n".join(row[0] for row in rows)
    return [digest for digest in book.seals if digest not in text]


def _wait_for_chains(served, seconds=150):
    """Give the job that chains the audit log the time that the grace allows."""
    until = time.monotonic() + seconds
    while time.monotonic() < until:
        [[count]] = served.sql(
            "SELECT count(*) FROM outsourcing_audit_log WHERE seq IS NULL"
        )
        if count == "0":
            return
        time.sleep(2)


def _chains(served, readers):
    """Have every chain of the database proved, by whoever may read its document."""
    broken = served.sql("SELECT id FROM outsourcing_audit_log WHERE seq IS NULL")
    for model, record in served.sql(
        "SELECT res_model, res_id FROM outsourcing_audit_head ORDER BY 1, 2"
    ):
        refusals = []
        for reader in readers:
            try:
                proof = reader.call(
                    "outsourcing.audit.log",
                    "verify",
                    res_model=model,
                    res_id=int(record),
                )
            except Refused as refusal:
                refusals.append(str(refusal)[:80])
                continue
            if not proof["valid"] or proof["waiting"]:
                broken.append((model, record, proof))
            break
        else:
            broken.append((model, record, refusals))
    return broken


def _numbers(served, auditor):
    """Compare the register with the documents, then look whether it is whole."""
    broken = served.sql(TWICE)
    for [model] in served.sql("SELECT DISTINCT res_model FROM outsourcing_number"):
        table = model.replace(".", "_")
        broken += served.sql(UNREGISTERED.format(table=table, model=model))
    # Numbers are missed an hour after the next one was given at the earliest.
    served.sql(
        "UPDATE outsourcing_number SET taken_at = taken_at - interval '2 hours'"
        " WHERE kind = 'given'"
    )
    auditor.call("outsourcing.number", "action_look")
    return broken + served.sql(MISSING)
