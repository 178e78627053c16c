"""Tickets out of conversations: which file answers which question.

In Discuss:

``discuss_channel``       the command ``/ticket``, and what is said while a bridge is on
``itsm_chat_bridge``      a bridge between a conversation and a ticket: opened, ended
``itsm_chat_copy``        which messages say the same on both sides of a bridge
``filing``                a ticket of the messages that somebody chose

In messengers of others:

``itsm_chat_account``     how one is configured, tested, switched on
``adapters``              what the desk needs from a messenger, and which there are
``wecom``                 WeCom; what is pure stands in ``tools/wecom.py``
``itsm_chat_person``      who writes there, and whose words these are here
``itsm_chat_message``     what came in and goes out, each message once
``files``                 which files are taken over, and what is told else

What a ticket tells the conversations that it came from: ``ticket/itsm_chatted_mixin``.
"""

from . import itsm_chat_account
from . import itsm_chat_person
from . import itsm_chat_message
from . import itsm_chat_bridge
from . import itsm_chat_copy
from . import discuss_channel
