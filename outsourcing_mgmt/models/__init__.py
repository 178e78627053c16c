from . import outsourcing_flow_mixin
from . import outsourcing_flow_line_mixin
from . import outsourcing_review_history
from . import outsourcing_tier_mixin
from . import tier_definition
from . import tier_review
from . import comment_wizard
