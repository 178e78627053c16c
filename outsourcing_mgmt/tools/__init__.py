from . import audit_chain, commitment, deadline, evaluation, procedure
