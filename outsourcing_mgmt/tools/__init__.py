from . import commitment
from . import audit_chain
from . import deadline
