//! Blocks of a real network (`data/README.md`) are proven as it made them, and refused when anything in them is changed.
#![expect(clippy::unwrap_used, reason = "a test that cannot be set up has failed")]

use alloy_primitives::{Bytes, hex, keccak256};
use civitas_chain_fabric::{
    Channel, check, foreign_block, hash_of, header_bytes,
    wire::{Block, IdentifierHeader, Metadata, MetadataSignature, OrdererBlockMetadata},
};
use civitas_ports::{ForeignBlock, ForeignOutcome};
use prost::Message as _;

fn recorded(name: &str) -> Block {
    let path = format!("{}/tests/data/{name}.block", env!("CARGO_MANIFEST_DIR"));
    Block::decode(std::fs::read(path).unwrap().as_slice()).unwrap()
}

fn trade(height: u64) -> Block {
    recorded(&format!("trade-{height}"))
}

fn genesis() -> Channel {
    Channel::read(&trade(0), 0).unwrap()
}

fn change_signatures(block: &mut Block, change: impl FnOnce(&mut Metadata)) {
    let bytes = &mut block.metadata.as_mut().unwrap().metadata[0];
    let mut signed = Metadata::decode(bytes.as_slice()).unwrap();
    change(&mut signed);
    *bytes = signed.encode_to_vec();
}

#[test]
fn blocks_are_proven_from_the_first_config_block_on() {
    let first = genesis();
    assert_eq!((first.name.as_str(), first.ordering.as_str()), ("trade", "BFT"));
    assert!(first.is_proven());
    assert_eq!(first.quorum(), 3);
    for height in 5..=8 {
        first.prove(&trade(height), height).unwrap();
    }
    let second = Channel::read(&trade(8), 8).unwrap();
    assert_eq!(second.quorum(), 4);
    second.prove(&trade(9), 9).unwrap();
    // Three of four signed it, and five are needed to have a fourth.
    assert!(second.prove(&trade(8), 8).is_err());
    for height in 6..=9 {
        let before = hash_of(trade(height - 1).header.as_ref().unwrap());
        assert_eq!(
            foreign_block(trade(height), height).unwrap().header.parent,
            before
        );
    }
    assert_eq!(
        first.hash,
        foreign_block(trade(0), 0).unwrap().header.hash,
        "the genesis block has the hash by which a trust root names it"
    );
}

/// What `peer channel getinfo` said of the newest block.
#[test]
fn hashes_are_those_of_fabric() {
    let hash = hash_of(trade(9).header.as_ref().unwrap());
    assert_eq!(
        hex::encode(hash),
        "17d03c43792a8f4ddf5b4443e6986e326af34fc14e90282a0cb84a8cb5e6bb7c"
    );
}

#[test]
fn transactions_and_events_are_read() {
    let block = foreign_block(trade(5), 5).unwrap();
    let [call] = block.transactions.as_slice() else {
        panic!("one transaction")
    };
    assert_eq!(call.target, Some(Bytes::from_static(b"trade")));
    assert_eq!(call.outcome, ForeignOutcome::Succeeded);
    assert_eq!(call.sender.as_ref().map(|sender| sender.len()), Some(32));
    assert!(call.input.windows(5).any(|part| part == b"berth"));
    let [event] = call.events.as_slice() else {
        panic!("one event")
    };
    assert_eq!(&event.emitter[..], b"trade");
    assert_eq!(event.topics, [keccak256("Added")]);
    assert_eq!(&event.data[..], b"berth=1");
    assert!(block.header.timestamp > 1_700_000_000);

    let both = foreign_block(trade(6), 6).unwrap();
    let said: Vec<(u32, &[u8])> = both
        .transactions
        .iter()
        .flat_map(|item| &item.events)
        .map(|event| (event.index, &event.data[..]))
        .collect();
    assert_eq!(said.len(), 2);
    assert_eq!((said[0].0, said[1].0), (0, 1));
    // It was endorsed and ordered, and had no effect.
    let conflict = foreign_block(trade(7), 7).unwrap();
    assert_eq!(conflict.transactions[0].outcome, ForeignOutcome::Failed);
    assert_eq!(conflict.event_count(), 0);
    let config = foreign_block(trade(8), 8).unwrap();
    assert_eq!((config.transactions.len(), config.event_count()), (1, 0));
    assert_eq!(config.transactions[0].target, None);
}

