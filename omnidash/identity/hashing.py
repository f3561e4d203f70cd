"""Identifiers as keyed hashes: HMAC-SHA-256 (RFC 2104) of ``type:value`` with the workspace's key, in SQL.

Raw values never reach a table. The id of an identifier is the first 60 bits of its hash, so that the same identifier
has the same id in any import order (two of 10 million would share one with a chance of 1 in 20,000).
Statements that use these expressions bind ``pads(key)``.
"""

import hashlib

_BLOCK_BYTES = 64


def pads(key: bytes) -> dict[str, bytes]:
    """The two padded keys of HMAC, to be bound as ``$hmac_inner`` and ``$hmac_outer``."""
    block = (key if len(key) <= _BLOCK_BYTES else hashlib.sha256(key).digest()).ljust(_BLOCK_BYTES, b"\0")
    return {"hmac_inner": bytes(b ^ 0x36 for b in block), "hmac_outer": bytes(b ^ 0x5C for b in block)}


def hash_hex(identifier_type: str, value: str) -> str:
    """SQL: the HMAC of a normalised value (an SQL expression), 64 hex digits; null for null."""
    message = f"encode('{identifier_type}:' || {value})"  # UTF-8 bytes; a cast would refuse what is not ASCII
    return f"sha256($hmac_outer || unhex(sha256($hmac_inner || {message})))"


def id_of_hash(hash_hex_text: str) -> str:
    """SQL: the identifier id (bigint >= 0) of a hash's hex digits."""
    return f"cast('0x' || substr({hash_hex_text}, 1, 15) as bigint)"
