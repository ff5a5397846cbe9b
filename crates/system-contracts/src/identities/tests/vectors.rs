//! The frozen texts: what every SDK must build and sign alike. `UPDATE_VECTORS=1` writes the file anew, which
//! is a reviewed change.

use super::binding::{ethereum, sign_ed25519, sign_ethereum};
use super::*;
use crate::identities::message::{
    AccountId, account_message, consent_message, did, parse_did, release_message,
};
use alloy_primitives::{eip191_hash_message, hex};
use aws_lc_rs::digest::{SHA256, digest};
use serde_json::{Value, json};

const FILE: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../../spec/vectors/identities.json");

fn text(content: &str) -> Value {
    json!({
        "text": content,
        "eip191": eip191_hash_message(content),
        "sha256": hex::encode_prefixed(digest(&SHA256, content.as_bytes())),
    })
}

fn binding(account: &str, times: [u64; 2]) -> Value {
    let [nonce, issued_at] = times;
    let binding = Binding {
        id: ID,
        account: account.to_owned(),
        ledger: LEDGER,
        nonce,
        issuedAt: issued_at,
        expiresAt: issued_at + 600,
    };
    let message = account_message(&binding).unwrap();
    let signature = if account.starts_with("eip155") {
        sign_ethereum(&ethereum(0x42).0, &message)
    } else {
        sign_ed25519(7, &message)
    };
    let account = AccountId::parse(account).unwrap();
    json!({
        "id": binding.id,
        "account": binding.account,
        "accountCanonical": account.text(),
        "accountHash": account.hash(),
        "localAddress": account.local(LEDGER),
        "ledger": binding.ledger,
        "nonce": binding.nonce,
        "issuedAt": binding.issuedAt,
        "expiresAt": binding.expiresAt,
        "accountMessage": text(&message),
        "accountSignature": hex::encode_prefixed(signature),
        "releaseMessage": text(&release_message(&binding).unwrap()),
        "consentMessage": text(&consent_message(&binding).unwrap()),
    })
}

fn vectors() -> Value {
    let (_, address) = ethereum(0x42);
    let key = ed25519_key(7);
    let derived = keys::derived_address(KeyType::Ed25519, &key).unwrap();
    let ids = [ID, B256::repeat_byte(0xab), B256::with_last_byte(1)];
    json!({
        "dids": ids.map(|id| json!({ "id": id, "did": did(id) })),
        "keys": {
            "secp256k1Secret": hex::encode_prefixed([0x42; 32]),
            "secp256k1Address": address,
            "ed25519Seed": hex::encode_prefixed([7; 32]),
            "ed25519Key": key,
        },
        "bindings": [
            binding(&format!("eip155:{LEDGER}:{address}"), [0, START]),
            binding(&format!("eip155:1:{}", address.to_string().to_lowercase()), [123_456_789, 951_827_696]),
            binding(&format!("civitas:77:{derived}"), [1, 4_107_542_399]),
            binding(
                &format!("solana:5eykt4UsFv8P8NJdTREpY1vzqKqZKvdp:{}", keys::base58(&key)),
                [2, START],
            ),
        ],
    })
}

#[test]
fn the_texts_are_frozen() {
    let now = serde_json::to_string_pretty(&vectors()).unwrap() + "\n";
    if std::env::var_os("UPDATE_VECTORS").is_some() {
        std::fs::write(FILE, &now).unwrap();
    }
    let frozen = std::fs::read_to_string(FILE).unwrap();
    assert_eq!(frozen, now);
}

#[test]
fn a_text_reads_as_ethereum_wallets_expect() {
    let (_, address) = ethereum(0x42);
    let binding = Binding {
        id: ID,
        account: format!("eip155:10:{address}"),
        ledger: LEDGER,
        nonce: 5,
        issuedAt: 1_709_208_000,
        expiresAt: 1_709_251_199,
    };
    let did = did(ID);
    let expected = format!(
        "ledger-1337.civitas wants you to sign in with your Ethereum account:\n\
         {address}\n\
         \n\
         Bind this account to {did} on ledger 1337.\n\
         \n\
         URI: {did}\n\
         Version: 1\n\
         Chain ID: 10\n\
         Nonce: 00000005\n\
         Issued At: 2024-02-29T12:00:00Z\n\
         Expiration Time: 2024-02-29T23:59:59Z"
    );
    assert_eq!(account_message(&binding).unwrap(), expected);
    let mut host = city();
    let asked = ask(&mut host, STRANGER, &abi::accountMessageCall { binding }).unwrap();
    assert_eq!(asked, expected);
}

#[test]
fn a_did_has_one_text() {
    let good = did(ID);
    assert_eq!(parse_did(&good), Some(ID));
    let digits = "ab".repeat(32);
    assert_eq!(
        parse_did(&format!("did:civitas:{digits}")),
        Some(B256::repeat_byte(0xab))
    );
    for bad in [
        format!("did:civitas:{}", digits.to_uppercase()),
        format!("did:civitas:0x{digits}"),
        format!("did:civitas:{}", &digits[1..]),
        format!("did:ethr:{digits}"),
        format!("{good}#key"),
    ] {
        assert_eq!(parse_did(&bad), None, "{bad}");
    }
}

#[test]
fn base58_is_bitcoins() {
    // draft-msporny-base58, section 5.
    let cases: [(&[u8], &str); 3] = [
        (b"Hello World!", "2NEpo7TZRRrLZSi2U"),
        (
            b"The quick brown fox jumps over the lazy dog.",
            "USm3fpXnKG5EUBx2ndxBDMPVciP5hGey2Jh4NDv6gmeo1LkMeiKrLJUUBk6Z",
        ),
        (&hex!("0000287fb4cd"), "11233QC4"),
    ];
    for (bytes, expected) in cases {
        assert_eq!(keys::base58(bytes), expected);
    }
}
