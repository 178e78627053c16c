"""Numbers of documents: a provisional name for drafts, then the binding number.

The number comes from the sequence of each document's company, and each number that is
taken is a row of the register ``outsourcing.number``, in the same transaction.
"""

import re

from odoo import fields
from odoo.tools import SQL

from .grants import server_create, server_write

NUMBER = re.compile(r"(?P<series>.*?)(?P<number>\d{1,9})")


def split_number(name):
    """Return ``(series, number)`` of a name such as "TND/2026/0012", or None."""
    found = NUMBER.fullmatch(name or "")
    return (found["series"], int(found["number"])) if found else None


def name_drafts(records):
    """Give records that have no number yet a name to be told apart by."""
    for record in records:
        name = make_draft_name(record.company_id, record._get_draft_label())
        # sudo: the author of a draft may have no right to write it.
        server_write(record.sudo(), {"name": name})


def make_draft_name(company, label):
    """Return the name of a draft, in the language of its company.

    Whoever or whatever job creates it.
    """
    # sudo: whoever drafts a document need not read the contact of the company.
    lang = company.sudo().partner_id.lang or company.env.lang
    return company.with_context(lang=lang).env._("Draft %s", label)


def number_records(records, code, date=None):
    """Write the next number of the sequence ``code`` as name of each record.

    A record that has a number keeps it.

    :param date: function that returns the day of the sequence of a record; by
        default the number is one of today
    """
    # sudo: the register is kept by the system; users of the suite do not write it.
    register = records.env["outsourcing.number"].sudo()
    taken = register._get_numbered(records)
    rows = []
    for record in records:
        if record.id in taken:
            continue
        # sudo: users of the suite have no right to read sequences.
        sequence = record.env["ir.sequence"].with_company(record.company_id).sudo()
        name = sequence.next_by_code(code, date and date(record))
        # sudo: the rules of the step judged the user, who may lack the right to write.
        server_write(record.sudo(), {"name": name})
        if parts := split_number(name):
            rows.append((record, name, *parts))
    if not rows:
        return
    [[started]] = records.env.execute_query(SQL("SELECT pg_postmaster_start_time()"))
    server_create(
        register,
        [
            {
                "kind": "given",
                "name": name,
                "series": series,
                "number": number,
                "number_to": number,
                "res_model": record._name,
                "res_id": record.id,
                "company_id": record.company_id.id,
                "taken_at": fields.Datetime.now(),
                "database_start": started.isoformat(),
            }
            for record, name, series, number in rows
        ],
    )


def enter_given(model, batch=1000):
    """Enter the numbers of all documents of ``model`` that the register lacks.

    For documents from before the register. A number that two documents of a company
    share is entered once, for the older one.
    """
    # sudo: the register is kept by the system.
    register = model.env["outsourcing.number"].sudo()
    documents = model.with_context(active_test=False).search([], order="id")
    for start in range(0, len(documents), batch):
        part = documents[start : start + batch]
        taken = register._get_numbered(part)
        rows = {}
        for record in part:
            parts = split_number(record.name)
            if parts and record.id not in taken:
                rows.setdefault((record.company_id.id, *parts), record)
        known = {
            (row.company_id.id, row.series, row.number)
            for row in register.search_fetch(
                [("series", "in", list({key[1] for key in rows}))],
                ["company_id", "series", "number"],
            )
        }
        server_create(
            register,
            [
                {
                    "kind": "given",
                    "name": record.name,
                    "series": series,
                    "number": number,
                    "number_to": number,
                    "res_model": record._name,
                    "res_id": record.id,
                    "company_id": company_id,
                    "taken_at": record.create_date,
                }
                for (company_id, series, number), record in rows.items()
                if (company_id, series, number) not in known
            ],
        )
