from . import commitment
from . import audit_chain
from . import deadline
from . import evaluation
from . import procedure
