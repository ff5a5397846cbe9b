//! Proofs of a real hook: `spec/vectors/hook-proofs.json`, made by `testing/e2e/clients/hook-vectors.mjs` on anvil.

use super::*;
use crate::headers;
use alloy_primitives::keccak256;
use serde::Deserialize;

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Vectors {
    city: u64,
    chain_id: u64,
    hook: Address,
    code_hash: B256,
    gateway: Address,
    start: Start,
    steps: Vec<Step>,
}

#[derive(Deserialize)]
struct Start {
    number: u64,
    hash: B256,
}

/// One command, and the block and proofs after it was executed.
#[derive(Clone, Deserialize)]
#[serde(rename_all = "camelCase")]
struct Step {
    id: u64,
    action: String,
    target: Bytes,
    number: u64,
    hash: B256,
    header: Bytes,
    account_proof: Vec<Bytes>,
    storage_proof: Vec<Bytes>,
    /// Of the slot of the next step.
    next_storage_proof: Vec<Bytes>,
}

fn vectors() -> Vectors {
    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/../../spec/vectors/hook-proofs.json");
    serde_json::from_str(&std::fs::read_to_string(path).unwrap()).unwrap()
}

fn start(vectors: &Vectors) -> MemoryHost {
    assert_eq!((vectors.city, vectors.gateway), (CITY, gateway()));
    assert_eq!(HOOKED, format!("eip155:{}", vectors.chain_id));
    city(&Beginning {
        height: vectors.start.number,
        hash: vectors.start.hash,
        hook: vectors.hook,
        code_hash: vectors.code_hash,
    })
}

fn action(step: &Step) -> Action {
    match step.action.as_str() {
        "FreezeAccount" => Action::FreezeAccount,
        "LiftAccount" => Action::LiftAccount,
        "FreezeContract" => Action::FreezeContract,
        "LiftContract" => Action::LiftContract,
        "FreezeChain" => Action::FreezeChain,
        "LiftChain" => Action::LiftChain,
        other => panic!("{other}"),
    }
}

fn approve(host: &mut MemoryHost, step: &Step) {
    let command = approved(host, order(id(HOOKED), action(step), &step.target, Level::Hook));
    assert_eq!(command, step.id, "commands are numbered as on the chain");
}

/// Anchors the batch that the step's block ends.
fn anchor(host: &mut MemoryHost, step: &Step, before: B256) {
    host.block.height += 1;
    let batch = IAnchors::Batch {
        fromHeight: step.number - 1,
        toHeight: step.number,
        parentHash: before,
        lastHash: step.hash,
        blocksRoot: B256::repeat_byte(3),
        transactions: 1,
        events: 1,
    };
    let report = IAnchors::reportCall {
        id: id(HOOKED),
        batch,
    };
    done(host, gateway(), ANCHORS, &report);
}

fn proof(step: &Step) -> abi::proveCall {
    abi::proveCall {
        id: step.id,
        header: step.header.clone(),
        accountProof: step.account_proof.clone(),
        storageProof: step.storage_proof.clone(),
    }
}

fn try_prove(host: &mut MemoryHost, proof: &abi::proveCall) -> Result<Bytes, Fault> {
    host.call(STRANGER, ADDRESS, &proof.abi_encode())
}

/// The city with the first command in force and its block anchored.
fn first() -> (MemoryHost, Vectors) {
    let vectors = vectors();
    let mut host = start(&vectors);
    approve(&mut host, &vectors.steps[0]);
    anchor(&mut host, &vectors.steps[0], vectors.start.hash);
    (host, vectors)
}

#[test]
fn every_action_is_proven_by_the_state_of_a_real_hook() {
    let vectors = vectors();
    let mut host = start(&vectors);
    let mut before = vectors.start.hash;
    for step in &vectors.steps {
        approve(&mut host, step);
        let waiting = open_commands(&mut host, id(HOOKED), 0, 9).unwrap();
        assert_eq!(waiting.len(), 1);
        // Nothing is proven by a block that the city does not know.
        let unknown = abi::NotAnchored {
            id: step.id,
            blockHash: step.hash,
        };
        refused(try_prove(&mut host, &proof(step)), unknown);
        anchor(&mut host, step, before);
        before = step.hash;
        try_prove(&mut host, &proof(step)).unwrap();
        let found = command_of(&mut host, step.id).unwrap();
        assert_eq!(
            (found.status, found.provenHeight),
            (CommandStatus::Done, step.number)
        );
        assert_eq!(found.doneAt, host.block.timestamp);
        assert_eq!(open_commands(&mut host, id(HOOKED), 0, 9).unwrap(), []);
        let again = abi::WrongStatus {
            id: step.id,
            status: CommandStatus::Done,
        };
        refused(try_prove(&mut host, &proof(step)), again);
        let freezes = step.action.starts_with("Freeze");
        assert_eq!(isolated(&mut host, id(HOOKED), &step.target).unwrap(), freezes);
    }
}

