//! Who this node is in TLS: its certificate, its key, and the authorities that it trusts.
//!
//! The key never changes while the node runs; certificate and authorities can, and the next handshake uses
//! them. So a certificate is renewed without a restart and without losing a link.

use crate::{NetworkError, PeerKey, config::peer_key};
use civitas_crypto::{
    CertificateRefusal, NodeKeyPair, PkiError,
    pki::{AuthorityKey, Certificate, Judged, TrustAnchors, Usage, chain_from_pem, node_key_of},
};
use civitas_types::NodeKey;
use parking_lot::RwLock;
use rustls::{
    SupportedCipherSuite,
    crypto::{CryptoProvider, aws_lc_rs},
    sign::{CertifiedKey, SigningKey, SingleCertAndKey},
};
use rustls_pki_types::CertificateDer;
use std::{
    collections::{BTreeMap, BTreeSet},
    fmt,
    sync::Arc,
    time::SystemTime,
};

/// The authorities that may certify a node, by its key. A node that is not named may be certified by every authority
/// that is trusted; one that is named without any, by none.
pub type Certifiers = BTreeMap<NodeKey, BTreeSet<AuthorityKey>>;

/// What one handshake shows and trusts.
pub(crate) struct Material {
    pub(crate) chain: Vec<CertificateDer<'static>>,
    pub(crate) resolver: Arc<SingleCertAndKey>,
    pub(crate) anchors: TrustAnchors,
    certifiers: Arc<Certifiers>,
}

impl Material {
    /// Judges what a peer shows: the only way to a verdict, in handshakes and over links that are up.
    ///
    /// # Errors
    /// See [`CertificateRefusal`].
    pub(crate) fn judge(
        &self,
        leaf: &CertificateDer<'_>,
        intermediates: &[CertificateDer<'_>],
        now: SystemTime,
        usage: Usage,
    ) -> Result<Judged, CertificateRefusal> {
        // A certificate without a node key is refused below, with all that is wrong with it.
        let certifiers = node_key_of(leaf).ok().and_then(|key| self.certifiers.get(&key));
        match certifiers {
            Some(permitted) => self
                .anchors
                .limited_to(permitted)
                .judge(leaf, intermediates, now, usage),
            None => self.anchors.judge(leaf, intermediates, now, usage),
        }
    }
}

struct Shared {
    node: NodeKey,
    key: PeerKey,
    signing_key: Arc<dyn SigningKey>,
    provider: Arc<CryptoProvider>,
    current: RwLock<Arc<Material>>,
}

/// The TLS identity of this node. Clones share it: replacing through one is seen by all.
#[derive(Clone)]
pub struct TlsIdentity {
    shared: Arc<Shared>,
}

impl fmt::Debug for TlsIdentity {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter
            .debug_struct("TlsIdentity")
            .field("node", &self.shared.node)
            .finish_non_exhaustive()
    }
}

impl TlsIdentity {
    /// Takes the key of the node, its certificate in PEM (intermediates may follow), and the authorities.
    ///
    /// Whether the certificate is valid now is not looked at; see [`TlsIdentity::check`].
    ///
    /// # Errors
    /// [`NetworkError::Certificate`], [`NetworkError::Refused`] if it is for another key.
    pub fn new(key: &NodeKeyPair, chain_pem: &str, anchors: TrustAnchors) -> Result<Self, NetworkError> {
        let provider = Arc::new(provider());
        // The first use of this random generator takes tens of milliseconds: not in a handshake, please.
        provider
            .secure_random
            .fill(&mut [0; 32])
            .map_err(|_| NetworkError::NoRandomness)?;
        let signing_key = provider.key_provider.load_private_key(key.tls_key()?)?;
        let node = key.public_key();
        let material = material(&node, &signing_key, chain_pem, anchors)?;
        Ok(Self {
            shared: Arc::new(Shared {
                node,
                key: peer_key(&node)?,
                signing_key,
                provider,
                current: RwLock::new(Arc::new(material)),
            }),
        })
    }

