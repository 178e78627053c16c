from odoo import api, fields, models
from odoo.tools.i18n import format_list

NEAR = 3
"""Failures left up to which a contract counts as close to a loss."""


class VendorQualityForecast(models.Model):
    """Early warning of a contract: its score in the running period until yesterday.

    One row per contract, refreshed every night by the server; nobody writes
    it and no form is made. It says the score if the period had ended, and how
    many more failures of which metric cost the grade.
    """

    _name = "vendor.quality.forecast"
    _description = "Early Warning"
    _inherit = ["outsourcing.server.rows.mixin", "mail.thread"]
    _order = "is_near desc, failures_left, score, id"
    _rec_name = "contract_id"
    _check_company_auto = True

    contract_id = fields.Many2one(
        comodel_name="outsourcing.contract",
        required=True,
        readonly=True,
        ondelete="cascade",
        check_company=True,
    )
    company_id = fields.Many2one(
        comodel_name="res.company", required=True, readonly=True, index=True
    )
    partner_id = fields.Many2one(
        related="contract_id.partner_id", string="Vendor", store=True, index=True
    )
    commercial_partner_id = fields.Many2one(
        related="contract_id.commercial_partner_id", store=True, index=True
    )
    template_id = fields.Many2one(
        comodel_name="vendor.quality.template", readonly=True, index=True
    )
    date_start = fields.Date(string="Period From", readonly=True)
    date_end = fields.Date(string="Period To", readonly=True, index=True)
    date_counted = fields.Date(
        string="Counted Until", readonly=True, help="Last whole day that is counted."
    )
    status = fields.Selection(
        selection=[
            ("unrated", "Too few figures"),
            ("safe", "Grade is safe"),
            ("warning", "Grade may be lost"),
            ("lowest", "Lowest grade"),
        ],
        required=True,
        readonly=True,
        index=True,
        group_expand=True,
        help="What becomes of the grade if the period goes on like this.",
    )
    score = fields.Float(
        string="Score Now",
        digits=(16, 2),
        readonly=True,
        index=True,
        aggregator="avg",
        help="If the period had ended on the last counted day.",
    )
    grade = fields.Char(
        string="Grade Now",
        readonly=True,
        index=True,
        help="If the period had ended on the last counted day.",
    )
    last_grade = fields.Char(
        string="Last Grade",
        readonly=True,
        help="Of the last approved form of the contract.",
    )
    is_worse = fields.Boolean(
        string="Worse Than Last Period",
        readonly=True,
        index=True,
        help="The grade of the last approved form is lost as things stand.",
    )
    coverage = fields.Float(
        string="Coverage (%)",
        digits=(16, 2),
        readonly=True,
        help="Share of the weight that could be measured so far.",
    )
    metric_id = fields.Many2one(
        comodel_name="vendor.quality.metric",
        string="Nearest Metric",
        readonly=True,
        index="btree_not_null",
        help="The metric whose failures cost the grade first.",
    )
    failures_left = fields.Integer(
        string="Failures until a Lower Grade",
        readonly=True,
        index=True,
        aggregator="min",
        help="So many more failures of the nearest metric cost the grade.",
    )
    next_grade = fields.Char(
        string="Next Lower Grade",
        readonly=True,
        help="What the grade becomes when enough more goes wrong.",
    )
    is_near = fields.Boolean(
        string="Grade at Risk",
        readonly=True,
        index=True,
        help="Few more failures cost the grade, or a better grade is lost already.",
    )
    details = fields.Json(readonly=True)
    text = fields.Text(string="In Words", compute="_compute_text")
    computed_at = fields.Datetime(string="Computed On", readonly=True)
    sent_key = fields.Char(readonly=True)
    sent_at = fields.Datetime(
        string="Vendor Warned",
        readonly=True,
        help="When the vendor was warned by mail.",
    )

    _contract_unique = models.UniqueIndex(
        "(contract_id)", "A contract has one early warning."
    )

    # ------------------------------------------------------------
    # COMPUTE METHODS
    # ------------------------------------------------------------

    @api.depends("details", "status")
    @api.depends_context("lang")
    def _compute_text(self):
        for forecast in self:
            forecast.text = "\n".join(forecast._get_sentences())

    # ------------------------------------------------------------
    # TEXT
    # ------------------------------------------------------------

    def _get_sentences(self):
        """Return the warning in words, in the language of the context."""
        self.ensure_one()
        details = self.details or {}
        names = self._get_metric_names()
        sentences = self._get_head()
        if self.is_worse:
            sentences.append(
                self.env._(
                    "Grade %(grade)s of the last period is lost as things stand.",
                    grade=self.last_grade,
                )
            )
        for loss in details.get("losses", ()):
            sentences.append(self._get_loss_sentence(loss, names))
        for key, text in self._get_remarks().items():
            codes = details.get(key)
            if codes:
                listed = format_list(
                    self.env, [names.get(code, code) for code in codes]
                )
                sentences.append(text % {"metrics": listed})
        return sentences

    def _get_head(self):
        """Return what the score is now, as sentences."""
        if self.status == "unrated":
            return [
                self.env._(
                    "Too little is measured for a score yet: %(coverage)s %% of the "
                    "weight, %(needed)s %% are needed.",
                    coverage=f"{self.coverage:.0f}",
                    needed=f"{self.template_id.min_coverage:.0f}",
                )
            ]
        head = [
            self.env._(
                "As things stand the score is %(score)s, grade %(grade)s.",
                score=f"{self.score:.2f}",
                grade=self.grade,
            )
        ]
        if self.status == "lowest":
            head.append(self.env._("There is no lower grade."))
        elif self.status == "safe":
            head.append(self.env._("No metric alone can cost this grade any more."))
        return head

    def _get_loss_sentence(self, loss, names):
        metric = names.get(loss["code"], loss["code"])
        if loss["failures"] is None:
            return self.env._("%(metric)s alone cannot cost the grade.", metric=metric)
        if loss["failures"] == 1:
            return self.env._(
                "%(metric)s: after one more failure, grade %(grade)s becomes %(next)s.",
                metric=metric,
                grade=self.grade,
                next=loss["grade"],
            )
        return self.env._(
            "%(metric)s: after %(number)s more failures, grade %(grade)s becomes "
            "%(next)s.",
            metric=metric,
            number=loss["failures"],
            grade=self.grade,
            next=loss["grade"],
        )

    def _get_remarks(self):
        return {
            "missing": self.env._("Nothing or too little counted yet: %(metrics)s."),
            "small": self.env._(
                "Few events so far, so each one weighs much: %(metrics)s."
            ),
            "assumed": self.env._(
                "Entered by hand at the end of the period; taken as in the last form: "
                "%(metrics)s."
            ),
        }

    def _get_metric_names(self):
        # sudo: vendors read the text, and no templates; only names of their own one.
        metrics = self.sudo().template_id.line_ids.metric_id
        return {metric.code: metric.name for metric in metrics}

    # ------------------------------------------------------------
    # BUSINESS METHODS
    # ------------------------------------------------------------

    def _get_server_only_message(self):
        return self.env._(
            "Early warnings are computed every night and are not written."
        )
