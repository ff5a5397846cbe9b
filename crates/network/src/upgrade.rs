//! Turns a raw connection into a link: mutual TLS, then admission by key.
//!
//! ```text
//! dialler                                 listener
//!   ── ClientHello (ALPN = city) ──────────▶
//!   ◀── certificate ── judged: authority, time, the dialled key ──
//!   ── certificate ──▶ judged: authority, time; then: is the key active, and a tracked peer?
//!   ◀── verdict, one byte in a frame ──────    both ends register the link, and only now handle messages
//! ```
//!
//! In TLS 1.3 the dialler's handshake is done before the listener has judged its certificate; the verdict
//! closes that gap, and tells a dialler why it was not admitted.

use crate::{
    LinkError, LinkReceiver, LinkSender, PeerKey, Reason, Refusals, TlsIdentity,
    config::MESSAGE_BYTES_MAX,
    directory::KnownPeers,
    link,
    live::{LiveLinks, Shown},
    record,
    refusals::Refusal,
    tls::{self, Pending, Verdict},
};
use civitas_crypto::pki::Usage;
use civitas_types::NodeKey;
use commonware_codec::DecodeExt as _;
use commonware_runtime::{Clock, IoBufs, Sink, Stream};
use commonware_stream::{Receiver as _, Sender as _, Upgrader};
use rand::CryptoRng;
use rustls::{CommonState, Error as TlsError};
use rustls_pki_types::CertificateDer;
use std::time::SystemTime;

/// Length of the frame that carries the verdict.
const VERDICT_BYTES_MAX: u32 = 1;
/// The listener takes the dialler as a peer.
const ADMITTED: u8 = 0;
/// The listener does not track the dialler.
const UNTRACKED: u8 = 1;
/// The listener tracks the dialler but cannot link with it now.
const BUSY: u8 = 2;

/// The handshake of a city's links, as commonware-p2p calls it.
#[derive(Clone)]
pub struct MutualTls {
    identity: TlsIdentity,
    known: KnownPeers,
    refusals: Refusals,
    live: LiveLinks,
}

impl MutualTls {
    pub(crate) const fn new(
        identity: TlsIdentity,
        known: KnownPeers,
        refusals: Refusals,
        live: LiveLinks,
    ) -> Self {
        Self {
            identity,
            known,
            refusals,
            live,
        }
    }

    #[cfg(test)]
    pub(crate) fn refusals_for_tests(&self) -> Refusals {
        self.refusals.clone()
    }

    /// The bouncer has said no; find out why, for the verdict and the log.
    fn not_admitted(&self, key: &PeerKey) -> (u8, LinkError) {
        let node = NodeKey::from_slice(key);
        if self.known.contains(key) && self.live.is_active(key) {
            (BUSY, LinkError::Busy { key: node })
        } else {
            (UNTRACKED, LinkError::Untracked { key: node })
        }
    }
}

impl Upgrader for MutualTls {
    const MAX_SIZE: u32 = MESSAGE_BYTES_MAX + FRAMING_BYTES_MAX;

    type PublicKey = PeerKey;
    type Error = LinkError;
    type Sender<I: Stream, O: Sink> = LinkSender<O>;
    type Receiver<I: Stream, O: Sink> = LinkReceiver<I>;

    fn public_key(&self) -> PeerKey {
        self.identity.peer_key()
    }

    async fn dial<C, I, O>(
        self,
        context: C,
        namespace: &[u8],
        max_message_size: u32,
        peer: PeerKey,
        stream: I,
        sink: O,
    ) -> Result<(LinkSender<O>, LinkReceiver<I>), LinkError>
    where
        C: Clock + CryptoRng,
        I: Stream,
        O: Sink,
    {
        let expected = NodeKey::from_slice(&peer);
        let now = context.current();
        let attempt = Attempt::begin(&self.refusals, Some(expected), now);
        let result = async {
            if !self.live.is_active(&peer) {
                return Err(LinkError::Untracked { key: expected });
            }
            let pending = tls::dial(&self.identity, namespace, now, expected)?;
            let material = pending.material.clone();
            let (connection, stream, sink) = secure(pending, namespace, stream, sink).await?;
            let chain = shown_chain(&connection);
            let (mut sender, mut receiver) = link::split(connection, stream, sink, max_message_size);
            receiver.set_limit(VERDICT_BYTES_MAX);
            let verdict = receiver.recv().await.map_err(refused_by_peer)?.coalesce();
            match verdict.as_ref() {
                [ADMITTED] => {}
                [UNTRACKED] => return Err(LinkError::NotTrackedThere),
                [BUSY] => return Err(LinkError::BusyThere),
                _ => return Err(LinkError::ForeignCity),
            }
            receiver.set_limit(max_message_size);
            let shown = Shown {
                peer,
                chain,
                usage: Usage::Listener,
                material,
            };
            let registration = self.live.register(shown, &self.identity, context.current())?;
            sender.end_with(&registration);
            receiver.end_with(registration);
            Ok((sender, receiver))
        };
        attempt.end(result.await)
    }

