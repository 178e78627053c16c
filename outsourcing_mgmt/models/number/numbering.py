"""Numbers of documents: a provisional name for drafts, then the binding number.

The number comes from the sequence of each document's company, and each number that is
taken is a row of the register ``outsourcing.number``, in the same transaction.
"""

from odoo import fields
from odoo.exceptions import UserError
from odoo.fields import Domain
from odoo.tools import SQL

from ...tools.number_patterns import get_pattern, split_number
from ..base.grants import server_create, server_write


def name_drafts(records):
    """Give records that have no number yet a name to be told apart by."""
    for record in records:
        name = make_draft_name(record.company_id, record._get_draft_label())
        # sudo: the author of a draft may have no right to write it.
        server_write(record.sudo(), {"name": name})


def rename_drafts(records):
    """Name those of ``records`` again that have no number yet."""
    # sudo: whoever writes a draft need not read the register of numbers.
    numbered = records.env["outsourcing.number"].sudo()._get_numbered(records)
    name_drafts(records.filtered(lambda record: record.id not in numbered))


def make_draft_name(company, label):
    """Return the name of a draft, in the language of its company.

    Whoever or whatever job creates it.
    """
    # sudo: whoever drafts a document need not read the contact of the company.
    lang = company.sudo().partner_id.lang or company.env.lang
    return company.with_context(lang=lang).env._("Draft %s", label)


def number_records(records, code, date=None):
    """Write the next number of the sequence ``code`` as name of each record.

    A record that has a number keeps it. Nothing that a caller sends chooses the
    sequence, its year or the zone of its day.

    :param date: function that returns the day of the sequence of a record; by
        default, and where it returns none, the number is one of today in the company
    :return: the records that got their number now
    :raise UserError: where the company has no active sequence, or its sequence gives
        numbers that are in the register
    """
    # sudo: the register is kept by the system; users of the suite do not write it.
    register = records.env["outsourcing.number"].sudo()
    taken = register._get_numbered(records)
    rows, sequences = [], {}
    for record in records:
        if record.id in taken:
            continue
        day = (date and date(record)) or record.company_id._outsourcing_today()
        key = (record.company_id, day)
        if key not in sequences:
            sequences[key] = _get_sequence(record, code, day)
        sequence = sequences[key]
        name = sequence.next_by_id(sequence_date=day)
        parts = split_number(name, _get_name_pattern(sequence))
        if not parts:
            raise UserError(
                record.env._(
                    'The sequence "%(sequence)s" gives "%(name)s", which has no '
                    "number. An administrator corrects its prefix and suffix under "
                    "Settings > Technical > Sequences; then repeat the step.",
                    sequence=sequence.name,
                    name=name,
                )
            )
        rows.append((record, name, *parts))
    if not rows:
        return records.browse()
    _check_unknown(register, rows, code)
    for record, name, _series, _number in rows:
        # sudo: the rules of the step judged the user, who may lack the right to write.
        server_write(record.sudo(), {"name": name})
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
    return records.browse(record.id for record, *_parts in rows)


def _get_sequence(record, code, day):
    """Return the sequence that numbers ``record``, set to ``day``.

    Its context is made here: Odoo takes the year, the zone and whether archived
    sequences count from the context, which a caller of the step can send.
    """
    company = record.company_id
    # sudo: users of the suite have no right to read sequences.
    sequences = record.env["ir.sequence"].sudo()
    sequence = sequences.with_context(
        lang=record.env.lang,
        active_test=True,
        tz=company._outsourcing_zone().zone,
        ir_sequence_date=day,
        ir_sequence_date_range=day,
    ).search(
        [("code", "=", code), ("company_id", "in", [company.id, False])],
        order="company_id",
        limit=1,
    )
    if not sequence:
        raise UserError(
            record.env._(
                "%(document)s takes its number at this step, but there is no active "
                'sequence with the code "%(code)s". An administrator restores it '
                "under Settings > Technical > Sequences; then repeat the step.",
                document=record.display_name,
                code=code,
            )
        )
    return sequence


def _get_name_pattern(sequence):
    return get_pattern(sequence.prefix, sequence.suffix, sequence.padding)


def _check_unknown(register, rows, code):
    """Refuse numbers that the register has, given or missing.

    :param rows: list of ``(record, name, series, number)``
    """
    drawn = {}
    for record, _name, series, number in rows:
        drawn.setdefault((record.company_id.id, series), []).append(number)
    for (company_id, series), numbers in drawn.items():
        own = Domain("company_id", "=", company_id) & Domain("series", "=", series)
        near = register.search_fetch(
            own
            & Domain("number", "<=", max(numbers))
            & Domain("number_to", ">=", min(numbers)),
            ["name", "number", "number_to"],
        )
        known = near.filtered(
            lambda row, numbers=numbers: any(
                row.number <= number <= row.number_to for number in numbers
            )
        )
        if known:
            last = register.search(own, order="number_to desc", limit=1)
            _refuse_known(known[0], code, last.number_to + 1)


def _refuse_known(row, code, number):
    raise UserError(
        row.env._(
            "No number was given: the register of numbers has %(number)s already, so "
            'the sequence with the code "%(code)s" was set back. An administrator '
            "sets its next number to %(next)s under Settings > Technical > "
            "Sequences; then repeat the step.",
            number=row.name,
            code=code,
            next=number,
        )
    )


def enter_given(model, batch=1000):
    """Enter the numbers of all documents of ``model`` that the register lacks.

    For documents from before the register. A number that two documents of a company
    share is entered once, for the older one.
    """
    # sudo: the register is kept by the system.
    register = model.env["outsourcing.number"].sudo()
    # sudo: as above; a sequence has the name of its model as code.
    sequences = model.env["ir.sequence"].sudo().with_context(active_test=False)
    sequences = sequences.search([("code", "=", model._name)])
    patterns = [_get_name_pattern(sequence) for sequence in sequences]
    documents = model.with_context(active_test=False).search([], order="id")
    for start in range(0, len(documents), batch):
        part = documents[start : start + batch]
        taken = register._get_numbered(part)
        rows = {}
        for record in part:
            parts = split_number(record.name, *patterns)
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
