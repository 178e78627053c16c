from odoo import api, models
from odoo.fields import Domain

from ..base.groups import MANAGER, OFFICER, PROCUREMENT
from .mail_message import OWN_MODELS
from .scheduling import find_lists, mail_list

RESPONSIBLE_FIELDS = (
    "user_id",
    "owner_id",
    "requester_id",
    "collected_by_id",
    "inspector_id",
)
"""Fields (users) of a document that name who goes on with it."""
GROUPS = {
    "outsourcing.tender": (PROCUREMENT, MANAGER),
    "outsourcing.contract": (PROCUREMENT, MANAGER),
}
"""Who acts on documents of a model where nobody named is left."""
QUALITY_GROUP = "vendor_quality.group_quality_officer"


class MailActivity(models.Model):
    """An activity on our documents never waits for somebody who has left.

    Of many that somebody gets at once one mail tells.
    """

    _inherit = "mail.activity"

    # ------------------------------------------------------------
    # ORM OVERRIDES
    # ------------------------------------------------------------

    @api.model_create_multi
    def create(self, vals_list):
        return super().create([self._outsourcing_hand_on(vals) for vals in vals_list])

    def action_notify(self):
        """Tell of many activities of one kind in one mail, of few in one each."""
        listed = self.browse()
        ours = self.filtered(lambda item: str(item.res_model).startswith(OWN_MODELS))
        for company, activities in find_lists(ours):
            mail_list(company, activities)
            listed |= activities
        return super(MailActivity, self - listed).action_notify()

    # ------------------------------------------------------------
    # BUSINESS METHODS
    # ------------------------------------------------------------

    @api.model
    def _outsourcing_hand_on(self, vals):
        """Return the values with the next who may act, where the user has left."""
        # sudo: whoever schedules need not read other users and the document.
        env = self.sudo().env
        user = env["res.users"].browse(vals.get("user_id") or [])
        model = env["ir.model"].browse(vals.get("res_model_id") or []).model
        if not user or user.active or not str(model).startswith(OWN_MODELS):
            return vals
        record = env[model].browse(vals.get("res_id") or [])
        successor = find_next_user(record, user)
        return {**vals, "user_id": successor.id} if successor else vals


def find_next_user(record, user):
    """Return who acts on a document in place of a user who has left, or nobody.

    The deputy of that user, whoever else the document names, or the first of the group
    that acts on such documents; who may read the document.

    :param record: one document, with sudo
    """
    company = record["company_id"] if "company_id" in record._fields else None
    today = (company or record.env.company)._outsourcing_today()
    deputies = record.env["outsourcing.deputy"].search(
        [
            ("user_id", "=", user.id),
            ("date_from", "<=", today),
            ("date_to", ">=", today),
        ],
        order="date_from desc",
    )
    named = record.env["res.users"].union(
        *(record[name] for name in RESPONSIBLE_FIELDS if is_user_field(record, name))
    )
    groups = GROUPS.get(record._name, (OFFICER, MANAGER))
    if record._name.startswith("vendor.quality."):
        groups = (QUALITY_GROUP,)
    members = (
        member
        for group in groups
        # In the order of their numbers, so that the same person gets all of it.
        for member in record.env.ref(group).all_user_ids.sorted("id")
    )
    for candidate in (*deputies.deputy_id, *named, *members):
        if candidate != user and may_act(record, candidate):
            return candidate
    return user.browse()


def hand_on_activities(users):
    """Give the open activities of users who may not act any more to the next who may.

    They have left, or lost the role or company by which they read the document. All
    people lose a group where a feature is switched off in the settings: what each of
    them may still read is one question for each kind of document.
    """
    # sudo: whoever archives users need not read activities and documents.
    activities = users.env["mail.activity"].sudo()
    models_of_ours = Domain.OR(
        Domain("res_model", "=like", f"{name}%") for name in OWN_MODELS
    )
    found = activities.search(Domain("user_id", "in", users.ids) & models_of_ours)
    for (model, user), own in found.grouped(
        lambda activity: (activity.res_model, activity.user_id)
    ).items():
        records = own.env[model].browse(set(own.mapped("res_id"))).exists()
        lost = {one.id: one for one in records - find_readable(records, user)}
        for activity in own.filtered(lambda one, lost=lost: one.res_id in lost):
            if successor := find_next_user(lost[activity.res_id], user):
                activity.user_id = successor


def is_user_field(record, name):
    """Whether a document has this field, of users."""
    field = record._fields.get(name)
    return field and field.comodel_name == "res.users"


def may_act(record, user):
    """Whether a user is there, and reads the document by own rights."""
    return bool(find_readable(record, user))


def find_readable(records, user):
    """Return the documents that a user who is there reads by own rights."""
    if not user.active or user.share:
        return records.browse()
    # sudo: none; whether the user may read the documents by own rights.
    mine = records.with_user(user).sudo(False)
    mine = mine.with_context(allowed_company_ids=user.company_ids.ids)
    return mine._filtered_access("read").with_env(records.env)
