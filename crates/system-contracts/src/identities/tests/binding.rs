//! Binding and unbinding with real keys of every kind, and every refusal.

use super::*;
use crate::identities::message::{account_message, consent_message, release_message};
use alloy_primitives::{eip191_hash_message, hex, keccak256};
use aws_lc_rs::{
    rand::SystemRandom,
    signature::{ECDSA_P256_SHA256_FIXED_SIGNING, EcdsaKeyPair},
};
use secp256k1::{Message, Secp256k1, SecretKey};

/// The account whose secret is 32 times the byte.
pub(super) fn ethereum(byte: u8) -> (SecretKey, Address) {
    let secret = SecretKey::from_byte_array([byte; 32]).unwrap();
    let key = secret.public_key(&Secp256k1::new()).serialize_uncompressed();
    (secret, Address::from_raw_public_key(&key[1..]))
}

pub(super) fn sign_ethereum(secret: &SecretKey, text: &str) -> Vec<u8> {
    let digest = Message::from_digest(eip191_hash_message(text).0);
    let signature = Secp256k1::new().sign_ecdsa_recoverable(digest, secret);
    let (recovery, compact) = signature.serialize_compact();
    let v = 27 + u8::try_from(i32::from(recovery)).unwrap();
    [compact.as_slice(), &[v]].concat()
}

/// The key of RFC 6979, A.2.5.
fn p256() -> (EcdsaKeyPair, Vec<u8>) {
    let secret = hex!("C9AFA9D845BA75166B5C215767B1D6934E50C3DB36E89B127B8A622B120F6721");
    let public = hex!(
        "0460FED4BA255A9D31C961EB74C6356D68C049B8923B61FA6CE669622E60F29FB6"
        "7903FE1008B8BC99A41AE9E95628BC64F2F1B20C2D7E9F5177A3C294D4462299"
    );
    let pair =
        EcdsaKeyPair::from_private_key_and_public_key(&ECDSA_P256_SHA256_FIXED_SIGNING, &secret, &public)
            .unwrap();
    (pair, public.to_vec())
}

fn sign_p256(text: &str) -> Vec<u8> {
    let (pair, _) = p256();
    let signature = pair.sign(&SystemRandom::new(), text.as_bytes()).unwrap();
    signature.as_ref().to_vec()
}

pub(super) fn sign_ed25519(seed: u8, text: &str) -> Vec<u8> {
    let pair = Ed25519KeyPair::from_seed_unchecked(&[seed; 32]).unwrap();
    pair.sign(text.as_bytes()).as_ref().to_vec()
}

/// An account of some kind, and how it signs.
struct Signer {
    account: String,
    key_type: KeyType,
    key: Vec<u8>,
    sign: fn(&str) -> Vec<u8>,
}

fn signers() -> Vec<Signer> {
    let (_, address) = ethereum(0x42);
    let (_, point) = p256();
    let from_point = Address::from_word(keccak256(&point[1..]));
    let ed25519 = ed25519_key(7).to_vec();
    let from_ed25519 = Address::from_word(keccak256(&ed25519));
    vec![
        Signer {
            account: format!("eip155:1:{address}"),
            key_type: KeyType::Secp256k1,
            key: Vec::new(),
            sign: |text| sign_ethereum(&ethereum(0x42).0, text),
        },
        Signer {
            account: format!("eip155:{LEDGER}:{}", address.to_string().to_lowercase()),
            key_type: KeyType::Secp256k1,
            key: Vec::new(),
            sign: |text| sign_ethereum(&ethereum(0x42).0, text),
        },
        Signer {
            account: format!("civitas:{LEDGER}:{from_point}"),
            key_type: KeyType::P256,
            key: point,
            sign: sign_p256,
        },
        Signer {
            account: format!("civitas:77:{from_ed25519}"),
            key_type: KeyType::Ed25519,
            key: ed25519.clone(),
            sign: |text| sign_ed25519(7, text),
        },
        Signer {
            account: format!(
                "solana:5eykt4UsFv8P8NJdTREpY1vzqKqZKvdp:{}",
                keys::base58(&ed25519)
            ),
            key_type: KeyType::Ed25519,
            key: ed25519,
            sign: |text| sign_ed25519(7, text),
        },
    ]
}

