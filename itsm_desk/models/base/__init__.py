from . import evaluated_code
from . import itsm_flow_mixin
from . import mail_thread
from . import res_company
from . import res_config_settings
from . import res_partner
