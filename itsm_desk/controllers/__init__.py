from . import mail
from . import portal
from . import knowledge
from . import complaints
