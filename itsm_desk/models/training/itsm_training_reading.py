from odoo import api, fields, models
from odoo.exceptions import AccessError, UserError

from ...tools.one_record import check_one
from ..base.acting_person import check_person
from ..base.grants import server_write
from ..base.working_days import get_day


class ItsmTrainingReading(models.Model):
    """That somebody has to read a version of an article, and that it was read.

    One row for each book, version and reader. The reader alone acknowledges, logged in
    and once; a row that nobody read is dropped when the version, the book or the reader
    is no longer current. Rows are kept.
    """

    _name = "itsm.training.reading"
    _description = "Article to Read"
    _inherit = ["itsm.server.rows.mixin"]
    _order = "date_due, id"
    _rec_name = "title"
    _check_company_auto = True

    book_id = fields.Many2one(
        comodel_name="itsm.training.book",
        string="Book",
        required=True,
        readonly=True,
        index=True,
        ondelete="restrict",
    )
    company_id = fields.Many2one(related="book_id.company_id", store=True)
    line_id = fields.Many2one(
        comodel_name="itsm.training.line",
        readonly=True,
        index="btree_not_null",
        ondelete="set null",
    )
    article_id = fields.Many2one(
        comodel_name="itsm.article",
        string="Article",
        required=True,
        readonly=True,
        index=True,
        ondelete="restrict",
    )
    version_id = fields.Many2one(
        comodel_name="itsm.article.version",
        string="Version",
        required=True,
        readonly=True,
        index=True,
        ondelete="restrict",
    )
    title = fields.Char(required=True, readonly=True)
    user_id = fields.Many2one(
        comodel_name="res.users",
        string="Reader",
        required=True,
        readonly=True,
        index=True,
        ondelete="restrict",
    )
    state = fields.Selection(
        selection=[
            ("open", "To Read"),
            ("read", "Read"),
            ("dropped", "No Longer Needed"),
        ],
        required=True,
        readonly=True,
        default="open",
        index=True,
    )
    date_due = fields.Date(string="Read until", required=True, readonly=True)
    read_at = fields.Datetime(string="Read on", readonly=True)
    is_overdue = fields.Boolean(
        string="Overdue", compute="_compute_is_overdue", search="_search_is_overdue"
    )
    question = fields.Char(related="line_id.question", string="Control Question")
    is_mine = fields.Boolean(compute="_compute_is_mine")

    _reader_uniq = models.UniqueIndex(
        "(book_id, version_id, user_id)", "It is on this reader's list already."
    )
    _open_idx = models.Index("(user_id, date_due) WHERE state = 'open'")

    # ------------------------------------------------------------
    # COMPUTE METHODS
    # ------------------------------------------------------------

    @api.depends("state", "date_due")
    def _compute_is_overdue(self):
        now = fields.Datetime.now()
        for reading in self:
            # sudo: the day of the company
            today = get_day(reading.sudo().company_id, now)
            reading.is_overdue = reading.state == "open" and reading.date_due < today

    def _search_is_overdue(self, operator, value):
        if operator != "in":
            return NotImplemented
        today = get_day(self.env.company, fields.Datetime.now())
        return [("state", "=", "open"), ("date_due", "<", today)]

    @api.depends("user_id")
    @api.depends_context("uid")
    def _compute_is_mine(self):
        for reading in self:
            reading.is_mine = reading.user_id == self.env.user

    # ------------------------------------------------------------
    # ACTIONS
    # ------------------------------------------------------------

    def action_read(self):
        """Open the article as it was published."""
        check_one(self)
        self.check_access("read")
        return {
            "type": "ir.actions.act_url",
            "url": f"/service-knowledge/{self.article_id.id}",
            "target": "new",
        }

    def action_acknowledge(self, option_id=False):
        """Say, in one's own name, that it was read and understood.

        :param option_id: the answer to the control question, where there is one
        """
        check_one(self)
        self.check_access("read")
        self._check_reader()
        option = self._find_option(option_id)
        if self.question and not option:
            return self._get_question_action()
        # sudo: whether the answer is right is not read by readers
        if option and not option.sudo().is_right:
            raise UserError(
                self.env._(
                    '"%s": this is not the right answer. Read the article again, then '
                    "answer once more.",
                    self.title,
                )
            )
        self._note_read()
        return True

    # ------------------------------------------------------------
    # BUSINESS METHODS
    # ------------------------------------------------------------

    def _check_reader(self):
        """Refuse anybody but the reader, and a second time."""
        if self.user_id != self.env.user:
            raise AccessError(
                self.env._(
                    '"%(title)s" is on the list of %(reader)s, who alone says that it '
                    "was read.",
                    title=self.title,
                    # sudo: the name of the reader
                    reader=self.sudo().user_id.name,
                )
            )
        if self.state != "open":
            raise UserError(
                self.env._(
                    '"%s" is read already, or no longer needs to be. Look at your '
                    "list.",
                    self.title,
                )
            )
        check_person(self)

    def _note_read(self):
        """Keep that it was read; its reader has one article less to read."""
        # sudo: rows of the list are written by the server; the reader was asked before
        row = self.sudo()
        server_write(row, {"state": "read", "read_at": fields.Datetime.now()})
        row.book_id._call_readers(row.user_id)
        row.book_id._call_leads()

    def _find_option(self, option_id):
        """Return the answer that was chosen, one of the question; or none."""
        options = self.env["itsm.training.option"]
        if not option_id:
            return options
        if not isinstance(option_id, int) or isinstance(option_id, bool):
            raise UserError(self.env._("Choose one of the answers."))
        # sudo: the answers to a question that the reader is asked
        option = self.sudo().line_id.option_ids.filtered(
            lambda item: item.id == option_id
        )
        if not option:
            raise UserError(self.env._("Choose one of the answers."))
        return options.browse(option.id)

    def _get_question_action(self):
        """Return the window that asks the control question."""
        return {
            "type": "ir.actions.act_window",
            "name": self.title,
            "res_model": "itsm.training.answer",
            "views": [(False, "form")],
            "target": "new",
            "context": {"default_reading_id": self.id},
        }

    def _get_server_only_message(self):
        return self.env._(
            "Reading lists follow from training books in use. Say on your own list "
            "that you have read an article."
        )
