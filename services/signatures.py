"""Ed25519 over notes and canonical JSON: the current key of the ring signs, the older ones stay readable."""

import base64
from collections.abc import Iterable, Mapping

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey

from services.keys import Ring
from services.rules.canonical import canonical_json
from services.rules.checkpoints import Note, Signed, VerifierKey

OFFICE = "zhicha"
"""The signer's name where no log's name belongs to what is signed."""

RECEIPT = b"zhicha receipt v1\n"
DOSSIER = b"zhicha dossier v1\n"
"""Stands before what is signed, so that a signature made for one purpose never serves another."""


class SignatureWrong(ValueError):
    """No key that is known made this signature; the text says over what."""


class Signer:
    """Signs in the name of one log."""

    def __init__(self, name: str, ring: Ring) -> None:
        self.name = name
        self._private = Ed25519PrivateKey.from_private_bytes(ring.current.secret)
        self.keys = [_verifier(name, key.secret) for key in ring.all]

    @property
    def current(self) -> VerifierKey:
        """The key that signs now."""
        return self.keys[0]

    def note(self, text: str) -> Note:
        """The text as a signed note."""
        signature = self._private.sign(text.encode())
        return Note(text, (Signed(self.name, self.current.key_id, signature),))

    def seal(self, purpose: bytes, content: Mapping[str, object]) -> str:
        """A signature over canonical JSON, in base64."""
        return base64.b64encode(self._private.sign(purpose + canonical_json(content))).decode()


def check_note(note: Note, keys: Iterable[VerifierKey]) -> VerifierKey:
    """The key that signed a note. Raises SignatureWrong."""
    known = {(key.name, key.key_id): key for key in keys}
    for signed in note.signatures:
        key = known.get((signed.name, signed.key_id))
        if key is not None and _is_signed(key, signed.signature, note.text.encode()):
            return key
    raise SignatureWrong("no known key signed this note")


def check_seal(purpose: bytes, content: Mapping[str, object], seal: str, keys: Iterable[VerifierKey]) -> VerifierKey:
    """The key that sealed canonical JSON. Raises SignatureWrong."""
    try:
        signature = base64.b64decode(seal, validate=True)
    except ValueError:
        raise SignatureWrong("the signature is not base64") from None
    message = purpose + canonical_json(content)
    for key in keys:
        if _is_signed(key, signature, message):
            return key
    raise SignatureWrong("no known key signed this content")


def _is_signed(key: VerifierKey, signature: bytes, message: bytes) -> bool:
    try:
        Ed25519PublicKey.from_public_bytes(key.public).verify(signature, message)
    except InvalidSignature:
        return False
    return True


def _verifier(name: str, seed: bytes) -> VerifierKey:
    return VerifierKey(name, Ed25519PrivateKey.from_private_bytes(seed).public_key().public_bytes_raw())
