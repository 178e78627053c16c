"""Messages about documents, in both directions.

``mail_message``
    In whose name a message is written.
``mail_thread``
    Who hands in mails to documents, what is taken out of them, and where links in our
    mails to vendors lead.
``portal_mixin``
    Who knows the token of a portal page.
"""

from . import mail_message
from . import mail_thread
from . import portal_mixin
