from . import mail
from . import portal
from . import portal_filing
from . import portal_sign_off
from . import portal_vendor
from . import knowledge
from . import complaints
