"""Who goes on with the open activities of people who may not act any more.

Functions, as evaluated code can call methods of records. Whoever takes a right away
calls :func:`hand_on_activities` afterwards: users and groups do, and teams.
"""

from odoo.fields import Domain

SUPERVISOR = "itsm_desk.group_itsm_supervisor"
MANAGER = "itsm_desk.group_itsm_manager"
OWN_MODELS = "itsm."
PEOPLE = (
    *("user_id", "handler_id", "owner_id", "chair_id", "supervisor_id", "author_id"),
    *("team_id.leader_id", "team_id.deputy_id", "team_id.member_ids"),
)
"""Who goes on with a document, in this order, as far as it names them."""
GROUPS = {
    "itsm.article": ("itsm_desk.group_itsm_kb_reviewer", SUPERVISOR),
    "itsm.complaint": ("itsm_desk.group_itsm_quality",),
    "itsm.daily.check": (MANAGER,),
    "itsm.redaction": (SUPERVISOR, "itsm_desk.group_itsm_quality"),
    "itsm.survey.campaign": ("itsm_desk.group_itsm_quality",),
    "itsm.ticket": (SUPERVISOR,),
}
"""Who goes on where nobody of them is left; with other documents the managers."""


def may_act(record, user):
    """Whether a user is there, and reads a document by own rights."""
    if not user.active or user.share:
        return False
    # sudo: none; whether the user may read the document by own rights.
    mine = record.with_user(user).sudo(False)
    return mine.with_context(allowed_company_ids=user.company_ids.ids).has_access(
        "read"
    )


def find_next_user(record, user):
    """Return who acts on a document in place of a user, or nobody.

    :param record: one document, with sudo
    :param user: who cannot; nobody: the first who can
    """
    for candidate in _get_candidates(record):
        if candidate != user and may_act(record, candidate):
            return candidate
    return user.browse()


def _get_candidates(record):
    for path in PEOPLE:
        people = record
        for name in path.split("."):
            field = people._fields.get(name)
            people = people[name] if field and field.relational else None
            if people is None:
                break
        if people is not None and people._name == "res.users":
            yield from people
    for group in GROUPS.get(record._name, (MANAGER,)):
        yield from record.env.ref(group).all_user_ids.sorted("id")


def hand_on_activities(users):
    """Give the open activities of users who may not act any more to the next who may.

    They have left, or lost the role, team or company by which they read the document.
    Where the next has the same activity already, theirs goes.
    """
    if not users:
        return
    # sudo: whoever takes rights away need not read activities and documents.
    activities = users.env["mail.activity"].sudo()
    for activity in activities.search(
        Domain("user_id", "in", users.ids)
        & Domain("res_model", "=like", f"{OWN_MODELS}%")
    ):
        record = activity.env[activity.res_model].browse(activity.res_id).exists()
        if not record or may_act(record, activity.user_id):
            continue
        successor = find_next_user(record, activity.user_id)
        if successor and _is_known(activity, successor):
            activity.unlink()
        elif successor:
            activity.user_id = successor


def _is_known(activity, user):
    """Whether ``user`` has the same activity on the same document."""
    return bool(
        activity.search_count(
            [
                ("res_model", "=", activity.res_model),
                ("res_id", "=", activity.res_id),
                ("user_id", "=", user.id),
                ("activity_type_id", "=", activity.activity_type_id.id),
                ("summary", "=", activity.summary),
                ("note", "=", activity.note),
            ],
            limit=1,
        )
    )
