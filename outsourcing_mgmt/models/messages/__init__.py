"""Messages about documents, in both directions.

``mail_activity``, ``scheduling``
    Who goes on where somebody has left; many activities at once, told in one mail.
``mail_answer``
    Answers by mail that decide nothing: to whom they go, and what their sender is told.
``mail_followers``
    Who may follow a document.
``mail_mail``, ``outsourcing_vendor_mail``
    What became of the mails to the vendors of a tender.
``mail_gateway``
    Who hands in mails: the mail server, or the one user named for it.
``mail_message``
    In whose name a message is written.
``mail_thread``
    Who hands in mails to documents, what is taken out of them, and where links in our
    mails to vendors lead.
``mail_render_mixin``
    Which time a mail names, and in which zone.
``portal_mixin``
    Who knows the token of a portal page.
``mail_template``
    How a mail of a tender is tried when its template is saved.
``res_partner``
    What a person at a vendor is in charge of.
``telling``
    Who is told of an event of the chain, by the table ``tools/mail_table``.
``undelivered``
    Who is asked to act where a mail about a document did not arrive.
``vendor_mail``
    Whom at a vendor a message about its contract reaches, and in which language.
``vendor_news``
    What vendors are told of their contracts: sent back, amended, terminated.
"""

from . import mail_activity
from . import mail_followers
from . import mail_gateway
from . import mail_mail
from . import mail_message
from . import mail_render_mixin
from . import mail_template
from . import mail_thread
from . import outsourcing_vendor_mail
from . import portal_mixin
from . import res_partner
