"""Mails that follow from a step, and are made after it.

A step notes that a mail is due, in its own transaction: a rollback takes the note
along. A job that the commit starts makes the mail, with the language, the companies and
the rights of the moment of the step, and hands it to core's queue. The step neither
waits for the mail nor fails with it.

One row is one mail to one recipient, or to several who read one language, made in one
transaction: of a killed job nothing stays, and the row is still due. Two jobs never
make one mail, as each locks the row first. A mail that cannot be made is tried again
after growing pauses; after the last one, or where no try would help, its document says
so.

Functions, as evaluated code can call methods of records and would mail in the name of
others. A row holds no text, no token and nothing that is sealed: all of that is read,
or made, when the mail is.
"""

import logging
from collections.abc import Callable
from datetime import timedelta
from json import loads
from typing import NamedTuple

from psycopg2 import OperationalError

from odoo import SUPERUSER_ID, api, fields, models
from odoo.exceptions import ConcurrencyError, UserError

from ...tools.one_record import check_one
from ..base.grants import (
    server_create,
    server_unlink,
    server_write,
)

_logger = logging.getLogger(__name__)

JOB = "itsm_desk.ir_cron_mail_intent"
MODEL = "itsm.mail.intent"
PAUSES = (1, 5, 15, 60)
"""Minutes until each further try, where a kind names no others; a mail that fails after
the last one has failed."""
MAX_PROBLEM = 500
"""Characters of an error that are kept."""
KEEP_DAYS = 30
"""Days for which mails that were made, or are not needed any more, stay in the list."""
MOST_FORGOTTEN = 1000
CONTEXT_KEYS = ("lang", "tz", "allowed_company_ids")
"""What of the context of a step its mail is made with."""


class Maker(NamedTuple):
    """What makes the mails of one kind, and tells where one cannot be made."""

    make: Callable
    tell: Callable
    pauses: tuple = PAUSES


_makers = {}


class NoFurtherTry(UserError):
    """The mail cannot be made, and no further try would change that."""


class ItsmMailIntent(models.Model):
    """A mail that follows from a step and is made by a job.

    ==========  ==========================================================
    failed      could not be made; an administrator may have it tried again
    overtaken   not made, as its document has changed or gone meanwhile
    sent        made, and handed to the queue of outgoing mails
    waiting     is made next, or again after a pause
    ==========  ==========================================================

    Only the server's own code writes rows. Administrators read what became of them.
    """

    _name = "itsm.mail.intent"
    _description = "Mail of a Step"
    _inherit = ["itsm.server.rows.mixin"]
    _order = "state, id desc"
    _rec_name = "template"

    kind = fields.Char(required=True, readonly=True)
    res_model = fields.Char(string="Document Model", required=True, readonly=True)
    res_id = fields.Many2oneReference(
        string="Document", model_field="res_model", required=True, readonly=True
    )
    template = fields.Char(
        required=True, readonly=True, help="What the mail is about (XML ID)."
    )
    partner_id = fields.Many2one(
        comodel_name="res.partner",
        index=True,
        ondelete="cascade",
        groups=fields.NO_ACCESS,
        help="Who gets it, fixed by the step.",
    )
    values_read = fields.Json(
        groups=fields.NO_ACCESS,
        help="What the template reads beside the document: ids of records, words.",
    )
    needed_values = fields.Json(
        groups=fields.NO_ACCESS,
        help="Values of the document without which the mail would be wrong.",
    )
    user_id = fields.Many2one(
        comodel_name="res.users",
        string="Step Taken by",
        index="btree_not_null",
        readonly=True,
        ondelete="set null",
    )
    step_context = fields.Json(groups=fields.NO_ACCESS)
    state = fields.Selection(
        selection=[
            ("failed", "Could Not Be Made"),
            ("overtaken", "Not Needed Any More"),
            ("sent", "In the Mail Queue"),
            ("waiting", "Waiting"),
        ],
        required=True,
        readonly=True,
        default="waiting",
        index=True,
    )
    tries = fields.Integer(string="Failed Tries", readonly=True)
    next_try = fields.Datetime(readonly=True)
    sent_at = fields.Datetime(string="Handed Over On", readonly=True)
    problem = fields.Text(string="What Went Wrong", readonly=True)

    _due_idx = models.Index("(next_try) WHERE state = 'waiting'")

    # ------------------------------------------------------------
    # ACTIONS
    # ------------------------------------------------------------

    def action_retry(self):
        """Make the mails again that could not be made; for administrators."""
        self.check_access("read")
        # sudo: nobody writes these rows.
        try_again(self.sudo())
        return True

    def action_open_document(self):
        """Open the document that the mail is about, with the rights of the reader."""
        check_one(self)
        self.check_access("read")
        return {
            "type": "ir.actions.act_window",
            "res_model": self.res_model,
            "res_id": self.res_id,
            "views": [(False, "form")],
        }

    # ------------------------------------------------------------
    # CRON
    # ------------------------------------------------------------

    @api.model
    def _cron_send(self):
        """Make the mails that are due, one a transaction."""
        make_due(self.env)

    @api.autovacuum
    def _cron_forget(self):
        """Forget old rows of mails that were made, or were not needed any more."""
        limit = fields.Datetime.now() - timedelta(days=KEEP_DAYS)
        # sudo: nobody deletes these rows.
        old = self.sudo().search(
            [("state", "in", ("sent", "overtaken")), ("create_date", "<", limit)],
            order="id",
            limit=MOST_FORGOTTEN,
        )
        server_unlink(old)
        return len(old), len(old) == MOST_FORGOTTEN

    # ------------------------------------------------------------
    # BUSINESS METHODS
    # ------------------------------------------------------------

    def _get_server_only_message(self):
        return self.env._(
            "Mails of a step are noted by the step, and made by a job. Nobody "
            "writes what became of them."
        )


