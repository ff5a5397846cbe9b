//! Keys of accounts of any chain, and what they sign: EIP-191 for `eip155`, the bare text for `solana` and `civitas`, as
//! the contract Identities verifies it.
//!
//! Invariant: a key is never printed and never sent anywhere.

use crate::{
    account::{self, Account},
    contracts::fault::Failure,
};
use alloy_primitives::B256;
use anyhow::Context;
use aws_lc_rs::{
    rand::SystemRandom,
    signature::{ECDSA_P256_SHA256_FIXED_SIGNING, EcdsaKeyPair, Ed25519KeyPair, KeyPair},
};
use civitas_system_contracts::{
    identities::{
        keys::{base58, derived_address},
        message::Namespace,
    },
    interfaces::IIdentities::{AccountProof, KeyType},
};
use std::path::Path;
use zeroize::Zeroizing;

/// The key of an account.
pub enum AccountKey {
    /// Ethereum and its like.
    Secp256k1(Account),
    /// Solana, Civitas.
    Ed25519(Ed25519KeyPair),
    /// Civitas.
    P256(EcdsaKeyPair),
}

/// The kind of chain of an account (CAIP-10) that may lack its address.
pub fn namespace(account: &str) -> Option<Namespace> {
    let kinds = [Namespace::Eip155, Namespace::Solana, Namespace::Civitas];
    let (first, _) = account.split_once(':')?;
    kinds.into_iter().find(|kind| kind.text() == first)
}

impl AccountKey {
    /// Reads a key: in hexadecimal, or a file that holds it so or as PKCS #8 in PEM.
    ///
    /// # Errors
    /// It is none for an account of this kind.
    pub fn read(namespace: Namespace, text: &str) -> anyhow::Result<Self> {
        if namespace == Namespace::Eip155 {
            return Ok(Self::Secp256k1(account::from_argument(text)?));
        }
        let content = match text.parse::<B256>() {
            Ok(_) => Zeroizing::new(text.to_owned()),
            Err(_) => civitas_crypto::read_private_file(Path::new(text)).context(
                "--account-key is 32 bytes in hexadecimal, or a file of its owner alone; it is neither",
            )?,
        };
        let key = Self::of_other_chain(&content);
        let key = key.ok_or_else(|| {
            Failure::usage(
                "the key is neither 32 bytes of Ed25519 in hexadecimal nor an Ed25519 or P-256 key as PKCS #8 in PEM",
            )
        })?;
        if namespace == Namespace::Solana && matches!(key, Self::P256(_)) {
            return Err(Failure::usage("accounts of Solana have Ed25519 keys, this one is of P-256").into());
        }
        Ok(key)
    }

    fn of_other_chain(content: &str) -> Option<Self> {
        let text = content.trim();
        if let Ok(seed) = text.parse::<B256>() {
            return Ed25519KeyPair::from_seed_unchecked(seed.as_slice())
                .ok()
                .map(Self::Ed25519);
        }
        let block = pem::parse(text)
            .ok()
            .filter(|block| block.tag() == "PRIVATE KEY")?;
        let der = Zeroizing::new(block.into_contents());
        if let Ok(key) = Ed25519KeyPair::from_pkcs8_maybe_unchecked(&der) {
            return Some(Self::Ed25519(key));
        }
        EcdsaKeyPair::from_pkcs8(&ECDSA_P256_SHA256_FIXED_SIGNING, &der)
            .ok()
            .map(Self::P256)
    }

    /// Its address on a chain of this kind, as CAIP-10 writes it.
    pub fn address(&self, namespace: Namespace) -> String {
        let (key_type, key) = match self {
            Self::Secp256k1(account) => return account.address.to_checksum(None),
            Self::Ed25519(key) => (KeyType::Ed25519, key.public_key().as_ref()),
            Self::P256(key) => (KeyType::P256, key.public_key().as_ref()),
        };
        if namespace == Namespace::Solana {
            return base58(key);
        }
        derived_address(key_type, key).map_or_else(String::new, |address| address.to_checksum(None))
    }

