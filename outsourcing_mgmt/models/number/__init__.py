"""The register of numbers.

- When does a document take its number? ``outsourcing_numbered_mixin``
- Which numbers were given, which are missing, and why? ``outsourcing_number``

Both rest on ``numbering``, which gives documents their numbers.
"""

from . import outsourcing_number
from . import outsourcing_numbered_mixin
