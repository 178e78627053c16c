from odoo import fields, models

from ..base.grants import server_create

FEEDBACK_REASONS = [
    ("wrong", "It is wrong"),
    ("outdated", "It is out of date"),
    ("unclear", "I do not understand it"),
    ("incomplete", "A step is missing"),
    ("other_topic", "It is about something else"),
]


def vote(version, partner, is_helpful, reason=False, comment=False):
    """Keep the vote of a reader; ask the owner to mend what did not help.

    One vote of a person counts for a version: a later one is not taken.

    :param version: the published text that was read, readable by the voter
    :return: whether the vote was new
    """
    # sudo: readers have no right on votes; the caller proved who votes on what
    version = version.sudo()
    feedback = version.env["itsm.article.feedback"]
    if feedback.search_count(
        [("version_id", "=", version.id), ("partner_id", "=", partner.id)], limit=1
    ):
        return False
    server_create(
        feedback,
        {
            "version_id": version.id,
            "article_id": version.article_id.id,
            "company_id": version.company_id.id,
            "partner_id": partner.id,
            "is_helpful": is_helpful,
            "reason": False if is_helpful else reason,
            "comment": False if is_helpful else comment,
        },
    )
    if not is_helpful:
        labels = dict(feedback._fields["reason"]._description_selection(version.env))
        version.article_id._ask_to_mend(
            ": ".join(filter(None, [labels.get(reason), comment]))
        )
    return True


class ItsmArticleFeedback(models.Model):
    """What a reader said of a version: it helped, or why not. Append-only.

    Readers vote by the article's own verb or the portal's page. Technicians, reviewers
    and managers read the votes.
    """

    _name = "itsm.article.feedback"
    _inherit = "itsm.log.mixin"
    _description = "Vote on an Article"
    _order = "id desc"
    _rec_name = "article_id"
    _check_company_auto = True

    article_id = fields.Many2one(
        comodel_name="itsm.article",
        required=True,
        ondelete="cascade",
        check_company=True,
        index=True,
    )
    version_id = fields.Many2one(
        comodel_name="itsm.article.version",
        required=True,
        ondelete="cascade",
        check_company=True,
        index=True,
    )
    company_id = fields.Many2one(comodel_name="res.company", required=True, index=True)
    partner_id = fields.Many2one(
        comodel_name="res.partner", string="Reader", required=True, index=True
    )
    is_helpful = fields.Boolean(string="Helpful")
    reason = fields.Selection(selection=FEEDBACK_REASONS)
    comment = fields.Text()

    _one_vote_uniq = models.UniqueIndex(
        "(version_id, partner_id)", "Each reader votes once on a version."
    )
