"""What technicians read and know.

``itsm_training_book``    articles in order, as one document: fields, rights, flow
``itsm_training_line``    an article of a book, with its control question
``itsm_training_reading`` that a person read a version, and who has yet to
``reading_list``          who reads what by when: functions, and the scheduled job
"""

from . import itsm_training_book
from . import itsm_training_line
from . import itsm_training_reading
from . import reading_list
