//! Makes one TLS connection: settings, and the judgement over the peer's certificate.
//!
//! Settings are made anew for each handshake. It costs microseconds against a handshake's hundreds, and lets
//! each one have its own time, its own expected peer and its own place for the exact reason of a refusal
//! (an alert carries less).

use crate::{LinkError, TlsIdentity, identity::Material};
use civitas_crypto::{CertificateRefusal, pki::Usage};
use civitas_types::NodeKey;
use commonware_cryptography::{Hasher as _, Sha256};
use parking_lot::Mutex;
use rustls::{
    CertificateError, ClientConfig, ClientConnection, Connection, DigitallySignedStruct, DistinguishedName,
    Error as TlsError, ServerConfig, ServerConnection, SignatureScheme,
    client::{
        Resumption,
        danger::{HandshakeSignatureValid, ServerCertVerified, ServerCertVerifier},
    },
    crypto::{CryptoProvider, WebPkiSupportedAlgorithms, verify_tls13_signature},
    server::danger::{ClientCertVerified, ClientCertVerifier},
    time_provider::TimeProvider,
    version::TLS13,
};
use rustls_pki_types::{CertificateDer, ServerName, UnixTime};
use std::{
    fmt::{self, Write as _},
    net::{IpAddr, Ipv4Addr},
    sync::Arc,
    time::{SystemTime, UNIX_EPOCH},
};

/// Leading bytes of the namespace's digest that stand in ALPN: enough that no two cities meet by chance.
const NAMESPACE_DIGEST_BYTES: usize = 16;

/// What a verifier found out; read after the handshake.
#[derive(Clone, Debug, Default)]
pub(crate) struct Verdict(Arc<Mutex<Option<Result<NodeKey, CertificateRefusal>>>>);

impl Verdict {
    /// The verdict, if it came to one.
    pub(crate) fn take(&self) -> Option<Result<NodeKey, CertificateRefusal>> {
        self.0.lock().take()
    }
}

/// A connection before its handshake.
pub(crate) struct Pending {
    pub(crate) connection: Connection,
    pub(crate) verdict: Verdict,
    /// What this node shows and trusts in it.
    pub(crate) material: Arc<Material>,
}

/// The protocol name of a city's links (ALPN, RFC 7301).
pub(crate) fn protocol(namespace: &[u8]) -> Vec<u8> {
    let digest = Sha256::hash(&[namespace]);
    let mut name = "civitas/1/".to_owned();
    for byte in digest.iter().take(NAMESPACE_DIGEST_BYTES) {
        // Writing to a string cannot fail.
        let _ = write!(name, "{byte:02x}");
    }
    name.into_bytes()
}

/// The dialling end, which accepts the certificate of `expected` only.
pub(crate) fn dial(
    identity: &TlsIdentity,
    namespace: &[u8],
    now: SystemTime,
    expected: NodeKey,
) -> Result<Pending, LinkError> {
    let material = identity.material();
    let verdict = Verdict::default();
    let verifier = Verifier::new(identity, material.clone(), Some(expected), verdict.clone());
    let mut config = ClientConfig::builder_with_details(identity.provider(), Arc::new(FixedTime(now)))
        .with_protocol_versions(&[&TLS13])
        .map_err(LinkError::Tls)?
        .dangerous()
        .with_custom_certificate_verifier(Arc::new(verifier))
        .with_client_cert_resolver(material.resolver.clone());
    config.alpn_protocols = vec![protocol(namespace)];
    config.resumption = Resumption::disabled();
    config.enable_sni = false;
    // Peers are known by key; the name is only what the library needs to be given.
    let name = ServerName::IpAddress(IpAddr::V4(Ipv4Addr::LOCALHOST).into());
    let mut connection: Connection = ClientConnection::new(Arc::new(config), name)
        .map_err(LinkError::Tls)?
        .into();
    connection.set_buffer_limit(None);
    Ok(Pending {
        connection,
        verdict,
        material,
    })
}

/// The listening end, which accepts any node certificate of the city; the caller decides on the key.
pub(crate) fn listen(
    identity: &TlsIdentity,
    namespace: &[u8],
    now: SystemTime,
) -> Result<Pending, LinkError> {
    let material = identity.material();
    let verdict = Verdict::default();
    let verifier = Verifier::new(identity, material.clone(), None, verdict.clone());
    let mut config = ServerConfig::builder_with_details(identity.provider(), Arc::new(FixedTime(now)))
        .with_protocol_versions(&[&TLS13])
        .map_err(LinkError::Tls)?
        .with_client_cert_verifier(Arc::new(verifier))
        .with_cert_resolver(material.resolver.clone());
    config.alpn_protocols = vec![protocol(namespace)];
    config.session_storage = Arc::new(rustls::server::NoServerSessionStorage {});
    config.send_tls13_tickets = 0;
    let mut connection: Connection = ServerConnection::new(Arc::new(config))
        .map_err(LinkError::Tls)?
        .into();
    connection.set_buffer_limit(None);
    Ok(Pending {
        connection,
        verdict,
        material,
    })
}

/// The time at which the handshake began, by the clock of the runtime.
#[derive(Debug)]
struct FixedTime(SystemTime);

