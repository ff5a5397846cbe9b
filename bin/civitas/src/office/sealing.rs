//! The cryptography of sealed records, as `contracts/interfaces/IOffices.sol` documents it: the record under a data key
//! (AES-256-GCM), the key shared among the offices, every share sealed to its office (HPKE, RFC 9180).
//!
//! Invariants: nothing here is kept or sent; what opens is authenticated, so a wrong key, too few shares and altered bytes
//! are refusals, never another text. Keys and plaintexts are overwritten when they are dropped.

use super::shamir::{self, DataKey, KEY_BYTES, Share};
use alloy_primitives::{B256, Bytes};
use aws_lc_rs::{
    aead::{AES_256_GCM, Aad, NONCE_LEN, Nonce, RandomizedNonceKey},
    agreement::{PrivateKey, X25519},
};
use rustls::crypto::{
    aws_lc_rs::hpke::DH_KEM_X25519_HKDF_SHA256_AES_256 as SUITE,
    hpke::{EncapsulatedSecret, Hpke, HpkePrivateKey, HpkePublicKey},
};
use std::path::{Path, PathBuf};
use zeroize::Zeroizing;

/// What is authenticated with a record, before the identity.
const RECORD_CONTEXT: &[u8] = b"civitas-sealed-record-v1";
/// `info` of a share that is sealed to its office.
const OFFICE_SHARE: &[u8] = b"civitas-office-share-v1";
/// `info` of a share that an office hands to the requesting one.
const OPENING_SHARE: &[u8] = b"civitas-opening-share-v1";
/// Bytes of the encapsulated key of X25519.
const ENCAPSULATED_BYTES: usize = 32;

/// Why something was not sealed or not opened.
#[derive(Debug, thiserror::Error)]
pub enum SealingError {
    /// The operating system.
    #[error("the operating system gives no randomness")]
    NoRandomness,
    /// The split is not possible.
    #[error(
        "a key cannot be shared among {count} so that {threshold} restore it: two at least, and not more than all"
    )]
    Threshold {
        /// Shares that restore it.
        threshold: u8,
        /// Shares.
        count: u8,
    },
    /// Two shares that are the same, or none.
    #[error("two offices gave the same share (number {x})")]
    SharesDiffer {
        /// Its number.
        x: u8,
    },
    /// A key file.
    #[error("{path} is not the private key of an office: 32 bytes in hexadecimal, for X25519")]
    OfficeKey {
        /// The file.
        path: PathBuf,
    },
    /// The file is not there, or not its owner's alone.
    #[error("the key of the office cannot be read")]
    OfficeKeyFile(#[from] civitas_crypto::KeyError),
    /// HPKE refused the public key.
    #[error("the share cannot be sealed to the key {key}: it is no good X25519 key")]
    NotSealed {
        /// The key.
        key: B256,
        /// What the library says.
        #[source]
        source: rustls::Error,
    },
    /// HPKE refused.
    #[error("the share does not open: it was sealed to another key or for another case, or was altered")]
    ShareNotOpened,
    /// AES-GCM refused.
    #[error("the record does not open: it was altered, or an office handed over a wrong share")]
    RecordNotOpened,
    /// AES-GCM refused to seal.
    #[error("the record cannot be encrypted")]
    RecordNotSealed,
}

/// A sealed record before it is sent: the ciphertext, and the sealed share of every office in order.
pub struct Sealed {
    /// nonce, ciphertext and tag.
    pub ciphertext: Bytes,
    /// Sealed shares.
    pub shares: Vec<Bytes>,
}

/// Seals a record of an identity to offices, of which `threshold` open it together.
///
/// # Errors
/// [`SealingError`].
pub fn seal_record(
    identity: B256,
    plaintext: &[u8],
    threshold: u8,
    offices: &[B256],
) -> Result<Sealed, SealingError> {
    let count = u8::try_from(offices.len()).unwrap_or(u8::MAX);
    let mut key = DataKey::default();
    aws_lc_rs::rand::fill(key.as_mut_slice()).map_err(|_| SealingError::NoRandomness)?;
    let shares = shamir::split(&key, threshold, count)?;
    let sealed = offices.iter().zip(&shares);
    Ok(Sealed {
        ciphertext: encrypt(identity, &key, plaintext)?,
        shares: sealed
            .map(|(office, share)| seal_share(*office, &Purpose::Office { identity }, share))
            .collect::<Result<_, _>>()?,
    })
}