#[test]
fn what_was_anchored_before_the_approval_proves_nothing() {
    let vectors = vectors();
    let mut host = start(&vectors);
    let step = &vectors.steps[0];
    anchor(&mut host, step, vectors.start.hash);
    approve(&mut host, step);
    let before = abi::NotAnchored {
        id: step.id,
        blockHash: step.hash,
    };
    refused(try_prove(&mut host, &proof(step)), before);
}

/// Once headers of a chain can be proven, what gateways say of it is not enough, and what its validators say alone is not either.
#[test]
fn where_headers_are_proven_only_they_prove() {
    let (mut host, vectors) = first();
    let step = &vectors.steps[0];
    headers::pretend(&mut host, id(HOOKED), step.number - 1, B256::repeat_byte(1)).unwrap();
    let attested = abi::NotAnchored {
        id: step.id,
        blockHash: step.hash,
    };
    refused(try_prove(&mut host, &proof(step)), attested);
    headers::pretend(&mut host, id(HOOKED), step.number, step.hash).unwrap();
    let mut private = start(&vectors);
    approve(&mut private, step);
    headers::pretend(&mut private, id(HOOKED), step.number, step.hash).unwrap();
    let alone = abi::NotAnchored {
        id: step.id,
        blockHash: step.hash,
    };
    refused(try_prove(&mut private, &proof(step)), alone);
    try_prove(&mut host, &proof(step)).unwrap();
    assert_eq!(status(&mut host, step.id), CommandStatus::Done);
}

#[test]
fn a_command_that_is_late_is_done_by_its_proof() {
    let (mut host, vectors) = first();
    host.block.timestamp += SECONDS + 1;
    assert_eq!(status(&mut host, 1), CommandStatus::Overdue);
    try_prove(&mut host, &proof(&vectors.steps[0])).unwrap();
    assert_eq!(status(&mut host, 1), CommandStatus::Done);
}

/// A lift is not proven by an empty place: the freeze before it could still be taken to the hook.
#[test]
fn a_good_proof_that_a_command_was_not_executed_says_so() {
    let vectors = vectors();
    let mut host = start(&vectors);
    let [freeze, lift] = [&vectors.steps[0], &vectors.steps[1]];
    approve(&mut host, freeze);
    approve(&mut host, lift);
    assert_eq!(status(&mut host, freeze.id), CommandStatus::Withdrawn);
    anchor(&mut host, freeze, vectors.start.hash);
    let early = abi::proveCall {
        id: lift.id,
        storageProof: freeze.next_storage_proof.clone(),
        ..proof(freeze)
    };
    let target = Address::from_slice(&lift.target);
    let expected = abi::NoEffect {
        id: lift.id,
        slot: crate::hook::effect(lift.id, Action::LiftAccount.into(), target)
            .unwrap()
            .slot,
        value: B256::ZERO,
    };
    refused(try_prove(&mut host, &early), expected);
    // The proof of another slot is none of this one.
    let other = abi::proveCall {
        id: lift.id,
        ..proof(freeze)
    };
    let what = "the storage proof does not show the slot".to_owned();
    refused(
        try_prove(&mut host, &other),
        abi::ProofInvalid { id: lift.id, what },
    );
    anchor(&mut host, lift, freeze.hash);
    try_prove(&mut host, &proof(lift)).unwrap();
}