impl TimeProvider for FixedTime {
    fn current_time(&self) -> Option<UnixTime> {
        self.0
            .duration_since(UNIX_EPOCH)
            .ok()
            .map(UnixTime::since_unix_epoch)
    }
}

struct Verifier {
    material: Arc<Material>,
    algorithms: WebPkiSupportedAlgorithms,
    expected: Option<NodeKey>,
    verdict: Verdict,
}

impl fmt::Debug for Verifier {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter
            .debug_struct("Verifier")
            .field("expected", &self.expected)
            .finish_non_exhaustive()
    }
}

impl Verifier {
    fn new(
        identity: &TlsIdentity,
        material: Arc<Material>,
        expected: Option<NodeKey>,
        verdict: Verdict,
    ) -> Self {
        let provider: Arc<CryptoProvider> = identity.provider();
        Self {
            material,
            algorithms: provider.signature_verification_algorithms,
            expected,
            verdict,
        }
    }

    fn judge(
        &self,
        leaf: &CertificateDer<'_>,
        intermediates: &[CertificateDer<'_>],
        now: UnixTime,
        usage: Usage,
    ) -> Result<(), TlsError> {
        let now = UNIX_EPOCH
            .checked_add(std::time::Duration::from_secs(now.as_secs()))
            .ok_or(TlsError::FailedToGetCurrentTime)?;
        let judged = self
            .material
            .judge(leaf, intermediates, now, usage)
            .map(|judged| judged.key)
            .and_then(|found| match self.expected {
                Some(expected) if expected != found => {
                    Err(CertificateRefusal::ForeignKey { expected, found })
                }
                _ => Ok(found),
            });
        let answer = judged
            .as_ref()
            .map(|_| ())
            .map_err(|refusal| alert(refusal).into());
        *self.verdict.0.lock() = Some(judged);
        answer
    }
}

/// The refusal as the TLS library knows it, so that the peer gets the alert of RFC 8446, 6.2.
fn alert(refusal: &CertificateRefusal) -> CertificateError {
    match refusal {
        CertificateRefusal::Malformed => CertificateError::BadEncoding,
        CertificateRefusal::UnknownAuthority
        | CertificateRefusal::ForeignAuthority { .. }
        | CertificateRefusal::AuthorityNotValid => CertificateError::UnknownIssuer,
        CertificateRefusal::Expired { .. } => CertificateError::Expired,
        CertificateRefusal::NotYetValid { .. } => CertificateError::NotValidYet,
        CertificateRefusal::Revoked { .. } => CertificateError::Revoked,
        CertificateRefusal::StaleRevocations { .. } => CertificateError::ExpiredRevocationList,
        CertificateRefusal::NoRevocations { .. } => CertificateError::UnknownRevocationStatus,
        CertificateRefusal::WrongUsage => CertificateError::InvalidPurpose,
        CertificateRefusal::ForeignKey { .. } => CertificateError::NotValidForName,
        CertificateRefusal::NotANodeKey | CertificateRefusal::Rule { .. } => {
            CertificateError::ApplicationVerificationFailure
        }
    }
}

impl ServerCertVerifier for Verifier {
    fn verify_server_cert(
        &self,
        end_entity: &CertificateDer<'_>,
        intermediates: &[CertificateDer<'_>],
        _server_name: &ServerName<'_>,
        _ocsp_response: &[u8],
        now: UnixTime,
    ) -> Result<ServerCertVerified, TlsError> {
        self.judge(end_entity, intermediates, now, Usage::Listener)
            .map(|()| ServerCertVerified::assertion())
    }

    fn verify_tls12_signature(
        &self,
        _message: &[u8],
        _cert: &CertificateDer<'_>,
        _signature: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, TlsError> {
        Err(TlsError::General("TLS 1.2 is not spoken".to_owned()))
    }

    fn verify_tls13_signature(
        &self,
        message: &[u8],
        cert: &CertificateDer<'_>,
        signature: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, TlsError> {
        verify_tls13_signature(message, cert, signature, &self.algorithms)
    }

    fn supported_verify_schemes(&self) -> Vec<SignatureScheme> {
        self.algorithms.supported_schemes()
    }
}

impl ClientCertVerifier for Verifier {
    fn root_hint_subjects(&self) -> &[DistinguishedName] {
        // A stranger need not learn the names of the authorities.
        &[]
    }

    fn verify_client_cert(
        &self,
        end_entity: &CertificateDer<'_>,
        intermediates: &[CertificateDer<'_>],
        now: UnixTime,
    ) -> Result<ClientCertVerified, TlsError> {
        self.judge(end_entity, intermediates, now, Usage::Dialler)
            .map(|()| ClientCertVerified::assertion())
    }

    fn verify_tls12_signature(
        &self,
        _message: &[u8],
        _cert: &CertificateDer<'_>,
        _signature: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, TlsError> {
        Err(TlsError::General("TLS 1.2 is not spoken".to_owned()))
    }

    fn verify_tls13_signature(
        &self,
        message: &[u8],
        cert: &CertificateDer<'_>,
        signature: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, TlsError> {
        verify_tls13_signature(message, cert, signature, &self.algorithms)
    }

    fn supported_verify_schemes(&self) -> Vec<SignatureScheme> {
        self.algorithms.supported_schemes()
    }
}