fn terms(account: &str, nonce: u64, now: u64) -> Binding {
    Binding {
        id: ID,
        account: account.to_owned(),
        ledger: LEDGER,
        nonce,
        issuedAt: now,
        expiresAt: now + 600,
    }
}

fn proof(signer: &Signer, text: &str) -> AccountProof {
    AccountProof {
        keyType: signer.key_type,
        key: signer.key.clone().into(),
        signature: (signer.sign)(text).into(),
    }
}

fn no_identity_proof() -> IdentityProof {
    IdentityProof {
        fragment: String::new(),
        signature: Bytes::new(),
    }
}

fn bind_call(signer: &Signer, binding: Binding) -> abi::bindCall {
    abi::bindCall {
        accountProof: proof(signer, &account_message(&binding).unwrap()),
        identityProof: no_identity_proof(),
        binding,
    }
}

/// An account of the ledger, bound.
fn bound_city() -> (MemoryHost, Address) {
    let mut host = city();
    let signer = &signers()[1];
    ask(
        &mut host,
        OWNER,
        &bind_call(signer, terms(&signer.account, 0, START)),
    )
    .unwrap();
    (host, ethereum(0x42).1)
}

#[test]
fn accounts_of_every_kind_are_bound_and_unbound() {
    let mut host = city();
    let mut nonce = 0;
    let mut canonical = Vec::new();
    for signer in signers() {
        let call = bind_call(&signer, terms(&signer.account, nonce, START));
        ask(&mut host, OWNER, &call).unwrap();
        nonce += 1;
        let account = signer.account.clone();
        let found = ask(&mut host, STRANGER, &abi::identityOfAccountCall { account }).unwrap();
        assert_eq!(found, ID, "{}", signer.account);
        canonical.push(message::AccountId::parse(&signer.account).unwrap().text());
    }
    assert_eq!(document(&mut host, ID, None).unwrap().accounts, canonical);
    assert_eq!(
        ask(&mut host, STRANGER, &abi::nonceOfCall { id: ID }).unwrap(),
        nonce
    );
    // The account on the other chain is not the one here.
    let (_, address) = ethereum(0x42);
    assert_eq!(identity_of(&mut host, address).unwrap(), ID);
    later(&mut host, 5);
    for signer in signers() {
        let binding = terms(&signer.account, nonce, host.block.timestamp);
        let call = abi::releaseCall {
            accountProof: proof(&signer, &release_message(&binding).unwrap()),
            binding,
        };
        ask(&mut host, STRANGER, &call).unwrap();
        nonce += 1;
        let account = signer.account.clone();
        let found = ask(&mut host, STRANGER, &abi::identityOfAccountCall { account }).unwrap();
        assert_eq!(found, B256::ZERO);
    }
    assert_eq!(identity_of(&mut host, address).unwrap(), B256::ZERO);
    assert!(document(&mut host, ID, None).unwrap().accounts.is_empty());
    assert_eq!(document(&mut host, ID, Some(START)).unwrap().accounts, canonical);
}