#[test]
fn another_hook_than_the_registered_one_proves_nothing() {
    let (mut host, vectors) = first();
    let roots = [
        (
            vectors.hook,
            B256::repeat_byte(1),
            "the code is not that of the registered hook",
        ),
        (
            HOOK,
            vectors.code_hash,
            "the account proof does not show the hook",
        ),
    ];
    for ((address, code_hash, what), height) in roots.into_iter().zip(vectors.start.number + 1..) {
        let add = IChains::addTrustRootCall {
            id: id(HOOKED),
            kind: IChains::RootKind::Contract,
            root: encode_root(address, code_hash).into(),
            validFromHeight: height,
        };
        done(&mut host, GOVERNANCE, CHAINS, &add);
        let what = what.to_owned();
        refused(
            try_prove(&mut host, &proof(&vectors.steps[0])),
            abi::ProofInvalid { id: 1, what },
        );
    }
    let later = IChains::addTrustRootCall {
        id: id(HOOKED),
        kind: IChains::RootKind::Contract,
        root: encode_root(vectors.hook, vectors.code_hash).into(),
        validFromHeight: vectors.steps[0].number + 1,
    };
    done(&mut host, GOVERNANCE, CHAINS, &later);
    let what = "the block is before the hook".to_owned();
    refused(
        try_prove(&mut host, &proof(&vectors.steps[0])),
        abi::ProofInvalid { id: 1, what },
    );
}

/// The parts of a proof.
fn parts(proof: &mut abi::proveCall) -> Vec<&mut Bytes> {
    std::iter::once(&mut proof.header)
        .chain(&mut proof.accountProof)
        .chain(&mut proof.storageProof)
        .collect()
}

/// Every single byte of header, account and storage proof matters; so does every node and its place.
#[test]
fn a_proof_with_anything_changed_is_refused() {
    let (mut host, vectors) = first();
    let good = proof(&vectors.steps[0]);
    let mut tried = 0;
    let count = parts(&mut good.clone()).len();
    assert!(
        good.accountProof.len() > 2 && good.storageProof.len() > 2,
        "branches below branches"
    );
    for part in 0..count {
        let length = parts(&mut good.clone())[part].len();
        for place in 0..length {
            let mut changed = good.clone();
            let bytes = &mut parts(&mut changed)[part];
            let mut content = bytes.to_vec();
            content[place] ^= 1 << (place % 8);
            **bytes = content.into();
            assert!(
                try_prove(&mut host, &changed).is_err(),
                "part {part}, byte {place}"
            );
            tried += 1;
        }
        for keep in [0, length - 1] {
            let mut changed = good.clone();
            let bytes = &mut parts(&mut changed)[part];
            **bytes = bytes[..keep].to_vec().into();
            assert!(
                try_prove(&mut host, &changed).is_err(),
                "part {part}, {keep} bytes"
            );
        }
        let mut changed = good.clone();
        let bytes = &mut parts(&mut changed)[part];
        **bytes = [&bytes[..], &[0]].concat().into();
        assert!(
            try_prove(&mut host, &changed).is_err(),
            "part {part}, a byte more"
        );
    }
    assert!(tried > 2_500, "{tried}");
    type Change = fn(&mut abi::proveCall);
    let changes: [Change; 7] = [
        |proof| proof.accountProof.clear(),
        |proof| proof.storageProof.clear(),
        |proof| drop(proof.accountProof.pop()),
        |proof| drop(proof.storageProof.pop()),
        |proof| proof.storageProof.swap(0, 1),
        |proof| proof.accountProof.push(Bytes::from(vec![0x80])),
        |proof| proof.storageProof.extend(proof.accountProof.clone()),
    ];
    for change in changes {
        let mut changed = good.clone();
        change(&mut changed);
        assert!(try_prove(&mut host, &changed).is_err());
    }
    try_prove(&mut host, &good).unwrap();
}

#[test]
fn what_is_too_large_is_not_looked_at() {
    let (mut host, vectors) = first();
    let good = proof(&vectors.steps[0]);
    let mut large = good.clone();
    large.header = vec![0; proof::HEADER_BYTES_MAX + 1].into();
    refused_argument(try_prove(&mut host, &large), "header");
    let mut large = good.clone();
    large.accountProof = vec![Bytes::new(); proof::NODES_MAX + 1];
    refused_argument(try_prove(&mut host, &large), "accountProof");
    let mut large = good;
    large.storageProof[0] = vec![0; proof::NODE_BYTES_MAX + 1].into();
    refused_argument(try_prove(&mut host, &large), "storageProof");
}

