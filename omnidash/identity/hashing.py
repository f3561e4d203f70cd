"""Identifiers as keyed hashes: HMAC-SHA-256 (RFC 2104) of ``type:value`` with the workspace's key, in SQL.

Raw values never reach a table. The id of an identifier is the first 60 bits of the keyed inner hash of its HMAC, so
that it is the same in any import order (two of 10 million would share one with a chance of 1 in 20,000). Without the
key neither can be guessed.
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
    return f"sha256($hmac_outer || unhex({_inner(identifier_type, value)}))"


def identifier_id(identifier_type: str, value: str) -> str:
    """SQL: the id (bigint >= 0) of a normalised value; null for null."""
    return f"cast('0x' || substr({_inner(identifier_type, value)}, 1, 15) as bigint)"


def in_space(value: str, space: str) -> str:
    """SQL: a customer id as it is hashed, of the space (an SQL expression) within which it identifies somebody."""
    return f"({space} || chr(31) || {value})"


def _inner(identifier_type: str, value: str) -> str:
    message = f"encode('{identifier_type}:' || {value})"  # UTF-8 bytes; a cast would refuse what is not ASCII
    return f"sha256($hmac_inner || {message})"
