"""Who decides what others ask for.

- How does one person ask and another decide, and where is the list of all of it?
  ``outsourcing_dual_request``
"""

from . import outsourcing_dual_request
