"""Forms: typed questions to the requester of a service, and to whoever handles.

``itsm_form``            a form, and which services and categories use it
``itsm_form_question``   its questions, their conditions, and the options of choices
``itsm_form_answer``     what was answered, with the words of the question at that time
``one_click``            a click that comes twice, in any form of a page, works once
``itsm_form_mixin``      a ticket with the form of its service and of its category

What an answer means, and which ones are missing, is decided in ``tools/form_answers``.
"""

from . import itsm_form
from . import itsm_form_question
from . import itsm_form_answer
from . import itsm_form_mixin