/// A Raft of orderers proves nothing: its blocks are read, and nobody says that they are proven.
#[test]
fn blocks_of_a_raft_are_attested_only() {
    let channel = Channel::read(&recorded("raft-0"), 0).unwrap();
    assert_eq!(channel.ordering, "etcdraft");
    assert!(!channel.is_proven());
    let block = foreign_block(recorded("raft-6"), 6).unwrap();
    let outcomes: Vec<ForeignOutcome> = block.transactions.iter().map(|item| item.outcome).collect();
    use ForeignOutcome::{Failed, Succeeded};
    assert_eq!(outcomes, [Succeeded, Succeeded, Failed]);
    assert_eq!(block.event_count(), 2);
    assert!(genesis().prove(&recorded("raft-6"), 6).is_err());
}

/// Every bit of what is signed, one of each byte, and every byte of the contents.
#[test]
fn nothing_that_is_signed_can_be_changed() {
    let channel = genesis();
    let truth = trade(5);
    let header = truth.header.clone().unwrap();
    for byte in 0..32 {
        let changes: [fn(&mut Block, usize); 2] = [
            |block, byte| block.header.as_mut().unwrap().previous_hash[byte] ^= 1,
            |block, byte| block.header.as_mut().unwrap().data_hash[byte] ^= 0x80,
        ];
        for change in changes {
            let mut block = truth.clone();
            change(&mut block, byte);
            assert!(channel.prove(&block, 5).is_err(), "byte {byte}");
        }
    }
    assert!(channel.prove(&truth, 6).is_err());
    let mut renumbered = truth.clone();
    renumbered.header.as_mut().unwrap().number = 4;
    assert!(channel.prove(&renumbered, 4).is_err());
    assert_eq!(header_bytes(&header).len(), 2 + 3 + 34 + 34);

    let whole = &truth.data.as_ref().unwrap().data[0];
    for byte in 0..whole.len() {
        let mut block = truth.clone();
        block.data.as_mut().unwrap().data[0][byte] ^= 1;
        assert!(foreign_block(block, 5).is_err(), "byte {byte} of the envelope");
    }
    let value = OrdererBlockMetadata::default().encode_to_vec();
    let mut block = truth.clone();
    change_signatures(&mut block, |signed| signed.value = value);
    assert!(channel.prove(&block, 5).is_err());
}

