"""Mail to the desk as it really comes: which file answers which question.

``mail_thread``        the gateway: whose mails are ours, in which order they are read
                       and judged, what may never be lost, who hands them in
``complaining``        files a complaint by the link of a mail
``mail_content``       what a mail says: characters, attached mails, winmail.dat, blank
                       subjects, which ticket it answers
``mail_alias``         keeps a team's address valid when a mail of it failed
``mail_alias_domain``  looks each address of a mail up once
``own_links``          takes our own links out of what is kept of a mail
``mail_render_mixin``  which time our own mails name, and in which zone
``mail_mail``          our own mails: links when they leave, and what could not be
                       sent; ``mail_bounce``: what came back; ``undelivered``: who is
                       then asked; ``mail_message_schedule``: what is sent later
``itsm_inbound_mail``  the list of received mails: what became of each; mails that could
                       not be filed wait there for somebody

What is known of the mail that is being filed is in ``base/current_mail``, for hooks of
tickets: first its headers, which ``tools/mail_head`` reads once. Whether servers and
addresses are complete is in ``base/mail_checklist``; pure rules are in
``tools/mail_*.py``. What tickets do with a mail is in the room ``ticket``
(``itsm_ticket_inbound``).
"""

from . import itsm_inbound_mail
from . import mail_alias
from . import mail_alias_domain
from . import mail_bounce
from . import mail_mail
from . import mail_message_schedule
from . import mail_render_mixin
from . import mail_thread