#[test]
fn anybody_brings_a_binding_that_both_sides_signed() {
    let (secret, _) = ethereum(0x33);
    let secp256k1 = secret.public_key(&Secp256k1::new()).serialize_uncompressed();
    type Sign = fn(&str) -> Vec<u8>;
    let kinds: [(KeyType, Vec<u8>, Sign); 4] = [
        (KeyType::Secp256k1, secp256k1.to_vec(), |text| {
            sign_ethereum(&ethereum(0x33).0, text)
        }),
        (KeyType::Secp256k1, secp256k1.to_vec(), |text| {
            sign_ethereum(&ethereum(0x33).0, text)[..64].to_vec()
        }),
        (KeyType::P256, p256().1, sign_p256),
        (KeyType::Ed25519, ed25519_key(3).to_vec(), |text| {
            sign_ed25519(3, text)
        }),
    ];
    let signer = &signers()[0];
    for (key_type, key, sign) in kinds {
        let mut host = city();
        let key = Method {
            keyType: key_type,
            key: key.into(),
            purposes: PURPOSE_AUTHENTICATION,
            validUntil: START + 300,
            ..method("login", 0)
        };
        ask(&mut host, OWNER, &abi::addMethodCall { id: ID, method: key }).unwrap();
        let mut call = bind_call(signer, terms(&signer.account, 0, START));
        let consent = consent_message(&call.binding).unwrap();
        call.identityProof = IdentityProof {
            fragment: "login".to_owned(),
            signature: sign(&consent).into(),
        };
        let fragment = "login".to_owned();
        let forged = abi::ConsentForged {
            id: ID,
            fragment: fragment.clone(),
        };
        let mut bad = call.clone();
        bad.identityProof.signature = sign("another text").into();
        refused(&mut host, STRANGER, &bad, forged.clone());
        bad.identityProof.signature = Bytes::new();
        refused(&mut host, STRANGER, &bad, forged);
        bad.identityProof.fragment = "none".to_owned();
        let unknown = abi::FragmentUnknown {
            id: ID,
            fragment: "none".to_owned(),
        };
        refused(&mut host, STRANGER, &bad, unknown);
        let mut ended = host.clone();
        ended.block.timestamp += 300;
        refused(
            &mut ended,
            STRANGER,
            &call,
            abi::MethodNotValid { id: ID, fragment },
        );
        ask(&mut host, STRANGER, &call).unwrap();
    }
}

#[test]
fn a_key_for_other_purposes_does_not_consent() {
    let mut host = city();
    let key = Method {
        purposes: PURPOSES_ALL & !PURPOSE_AUTHENTICATION,
        ..method("other", 3)
    };
    ask(&mut host, OWNER, &abi::addMethodCall { id: ID, method: key }).unwrap();
    let signer = &signers()[0];
    let mut call = bind_call(signer, terms(&signer.account, 0, START));
    let consent = consent_message(&call.binding).unwrap();
    let fragment = "other".to_owned();
    call.identityProof = IdentityProof {
        fragment: fragment.clone(),
        signature: sign_ed25519(3, &consent).into(),
    };
    refused(
        &mut host,
        STRANGER,
        &call,
        abi::MethodNotValid { id: ID, fragment },
    );
}

#[test]
fn a_proof_with_wrong_terms_is_refused() {
    let mut host = city();
    let signer = &signers()[0];
    let base = terms(&signer.account, 0, START);
    let unknown = B256::repeat_byte(0x77);
    let cases: Vec<(Binding, Fault)> = vec![
        (
            Binding {
                ledger: 1,
                ..base.clone()
            },
            abi::OtherLedger {
                ledgerExpected: LEDGER,
                ledgerGiven: 1,
            }
            .into(),
        ),
        (
            Binding {
                expiresAt: START,
                ..base.clone()
            },
            abi::ProofExpired {
                expiresAt: START,
                blockTime: START,
            }
            .into(),
        ),
        (
            Binding {
                issuedAt: START + 61,
                ..base.clone()
            },
            abi::ProofNotYetValid {
                issuedAt: START + 61,
                blockTime: START,
            }
            .into(),
        ),
        (
            Binding {
                expiresAt: START + PROOF_SECONDS_MAX + 1,
                ..base.clone()
            },
            wrong("expiresAt", "at most a day after issuedAt"),
        ),
        (
            Binding {
                nonce: 1,
                ..base.clone()
            },
            abi::ProofReplayed {
                id: ID,
                nonceExpected: 0,
                nonceGiven: 1,
            }
            .into(),
        ),
        (
            Binding {
                id: unknown,
                ..base.clone()
            },
            abi::IdentityUnknown { id: unknown }.into(),
        ),
    ];
    for (binding, expected) in cases {
        refused(&mut host, OWNER, &bind_call(signer, binding), expected);
    }
    let stranger = abi::NotAController {
        id: ID,
        caller: STRANGER,
    };
    refused(&mut host, STRANGER, &bind_call(signer, base), stranger);
}