/// A quorum has three signatures: none of them can be missing, changed, repeated or another one's.
#[test]
fn signatures_count_once_and_only_those_of_orderers() {
    type Change = fn(&mut Vec<MetadataSignature>);
    let channel = genesis();
    let changes: [Change; 9] = [
        |all| drop(all.pop()),
        |all| all.clear(),
        |all| all[2] = all[0].clone(),
        |all| {
            // The same signer under the number of another one.
            let mut read = IdentifierHeader::decode(all[2].identifier_header.as_slice()).unwrap();
            read.identifier = 2;
            all[2].identifier_header = read.encode_to_vec();
        },
        |all| {
            let mut read = IdentifierHeader::decode(all[2].identifier_header.as_slice()).unwrap();
            read.nonce[0] ^= 1;
            all[2].identifier_header = read.encode_to_vec();
        },
        |all| {
            let mut read = IdentifierHeader::decode(all[2].identifier_header.as_slice()).unwrap();
            read.identifier = 9;
            all[2].identifier_header = read.encode_to_vec();
        },
        |all| {
            let (first, second) = (all[0].signature.clone(), all[1].signature.clone());
            (all[0].signature, all[1].signature) = (second, first);
        },
        |all| all[1].signature.clear(),
        |all| all[1].signature_header = b"no header".to_vec(),
    ];
    for (change, index) in changes.iter().zip(0..) {
        let mut block = trade(5);
        change_signatures(&mut block, |signed| change(&mut signed.signatures));
        assert!(channel.prove(&block, 5).is_err(), "change {index}");
    }
    let length = Metadata::decode(trade(5).metadata.unwrap().metadata[0].as_slice())
        .unwrap()
        .signatures[0]
        .signature
        .len();
    for byte in 0..length {
        let mut block = trade(5);
        change_signatures(&mut block, |signed| signed.signatures[0].signature[byte] ^= 1);
        assert!(channel.prove(&block, 5).is_err(), "byte {byte} of a signature");
    }
    // The order does not matter, and more does no harm.
    let mut block = trade(5);
    change_signatures(&mut block, |signed| {
        signed.signatures.reverse();
        signed.signatures.push(MetadataSignature::default());
    });
    channel.prove(&block, 5).unwrap();
}

/// The data hash joins envelopes: no other list with the same bytes is taken.
#[test]
fn envelopes_cannot_be_cut_elsewhere() {
    let truth = trade(6);
    let envelopes = truth.data.clone().unwrap().data;
    let bytes = envelopes.concat();
    let with = |list: Vec<Vec<u8>>| {
        let mut block = truth.clone();
        block.data.as_mut().unwrap().data = list;
        // As many outcomes as there are envelopes, so that only the form can be wrong.
        let count = block.data.as_ref().unwrap().data.len();
        block.metadata.as_mut().unwrap().metadata[2] = vec![0; count];
        foreign_block(block, 6)
    };
    assert!(with(envelopes.clone()).is_ok());
    assert!(with(vec![bytes.clone()]).is_err());
    for cut in (1..bytes.len()).filter(|cut| *cut != envelopes[0].len()) {
        let (first, second) = bytes.split_at(cut);
        assert!(
            with(vec![first.to_vec(), second.to_vec()]).is_err(),
            "cut at {cut}"
        );
    }
    let swapped = envelopes.iter().rev().cloned().collect();
    assert!(with(swapped).is_err());
    assert!(with(vec![]).is_err());
}

/// A block that comes from a file is checked by what its own header binds.
#[test]
fn a_block_from_elsewhere_is_checked() {
    for height in [0, 5, 6, 7, 8, 9] {
        let block = foreign_block(trade(height), height).unwrap();
        assert_eq!(check(&block), Ok(()), "block {height}");
    }
    let truth = foreign_block(trade(6), 6).unwrap();
    type Change = fn(&mut ForeignBlock);
    let changes: [Change; 15] = [
        |block| block.header.height += 1,
        |block| block.header.hash.0[0] ^= 1,
        |block| block.header.parent.0[0] ^= 1,
        |block| block.header.timestamp += 1,
        |block| block.header.state_root = Some(block.header.hash),
        |block| block.header.raw = Bytes::from_static(b"no header"),
        |block| drop(block.transactions.pop()),
        |block| block.transactions.swap(0, 1),
        |block| block.transactions[0].input = Bytes::from_static(b"another"),
        |block| block.transactions[0].hash.0[0] ^= 1,
        |block| block.transactions[1].sender = None,
        |block| block.transactions[1].target = Some(Bytes::from_static(b"another")),
        |block| drop(block.transactions[0].events.pop()),
        |block| block.transactions[1].events[0].data = Bytes::from_static(b"berth=9"),
        // Its events would not have happened.
        |block| block.transactions[0].outcome = ForeignOutcome::Failed,
    ];
    for (change, index) in changes.iter().zip(0..) {
        let mut block = truth.clone();
        change(&mut block);
        assert!(check(&block).is_err(), "change {index}");
    }
}
