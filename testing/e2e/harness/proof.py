"""Checks `civitas_getCertificate`, written from docs/developer/proofs.md alone; it shares no code with the node."""

import hashlib
from collections.abc import Callable

import rlp
from Crypto.Signature import eddsa
from eth_utils import keccak

MAGIC = b"civitas.payload\x01"
HEADER_BYTES = 184


class Unproven(Exception):
    """The certificate does not prove the block."""


def require(holds: bool, what: str) -> None:
    if not holds:
        raise Unproven(what)


def sha256(data: bytes) -> bytes:
    return hashlib.sha256(data).digest()


def raw(text: str) -> bytes:
    return bytes.fromhex(text.removeprefix("0x"))


def varint(number: int) -> bytes:
    out = b""
    while number >= 0x80:
        out += bytes([number & 0x7F | 0x80])
        number >>= 7
    return out + bytes([number])


class Reader:
    """Takes the parts of a byte string from its front."""

    def __init__(self, data: bytes) -> None:
        self.data = data

    def take(self, count: int) -> bytes:
        require(count <= len(self.data), "the certificate is too short")
        part, self.data = self.data[:count], self.data[count:]
        return part

    def varint(self) -> int:
        number = shift = 0
        read = b""
        while not read or read[-1] & 0x80:
            read += self.take(1)
            number |= (read[-1] & 0x7F) << shift
            shift += 7
        require(varint(number) == read, "a number is not in its shortest form")
        return number


def signed(key: bytes, namespace: bytes, message: bytes, signature: bytes) -> None:
    """Checks a signature of a validator over a message in a namespace."""
    try:
        verifier = eddsa.new(eddsa.import_public_key(key), "rfc8032")
        verifier.verify(varint(len(namespace)) + namespace + message, signature)
    except ValueError as error:
        raise Unproven("a signature does not hold") from error


def account_in_trie(state_root: bytes, address: str, nodes: list[str]) -> list[bytes] | None:
    """The account (nonce, balance, storage root, code hash) that an EIP-1186 proof shows, none if it shows that
    there is none."""
    path = keccak(raw(address)).hex()
    wanted, node = state_root, None
    for encoded in map(raw, nodes):
        require(keccak(encoded) == wanted, "a node is not the one that its parent names")
        node = rlp.decode(encoded)
        if len(node) == 17:
            child, path = node[int(path[0], 16)], path[1:]
        else:
            flag, prefix = node[0].hex()[0], node[0].hex()[1 if int(node[0].hex()[0]) % 2 else 2 :]
            if not path.startswith(prefix):
                return None
            child, path = node[1], path[len(prefix) :]
            if flag in "23":
                return rlp.decode(child)
        if child == b"":
            return None
        wanted = child
    raise Unproven("the proof ends before the account")


class Ledger:
    """What a client knows beforehand: chain id, blocks of an epoch, validators of each, genesis block."""

    def __init__(
        self,
        chain_id: int,
        epoch_blocks: int,
        validators: Callable[[int], list[bytes]],
        genesis_hash: bytes,
        genesis_seconds: int,
    ) -> None:
        self.chain_id = chain_id
        self.epoch_blocks = epoch_blocks
        self.validators = validators
        self.genesis = sha256(
            MAGIC
            + chain_id.to_bytes(8, "big")
            + bytes(8 + 32)
            + (genesis_seconds * 1000).to_bytes(8, "big")
            + bytes(32 + 8)
            + genesis_hash
            + bytes(4 + 4)
            + sha256(b"")
        )

    def check(self, proof: dict, block_hash: str) -> int:
        """Gives back the number of signatures; raises `Unproven`."""
        headers = [raw(header) for header in proof["headers"]]
        payload = raw(proof["payloadHeader"])
        require(keccak(headers[0]) == raw(block_hash), "the first header is not the block's")
        for before, after in zip(headers, headers[1:]):
            require(rlp.decode(after)[0] == keccak(before), "the headers do not follow one another")
        require(len(payload) == HEADER_BYTES and payload[:16] == MAGIC, "no payload header")
        require(int.from_bytes(payload[16:24], "big") == self.chain_id, "another ledger")
        require(payload[112:144] == keccak(headers[-1]), "another result")
        number = int.from_bytes(rlp.decode(headers[-1])[8], "big")
        require(int.from_bytes(payload[104:112], "big") == number, "another height of the result")
        epoch = int.from_bytes(payload[24:32], "big") // self.epoch_blocks
        keys = sorted(self.validators(epoch))
        certificate = Reader(raw(proof["certificate"]["encoded"]))
        if proof["certificate"]["kind"] == "solo-v1":
            return self.check_solo(certificate, keys, sha256(payload))
        require(proof["certificate"]["kind"] == "simplex-ed25519-v1", "another kind of certificate")
        require(certificate.varint() == epoch, "another epoch")
        return self.check_simplex(certificate, epoch, keys, sha256(payload))

    def namespace(self, engine: bytes) -> bytes:
        return engine + b"\x01" + self.chain_id.to_bytes(8, "big") + self.genesis

    def check_solo(self, reader: Reader, keys: list[bytes], digest: bytes) -> int:
        require(reader.take(32) == digest, "the certificate is over another payload")
        key = reader.take(32)
        require([key] == keys, "another signer")
        signed(key, self.namespace(b"civitas.solo"), digest, reader.take(64))
        require(not reader.data, "bytes follow the signature")
        return 1

    def check_simplex(self, reader: Reader, epoch: int, keys: list[bytes], digest: bytes) -> int:
        place = [epoch, *(reader.varint() for _ in ("view", "parent"))]
        require(reader.take(32) == digest, "the certificate is over another payload")
        count = len(keys)
        require(int.from_bytes(reader.take(8), "big") == count, "another number of validators")
        bitmap = int.from_bytes(reader.take((count + 7) // 8), "little")
        require(bitmap >> count == 0, "a bit above the last validator")
        signers = [key for index, key in enumerate(keys) if bitmap >> index & 1]
        require(reader.varint() == len(signers), "the number of signatures is not that of the signers")
        require(len(signers) >= count - (count - 1) // 3, "no quorum")
        namespace = self.namespace(b"civitas.simplex") + b"_FINALIZE"
        for signer in signers:
            signed(signer, namespace, b"".join(map(varint, place)) + digest, reader.take(64))
        require(not reader.data, "bytes follow the last signature")
        return len(signers)