    async fn listen<C, I, O, B, F>(
        self,
        context: C,
        namespace: &[u8],
        max_message_size: u32,
        bouncer: B,
        stream: I,
        sink: O,
    ) -> Result<(PeerKey, LinkSender<O>, LinkReceiver<I>), LinkError>
    where
        C: Clock + CryptoRng,
        I: Stream,
        O: Sink,
        B: FnOnce(PeerKey) -> F + Send,
        F: Future<Output = bool> + Send,
    {
        let now = context.current();
        let attempt = Attempt::begin(&self.refusals, None, now);
        let result = async {
            let pending = tls::listen(&self.identity, namespace, now)?;
            let verdict = pending.verdict.clone();
            let material = pending.material.clone();
            let (connection, stream, sink) = secure(pending, namespace, stream, sink).await?;
            let key = verified_key(&verdict)?;
            let chain = shown_chain(&connection);
            let (mut sender, mut receiver) = link::split(connection, stream, sink, max_message_size);
            if self.live.is_active(&key) && bouncer(key.clone()).await {
                let shown = Shown {
                    peer: key.clone(),
                    chain,
                    usage: Usage::Dialler,
                    material,
                };
                let registration = self.live.register(shown, &self.identity, context.current())?;
                sender.send(IoBufs::from(vec![ADMITTED])).await?;
                sender.end_with(&registration);
                receiver.end_with(registration);
                return Ok((key, sender, receiver));
            }
            let (verdict, error) = self.not_admitted(&key);
            sender.send(IoBufs::from(vec![verdict])).await?;
            Err(error)
        };
        attempt.end(result.await)
    }
}

/// What commonware-p2p adds to a message before it hands it to a link (`MAX_PAYLOAD_OVERHEAD`).
const FRAMING_BYTES_MAX: u32 = commonware_p2p::authenticated::MAX_PAYLOAD_OVERHEAD;

/// Runs the TLS handshake, and checks that both ends speak for the same city.
async fn secure<I: Stream, O: Sink>(
    pending: Pending,
    namespace: &[u8],
    mut stream: I,
    mut sink: O,
) -> Result<(rustls::Connection, I, O), LinkError> {
    let Pending {
        mut connection,
        verdict,
        ..
    } = pending;
    let done = record::handshake(&mut connection, &mut stream, &mut sink).await;
    done.map_err(|error| precise(error, &verdict))?;
    // A peer that offers no protocol name at all passes the library's check.
    let spoken: &CommonState = &connection;
    if spoken.alpn_protocol() != Some(tls::protocol(namespace).as_slice()) {
        return Err(LinkError::ForeignCity);
    }
    Ok((connection, stream, sink))
}

/// The certificates that the peer showed in a handshake that is done.
fn shown_chain(connection: &rustls::Connection) -> Vec<CertificateDer<'static>> {
    let shown: &CommonState = connection;
    shown.peer_certificates().unwrap_or_default().to_vec()
}

/// The verdict over the certificate says more than the error that the TLS library makes of it.
fn precise(error: LinkError, verdict: &Verdict) -> LinkError {
    match error {
        LinkError::Tls(TlsError::NoCertificatesPresented) => LinkError::NoCertificate,
        LinkError::Tls(TlsError::NoApplicationProtocol) => LinkError::ForeignCity,
        LinkError::Tls(TlsError::InvalidCertificate(_)) => match verdict.take() {
            Some(Err(refusal)) => LinkError::Certificate(refusal),
            _ => error,
        },
        error => refused_by_peer(error),
    }
}

fn refused_by_peer(error: LinkError) -> LinkError {
    match error {
        LinkError::Tls(TlsError::AlertReceived(rustls::AlertDescription::NoApplicationProtocol)) => {
            LinkError::ForeignCity
        }
        LinkError::Tls(TlsError::AlertReceived(alert)) => LinkError::RefusedByPeer { alert },
        error => error,
    }
}

fn verified_key(verdict: &Verdict) -> Result<PeerKey, LinkError> {
    let node = match verdict.take() {
        Some(Ok(node)) => node,
        Some(Err(refusal)) => return Err(LinkError::Certificate(refusal)),
        None => return Err(LinkError::NoCertificate),
    };
    PeerKey::decode(commonware_codec::Copying(node.as_slice()))
        .map_err(|_| LinkError::Certificate(civitas_crypto::CertificateRefusal::NotANodeKey))
}

/// One handshake under way. Dropped before its end, it counts as timed out: that is how a deadline shows here.
struct Attempt<'a> {
    refusals: &'a Refusals,
    dialled: Option<NodeKey>,
    began: SystemTime,
    is_over: bool,
}

impl<'a> Attempt<'a> {
    const fn begin(refusals: &'a Refusals, dialled: Option<NodeKey>, began: SystemTime) -> Self {
        Self {
            refusals,
            dialled,
            began,
            is_over: false,
        }
    }

    fn end<T>(mut self, result: Result<T, LinkError>) -> Result<T, LinkError> {
        self.is_over = true;
        if let Err(error) = &result {
            self.note(Reason::of(error), Some(error));
        }
        result
    }

    fn note(&self, reason: Reason, error: Option<&LinkError>) {
        self.refusals.note(&Refusal {
            reason,
            dialled: self.dialled,
            error,
            now: self.began,
        });
    }
}

impl Drop for Attempt<'_> {
    fn drop(&mut self) {
        if !self.is_over {
            self.note(Reason::TimedOut, None);
        }
    }
}
