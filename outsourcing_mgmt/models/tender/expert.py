"""What a member of a committee does on the portal: declare, attend, read, score.

For outside experts, who have no access rights, and for employees on a phone. Functions,
not methods: evaluated code reaches methods of records. Each finds what belongs to the
acting user, and hands the acts to the models, whose rules judge who acts and when.
"""

from odoo.exceptions import UserError

from ...tools import price_sheet

MAX_TEXT = 4000
WORK = ("declare", "score", "explain", "hint")
"""Tasks of :func:`get_task` that wait for the member, beside an opening."""


def find_memberships(env, member_id=None):
    """Return the memberships of the acting user, with sudo, newest first.

    :param int member_id: only this one
    """
    domain = [("user_id", "=", env.uid), ("state", "in", ("appointed", "recused"))]
    if member_id is not None:
        domain.append(("id", "=", member_id))
    # sudo: an outside expert has no access rights; the domain finds the own rows.
    members = env["outsourcing.committee.member"].sudo()
    return members.search(domain, order="id desc")


def get_task(member):
    """Return what the member has to do now.

    :return: ``declare``, ``attend``, ``score``, ``explain``, ``hint``, ``wait``,
        ``done`` or ``recused``
    """
    member.ensure_one()
    if member.state == "recused":
        return "recused"
    if member.can_declare:
        return "declare"
    if member.can_attend:
        return "attend"
    if member.is_open_to_bids and get_scores(member).filtered(
        lambda score: score.state == "draft"
    ):
        return "score"
    if get_outliers(member):
        return "explain"
    if "open" in find_hints(member).mapped("state"):
        return "hint"
    ended = ("contracted", "failed", "cancelled")
    if member.tender_id.is_scoring_complete or member.tender_state in ended:
        return "done"
    return "wait"


def get_bids(member):
    """Return the bids that the member may read now: opened, without a conflict."""
    member.ensure_one()
    if not member.is_open_to_bids:
        return member.tender_id.bid_ids.browse()
    return member.tender_id.bid_ids.filtered("technical_opened_at").sorted("id")


def get_file(member, bid_id, file_id):
    """Return an opened file of a bid that the member may read, or an empty one."""
    bid = get_bids(member).filtered(lambda item: item.id == bid_id)
    return bid.attachment_ids.filtered(lambda item: item.id == file_id)


def get_scores(member):
    """Return the own scores of the member that count."""
    member.ensure_one()
    return member.tender_id.score_ids.filtered(
        lambda score: score.member_id == member and not score.struck_date
    ).sorted(lambda score: (score.bid_id.id, score.criterion_id.sequence, score.id))


def get_outliers(member):
    """Return the own scores that the member is asked to explain or to give again."""
    if member.tender_state != "evaluation" or not member.is_open_to_bids:
        return member.tender_id.score_ids.browse()
    return get_scores(member).filtered("is_outlier_open")


def answer_outlier(member, score_id, text, again=False):
    """Explain one of the own scores, or give it again.

    :param bool again: give it again; ``text`` is then not needed
    """
    score = get_outliers(member).filtered(lambda item: item.id == score_id)
    if not score:
        raise UserError(member.env._("You are not asked to explain this any more."))
    if again:
        score.action_revise()
    else:
        score.action_explain((text or "")[:MAX_TEXT])


def find_hints(member):
    """Return the hints at bids made together that the member decides on."""
    # sudo: an outside expert has no access rights; the domain finds the own tender's.
    hints = member.env["outsourcing.bid.hint"].sudo()
    if not (member.is_voting and member.is_open_to_bids):
        return hints
    return hints.search([("tender_id", "=", member.tender_id.id)])


def answer_hint(member, hint_id, step, text):
    """Have the vendors of a hint heard, or settle it.

    :param str step: ``hear``, ``explain`` or ``confirm``
    :param str text: the question to each vendor, or the conclusion
    """
    hint = find_hints(member).filtered(lambda item: item.id == hint_id)
    text = (text or "").strip()[:4000]
    if not hint:
        raise UserError(member.env._("There is no such hint in your evaluation."))
    if step == "hear":
        hint.action_hear(text or None)
    elif step == "explain":
        hint.action_explain(text)
    elif step == "confirm":
        hint.action_confirm(text)


def save_scores(member, values):
    """Keep what the member typed, but for points that are no points.

    :param dict values: ``{score id: {name: text}}``, the names being ``value``,
        ``verdict`` and ``comment``
    :return: ``{score id: (name, what is wrong with it)}``
    """
    problems = {}
    own = get_scores(member).filtered(lambda score: score.state == "draft")
    for score in own:
        given = values.get(score.id)
        if given is None:
            continue
        vals = {"comment": (given.get("comment") or "").strip()[:MAX_TEXT]}
        if score.kind == "pass_fail":
            verdict = given.get("verdict")
            vals["verdict"] = verdict if verdict in ("pass", "fail") else False
        else:
            try:
                vals["value"] = _parse_points(score, given.get("value") or "")
            except UserError as error:
                problems[score.id] = ("value", str(error))
        score.write(vals)
    return problems


def find_incomplete(member):
    """Return what the own draft scores lack before they can be handed in.

    :return: ``{score id: (name of the field, what is missing)}``
    """
    problems = {}
    for score in get_scores(member).filtered(lambda score: score.state == "draft"):
        if reason := score._get_incomplete_reason():
            is_open = score.kind == "pass_fail" and not score.verdict
            problems[score.id] = ("verdict" if is_open else "comment", reason)
    return problems


def submit_scores(member, bid_id=None):
    """Hand in the own draft scores, of all bids or of one.

    A second click finds them handed in, which is what it wants.

    :return: how many were handed in
    """
    scores = get_scores(member).filtered(
        lambda score: (
            score.state == "draft" and (not bid_id or score.bid_id.id == bid_id)
        )
    )
    if scores:
        scores.action_submit()
    elif not get_scores(member):
        raise UserError(member.env._("There is nothing to score now."))
    return len(scores)


def _parse_points(score, text):
    """Return typed points as a number, or raise naming the criterion."""
    try:
        points = float(price_sheet.parse_price(text, 2) or 0)
    except ValueError:
        raise UserError(
            score.env._(
                '"%(criterion)s": "%(text)s" is no number of points.',
                criterion=score.criterion_id.name,
                text=text[:40],
            )
        ) from None
    if message := score._get_points_message(points):
        raise UserError(message)
    return points
