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
    return bool(find_readable(record, user))


def find_readable(records, user):
    """Return the documents that a user who is there reads by own rights."""
    if not user.active or user.share:
        return records.browse()
    # sudo: none; whether the user may read the documents by own rights.
    mine = records.with_user(user).sudo(False)
    mine = mine.with_context(allowed_company_ids=user.company_ids.ids)
    return mine._filtered_access("read").with_env(records.env)


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
    All people lose a group where a feature is switched off in the settings: what each
    of them may still read of a model is one question. Where the next has the same
    activity already, theirs goes.
    """
    if not users:
        return
    # sudo: whoever takes rights away need not read activities and documents.
    activities = users.env["mail.activity"].sudo()
    found = activities.search(
        Domain("user_id", "in", users.ids)
        & Domain("res_model", "=like", f"{OWN_MODELS}%")
    )
    groups = found.grouped(lambda activity: (activity.user_id, activity.res_model))
    for (user, model), own in groups.items():
        records = own.env[model].browse(set(own.mapped("res_id"))).exists()
        lost = {one.id: one for one in records - find_readable(records, user)}
        heirs = {key: find_next_user(one, user) for key, one in lost.items()}
        for activity in own.filtered(lambda one, lost=lost: one.res_id in lost):
            successor = heirs[activity.res_id]
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
