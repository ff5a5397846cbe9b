//! The key of a node: one Ed25519 key (RFC 8032) for its votes and for its certificate.
//!
//! The seed is the only secret; every other form (PKCS#8, the signer of the consensus engine, the key of TLS)
//! is derived from it on demand, so that no second copy can go astray. All forms give the same public key.

use crate::{KeyError, private_file};
use aws_lc_rs::signature::{Ed25519KeyPair, KeyPair as _};
use civitas_types::NodeKey;
use commonware_codec::{Copying, DecodeExt, Encode};
use commonware_cryptography::{Signer as _, ed25519};
use rustls_pki_types::{PrivateKeyDer, PrivatePkcs8KeyDer, pem::PemObject as _};
use std::{fmt, path::Path};
use zeroize::Zeroizing;

/// Bytes of an Ed25519 seed (RFC 8032, 5.1.5).
const SEED_BYTES: usize = 32;
/// Bytes of an Ed25519 signature.
const SIGNATURE_BYTES: usize = 64;

/// The Ed25519 key pair of a node.
#[derive(Clone)]
pub struct NodeKeyPair {
    signer: ed25519::PrivateKey,
    public_key: NodeKey,
}

impl fmt::Debug for NodeKeyPair {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter
            .debug_struct("NodeKeyPair")
            .field("public_key", &self.public_key)
            .finish_non_exhaustive()
    }
}

impl NodeKeyPair {
    /// Makes a new key from the randomness of the operating system.
    ///
    /// # Errors
    /// [`KeyError::NoRandomness`].
    pub fn generate() -> Result<Self, KeyError> {
        let mut seed = Zeroizing::new([0; SEED_BYTES]);
        aws_lc_rs::rand::fill(seed.as_mut_slice()).map_err(|_| KeyError::NoRandomness)?;
        Self::from_seed(&seed)
    }

    /// The key pair of a seed. For keys that are kept elsewhere, and for reproducible tests.
    ///
    /// # Errors
    /// [`KeyError::Malformed`] if the two libraries that use the key disagree on it: a broken build.
    pub fn from_seed(seed: &[u8; SEED_BYTES]) -> Result<Self, KeyError> {
        let signer =
            ed25519::PrivateKey::decode(Copying(seed.as_slice())).map_err(|_| KeyError::Malformed {
                reason: "the seed is not 32 bytes",
            })?;
        let public_key = NodeKey::from_slice(&signer.public_key());
        let tls = Ed25519KeyPair::from_seed_unchecked(seed).map_err(|_| KeyError::Malformed {
            reason: "the TLS library refuses the seed",
        })?;
        if tls.public_key().as_ref() != public_key.as_slice() {
            return Err(KeyError::Malformed {
                reason: "two libraries derive different public keys from it",
            });
        }
        Ok(Self { signer, public_key })
    }

    /// Reads the PEM form (PKCS#8, RFC 5958, versions 1 and 2).
    ///
    /// # Errors
    /// [`KeyError::Malformed`].
    pub fn from_pkcs8_pem(pem: &str) -> Result<Self, KeyError> {
        let der = PrivatePkcs8KeyDer::from_pem_slice(pem.as_bytes())
            .map(Zeroizing::new)
            .map_err(|_| KeyError::Malformed {
                reason: "no `PRIVATE KEY` section in the PEM text",
            })?;
        let pair = Ed25519KeyPair::from_pkcs8_maybe_unchecked(der.secret_pkcs8_der()).map_err(|_| {
            KeyError::Malformed {
                reason: "it is not an Ed25519 key",
            }
        })?;
        let seed = pair.seed().map_err(|_| KeyError::Malformed {
            reason: "it has no seed",
        })?;
        let bytes =
            aws_lc_rs::encoding::AsBigEndian::as_be_bytes(&seed).map_err(|_| KeyError::Malformed {
                reason: "it has no seed",
            })?;
        let seed = <[u8; SEED_BYTES]>::try_from(bytes.as_ref())
            .map(Zeroizing::new)
            .map_err(|_| KeyError::Malformed {
                reason: "its seed is not 32 bytes",
            })?;
        Self::from_seed(&seed)
    }

    /// The PEM form (PKCS#8 version 1, which every tool reads).
    ///
    /// # Errors
    /// [`KeyError::Malformed`] if the key cannot be encoded.
    pub fn to_pkcs8_pem(&self) -> Result<Zeroizing<String>, KeyError> {
        let der = PrivatePkcs8KeyDer::from(self.pkcs8_der()?);
        rcgen::KeyPair::from_pkcs8_der_and_sign_algo(&der, &rcgen::PKCS_ED25519)
            .map(|pair| Zeroizing::new(pair.serialize_pem()))
            .map_err(|_| KeyError::Malformed {
                reason: "it cannot be encoded",
            })
    }

    /// Writes the key to a new file that only its owner can read (mode 0600 from the first moment).
    ///
    /// # Errors
    /// [`KeyError::Exists`], [`KeyError::File`].
    pub fn save(&self, path: &Path) -> Result<(), KeyError> {
        private_file::create(path, &self.to_pkcs8_pem()?)
    }

    /// Reads the key from a file, unless group or others could read it too.
    ///
    /// # Errors
    /// [`KeyError::ReadableByOthers`] with the cure, [`KeyError::Malformed`], [`KeyError::File`].
    pub fn load(path: &Path) -> Result<Self, KeyError> {
        Self::from_pkcs8_pem(&private_file::read(path)?)
    }

    /// The public key: the name of the node in the network and among the validators.
    pub const fn public_key(&self) -> NodeKey {
        self.public_key
    }

    /// The key as the consensus engine and the network use it.
    pub fn signer(&self) -> ed25519::PrivateKey {
        self.signer.clone()
    }

    /// Signs a message as it is (pure Ed25519): what a node says to the system contracts.
    ///
    /// # Errors
    /// [`KeyError::Malformed`] if the library refuses the seed: a broken build.
    pub fn sign(&self, message: &[u8]) -> Result<[u8; SIGNATURE_BYTES], KeyError> {
        let refused = KeyError::Malformed {
            reason: "the signing library refuses the seed",
        };
        let seed = Zeroizing::new(self.signer.encode().to_vec());
        let Ok(pair) = Ed25519KeyPair::from_seed_unchecked(&seed) else {
            return Err(refused);
        };
        pair.sign(message).as_ref().try_into().map_err(|_| refused)
    }

    /// The key as TLS uses it.
    ///
    /// # Errors
    /// [`KeyError::Malformed`] if the key cannot be encoded.
    pub fn tls_key(&self) -> Result<PrivateKeyDer<'static>, KeyError> {
        Ok(PrivatePkcs8KeyDer::from(self.pkcs8_der()?).into())
    }

    pub(crate) fn pkcs8_der(&self) -> Result<Vec<u8>, KeyError> {
        let seed = Zeroizing::new(self.signer.encode().to_vec());
        Ed25519KeyPair::from_seed_unchecked(&seed)
            .ok()
            .and_then(|pair| pair.to_pkcs8v1().ok())
            .map(|document| document.as_ref().to_vec())
            .ok_or(KeyError::Malformed {
                reason: "it cannot be encoded",
            })
    }
}