# ------------------------------------------------------------
# NOTING A MAIL
# ------------------------------------------------------------


def makes(kind, tell, pauses=PAUSES):
    """Let the decorated function make the mails of ``kind``.

    It is called with the document, as it was handed to :func:`note`, with sudo, and
    with the row. It raises :class:`NoFurtherTry` where trying again is of no use.

    :param str kind: of :func:`note`
    :param tell: function of the same that tells, on the document, that a mail could
        not be made; called once, after the last try
    :param tuple pauses: minutes until each further try, shorter where somebody waits
    """

    def register(function):
        _makers[kind] = Maker(function, tell, pauses)
        return function

    return register


def note(kind, template, recipients, values=None, needs=()):
    """Note, with the running step, that mails are due.

    :param str kind: what makes them, see :func:`makes`
    :param str template: XML id
    :param list recipients: of ``(record, partner)``; a mail each
    :param dict values: what the template reads beside the record: recordsets of ours,
        or plain values that are no secret
    :param needs: names of fields of the record; a mail is not made once one of them
        has another value
    """
    if not recipients:
        return
    env = recipients[0][0].env
    context = {key: env.context[key] for key in CONTEXT_KEYS if key in env.context}
    packed = {name: _pack(value) for name, value in (values or {}).items()}
    now = fields.Datetime.now()
    # sudo: nobody writes these rows.
    model = env[MODEL].sudo()
    rows = server_create(
        model,
        [
            {
                "kind": kind,
                "template": template,
                "res_model": record._name,
                "res_id": record.id,
                "partner_id": partner.id,
                "values_read": packed,
                "needed_values": {name: _show(record, name) for name in needs},
                "user_id": env.uid,
                "step_context": context,
                "next_try": now,
            }
            for record, partner in recipients
        ],
    )
    wake(rows)


def wake(rows, moment=None):
    """Start the job once the running transaction is committed, or at a moment.

    :param rows: which mails are due then, with sudo
    :param datetime moment: not before this one (UTC)
    """
    # not by env.ref(), which asks for each mail whether the job is there
    job_id = rows.env["ir.model.data"]._xmlid_to_res_id(JOB, raise_if_not_found=True)
    job = rows.env["ir.cron"].browse(job_id)
    job.fetch(["active"])
    job._trigger(moment)


def make_at_once(rows, moment=None):
    """Make the mails in the running transaction; in the place of :func:`wake`.

    For tests and the story of the demo data, which have a clock of their own.
    """
    if moment is None:
        for row in rows.sorted("id"):
            make(row)


def read_values(record, row):
    """Return what the template of a mail reads beside its record.

    :param record: the document of the mail, in whose environment records are
    """
    result = {}
    for name, value in (row.values_read or {}).items():
        if isinstance(value, dict):
            value = record.env[value["model"]].browse(value["ids"]).exists()
        result[name] = value
    return result


def follow_merge(env, model, sources, target):
    """Let mails that wait go on where records that they name were merged into another.

    :param str model: of the merged records
    :param sources: ids of the records that are gone
    :param int target: id of the record that is left
    """
    # sudo: nobody reads these rows.
    rows = env[MODEL].sudo()
    for row in rows.search([("state", "in", ("failed", "waiting"))]):
        values = {}
        read = {
            name: _follow(value, model, sources, target)
            for name, value in (row.values_read or {}).items()
        }
        if read != (row.values_read or {}):
            values["values_read"] = read
        if row.res_model in env and (needed := row.needed_values):
            fields_read = env[row.res_model]._fields
            followed = dict(needed)
            for name, text in needed.items():
                if name in fields_read and fields_read[name].comodel_name == model:
                    ids = [target if _id in sources else _id for _id in loads(text)]
                    followed[name] = str(list(dict.fromkeys(ids)))
            if followed != needed:
                values["needed_values"] = followed
        if values:
            server_write(row, values)


