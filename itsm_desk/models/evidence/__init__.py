"""What is taken out of tickets again, although all that was said is kept.

``itsm_redaction``          a request of two persons to blank a text or a file
``itsm_redaction_item``     what was blanked, with its hash; append-only
``itsm_redactable_mixin``   how the lead of a ticket asks for it
``blanking``                the functions that blank
``copies``                  the functions that find where a text was copied to
``repeats``                 the functions that blank what repeats a removed text
``said_in_writing``         what requesters wrote, and who is told, as others change it
``itsm_retention``          daily job: texts and personal figures end with their time
``talk_retention``          meetings and assessments go when their time is over
``complaint_retention``     the texts of closed complaints end with their time
"""

from . import itsm_redaction_item
from . import itsm_redaction
from . import itsm_redactable_mixin
from . import itsm_retention
from . import talk_retention
from . import complaint_retention