#[test]
fn a_forged_proof_is_refused() {
    let mut host = city();
    for (index, signer) in signers().iter().enumerate() {
        let base = terms(&signer.account, 0, START);
        let good = bind_call(signer, base.clone());
        let account = message::AccountId::parse(&signer.account).unwrap().text();
        let forged = abi::ProofForged {
            account: account.clone(),
        };
        // A proof of other terms, of which each is part of the text.
        let others = [
            Binding {
                id: OTHER,
                ..base.clone()
            },
            Binding {
                ledger: LEDGER + 1,
                ..base.clone()
            },
            Binding {
                nonce: 1,
                ..base.clone()
            },
            Binding {
                issuedAt: START - 1,
                ..base.clone()
            },
            Binding {
                expiresAt: START + 601,
                ..base.clone()
            },
        ];
        for other in others {
            let call = abi::bindCall {
                accountProof: proof(signer, &account_message(&other).unwrap()),
                ..good.clone()
            };
            refused(&mut host, OWNER, &call, forged.clone());
        }
        // A release is no binding.
        let mut call = good.clone();
        call.accountProof = proof(signer, &release_message(&base).unwrap());
        refused(&mut host, OWNER, &call, forged.clone());
        let length = good.accountProof.signature.len();
        for position in [0, 31, 32, length - 1] {
            let mut call = good.clone();
            let mut bytes = call.accountProof.signature.to_vec();
            bytes[position] ^= 0x40;
            call.accountProof.signature = bytes.into();
            refused(&mut host, OWNER, &call, forged.clone());
        }
        for bytes in [
            Vec::new(),
            vec![0; length],
            [good.accountProof.signature.to_vec(), vec![0]].concat(),
        ] {
            let mut call = good.clone();
            call.accountProof.signature = bytes.into();
            refused(&mut host, OWNER, &call, forged.clone());
        }
        // The key of another account.
        if !signer.key.is_empty() {
            let mut call = good.clone();
            call.accountProof.key = if signer.key_type == KeyType::P256 {
                ethereum_point()
            } else {
                ed25519_key(8)
            };
            let fault = host.call(OWNER, ADDRESS, &call.abi_encode()).unwrap_err();
            let no_point = wrong("key", "a point of P-256, uncompressed");
            assert!(fault == forged.clone().into() || fault == no_point, "{index}");
        }
        // A key of a kind that the account has not.
        let mut call = good.clone();
        call.accountProof.keyType = KeyType::None;
        refused(&mut host, OWNER, &call, abi::AccountNotSupported { account });
        ask(&mut host.clone(), OWNER, &good).unwrap();
    }
}

fn ethereum_point() -> Bytes {
    let key = ethereum(1).0.public_key(&Secp256k1::new());
    Bytes::copy_from_slice(&key.serialize_uncompressed())
}

#[test]
fn a_signature_with_high_s_is_refused() {
    let mut host = city();
    let signer = &signers()[0];
    let mut call = bind_call(signer, terms(&signer.account, 0, START));
    let order = U256::from_be_bytes(hex!(
        "FFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFEBAAEDCE6AF48A03BBFD25E8CD0364141"
    ));
    let mut bytes = call.accountProof.signature.to_vec();
    let high = order - U256::from_be_slice(&bytes[32..64]);
    bytes[32..64].copy_from_slice(&high.to_be_bytes::<32>());
    bytes[64] ^= 27 ^ 28;
    call.accountProof.signature = bytes.into();
    let account = signer.account.clone();
    refused(&mut host, OWNER, &call, abi::ProofForged { account });
}