def _follow(value, model, sources, target):
    """Return what is stored of a value, with the record that is left."""
    if not isinstance(value, dict) or value.get("model") != model:
        return value
    ids = [target if _id in sources else _id for _id in value["ids"]]
    return {**value, "ids": list(dict.fromkeys(ids))}


def try_again(rows):
    """Let mails that could not be made be made again, from the first try on.

    :param rows: with sudo; those that did not fail are left alone
    """
    failed = rows.filtered(lambda row: row.state == "failed")
    if failed:
        values = {"state": "waiting", "tries": 0, "next_try": fields.Datetime.now()}
        server_write(failed, values)
        wake(failed)


def _pack(value):
    """Return a value as it is stored: of records their model and ids."""
    if isinstance(value, models.BaseModel):
        return {"model": value._name, "ids": value.ids}
    return value


def _show(record, name):
    """Return the value of a field as a text to compare."""
    # sudo: whoever takes the step need not read the field.
    value = record.sudo()[name]
    return str(value.ids if isinstance(value, models.BaseModel) else value)


# ------------------------------------------------------------
# MAKING IT
# ------------------------------------------------------------


def make_due(env):
    """Make the mails that are due, one a transaction, while the job has time."""
    cron = env["ir.cron"]
    # sudo: nobody writes these rows.
    rows = env[MODEL].sudo()
    due = rows.search(
        [("state", "=", "waiting"), ("next_try", "<=", fields.Datetime.now())],
        order="id",
    )
    # first what somebody waits for, which is tried again after shorter pauses
    due = due.sorted(
        lambda row: row.kind not in _makers or _makers[row.kind].pauses == PAUSES
    )
    has_time = cron._commit_progress(remaining=len(due))
    for row in due:
        if not has_time:
            break
        try:
            make(row)
        except (OperationalError, ConcurrencyError) as error:
            # The transaction is lost: somebody else changed what the mail reads.
            env.cr.rollback()
            env.invalidate_all(flush=False)
            _note_failure(row, error)
        has_time = cron._commit_progress(1)


def make(row):
    """Make the mail of one row, unless somebody else does or has done it.

    :param row: with sudo
    :raise OperationalError: of the database, like a conflict with somebody else
    """
    row = row.try_lock_for_update()
    row.invalidate_recordset(flush=False)
    if not row or row.state != "waiting":
        return
    try:
        record = _find_document(row)
        if not record or _is_overtaken(record, row):
            server_write(row, {"state": "overtaken", "problem": False})
            return
        with row.env.cr.savepoint():
            _makers[row.kind].make(record, row)
            record.env.flush_all()
    except (OperationalError, ConcurrencyError):
        raise
    except Exception as error:
        _note_failure(row, error)
        return
    server_write(
        row, {"state": "sent", "sent_at": fields.Datetime.now(), "problem": False}
    )
    row.env.ref("mail.ir_cron_mail_scheduler_action")._trigger()


def _find_document(row):
    """Return the document as the step had it: its user, language and companies."""
    if row.res_model not in row.env:
        return None
    # The mail itself is sent by the queue: a slow server keeps no other mail waiting.
    context = {**(row.step_context or {}), "mail_notify_force_send": False}
    env = api.Environment(row.env.cr, row.user_id.id or SUPERUSER_ID, context)
    # sudo: the step was judged when it was taken; its mail follows from it.
    return env[row.res_model].sudo().browse(row.res_id).exists()


def _is_overtaken(record, row):
    return any(
        _show(record, name) != value
        for name, value in (row.needed_values or {}).items()
    )


def _describe(error):
    """Return what lies behind an error; not the template, with which core begins."""
    while error.__cause__:
        error = error.__cause__
    text = str(error)
    if not isinstance(error, UserError):
        text = f"{type(error).__name__}: {text}"
    return text[:MAX_PROBLEM]


def _note_failure(row, error):
    """Note that a mail could not be made, and when it is tried again."""
    row = row.try_lock_for_update()
    row.invalidate_recordset(flush=False)
    if not row or row.state != "waiting":
        return
    tries = row.tries + 1
    values = {"tries": tries, "problem": _describe(error)}
    pauses = _makers[row.kind].pauses if row.kind in _makers else PAUSES
    if tries <= len(pauses) and not isinstance(error, NoFurtherTry):
        moment = fields.Datetime.now() + timedelta(minutes=pauses[tries - 1])
        server_write(row, {**values, "next_try": moment})
        wake(row, moment)
        _logger.info(
            "Mail %s (%s) is tried again", row.id, row.template, exc_info=error
        )
        return
    server_write(row, {**values, "state": "failed", "next_try": False})
    _logger.error("Mail %s (%s) failed", row.id, row.template, exc_info=error)
    record = _find_document(row)
    if record and row.kind in _makers:
        try:
            with row.env.cr.savepoint():
                _makers[row.kind].tell(record, row)
                record.env.flush_all()
        except (OperationalError, ConcurrencyError):
            raise
        except Exception:
            _logger.exception("Nothing on the document tells of mail %s", row.id)
