"""What must hold after the load, whatever was killed meanwhile: fourteen rules.

Each is a query that finds what breaks it, or a question to the server.
"""

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
    "13 each binding number is given once; each missing one is in the register": """
        SELECT series, number FROM (
            SELECT series, number, lag(number_to, 1, 0) OVER (
                   PARTITION BY company_id, series ORDER BY number) AS before
              FROM outsourcing_number) numbers
         WHERE number <> before + 1""",
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


def check(served, world, book):
    """Print one line an invariant; return how many are broken."""
    auditor = Employee(world.url, world.database, "auditor")
    _wait_for_chains(served)
    auditor.call("outsourcing.number", "action_look")
    results = {
        "1 no acknowledged ticket is lost, none is there twice": _tickets(served, book),
        "2 every acknowledged file has its bytes": _files(served, book),
        "4 a ticket is taken once, by the owner it has": _takes(served, book),
        "9 every acknowledged seal is a step of the audit log": _seals(served, book),
        "12 every audit chain is valid, and no step waits": _chains(served, auditor),
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


def _files(served, book):
    rows = served.sql(
        "SELECT m.res_id, a.file_size FROM ir_attachment a"
        " JOIN message_attachment_rel r ON r.attachment_id = a.id"
        " JOIN mail_message m ON m.id = r.message_id"
        " WHERE m.model = 'itsm.ticket'"
        " UNION SELECT res_id, file_size FROM ir_attachment"
        " WHERE res_model = 'itsm.ticket'"
    )
    sizes = {}
    for ticket, size in rows:
        sizes.setdefault(int(ticket), set()).add(int(size or 0))
    return [
        (ticket, wanted, sorted(sizes.get(ticket, ())))
        for ticket, wanted in book.tickets.values()
        if not set(wanted) <= sizes.get(ticket, set())
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


def _chains(served, auditor):
    broken = served.sql("SELECT id FROM outsourcing_audit_log WHERE seq IS NULL")
    for model, record in served.sql(
        "SELECT res_model, res_id FROM outsourcing_audit_head"
        " WHERE res_model IN ('outsourcing.tender', 'outsourcing.contract')"
    ):
        try:
            proof = auditor.call(
                "outsourcing.audit.log", "verify", res_model=model, res_id=int(record)
            )
        except Refused as refusal:
            broken.append((model, record, str(refusal)[:80]))
            continue
        if not proof["valid"] or proof["waiting"]:
            broken.append((model, record, proof))
    return broken
