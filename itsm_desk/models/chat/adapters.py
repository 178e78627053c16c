"""What the desk needs from a messenger, and which messengers there are.

A messenger is a class with these six methods; another one (DingTalk, Feishu) is one
more class, and an entry in the selection of accounts.

=========================  ======================================================
``get_missing()``          names of what is still to be filled in
``greet(args)``            the answer with which the messenger verifies our address
``receive(args, body)``    what somebody wrote (:class:`Incoming`), or None
``fetch(media_id, most)``  a file that somebody sent: ``(name, content)``
``send(to, text)``         send a text to somebody
``test()``                 log in there
=========================  ======================================================

``greet`` and ``receive`` raise :class:`Refused` for what is not from the messenger;
``fetch``, ``send`` and ``test`` raise :class:`ChatError` with what it answered;
``fetch`` raises :class:`Unusable` for a file that is never to be had.
"""

from typing import NamedTuple


class Refused(Exception):
    """A request that the messenger did not make."""


class ChatError(Exception):
    """What a messenger answered instead of doing what was asked; holds no secret."""


class Unusable(ChatError):
    """A file that is too large, or that the messenger does not keep any more."""


class Incoming(NamedTuple):
    """What somebody wrote or sent in a messenger."""

    key: str
    """Number of the message there, which comes again when it is sent again."""
    sender: str
    """Who wrote it, as the messenger names people of the company."""
    text: str
    """Empty where it was no text."""
    kind: str = "text"
    """What it is there: text, image, voice, video, file, or something else."""
    media_id: str = ""
    """By what the messenger gives out the file of an image, a voice and so on."""


def get_adapter(account):
    """Return the messenger of ``account``.

    :param account: in sudo, as its secrets are needed
    """
    # Here, as the adapter uses what stands above.
    from .wecom import WeCom  # noqa: PLC0415

    return {"wecom": WeCom}[account.provider](account)
