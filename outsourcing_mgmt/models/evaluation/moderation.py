"""The moderation round: points far from the others are explained or given again.

It comes when all scores are in, and before the ranking is shown. The member is told
the mean of the others, not who gave what, and either keeps the points with an
explanation or scores once more; the points before are struck and kept. Nobody is asked
twice for the same bid and criterion. Functions, no methods: templates and server
actions cannot call them.
"""

from odoo import fields

from ...tools import outlier
from ..base.grants import server_create, server_write


def moderate(tender):
    """Ask members whose points lie far off; return the scores that wait for them.

    :param tender: outsourcing.tender whose scores are all in, with sudo
    """
    limit = tender._get_rule("outlier_limit")
    scores = tender._get_valid_scores().filtered(
        lambda score: score.kind == "scored" and score.state == "submitted"
    )
    asked = scores.browse()
    if limit:
        for rows in scores.grouped(
            lambda score: (score.bid_id, score.criterion_id)
        ).values():
            asked |= _ask(rows, limit)
    for member, rows in asked.grouped("member_id").items():
        tender._audit("outlier", {"member": member.id, "number": len(rows)})
        tender._plan_activity(
            "mail_activity_type_tender_score",
            member.user_id.filtered(lambda user: not user.share),
            None,
        )
        member._mail_expert("outsourcing_mgmt.mail_template_expert_score")
    return scores.filtered("is_outlier_open")


def _ask(rows, limit):
    """Mark the outliers of one bid and criterion that were not asked before."""
    found = outlier.find_outliers(
        {row.id: row.value for row in rows}, limit, rows[0].max_points
    )
    asked = rows.filtered(
        lambda row: row.id in found and not row.is_outlier and not row.revises_id
    )
    for row in asked:
        z, others = found[row.id]
        server_write(
            row,
            {"is_outlier": True, "outlier_z": float(z), "others_mean": float(others)},
        )
    return asked


def revise(scores):
    """Strike scores and let their members give them once more.

    :param scores: outsourcing.score, with sudo
    :return: the new drafts
    """
    server_write(scores, {"struck_date": fields.Datetime.now()})
    scores.flush_recordset()
    return server_create(
        scores.browse(),
        [
            {
                "bid_id": score.bid_id.id,
                "criterion_id": score.criterion_id.id,
                "member_id": score.member_id.id,
                "revises_id": score.id,
            }
            for score in scores
        ],
    )
