from . import outsourcing_bid
from . import outsourcing_bid_line
from . import outsourcing_bid_envelope
from . import outsourcing_bid_file
from . import outsourcing_bid_opening
from . import outsourcing_bid_vendor
from . import outsourcing_bid_vendor_steps
from . import outsourcing_bid_evaluation
