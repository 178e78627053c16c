"""Tickets found by all that is written in them: which file answers which question.

``itsm_ticket_text``       the words of each ticket, by which it is found
``itsm_searched_mixin``    the field that the search bar asks
``mail_message``           tells that something was said
``indexing``               when the words of a ticket are written anew

How a text becomes words is in ``tools/search_words.py``, as for articles.
"""

from . import itsm_ticket_text
from . import itsm_searched_mixin
from . import mail_message