    /// Uses another certificate of the same node key, other authorities and revocation lists, from the next
    /// handshake on. Links that are up stay up until [`crate::Directory::review`] judges them anew.
    ///
    /// # Errors
    /// As [`TlsIdentity::new`]; [`civitas_crypto::PkiError::OlderRevocations`] if an authority that stays has an
    /// older revocation list or none any more. On an error nothing changes.
    pub fn replace(&self, chain_pem: &str, anchors: TrustAnchors) -> Result<(), NetworkError> {
        let mut current = self.shared.current.write();
        anchors
            .check_succeeds(&current.anchors)
            .map_err(NetworkError::Anchors)?;
        let material = material(&self.shared.node, &self.shared.signing_key, chain_pem, anchors)?;
        *current = Arc::new(Material {
            certifiers: current.certifiers.clone(),
            ..material
        });
        Ok(())
    }

    /// Says which authorities may certify which nodes, from the next handshake on; they must be trusted as well. Links
    /// that are up stay up until [`crate::Directory::review`] judges them anew.
    pub fn set_certifiers(&self, certifiers: Certifiers) {
        let mut current = self.shared.current.write();
        if *current.certifiers == certifiers {
            return;
        }
        *current = Arc::new(Material {
            chain: current.chain.clone(),
            resolver: current.resolver.clone(),
            anchors: current.anchors.clone(),
            certifiers: Arc::new(certifiers),
        });
    }

    /// Whether peers that trust the same authorities, for the same nodes, will accept this node at `now`.
    ///
    /// # Errors
    /// See [`CertificateRefusal`].
    pub fn check(&self, now: SystemTime) -> Result<(), CertificateRefusal> {
        let material = self.material();
        let Some((leaf, intermediates)) = material.chain.split_first() else {
            return Err(CertificateRefusal::Malformed);
        };
        material.judge(leaf, intermediates, now, Usage::Dialler)?;
        material
            .judge(leaf, intermediates, now, Usage::Listener)
            .map(|_| ())
    }

    /// The certificate that this node shows.
    ///
    /// # Errors
    /// [`NetworkError::Certificate`].
    pub fn certificate(&self) -> Result<Certificate, NetworkError> {
        let leaf = self.material().chain.first().cloned();
        Ok(Certificate::from_der(leaf.ok_or(PkiError::NoCertificate)?)?)
    }

    /// The authorities that this node trusts, with their revocation lists.
    pub fn anchors(&self) -> TrustAnchors {
        self.material().anchors.clone()
    }

    /// The key of this node.
    pub fn node(&self) -> NodeKey {
        self.shared.node
    }

    pub(crate) fn peer_key(&self) -> PeerKey {
        self.shared.key.clone()
    }

    pub(crate) fn provider(&self) -> Arc<CryptoProvider> {
        self.shared.provider.clone()
    }

    pub(crate) fn material(&self) -> Arc<Material> {
        self.shared.current.read().clone()
    }
}

fn material(
    node: &NodeKey,
    signing_key: &Arc<dyn SigningKey>,
    chain_pem: &str,
    anchors: TrustAnchors,
) -> Result<Material, NetworkError> {
    let chain = chain_from_pem(chain_pem)?;
    let found = chain.first().map(node_key_of).transpose()?.unwrap_or_default();
    if found != *node {
        return Err(CertificateRefusal::ForeignKey {
            expected: *node,
            found,
        }
        .into());
    }
    let certified = CertifiedKey::new(chain.clone(), signing_key.clone());
    Ok(Material {
        chain,
        resolver: Arc::new(SingleCertAndKey::from(certified)),
        anchors,
        certifiers: Arc::default(),
    })
}

/// TLS 1.3 only; the post-quantum hybrid first (X25519MLKEM768), X25519 and P-256 for peers without it.
fn provider() -> CryptoProvider {
    let defaults = aws_lc_rs::default_provider();
    let tls13 = |suite: &SupportedCipherSuite| suite.tls13().is_some();
    CryptoProvider {
        cipher_suites: defaults.cipher_suites.iter().copied().filter(tls13).collect(),
        kx_groups: vec![
            aws_lc_rs::kx_group::X25519MLKEM768,
            aws_lc_rs::kx_group::X25519,
            aws_lc_rs::kx_group::SECP256R1,
        ],
        ..defaults
    }
}