#[test]
fn accounts_that_nobody_verifies_are_refused() {
    let mut host = city();
    let (_, address) = ethereum(0x42);
    let texts = [
        String::new(),
        "eip155:1".to_owned(),
        format!("eip155:01:{address}"),
        format!("eip155:one:{address}"),
        format!("eip155:1:{address}:1"),
        format!("eip155:1:{}", address.to_string().to_uppercase()),
        "eip155:1:0x1234".to_owned(),
        "cosmos:cosmoshub-4:cosmos1t2uflqwqe0fsj0shcfkrvpukewcw40yjj6hdc0".to_owned(),
        format!("eip155:1:{}", &address.to_string()[2..]),
        "solana:5eykt:short".to_owned(),
    ];
    for account in texts {
        let call = abi::bindCall {
            binding: terms(&account, 0, START),
            accountProof: AccountProof {
                keyType: KeyType::Secp256k1,
                key: Bytes::new(),
                signature: vec![1; 65].into(),
            },
            identityProof: no_identity_proof(),
        };
        refused(&mut host, OWNER, &call, abi::AccountNotSupported { account });
    }
}

#[test]
fn an_account_has_one_identity() {
    let (mut host, address) = bound_city();
    create(&mut host, plain(OTHER, B256::ZERO)).unwrap();
    let signer = &signers()[1];
    let account = message::AccountId::parse(&signer.account).unwrap().text();
    let taken = abi::AccountAlreadyBound {
        account: account.clone(),
        id: ID,
    };
    let again = bind_call(signer, terms(&signer.account, 1, START));
    refused(&mut host, OWNER, &again, taken.clone());
    let elsewhere = bind_call(
        signer,
        Binding {
            id: OTHER,
            ..terms(&signer.account, 0, START)
        },
    );
    refused(&mut host, OWNER, &elsewhere, taken);
    // Free again, but the old proof is used up.
    ask(
        &mut host,
        OWNER,
        &abi::unbindCall {
            account: account.clone(),
        },
    )
    .unwrap();
    let old = bind_call(signer, terms(&signer.account, 0, START));
    let replayed = abi::ProofReplayed {
        id: ID,
        nonceExpected: 1,
        nonceGiven: 0,
    };
    refused(&mut host, OWNER, &old, replayed);
    ask(&mut host, OWNER, &elsewhere).unwrap();
    assert_eq!(identity_of(&mut host, address).unwrap(), OTHER);
    let binding = terms(&signer.account, 1, START);
    let wrong_side = abi::releaseCall {
        accountProof: proof(signer, &release_message(&binding).unwrap()),
        binding,
    };
    refused(
        &mut host,
        OWNER,
        &wrong_side,
        abi::AccountAlreadyBound { account, id: OTHER },
    );
}

#[test]
fn either_side_unbinds_and_others_do_not() {
    let (host, address) = bound_city();
    let account = format!("eip155:{LEDGER}:{address}");
    let call = abi::unbindCall {
        account: account.clone(),
    };
    for caller in [OWNER, address, GOVERNANCE] {
        let mut host = host.clone();
        ask(&mut host, caller, &call).unwrap();
        assert_eq!(identity_of(&mut host, address).unwrap(), B256::ZERO);
        let missing = abi::AccountNotBound {
            account: account.clone(),
        };
        refused(&mut host, caller, &call, missing.clone());
        let signer = &signers()[1];
        let binding = terms(&account, 1, START);
        let release = abi::releaseCall {
            accountProof: proof(signer, &release_message(&binding).unwrap()),
            binding,
        };
        refused(&mut host, caller, &release, missing);
    }
    let mut host = host;
    let selector = FixedBytes(abi::unbindCall::SELECTOR);
    refused(
        &mut host,
        STRANGER,
        &call,
        Unauthorized {
            caller: STRANGER,
            selector,
        },
    );
}

