from . import itsm_settings
from . import itsm_ticket_reason
from . import itsm_ticket_pend
from . import itsm_ticket_escalate
from . import itsm_ticket_rate
from . import itsm_makeup_import
from . import itsm_article_send_back
