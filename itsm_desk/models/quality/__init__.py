"""What went wrong, and what is learned from it.

``itsm_complaint``          a complaint: fields, rights, flow, who may handle it
``complaint_filing``        the function that files one, for whichever way it came in
``complaint_links``         what a complainant does by links, without a log-in
``itsm_complaint_mail_mixin`` mails to the complainant
``itsm_complaint_notice``   what the person concerned is told of it
``itsm_complaint_cause``    the list of causes
``itsm_complaint_analysis`` figures about complaints, without what they say
``itsm_complaint_person``   complaints by person, from five a year on
``itsm_complained_mixin``   a ticket and the complaints about it; when one is proposed
``itsm_problem``            the root cause of several tickets, and what helps meanwhile
``itsm_caused_mixin``       a ticket and its problem; known errors of similar tickets
"""

from . import itsm_complaint_cause
from . import itsm_complaint_mail_mixin
from . import itsm_complaint
from . import itsm_complaint_notice
from . import itsm_complaint_analysis
from . import itsm_complaint_person
from . import itsm_complained_mixin
from . import itsm_problem
from . import itsm_caused_mixin
