"""Tickets that stay with a vendor of whom nobody is there any more."""


def tell_owners(env, vendors):
    """Ask owners to take tickets back of which nobody of the vendor has a hand.

    A ticket that names somebody is told of when that person is not on site any more,
    one that names nobody when no person of the vendor is. Each is told once.

    :param vendors: res.partner, whose people left or whose contract ended
    """
    # sudo: the officer who records who left need not read tickets
    jobs = env["itsm.vendor.job"].sudo()
    jobs = jobs.search(
        [
            ("returned_at", "=", False),
            (
                "partner_id.commercial_partner_id",
                "in",
                vendors.commercial_partner_id.ids,
            ),
        ]
    )
    groups = jobs.grouped(lambda job: (job.partner_id, job.company_id))
    for (partner, company), found in groups.items():
        people = partner._itsm_get_vendor_users(company)
        for job in found:
            # Whoever left may be on site under another contract.
            if job.user_id not in people if job.user_id else not people:
                _tell(job)


def _tell(job):
    env, ticket = job.env, job.ticket_id
    summary = (
        env._("%s has left the vendor's staff", job.user_id.name)
        if job.user_id
        else env._("Nobody of %s is on site any more", job.partner_id.name)
    )
    if summary in ticket.activity_ids.mapped("summary"):
        return
    ticket.activity_schedule(
        "itsm_desk.mail_activity_type_vendor",
        user_id=ticket.user_id.id,
        summary=summary,
        note=env._(
            "The ticket is with nobody else of the vendor. Take it back, or "
            "take it back and send it to somebody else."
        ),
    )
