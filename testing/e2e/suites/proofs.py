"""Proofs that a client checks by itself: certificates of blocks, and what the ledger says of its methods."""

import copy

from harness.checks import Checks, equal, eventually, expect
from harness.context import Context
from harness.jsonrpc import Rpc
from harness.proof import Ledger, Unproven, raw

BLOCKS = 20


def run(checks: Checks, context: Context) -> None:
    rpc = context.city.rpc(1)
    ledger = known(rpc)
    eventually("a certificate of block 1", lambda: rpc.call("civitas_getCertificate", "0x1"), 30.0)
    with checks.check("the certificates of the newest blocks prove them, checked from the document alone"):
        newest = rpc.height() - 1
        for height in range(max(1, newest - BLOCKS), newest):
            proof, block = certificate(rpc, height)
            expect(ledger.check(proof, block["hash"]) >= 3, "three signatures", proof["certificate"])
    with checks.check("a changed certificate proves nothing"):
        proof, block = certificate(rpc, 1)
        for part in changed(proof):
            refused(ledger, part, block["hash"])
        other = rpc.call("eth_getBlockByNumber", "0x2", False)
        refused(ledger, proof, other["hash"])
    with checks.check("civitas_getProof proves an account and names the root of its block"):
        proof = rpc.call("civitas_getProof", "0xf39Fd6e51aad88F6F4ce6aB8827279cffFb92266")
        block = rpc.call("eth_getBlockByNumber", hex(proof["height"]), False)
        equal(proof["stateRoot"], block["stateRoot"], "state root")
    with checks.check("rpc.discover lists the methods of the ledger"):
        methods = {method["name"] for method in rpc.call("rpc.discover")["methods"]}
        expect({"eth_call", "civitas_getCertificate", "debug_traceTransaction"} <= methods, "methods", methods)
        expect("eth_sign" not in methods, "no method that needs a key of a user", methods)


def known(rpc: Rpc) -> Ledger:
    """What a client of the ledger knows beforehand; here the node is asked for it."""
    genesis = rpc.call("eth_getBlockByNumber", "0x0", False)
    parameters = rpc.call("civitas_parameters")

    def validators(epoch: int) -> list[bytes]:
        return [raw(validator["publicKey"]) for validator in rpc.call("civitas_validators", hex(epoch))]

    return Ledger(
        parameters["chainId"],
        parameters["epochBlocks"],
        validators,
        raw(genesis["hash"]),
        int(genesis["timestamp"], 16),
    )


def certificate(rpc: Rpc, height: int) -> tuple[dict, dict]:
    block = rpc.call("eth_getBlockByNumber", hex(height), False)
    return rpc.call("civitas_getCertificate", hex(height)), block


def changed(proof: dict) -> list[dict]:
    """The proof with one byte flipped at its end, in each part that is signed or is a signature."""
    proofs = []
    for holder, field in ((None, "payloadHeader"), ("certificate", "encoded")):
        copied = copy.deepcopy(proof)
        place = copied[holder] if holder else copied
        place[field] = place[field][:-2] + f"{int(place[field][-2:], 16) ^ 1:02x}"
        proofs.append(copied)
    return proofs


def refused(ledger: Ledger, proof: dict, block_hash: str) -> None:
    try:
        ledger.check(proof, block_hash)
    except Unproven:
        return
    expect(False, "a refusal", "the changed certificate was taken for a proof")
