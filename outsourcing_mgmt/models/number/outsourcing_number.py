import logging

from dateutil.relativedelta import relativedelta
from psycopg2.errors import UniqueViolation

from odoo import api, fields, models
from odoo.exceptions import AccessError
from odoo.fields import Domain
from odoo.tools import SQL, mute_logger

from ...tools.number_patterns import name_range
from ...tools.one_record import check_one
from ..base.grants import check_caller, server_create, server_write
from ..base.groups import AUDITOR, MANAGER

_logger = logging.getLogger(__name__)

VOID_STATES = ("cancelled", "annulled", "void")
ROWS_A_RUN = 1000
SAVED_WITHIN = relativedelta(hours=1)
"""A number that was drawn before another one is saved this long after it, or never."""


class OutsourcingNumber(models.Model):
    """The register of binding numbers: each one that was given, each one missing.

    A row of the kind ``given`` is made together with the number. Sequences are fast
    because a number that was drawn is not given back: a transaction that is rolled
    back, or a database that stops, leaves a gap. A job finds the gaps between the rows
    and adds them as ``missing``, one row for each run of numbers, with the cause.

    ======== ===========================================
    rights   who
    ======== ===========================================
    read     auditor and manager, of their own companies
    create   the server
    write    the server: the cause
    unlink   nobody
    ======== ===========================================

    Flow: none. A row is added, and later says what became of its document.
    """

    _name = "outsourcing.number"
    _description = "Register of Numbers"
    _inherit = ["outsourcing.server.rows.mixin"]
    _order = "series desc, number desc, id desc"
    _check_company_auto = True

    name = fields.Char(
        string="Number",
        required=True,
        readonly=True,
        index="trigram",
        help="Missing numbers that follow each other are one row: the first and the "
        "last.",
    )
    kind = fields.Selection(
        selection=[("given", "Given"), ("missing", "Missing Number")],
        required=True,
        readonly=True,
    )
    cause = fields.Selection(
        selection=[
            ("cancelled", "Document cancelled"),
            ("deleted", "Document deleted"),
            ("rolled_back", "Not saved"),
            ("database_stop", "Database was restarted"),
            ("before_register", "Before the register"),
            ("series_start", "Before the first number"),
        ],
        string="Why It Is Not in Use",
        readonly=True,
        help="Not saved: the number was drawn, and then the step was refused or "
        "failed, or the server process ended.\n"
        "Database was restarted: between the numbers beside it. A database that stops "
        "at once skips up to 32 numbers of each series.\n"
        "Before the register: the numbers beside it are older than this register.\n"
        "Before the first number: the series began higher, or its first steps were "
        "refused.",
    )
    series = fields.Char(
        required=True,
        readonly=True,
        help="Companies share a series, unless one has a sequence of its own: numbers "
        "of other companies are between those that you see.",
    )
    number = fields.Integer(
        string="First Number", required=True, readonly=True, aggregator=None
    )
    number_to = fields.Integer(
        string="Last Number", required=True, readonly=True, aggregator=None
    )
    count = fields.Integer(
        string="Numbers", compute="_compute_count", store=True, aggregator="sum"
    )
    res_model = fields.Char(string="Kind of Document", readonly=True)
    res_id = fields.Many2oneReference(
        string="Document", model_field="res_model", readonly=True
    )
    company_id = fields.Many2one(
        comodel_name="res.company", required=True, readonly=True, ondelete="restrict"
    )
    taken_at = fields.Datetime(
        string="Given or Found On", required=True, readonly=True, index=True
    )
    database_start = fields.Char(readonly=True)

    _series_number = models.UniqueIndex(
        "(company_id, series, number)", "A number is given once."
    )
    _document_unique = models.UniqueIndex(
        "(res_model, res_id) WHERE res_id IS NOT NULL", "A document has one number."
    )
    _not_in_use = models.Index("(cause) WHERE cause IS NOT NULL")

    # ------------------------------------------------------------
    # ORM OVERRIDES
    # ------------------------------------------------------------

    def unlink(self):
        raise AccessError(self.env._("The register of numbers is kept whole."))

    # ------------------------------------------------------------
    # COMPUTE METHODS
    # ------------------------------------------------------------

    @api.depends("number", "number_to")
    def _compute_count(self):
        for row in self:
            row.count = row.number_to - row.number + 1

    # ------------------------------------------------------------
    # BUSINESS METHODS
    # ------------------------------------------------------------

    def _get_server_only_message(self):
        return self.env._("The register of numbers is written by the server only.")

    @api.model
    def _get_numbered(self, records):
        """Return the ids of those of ``records`` that have a number."""
        rows = self.search_fetch(
            [("res_model", "=", records._name), ("res_id", "in", records.ids)],
            ["res_id"],
        )
        return set(rows.mapped("res_id"))

    def action_look(self):
        """Look for missing numbers now, for an auditor who does not want to wait."""
        if not self.env.user.has_groups(f"{AUDITOR},{MANAGER}"):
            raise AccessError(self.env._("Auditors and managers look for numbers."))
        # sudo: documents of all rooms are looked at; the rows tell no content.
        register = self.sudo()
        register._find_missing()
        register._follow_documents()
        return {"type": "ir.actions.client", "tag": "soft_reload"}

    def action_view_document(self):
        """Open the document of the number, for those who may read it."""
        check_one(self)
        if not self.res_id or self.res_model not in self.env:
            return False
        self.env[self.res_model].browse(self.res_id).check_access("read")
        return {
            "type": "ir.actions.act_window",
            "res_model": self.res_model,
            "res_id": self.res_id,
            "view_mode": "form",
        }

    # ------------------------------------------------------------
    # SCHEDULED ACTIONS
    # ------------------------------------------------------------

    @api.model
    def _cron_look(self):
        """Find missing numbers, and numbers whose document is cancelled or gone."""
        self._find_missing()
        self._follow_documents()

    @api.model
    def _find_missing(self):
        """Add a row for each run of numbers that nobody has.

        A number is drawn some time before it is saved. So numbers are missing only
        below one that was given more than an hour ago. Companies draw from the same
        sequences: the numbers of a series are those of all companies.
        """
        check_caller(self)
        self.flush_model()
        [[is_alone]] = self.env.execute_query(
            SQL("SELECT pg_try_advisory_xact_lock(hashtext(%s))", self._name)
        )
        if not is_alone:
            _logger.info("Missing numbers are looked for by another process")
            return
        # SQL: the ORM has no window functions, and would read each number that was
        # ever given.
        found = self.env.execute_query_dict(
            SQL(
                """
                SELECT * FROM (
                    SELECT company_id, series, number, name, database_start,
                           res_model, taken_at,
                           COALESCE(MAX(number_to) OVER earlier, 0) AS before,
                           lag(database_start) OVER neighbours AS start_before,
                           lag(id) OVER neighbours AS id_before
                      FROM outsourcing_number
                    WINDOW neighbours AS (PARTITION BY series ORDER BY number, id),
                           earlier AS (neighbours ROWS BETWEEN UNBOUNDED PRECEDING
                                       AND 1 PRECEDING)
                ) numbers
                 WHERE number > before + 1
                   AND taken_at < %s
                 ORDER BY series, number
                 LIMIT %s
                """,
                fields.Datetime.now() - SAVED_WITHIN,
                ROWS_A_RUN,
            )
        )
        now = fields.Datetime.now()
        rows = [
            {
                "kind": "missing",
                "cause": _get_cause(row),
                "name": name_range(
                    row["series"], row["before"] + 1, row["number"] - 1, row["name"]
                ),
                "series": row["series"],
                "res_model": row["res_model"],
                "number": row["before"] + 1,
                "number_to": row["number"] - 1,
                "company_id": row["company_id"],
                "taken_at": now,
                "database_start": row["database_start"],
            }
            for row in found
        ]
        try:
            with self.env.cr.savepoint(), mute_logger("odoo.sql_db"):
                server_create(self, rows)
        except UniqueViolation:
            # Another process found them after this one had begun to read.
            _logger.info("Missing numbers were entered by another process")
            self.env.invalidate_all()

    @api.model
    def _follow_documents(self):
        """Say of given numbers that their document was cancelled or is gone.

        The database compares them with the documents: only rows whose document has
        changed since the last time are read.
        """
        given = Domain("kind", "=", "given") & Domain("cause", "=", False)
        for (name,) in self._read_group(given, ["res_model"]):
            if name not in self.env:
                continue
            rows = given & Domain("res_model", "=", name)
            documents = self.env[name].with_context(active_test=False)
            every = documents._search([])
            gone = self.search(rows & Domain("res_id", "not in", every))
            server_write(gone, {"cause": "deleted"})
            if "state" not in documents._fields:
                continue
            void = documents._search([("state", "in", VOID_STATES)])
            cancelled = self.search(rows & Domain("res_id", "in", void))
            server_write(cancelled, {"cause": "cancelled"})


def _get_cause(row):
    """Return why the numbers before ``row`` are missing."""
    if not row["database_start"]:
        return "before_register"
    if not row["id_before"]:
        return "series_start"
    start = row["start_before"]
    if start != row["database_start"]:
        return "database_stop" if start else "before_register"
    return "rolled_back"