/// Opens a record with shares of as many offices as it needs.
///
/// # Errors
/// [`SealingError::SharesDiffer`], [`SealingError::RecordNotOpened`].
pub fn open_record(
    identity: B256,
    shares: &[Share],
    ciphertext: &[u8],
) -> Result<Zeroizing<Vec<u8>>, SealingError> {
    let key = shamir::restore(shares)?;
    let refused = |_| SealingError::RecordNotOpened;
    let (nonce, sealed) = ciphertext
        .split_first_chunk::<NONCE_LEN>()
        .ok_or(SealingError::RecordNotOpened)?;
    let mut text = Zeroizing::new(sealed.to_vec());
    let cipher = RandomizedNonceKey::new(&AES_256_GCM, key.as_slice()).map_err(refused)?;
    let length = cipher
        .open_in_place(Nonce::from(nonce), Aad::from(record_context(identity)), &mut text)
        .map_err(refused)?
        .len();
    text.truncate(length);
    Ok(text)
}

fn encrypt(identity: B256, key: &DataKey, plaintext: &[u8]) -> Result<Bytes, SealingError> {
    let refused = |_| SealingError::RecordNotSealed;
    let cipher = RandomizedNonceKey::new(&AES_256_GCM, key.as_slice()).map_err(refused)?;
    let mut text = plaintext.to_vec();
    let nonce = cipher
        .seal_in_place_append_tag(Aad::from(record_context(identity)), &mut text)
        .map_err(refused)?;
    Ok([nonce.as_ref().as_slice(), &text].concat().into())
}

fn record_context(identity: B256) -> Vec<u8> {
    [RECORD_CONTEXT, identity.as_slice()].concat()
}

/// For whom a share is sealed.
pub enum Purpose {
    /// For the office that keeps it.
    Office {
        /// Whose record it is.
        identity: B256,
    },
    /// For the office that asked for an opening.
    Opening {
        /// Whose record it is.
        identity: B256,
        /// The opening.
        opening: u64,
    },
}

impl Purpose {
    /// `info` and `aad` of HPKE.
    fn context(&self) -> (&'static [u8], Vec<u8>) {
        match self {
            Self::Office { identity } => (OFFICE_SHARE, identity.to_vec()),
            Self::Opening { identity, opening } => (
                OPENING_SHARE,
                [identity.as_slice(), &opening.to_be_bytes()].concat(),
            ),
        }
    }
}

/// Seals a share to the public key of an office.
///
/// # Errors
/// [`SealingError::NotSealed`].
pub fn seal_share(recipient: B256, purpose: &Purpose, share: &Share) -> Result<Bytes, SealingError> {
    let (info, aad) = purpose.context();
    let text = Zeroizing::new([[share.x].as_slice(), share.y.as_slice()].concat());
    let (encapsulated, sealed) = SUITE
        .seal(info, &aad, &text, &HpkePublicKey(recipient.to_vec()))
        .map_err(|source| SealingError::NotSealed {
            key: recipient,
            source,
        })?;
    Ok([encapsulated.0, sealed].concat().into())
}

/// The private key of an office.
pub struct OfficeKey {
    private: HpkePrivateKey,
    /// Its public half, as the ledger has it.
    pub public: B256,
}

impl OfficeKey {
    /// Reads a key file: 32 bytes in hexadecimal.
    ///
    /// # Errors
    /// [`SealingError::OfficeKey`], [`SealingError::OfficeKeyFile`].
    pub fn load(path: &Path) -> Result<Self, SealingError> {
        let refused = || SealingError::OfficeKey {
            path: path.to_path_buf(),
        };
        let text = civitas_crypto::read_private_file(path)?;
        let secret: B256 = text.trim().parse().map_err(|_| refused())?;
        Self::new(&secret).ok_or_else(refused)
    }

    fn new(secret: &B256) -> Option<Self> {
        let key = PrivateKey::from_private_key(&X25519, secret.as_slice()).ok()?;
        let public = key.compute_public_key().ok()?;
        let public: &[u8] = public.as_ref();
        Some(Self {
            private: HpkePrivateKey::from(secret.to_vec()),
            public: B256::try_from(public).ok()?,
        })
    }

    /// Opens a share that was sealed to this key.
    ///
    /// # Errors
    /// [`SealingError::ShareNotOpened`].
    pub fn open(&self, purpose: &Purpose, sealed: &[u8]) -> Result<Share, SealingError> {
        let (info, aad) = purpose.context();
        let refused = SealingError::ShareNotOpened;
        let Some((encapsulated, sealed)) = sealed.split_first_chunk::<ENCAPSULATED_BYTES>() else {
            return Err(refused);
        };
        let encapsulated = EncapsulatedSecret(encapsulated.to_vec());
        let Ok(text) = SUITE.open(&encapsulated, info, &aad, sealed, &self.private) else {
            return Err(refused);
        };
        let text = Zeroizing::new(text);
        let Some((x, y)) = text.split_first() else {
            return Err(refused);
        };
        let y = <[u8; KEY_BYTES]>::try_from(y).map_err(|_| refused)?;
        Ok(Share {
            x: *x,
            y: Zeroizing::new(y),
        })
    }
}

#[cfg(test)]
mod tests;
