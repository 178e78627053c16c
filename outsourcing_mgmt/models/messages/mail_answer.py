"""Answers by mail that decide nothing, and where they go instead of the chatter.

Functions, as evaluated code can call methods of records and would mail in the name of
the server.
"""

from markupsafe import Markup

from odoo.tools import html2plaintext

PRIVATE_MODELS = frozenset(
    {
        "outsourcing.award",
        "outsourcing.bid",
        "outsourcing.committee.member",
        "outsourcing.compliance.event",
        "outsourcing.incentive",
        "outsourcing.objection",
        "outsourcing.reference.price",
        "outsourcing.tender",
        "outsourcing.tender.addendum",
    }
)
"""Documents whose chatter is read by people who may not read every answer."""
ASKER_FIELDS = (
    "requester_id",
    "user_id",
    "owner_id",
    "content_editor_id",
    "create_uid",
)
"""Fields (users) that name who asked, in the order in which they are looked at."""


def is_private(record, author):
    """Whether a mail about ``record`` must not be posted on it.

    :param res.partner author: whose mail it is; may be empty
    """
    if record._name in PRIVATE_MODELS:
        return True
    return any(
        author.user_ids & review._get_reviewers()
        for review in _get_open_reviews(record)
    )


def deliver(record, message, values):
    """Hand a mail to who asked, and tell its sender what to do instead.

    :param record: the document that was answered, with sudo
    :param email.message.EmailMessage message: the mail
    :param dict values: the same, parsed
    """
    author = record.env["res.partner"].browse(values.get("author_id") or [])
    asker = find_asker(record, values)
    if asker:
        _tell_asker(record, asker, author, values)
    answer_sender(record, message, author, asker)


def find_asker(record, values):
    """Return the user whose question a mail answers, or nobody.

    Whoever wrote what was answered, asked for the open review, or is responsible; who
    may read the document.
    """
    parent = record.env["mail.message"].browse(values.get("parent_id") or [])
    users = parent.author_id.user_ids | _get_open_reviews(record).requested_by
    for name in ASKER_FIELDS:
        field = record._fields.get(name)
        if field and field.comodel_name == "res.users":
            users |= record[name]
    for user in users:
        # sudo: none; whether the user may read the document by own rights.
        mine = record.with_user(user).sudo(False)
        mine = mine.with_context(allowed_company_ids=user.company_ids.ids)
        if user.active and not user.share and mine.has_access("read"):
            return user
    return users.browse()


def answer_sender(record, message, author, asker):
    """Mail the sender where to act; not a machine, and not an unknown address.

    :param res.users asker: who got the mail; may be empty
    """
    kind = str(message.get("Auto-Submitted") or "no").split(";")[0].strip().lower()
    if kind != "no" or message.get("Precedence") or not author.email:
        return
    lang = author.lang or record.env.lang
    record = record.with_context(lang=lang)
    env = record.env
    url = get_link(record, author)
    texts = [
        env._(
            "Your mail about %s was read by no one who decides: a mail is no decision.",
            record.display_name,
        ),
        env._(
            "Open the document and use its buttons: approve, reject or answer there."
        ),
    ]
    if asker:
        texts.append(env._("Your words went to %s.", asker.name))
    body = Markup("").join(Markup("<p>%s</p>") % text for text in texts)
    body += Markup('<p><a href="%s">%s</a></p>') % (url, record.display_name)
    _mail(record, author, env._("Re: %s", record.display_name), body)


def get_link(record, partner):
    """Return the address of the page on which ``partner`` sees the document."""
    base = record.get_base_url()
    is_vendor = not any(not user.share for user in partner.user_ids)
    if is_vendor and "access_url" in record._fields:
        return f"{base}{record.access_url}"
    return f"{base}/mail/view?model={record._name}&res_id={record.id}"


def _get_open_reviews(record):
    if "review_ids" not in record._fields:
        return record.env["tier.review"]
    return record.review_ids.filtered(
        lambda review: review.status in ("waiting", "pending")
    )


def _tell_asker(record, asker, author, values):
    """Bring the words to the asker alone, apart from the document."""
    env = record.with_context(lang=asker.lang or record.env.lang).env
    sender = author.name or values.get("email_from") or env._("Somebody")
    head = env._(
        "%(sender)s answered by mail about %(document)s. It decides nothing and is not "
        "kept with the document.",
        sender=sender,
        document=record.display_name,
    )
    link = Markup('<a href="%s">%s</a>') % (
        get_link(record, asker.partner_id),
        record.display_name,
    )
    quoted = Markup("<br/>").join(html2plaintext(values.get("body") or "").split("\n"))
    env["mail.thread"].with_context(lang=env.lang).message_notify(
        partner_ids=asker.partner_id.ids,
        subject=env._("Answer about %s", record.display_name),
        body=Markup("<p>%s %s</p><blockquote>%s</blockquote>") % (head, link, quoted),
        author_id=author.id or env.ref("base.partner_root").id,
        attachments=values.get("attachments") or None,
    )


def _mail(record, partner, subject, body):
    """Send a mail that no machine answers and nobody else reads."""
    root = record.env.ref("base.user_root")
    company = (
        record["company_id"] if "company_id" in record._fields else root.company_id
    )
    # sudo: whoever caused the answer writes no mails.
    mails = record.env["mail.mail"].sudo()
    mails.create(
        {
            "subject": subject,
            "body_html": body,
            "recipient_ids": [(4, partner.id)],
            "email_from": company.email_formatted or root.email_formatted,
            "author_id": root.partner_id.id,
            "headers": repr(
                {"Auto-Submitted": "auto-replied", "X-Auto-Response-Suppress": "All"}
            ),
            "auto_delete": True,
        }
    ).send()