/// A path of more nibbles than a key has, below a branch: gateways can agree on the root of such a trie.
#[test]
fn a_hostile_trie_is_only_wrong() {
    let nodes_of = |path: &[u8]| {
        // An extension to itself cannot be made; to a leaf of any length it can.
        let mut node = Vec::new();
        let item = |bytes: &[u8]| alloy_rlp::encode(Bytes::copy_from_slice(bytes));
        let payload = [item(path), item(&[1; 40])].concat();
        let header = alloy_rlp::Header {
            list: true,
            payload_length: payload.len(),
        };
        header.encode(&mut node);
        node.extend(payload);
        Bytes::from(node)
    };
    for path in [
        &[][..],
        &[0x20; 60],
        &[0x40, 1],
        &[0x05],
        &[0x00],
        &[0x10; 1],
        &[0x3f; 200],
    ] {
        let node = nodes_of(path);
        let found = trie::lookup(keccak256(&node), B256::ZERO, &[node]);
        assert!(!matches!(found, Ok(Some(_))), "{path:?}");
    }
}

#[test]
fn a_gateway_attests_once_and_only_what_it_signed() {
    let (mut host, vectors) = first();
    let command = command_of(&mut host, 1).unwrap();
    let hook = attestation::registered_hook(&mut host, id(HOOKED)).unwrap().hook;
    assert_eq!(hook.address, vectors.hook);
    let digest = attestation::digest(CITY, &hook, &command).unwrap();
    let attest = |signature| abi::attestCall { id: 1, signature }.abi_encode();
    let forged = || abi::AttestationForged {
        id: 1,
        caller: gateway(),
    };
    let good = sign(&secret(0x43), digest);
    for signature in [
        sign(&secret(0x44), digest),
        sign(&secret(0x43), keccak256(digest)),
        good[..64].to_vec().into(),
        Bytes::new(),
    ] {
        refused(host.call(gateway(), ADDRESS, &attest(signature)), forged());
    }
    let nobody = IAnchors::NotAGateway {
        id: id(HOOKED),
        caller: STRANGER,
    };
    refused(host.call(STRANGER, ADDRESS, &attest(good.clone())), nobody);
    host.call(gateway(), ADDRESS, &attest(good.clone())).unwrap();
    let again = abi::AlreadyAttested {
        id: 1,
        caller: gateway(),
    };
    refused(host.call(gateway(), ADDRESS, &attest(good.clone())), again);
    assert_eq!(command_of(&mut host, 1).unwrap().attested, 1);
    let found = attestation::attestations(&mut host, 1).unwrap();
    assert_eq!(
        found,
        [Attestation {
            gateway: gateway(),
            signature: good.clone()
        }]
    );
    try_prove(&mut host, &proof(&vectors.steps[0])).unwrap();
    let over = abi::WrongStatus {
        id: 1,
        status: CommandStatus::Done,
    };
    refused(host.call(gateway(), ADDRESS, &attest(good)), over);
}

#[test]
fn a_gateway_signs_again_for_a_newer_hook() {
    let (mut host, vectors) = first();
    let signed = |host: &mut MemoryHost| {
        let command = command_of(host, 1).unwrap();
        let hook = attestation::registered_hook(host, id(HOOKED)).unwrap().hook;
        sign(&secret(0x43), attestation::digest(CITY, &hook, &command).unwrap())
    };
    let attest = |signature: &Bytes| {
        let signature = signature.clone();
        abi::attestCall { id: 1, signature }.abi_encode()
    };
    let caller = gateway();
    let before = signed(&mut host);
    host.call(caller, ADDRESS, &attest(&before)).unwrap();
    let add = IChains::addTrustRootCall {
        id: id(HOOKED),
        kind: IChains::RootKind::Contract,
        root: encode_root(HOOK, vectors.code_hash).into(),
        validFromHeight: vectors.start.number + 1,
    };
    done(&mut host, GOVERNANCE, CHAINS, &add);
    let after = signed(&mut host);
    assert_ne!(before, after);
    let forged = abi::AttestationForged { id: 1, caller };
    refused(host.call(caller, ADDRESS, &attest(&before)), forged);
    host.call(caller, ADDRESS, &attest(&after)).unwrap();
    let again = abi::AlreadyAttested { id: 1, caller };
    refused(host.call(caller, ADDRESS, &attest(&after)), again);
    assert_eq!(command_of(&mut host, 1).unwrap().attested, 1);
    let found = attestation::attestations(&mut host, 1).unwrap();
    assert_eq!(
        found,
        [Attestation {
            gateway: caller,
            signature: after
        }]
    );
}
