from contextlib import contextmanager
from contextvars import ContextVar

from odoo import api, fields, models
from odoo.exceptions import UserError

from ..base.uninstall import guards_deletion

_saved_lines = ContextVar("itsm_training_saved_lines", default=None)
"""``{id}`` of the lines that are changed while a line is saved with its answers."""


@contextmanager
def _saving(lines):
    """Ask once, at the end, whether the changed lines can be answered."""
    if _saved_lines.get() is not None:
        yield
        return
    saved = set()
    token = _saved_lines.set(saved)
    try:
        yield
    finally:
        _saved_lines.reset(token)
    lines.browse(saved)._check_answerable()


class ItsmTrainingLine(models.Model):
    """An article of a training book, and the question that shows it was understood."""

    _name = "itsm.training.line"
    _description = "Article of a Training Book"
    _order = "book_id, sequence, id"
    _rec_name = "article_id"
    _check_company_auto = True

    book_id = fields.Many2one(
        comodel_name="itsm.training.book",
        string="Book",
        required=True,
        index=True,
        ondelete="cascade",
    )
    company_id = fields.Many2one(related="book_id.company_id", store=True)
    sequence = fields.Integer(default=10)
    article_id = fields.Many2one(
        comodel_name="itsm.article",
        string="Article",
        required=True,
        index=True,
        check_company=True,
        ondelete="restrict",
        domain="[('state', 'in', ('published', 'stale'))]",
    )
    question = fields.Char(
        string="Control Question",
        help="Asked when somebody says that the article is read. Empty: none.",
    )
    option_ids = fields.One2many(
        comodel_name="itsm.training.option",
        inverse_name="line_id",
        string="Possible Answers",
        copy=True,
    )

    _article_uniq = models.UniqueIndex(
        "(book_id, article_id)", "The article is in this book already."
    )

    # ------------------------------------------------------------
    # ORM OVERRIDES
    # ------------------------------------------------------------

    @api.model_create_multi
    def create(self, vals_list):
        with _saving(self):
            lines = super().create(vals_list)
            lines._check_book()
            lines._check_answerable()
        return lines

    def write(self, vals):
        self._check_book()
        with _saving(self):
            result = super().write(vals)
            self._check_book()
            self._check_answerable()
        return result

    @guards_deletion
    def _unlink_except_retired(self):
        self._check_book()

    # ------------------------------------------------------------
    # BUSINESS METHODS
    # ------------------------------------------------------------

    def _check_book(self):
        """Refuse changes of a book that is out of use; its lists follow changes."""
        for book in self.book_id:
            if book.state == "retired":
                raise UserError(
                    self.env._(
                        "%s is retired and stays as it is. Copy it, and change the "
                        "copy.",
                        book.display_name,
                    )
                )

    def _check_answerable(self):
        """Refuse questions of a released book that nobody can answer.

        While a line is saved with its answers, it is asked once, at its end.
        """
        saved = _saved_lines.get()
        if saved is not None:
            saved.update(self.ids)
            return
        for line in self.exists():
            # sudo: which answers are right, and which book it is, whoever asks
            if line.sudo().book_id.state == "released" and not line._is_answerable():
                raise UserError(
                    self.env._(
                        '%(book)s is released: the question on "%(article)s" needs two '
                        "answers at least, and exactly one right one.",
                        book=line.book_id.display_name,
                        article=line.article_id.name,
                    )
                )

    def _is_answerable(self):
        """Whether its question, if it has one, can be answered rightly."""
        self.ensure_one()
        if not self.question:
            return True
        # sudo: which answer is right is not read by everybody
        options = self.sudo().option_ids
        return len(options) >= 2 and len(options.filtered("is_right")) == 1


class ItsmTrainingOption(models.Model):
    """A possible answer to a control question; readers do not see which is right."""

    _name = "itsm.training.option"
    _description = "Answer to a Control Question"
    _order = "line_id, sequence, id"

    line_id = fields.Many2one(
        comodel_name="itsm.training.line", required=True, index=True, ondelete="cascade"
    )
    company_id = fields.Many2one(related="line_id.company_id", store=True)
    sequence = fields.Integer(default=10)
    name = fields.Char(string="Option", required=True)
    is_right = fields.Boolean(
        string="Right",
        groups="itsm_desk.group_itsm_supervisor,itsm_desk.group_itsm_kb_reviewer",
    )

    # ------------------------------------------------------------
    # ORM OVERRIDES
    # ------------------------------------------------------------

    @api.model_create_multi
    def create(self, vals_list):
        options = super().create(vals_list)
        options.line_id._check_book()
        options.line_id._check_answerable()
        return options

    def write(self, vals):
        before = self.line_id
        before._check_book()
        result = super().write(vals)
        lines = before | self.line_id
        lines._check_book()
        lines._check_answerable()
        return result

    def unlink(self):
        lines = self.line_id
        result = super().unlink()
        lines._check_answerable()
        return result

    @guards_deletion
    def _unlink_except_retired(self):
        self.line_id._check_book()
