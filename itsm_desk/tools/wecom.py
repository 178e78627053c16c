"""Messages of WeCom as its servers send them: signature, encryption, XML.

A callback carries ``Encrypt``, the base64 of AES-256-CBC over 16 random bytes, the
length of the text in 4 bytes (network order), the text, and the id of the corporation;
padded to 32 bytes. Its signature is the SHA-1 of token, timestamp, nonce and the
encrypted text, sorted and joined. Functions without ORM.
"""

import base64
import binascii
import hashlib
import hmac
import os
import struct
from urllib.parse import urlsplit

from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes
from lxml import etree
from werkzeug.http import parse_options_header

ADDRESS = "https://qyapi.weixin.qq.com"
LOOPBACK = ("127.0.0.1", "localhost", "::1")
KEY_LENGTH = 43
"""Letters of an EncodingAESKey."""
BLOCK = 32
MOST_SECONDS = 300
"""How far the clock of WeCom may be from ours; older callbacks are replayed ones."""
MOST_BYTES = 2048
"""Of a text message, in UTF-8."""


class WeComError(ValueError):
    """A callback that is not from WeCom, or was damaged on its way."""


def is_server(address, with_loopback=False):
    """Whether keys may be sent to an address: HTTPS, a name, perhaps a port.

    :param bool with_loopback: whether this machine is one, also without HTTPS
    """
    try:
        parts = urlsplit(address or "")
        port = parts.port
    except ValueError:
        return False
    name = parts.hostname or ""
    expected = f"{parts.scheme}://{parts.netloc}"
    if address not in (expected, f"{expected}/") or not name or "@" in parts.netloc:
        return False
    if port == 0 or not address.isascii() or any(map(str.isspace, address)):
        return False
    if name in LOOPBACK:
        return with_loopback
    return parts.scheme == "https"


def make_key(aes_key):
    """Return the 32 bytes of an EncodingAESKey.

    :raise WeComError: where it is none
    """
    text = aes_key or ""
    if len(text) != KEY_LENGTH or not text.isascii() or not text.isalnum():
        raise WeComError("The EncodingAESKey has 43 letters and digits.")
    return base64.b64decode(f"{text}=")


def sign(token, timestamp, nonce, encrypted):
    """Return the signature of a callback (hexadecimal digits)."""
    parts = sorted([token, timestamp, nonce, encrypted])
    return hashlib.sha1("".join(parts).encode()).hexdigest()  # noqa: S324


def check(token, signature, timestamp, nonce, encrypted, now):
    """Refuse a callback whose signature is wrong, or that is not of now.

    :param float now: seconds since 1970
    :raise WeComError: saying neither which
    """
    values = (token, signature, timestamp, nonce, encrypted)
    if not all(isinstance(value, str) and value for value in values):
        raise WeComError("The callback is not signed.")
    expected = sign(token, timestamp, nonce, encrypted)
    is_signed = hmac.compare_digest(
        expected.encode(), signature.encode(errors="replace")
    )
    is_timely = (
        timestamp.isascii()
        and timestamp.isdecimal()
        and len(timestamp) <= 12
        and abs(now - int(timestamp)) <= MOST_SECONDS
    )
    if not is_signed or not is_timely:
        raise WeComError("The signature or the time of the callback is wrong.")


def encrypt(aes_key, text, receiver, salt=None):
    """Return a text as WeCom encrypts it (base64).

    :param bytes salt: 16 random bytes; made here where not given
    """
    key = make_key(aes_key)
    data = text.encode()
    plain = (
        (salt or os.urandom(16))
        + struct.pack("!I", len(data))
        + data
        + receiver.encode()
    )
    rest = BLOCK - len(plain) % BLOCK
    plain += bytes([rest]) * rest
    encryptor = Cipher(algorithms.AES(key), modes.CBC(key[:16])).encryptor()
    return base64.b64encode(encryptor.update(plain) + encryptor.finalize()).decode()


def decrypt(aes_key, encrypted, receiver):
    """Return the text of what WeCom encrypted for ``receiver``.

    :raise WeComError: where it is damaged or meant for another corporation
    """
    key = make_key(aes_key)
    try:
        data = base64.b64decode(encrypted, validate=True)
    except (binascii.Error, ValueError) as error:
        raise WeComError("The text is no base64.") from error
    if not data or len(data) % 16:
        raise WeComError("The text is not encrypted in whole blocks.")
    decryptor = Cipher(algorithms.AES(key), modes.CBC(key[:16])).decryptor()
    plain = decryptor.update(data) + decryptor.finalize()
    rest = plain[-1]
    if not 1 <= rest <= BLOCK or plain[-rest:] != bytes([rest]) * rest:
        raise WeComError("The padding of the text is wrong.")
    plain = plain[:-rest]
    if len(plain) < 20:
        raise WeComError("The text is too short.")
    (length,) = struct.unpack("!I", plain[16:20])
    text, owner = plain[20 : 20 + length], plain[20 + length :]
    if len(text) != length or not hmac.compare_digest(owner, receiver.encode()):
        raise WeComError("The text is for another corporation.")
    try:
        return text.decode()
    except UnicodeDecodeError as error:
        raise WeComError("The text is not in UTF-8.") from error


def read_xml(data):
    """Return the texts of the elements of a flat XML document: ``{name: text}``.

    Neither entities nor a document type are read, so that nothing is expanded or
    fetched.

    :param bytes data: the document
    :raise WeComError: where it is not such a document
    """
    if b"<!DOCTYPE" in data or b"<!ENTITY" in data:
        raise WeComError("The document declares a type.")
    parser = etree.XMLParser(
        resolve_entities=False, no_network=True, load_dtd=False, huge_tree=False
    )
    try:
        root = etree.fromstring(data, parser)
    except etree.XMLSyntaxError as error:
        raise WeComError("The document is no XML.") from error
    if root.tag != "xml" or len(root) > 40:
        raise WeComError("The document is none of WeCom.")
    return {
        item.tag: item.text or ""
        for item in root
        if isinstance(item.tag, str) and not len(item)
    }


def read_file_name(header):
    """Return the name in a ``Content-Disposition``, or an empty string.

    The servers send names in UTF-8 without saying so; HTTP reads them as Latin-1.
    """
    name = parse_options_header(header or "")[1].get("filename") or ""
    try:
        return name.encode("latin-1").decode()
    except UnicodeError:
        return name


def cut(text, most=MOST_BYTES):
    """Return as much of a text as one message of WeCom holds."""
    data = text.encode()
    if len(data) <= most:
        return text
    return f"{data[: most - 3].decode(errors='ignore')}..."
