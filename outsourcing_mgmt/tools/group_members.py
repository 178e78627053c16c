"""Who is in a group no longer, and has lost the rights that it gave."""

MEMBERSHIP = frozenset({"user_ids", "implied_ids", "implied_by_ids"})
"""Fields of a group by which people come into it, or into what it implies."""
COMPUTED = ("all_implied_ids", "all_implied_by_ids", "all_user_ids")


def read_members(groups):
    """Return ``{group: users}`` of groups and of all that they imply."""
    # sudo: whoever changes groups need not read all people in them.
    groups = groups.sudo().with_context(active_test=False)
    groups.invalidate_model(COMPUTED)
    return {group: group.all_user_ids for group in groups.all_implied_ids}


def find_lost(before):
    """Return the users who are not in every group any more in which they were.

    :param dict before: what :func:`read_members` returned before the change
    """
    groups = next(iter(before)).browse().union(*before)
    groups.invalidate_model(COMPUTED)
    lost = groups.user_ids.browse()
    kept = groups.exists()
    for group, users in before.items():
        lost |= users - group.all_user_ids if group in kept else users
    return lost
