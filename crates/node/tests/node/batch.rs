//! Batches of transactions between nodes, also those of a peer that lies.

use alloy_primitives::Bytes;
use civitas_node::batch::{BATCH_BYTES_MAX, pack, unpack};

#[test]
fn batches_round_trip_within_their_bound() {
    let raws: Vec<Bytes> = (0..50_u8).map(|n| Bytes::from(vec![n; 40_000])).collect();
    let batches = pack(raws.iter());
    assert!(batches.iter().all(|batch| batch.len() <= BATCH_BYTES_MAX));
    let back: Vec<_> = batches
        .into_iter()
        .flat_map(|batch| unpack(batch.into()))
        .flatten()
        .collect();
    assert_eq!(back, raws);
}

#[test]
fn a_malformed_batch_ends_where_it_is_malformed() {
    let mut batch = Vec::new();
    batch.extend_from_slice(&3_u32.to_be_bytes());
    batch.extend_from_slice(b"one");
    batch.extend_from_slice(&9_u32.to_be_bytes());
    batch.push(1);
    let parts: Vec<_> = unpack(batch.into()).collect();
    assert_eq!(parts, [Some(Bytes::from_static(b"one")), None]);
    assert_eq!(unpack(Bytes::from_static(&[0, 0])).collect::<Vec<_>>(), [None]);
}
