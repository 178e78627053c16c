from odoo import api, fields, models
from odoo.exceptions import AccessError, UserError

from ..base.grants import is_server_act, server_create, server_unlink, spend


class ItsmArticleCriterion(models.Model):
    """A question of the checklist that a reviewer answers, with its weight.

    The weights of the active criteria that hold in a company sum to 100, which is
    asked when an article is submitted: while somebody edits them they may not.
    """

    _name = "itsm.article.criterion"
    _description = "Criterion of Article Quality"
    _order = "sequence, id"
    _check_company_auto = True

    name = fields.Char(string="Question", required=True, translate=True)
    sequence = fields.Integer(default=10)
    active = fields.Boolean(default=True)
    weight = fields.Integer(
        required=True,
        default=10,
        aggregator="sum",
        help="Points of 100. The weights of all active criteria sum to 100.",
    )
    company_id = fields.Many2one(
        comodel_name="res.company",
        index=True,
        help="Leave empty to use the criterion in all companies.",
    )

    _weight_range = models.Constraint(
        "CHECK (weight BETWEEN 1 AND 100)",
        "A criterion weighs 1 to 100 points.",
    )


def open_checklist(articles):
    """Give articles that are submitted an empty checklist of the criteria of now."""
    # sudo: the checklist is made by the procedure; authors have no right on it
    articles = articles.sudo()
    server_unlink(articles.check_ids)
    server_create(
        articles.env["itsm.article.check"],
        [
            {
                "article_id": article.id,
                "company_id": article.company_id.id,
                "criterion_id": criterion.id,
                "sequence": number,
                "name": criterion.name,
                "weight": criterion.weight,
            }
            for article in articles
            for number, criterion in enumerate(article._get_criteria(), 1)
        ],
    )


class ItsmArticleCheck(models.Model):
    """One answer of the checklist of the running review.

    ========  ==========================  ==================================
    Right     Who                         Restriction
    ========  ==========================  ==================================
    read      readers of the draft        of the company
    create    the server                  when the article is submitted
    write     reviewer, manager           in review; not who wrote the text
    delete    the server
    ========  ==========================  ==================================
    """

    _name = "itsm.article.check"
    _description = "Answer of an Article's Checklist"
    _order = "sequence, id"
    _check_company_auto = True

    article_id = fields.Many2one(
        comodel_name="itsm.article",
        required=True,
        readonly=True,
        ondelete="cascade",
        check_company=True,
        index=True,
    )
    company_id = fields.Many2one(
        comodel_name="res.company", required=True, readonly=True, index=True
    )
    criterion_id = fields.Many2one(
        comodel_name="itsm.article.criterion",
        readonly=True,
        ondelete="set null",
        index="btree_not_null",
    )
    sequence = fields.Integer(readonly=True)
    name = fields.Char(string="Question", required=True, readonly=True)
    weight = fields.Integer(readonly=True)
    is_met = fields.Boolean(string="Met")
    remark = fields.Char(help="What is missing, for the author.")

    # ------------------------------------------------------------
    # ORM OVERRIDES
    # ------------------------------------------------------------

    @api.model_create_multi
    def create(self, vals_list):
        if not is_server_act(self.browse()):
            raise AccessError(self._checklist_message())
        spend(self.browse(), "create")
        return super().create(vals_list)

    def write(self, vals):
        if not is_server_act(self):
            if set(vals) - {"is_met", "remark"}:
                raise AccessError(self._checklist_message())
            # sudo: whether the article is in review, and who wrote it
            articles = self.sudo().article_id
            if any(article.state != "review" for article in articles):
                raise UserError(
                    self.env._(
                        "%s: the checklist is filled in while the article is in "
                        "review. Its author submits it first.",
                        articles._flow_names(),
                    )
                )
            if self.env.user in articles.editor_ids:
                raise UserError(articles._own_text_message())
        return super().write(vals)

    def unlink(self):
        if not is_server_act(self):
            raise AccessError(self._checklist_message())
        spend(self, "unlink")
        return super().unlink()

    def _checklist_message(self):
        return self.env._(
            "The checklist of an article is made when it is submitted; a reviewer "
            'answers "Met" and "Remark", and nothing else is written.'
        )
