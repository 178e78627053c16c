from odoo import api, fields, models
from odoo.exceptions import AccessError, UserError

from ...tools.one_record import check_one
from ..base.grants import is_server_act, spend
from ..base.uninstall import guards_deletion


class ItsmAssessmentLine(models.Model):
    """A figure of an assessment, with what it was counted from and its SHA-256.

    Written by the server while the assessment is a draft, and never afterwards. Anybody
    who reads it counts it again with ``tools/case_mix.py``.
    """

    _name = "itsm.assessment.line"
    _inherit = "itsm.server.rows.mixin"
    _description = "Figure of an Assessment"
    _order = "assessment_id desc, kpi_sequence, id"
    _rec_name = "kpi_id"
    _check_company_auto = True

    assessment_id = fields.Many2one(
        comodel_name="itsm.assessment",
        required=True,
        readonly=True,
        index=True,
        ondelete="cascade",
    )
    company_id = fields.Many2one(related="assessment_id.company_id", store=True)
    kpi_id = fields.Many2one(
        comodel_name="itsm.kpi", string="Figure", required=True, readonly=True
    )
    kpi_sequence = fields.Integer(related="kpi_id.sequence", store=True)
    unit = fields.Selection(related="kpi_id.unit")
    value = fields.Float(readonly=True, aggregator=None)
    has_value = fields.Boolean(readonly=True)
    expected = fields.Float(
        readonly=True,
        aggregator=None,
        help="What the rates of all technicians on tickets of the same category and "
        "priority give for this person's tickets.",
    )
    has_expected = fields.Boolean(readonly=True)
    sample = fields.Integer(
        readonly=True, help="How many solutions, clocks, calls or ratings were counted."
    )
    numerator = fields.Float(readonly=True, aggregator=None)
    denominator = fields.Float(readonly=True, aggregator=None)
    verdict = fields.Selection(
        selection=[
            ("better", "Better"),
            ("equal", "As Expected"),
            ("worse", "Worse"),
            ("few", "Too Few to Judge"),
            ("none", "Not Compared"),
        ],
        required=True,
        readonly=True,
        help="Within a twentieth of what is expected it is as expected.",
    )
    counted = fields.Json(
        readonly=True, help="Ticket, numerator and denominator of each entry."
    )
    evidence_hash = fields.Char(
        string="SHA-256", readonly=True, help="Over what was counted."
    )

    # ------------------------------------------------------------
    # COMPUTE METHODS
    # ------------------------------------------------------------

    @api.depends("kpi_id")
    def _compute_display_name(self):
        for line in self:
            # sudo: whoever reads the line may know which figure it is
            line.display_name = line.sudo().kpi_id.display_name

    # ------------------------------------------------------------
    # ACTIONS
    # ------------------------------------------------------------

    def action_open_tickets(self):
        """Open the tickets that were counted."""
        check_one(self)
        self.check_access("read")
        return {
            "type": "ir.actions.act_window",
            "name": self.kpi_id.display_name,
            "res_model": "itsm.ticket",
            "views": [(False, "list"), (False, "form")],
            "domain": [("id", "in", [entry[0] for entry in self.counted or ()])],
        }

    # ------------------------------------------------------------
    # BUSINESS METHODS
    # ------------------------------------------------------------

    def _get_server_only_message(self):
        return self.env._(
            "Figures of an assessment are counted from the history of tickets, not "
            "written. Its author counts a draft again."
        )


class ItsmAssessmentExclusion(models.Model):
    """A ticket that counts in no figure of an assessment, and why: both read it.

    Those that the author ever owned are excluded by the server. The author adds others
    with a reason, while it is a draft.
    """

    _name = "itsm.assessment.exclusion"
    _description = "Ticket Left out of an Assessment"
    _order = "assessment_id desc, is_automatic desc, ticket_id, id"
    _rec_name = "ticket_id"
    _check_company_auto = True

    assessment_id = fields.Many2one(
        comodel_name="itsm.assessment",
        required=True,
        index=True,
        ondelete="cascade",
        check_company=True,
    )
    company_id = fields.Many2one(related="assessment_id.company_id", store=True)
    ticket_id = fields.Many2one(
        comodel_name="itsm.ticket",
        required=True,
        index=True,
        ondelete="cascade",
        check_company=True,
    )
    reason = fields.Char(help="Why it does not count; the technician reads it.")
    is_automatic = fields.Boolean(
        string="Author Owned It",
        readonly=True,
        help="Nobody is assessed by a person on tickets that this person owned.",
    )

    _ticket_uniq = models.UniqueIndex(
        "(assessment_id, ticket_id)", "This ticket is left out already."
    )

    # ------------------------------------------------------------
    # ORM OVERRIDES
    # ------------------------------------------------------------

    @api.model_create_multi
    def create(self, vals_list):
        is_server = is_server_act(self.browse())
        spend(self.browse(), "create")
        rows = super().create(vals_list)
        if not is_server:
            rows._check_author()
            if any(row.is_automatic or not row.reason for row in rows):
                raise UserError(
                    self.env._("Say why a ticket does not count; both will read it.")
                )
            rows.ticket_id.check_access("read")
            # sudo: the figures are the procedure's
            rows.sudo().assessment_id._count()
        return rows

    def write(self, vals):
        raise AccessError(
            self.env._("What is left out is not changed. Take it back, add another.")
        )

    @guards_deletion
    def _unlink_except_author(self):
        if is_server_act(self):
            return
        self._check_author()
        if self.filtered("is_automatic"):
            raise UserError(
                self.env._(
                    "The author of the assessment owned it: it counts in no figure."
                )
            )

    def unlink(self):
        assessments = self.browse() if is_server_act(self) else self
        # sudo: as at the creation
        assessments = assessments.sudo().assessment_id
        result = super().unlink()
        assessments._count()
        return result

    # ------------------------------------------------------------
    # BUSINESS METHODS
    # ------------------------------------------------------------

    def _check_author(self):
        for row in self:
            # sudo: the assessment decides, whoever asks
            assessment = row.sudo().assessment_id
            if assessment.author_id != self.env.user or assessment.state != "draft":
                raise UserError(
                    self.env._(
                        "%(author)s leaves tickets out while the assessment is a "
                        "draft. Afterwards the technician can appeal.",
                        author=assessment.author_id.name,
                    )
                )
