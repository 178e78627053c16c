"""Messages about documents, in both directions.

``mail_answer``
    Answers by mail that decide nothing: to whom they go, and what their sender is told.
``mail_followers``
    Who may follow a document.
``mail_message``
    In whose name a message is written.
``mail_thread``
    Who hands in mails to documents, what is taken out of them, and where links in our
    mails to vendors lead.
``portal_mixin``
    Who knows the token of a portal page.
"""

from . import mail_followers
from . import mail_message
from . import mail_thread
from . import portal_mixin