    /// Signs a text as the account.
    ///
    /// # Errors
    /// The library refuses the key.
    pub fn prove(&self, text: &str) -> anyhow::Result<AccountProof> {
        let (key_type, key, signature) = match self {
            Self::Secp256k1(account) => (KeyType::Secp256k1, Vec::new(), account.sign_text(text)?.to_vec()),
            Self::Ed25519(key) => {
                let signature = key.sign(text.as_bytes());
                (
                    KeyType::Ed25519,
                    key.public_key().as_ref().to_vec(),
                    signature.as_ref().to_vec(),
                )
            }
            Self::P256(key) => {
                let signature = key
                    .sign(&SystemRandom::new(), text.as_bytes())
                    .map_err(|_| anyhow::anyhow!("the P-256 key does not sign"))?;
                (
                    KeyType::P256,
                    key.public_key().as_ref().to_vec(),
                    signature.as_ref().to_vec(),
                )
            }
        };
        Ok(AccountProof {
            keyType: key_type,
            key: key.into(),
            signature: signature.into(),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use aws_lc_rs::signature::{ECDSA_P256_SHA256_FIXED, ED25519, UnparsedPublicKey};
    use civitas_system_contracts::identities::keys::recover;
    use std::os::unix::fs::PermissionsExt as _;

    const TEXT: &str = "ledger-1337.civitas wants you to sign in";
    /// RFC 8032, 7.1, test 1: secret and public key.
    const SEED: &str = "9d61b19deffd5a60ba844af492ec2cc44449c5697b326919703bac031cae7f60";

    #[test]
    fn an_eip155_account_signs_what_recovers_to_it() {
        let key = AccountKey::read(Namespace::Eip155, "dev3").unwrap();
        let proof = key.prove(TEXT).unwrap();
        assert!(proof.key.is_empty());
        let signer = recover(TEXT, &proof.signature).unwrap();
        assert_eq!(signer.to_checksum(None), key.address(Namespace::Eip155));
    }

    #[test]
    fn ed25519_accounts_have_the_addresses_of_their_chains() {
        let key = AccountKey::read(Namespace::Solana, SEED).unwrap();
        assert_eq!(
            key.address(Namespace::Solana),
            "FVen3X669xLzsi6N2V91DoiyzHzg1uAgqiT8jZ9nS96Z"
        );
        let proof = key.prove(TEXT).unwrap();
        assert_eq!((proof.keyType, proof.key.len()), (KeyType::Ed25519, 32));
        let verified = UnparsedPublicKey::new(&ED25519, &proof.key).verify(TEXT.as_bytes(), &proof.signature);
        verified.unwrap();
        assert!(key.address(Namespace::Civitas).starts_with("0x"));
    }

    #[test]
    fn a_pem_file_of_p256_is_for_civitas_only() {
        let pair = EcdsaKeyPair::generate(&ECDSA_P256_SHA256_FIXED_SIGNING).unwrap();
        let document = pair.to_pkcs8v1().unwrap();
        let text = pem::encode(&pem::Pem::new("PRIVATE KEY", document.as_ref()));
        let path = std::env::temp_dir().join(format!("civitas-account-key-{}.pem", std::process::id()));
        let argument = path.to_str().unwrap();
        std::fs::write(&path, &text).unwrap();
        std::fs::set_permissions(&path, std::fs::Permissions::from_mode(0o644)).unwrap();
        for kind in [Namespace::Civitas, Namespace::Eip155] {
            let refused = AccountKey::read(kind, argument).err().unwrap();
            assert!(format!("{refused:#}").contains("chmod 600"), "{refused:#}");
        }
        std::fs::set_permissions(&path, std::fs::Permissions::from_mode(0o600)).unwrap();
        let key = AccountKey::read(Namespace::Civitas, argument).unwrap();
        let proof = key.prove(TEXT).unwrap();
        assert_eq!((proof.key.len(), proof.signature.len()), (65, 64));
        UnparsedPublicKey::new(&ECDSA_P256_SHA256_FIXED, &proof.key)
            .verify(TEXT.as_bytes(), &proof.signature)
            .unwrap();
        let refused = AccountKey::read(Namespace::Solana, argument).err().unwrap();
        assert!(refused.to_string().contains("Ed25519"), "{refused}");
        std::fs::remove_file(&path).unwrap();
    }

    #[test]
    fn what_is_no_key_is_refused() {
        for (kind, text) in [
            (Namespace::Civitas, "dev1"),
            (Namespace::Solana, "no-such-file"),
            (Namespace::Eip155, "no-such-file"),
            (Namespace::Civitas, "/etc/hostname"),
        ] {
            assert!(AccountKey::read(kind, text).is_err(), "{text}");
        }
        assert_eq!(namespace("eip155:1"), Some(Namespace::Eip155));
        assert_eq!(namespace("bip122:1:x"), None);
        assert_eq!(namespace("eip155"), None);
    }
}
