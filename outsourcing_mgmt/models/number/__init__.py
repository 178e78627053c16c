"""The register of numbers.

- When does a document take its number? ``outsourcing_numbered_mixin``
- Which numbers were given, which are missing, and why? ``outsourcing_number``

Both rest on ``base/numbering``.
"""

from . import outsourcing_number
from . import outsourcing_numbered_mixin
