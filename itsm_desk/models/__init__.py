"""Models of the service desk, in rooms by subject.

``base``        flow, rights of the server's code, company settings
``intent``      mails that follow from a step, made by a job after it
``platform``    what people could change in Odoo itself
``catalogue``   what can be asked for and by whom it is handled
``form``        questions of services and of categories, and their answers
``event``       what happened to tickets and their clocks, append-only
``knowledge``   articles that answer tickets, and their search
``handling``    attempts to solve tickets, and the work in them
``quality``     complaints and problems: what went wrong and what is learned
``report``      figures: definitions, nightly facts, targets, board, reports
``importing``   what was taken over from another system
``training``    books of articles that technicians read
``survey``      satisfaction campaigns, and the needs of users
``people``      daily check, one-to-one meetings, assessments
``review``      the monthly discussion of handled incidents
``evidence``    what is taken out of tickets again: by two persons, or by time
``reader``      who reads a ticket, declared once
``ticket``      tickets from filing to sign-off
``mail``        the gateway of mails, and the list of received ones
``vendor``      work of vendors on tickets, and whose the time of a ticket was
``duty``        who is on duty, and what becomes of the work of absent people
``asset``       equipment: changes by tickets, history, hand-over slips, repairs
``search``      tickets found by all that is written in them
``chat``        conversations of Discuss and of WeCom that become tickets
``stock``       consumables given out with tickets
``sla``         service levels: policies, clocks, working time
"""

from . import base
from . import intent
from . import platform
from . import catalogue
from . import event
from . import form
from . import handling
from . import knowledge
from . import quality
from . import report
from . import people
from . import survey
from . import training
from . import importing
from . import review
from . import evidence
from . import reader
from . import vendor
from . import asset
from . import duty
from . import stock
from . import search
from . import chat
from . import ticket
from . import mail
from . import sla
