"""Ids that stay: made from what a thing is, not from when it was found."""

from __future__ import annotations

from base64 import b32encode
from dataclasses import dataclass, field
from hashlib import blake2b
from typing import Final

_RFC_4648: Final = b"ABCDEFGHIJKLMNOPQRSTUVWXYZ234567"
_CROCKFORD: Final = b"0123456789abcdefghjkmnpqrstvwxyz"  # no i, l, o, u: no words, no mistakes
_LETTERS: Final = bytes.maketrans(_RFC_4648, _CROCKFORD)
_BYTES: Final = 20  # of the hash; a multiple of five, so that base 32 needs no padding


@dataclass
class Ids:
    """Gives every key an id: a prefix and the first letters of its hash, more where two collide.

    Two runs give the same key the same id, unless another key that comes before it shares the
    first letters of its hash in one of them only.
    """

    prefix: str
    letters: int
    _given: dict[str, str] = field(default_factory=dict)
    _taken: set[str] = field(default_factory=set)

    def of(self, *parts: str) -> str:
        """Return the id of a key, the same for the same parts."""
        key = "\x1f".join(parts)
        known = self._given.get(key)
        if known is None:
            known = self._given[key] = self._new(key)
        return known

    def _new(self, key: str) -> str:
        digest = blake2b(key.encode("utf-8", "surrogatepass"), digest_size=_BYTES).digest()
        letters = b32encode(digest).translate(_LETTERS).decode("ascii")
        name = next(
            name
            for length in range(self.letters, len(letters) + 1)
            if (name := self.prefix + letters[:length]) not in self._taken
        )
        self._taken.add(name)
        return name