#[test]
fn nobody_slips_out_of_a_freeze() {
    let (mut host, address) = bound_city();
    let signer = &signers()[1];
    let account = format!("eip155:{LEDGER}:{address}");
    let binding = terms(&account, 1, START);
    let release = abi::releaseCall {
        accountProof: proof(signer, &release_message(&binding).unwrap()),
        binding,
    };
    let unbind = abi::unbindCall { account };
    let more = bind_call(&signers()[0], terms(&signers()[0].account, 1, START));
    assert!(is_usable(&mut host, address).unwrap());
    freeze(&mut host, ID);
    assert!(!is_usable(&mut host, address).unwrap());
    let frozen = abi::IdentityFrozen { id: ID };
    for caller in [OWNER, address] {
        refused(&mut host, caller, &unbind, frozen.clone());
    }
    refused(&mut host, STRANGER, &release, frozen.clone());
    refused(&mut host, OWNER, &more, frozen.clone());
    // A bound account does nothing for another identity either.
    create(
        &mut host,
        NewIdentity {
            controllers: vec![party(address)],
            ..plain(OTHER, B256::ZERO)
        },
    )
    .unwrap();
    let change = abi::setControllersCall {
        id: OTHER,
        controllers: vec![party(STRANGER)],
    };
    refused(&mut host, address, &change, frozen);
    cancel(&mut host, ID);
    assert!(!is_usable(&mut host, address).unwrap());
    let cancelled = abi::IdentityCancelled { id: ID };
    refused(&mut host, address, &unbind, cancelled.clone());
    refused(&mut host, STRANGER, &release, cancelled.clone());
    refused(&mut host, OWNER, &more, cancelled);
    // A role frees the account of an identity that has ended.
    ask(&mut host, GOVERNANCE, &unbind).unwrap();
    assert!(is_usable(&mut host, address).unwrap());
}

#[test]
fn a_bound_account_speaks_for_its_identity() {
    let (mut host, address) = bound_city();
    create(
        &mut host,
        NewIdentity {
            controllers: vec![ID],
            ..plain(OTHER, B256::ZERO)
        },
    )
    .unwrap();
    let speaks = |host: &mut MemoryHost, caller: Address| {
        ask(host, STRANGER, &abi::isControllerCall { id: OTHER, caller }).unwrap()
    };
    // Both the bound account and the controller of the controlling identity.
    assert!(speaks(&mut host, address));
    assert!(speaks(&mut host, OWNER));
    assert!(!speaks(&mut host, STRANGER));
    freeze(&mut host, ID);
    assert!(!speaks(&mut host, address));
    assert!(!speaks(&mut host, OWNER));
}

#[test]
fn an_identity_has_a_bound_on_its_accounts() {
    let mut host = city();
    for byte in 1..=33_u8 {
        let (secret, address) = ethereum(byte);
        let account = format!("eip155:1:{address}");
        let binding = terms(&account, u64::from(byte) - 1, START);
        let text = account_message(&binding).unwrap();
        let call = abi::bindCall {
            accountProof: AccountProof {
                keyType: KeyType::Secp256k1,
                key: Bytes::new(),
                signature: sign_ethereum(&secret, &text).into(),
            },
            identityProof: no_identity_proof(),
            binding,
        };
        if byte <= 32 {
            ask(&mut host, OWNER, &call).unwrap();
        } else {
            let rule = wrong("account", "an identity has at most 32 accounts, 256 over time");
            refused(&mut host, OWNER, &call, rule);
        }
    }
}

#[test]
fn signatures_cost_gas() {
    let mut host = city();
    let signer = &signers()[2];
    let call = bind_call(signer, terms(&signer.account, 0, START));
    host.gas_max = host.gas_used + crate::host::gas::SIGNATURE;
    let fault = host.call(OWNER, ADDRESS, &call.abi_encode()).unwrap_err();
    assert_eq!(fault, Fault::OutOfGas);
}
