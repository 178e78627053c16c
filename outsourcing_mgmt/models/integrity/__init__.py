"""Files that a decision rests on are what they were when it was taken.

``kept_files``
    Which files have a digest, and whether they still match it; asked before a decision
    rests on them, before they are handed out or printed, and every night.
``outsourcing_versioned_file_mixin``
    Digest, version and name of such a file.
``ir_actions_report``
    No document is printed whose files were changed; letterhead and page numbers.
``ir_binary``
    No such file is downloaded.
"""

from . import ir_actions_report
from . import ir_binary
from . import kept_files
from . import outsourcing_versioned_file_mixin
