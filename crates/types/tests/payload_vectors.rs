//! The encodings of payloads, frozen in `spec/vectors/payloads.json`.

use alloy_primitives::{B256, Bytes};
use civitas_types::{Height, MainLink, Payload, PayloadHeader, PayloadLimits, ResultCommitment};
use serde_json::Value;

const VECTORS: &str = include_str!("../../../spec/vectors/payloads.json");
const LIMITS: PayloadLimits = PayloadLimits {
    body_bytes_max: 1_000,
    transactions_max: 3,
};

fn payload(main: Option<MainLink>) -> Payload {
    let header = PayloadHeader {
        ledger: 7,
        height: Height::new(5),
        parent: B256::repeat_byte(1),
        timestamp_ms: 42_000,
        proposer: B256::repeat_byte(2),
        result: ResultCommitment {
            height: Height::new(4),
            block_hash: B256::repeat_byte(3),
        },
        transaction_count: 0,
        body_bytes: 0,
        body_hash: B256::ZERO,
        main,
    };
    Payload::new(header, vec![Bytes::from_static(b"one"), Bytes::new()])
}

#[test]
fn payloads_are_encoded_as_ever() {
    let vectors: Value = serde_json::from_str(VECTORS).unwrap();
    let linked = MainLink {
        height: Height::new(9),
        block_hash: B256::repeat_byte(4),
    };
    let expected = [payload(None), payload(Some(linked))];
    let vectors = vectors["payloads"].as_array().unwrap();
    assert_eq!(vectors.len(), expected.len());
    for (vector, expected) in vectors.iter().zip(expected) {
        let encoded: Bytes = serde_json::from_value(vector["encoded"].clone()).unwrap();
        let digest: B256 = serde_json::from_value(vector["digest"].clone()).unwrap();
        assert_eq!(encoded, expected.encode(), "{}", vector["name"]);
        assert_eq!(digest, expected.digest(), "{}", vector["name"]);
        let decoded = Payload::decode(&mut encoded.clone(), LIMITS);
        assert_eq!(decoded, Ok(expected), "{}", vector["name"]);
    }
}
