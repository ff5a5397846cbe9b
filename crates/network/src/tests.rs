//! Handshakes and links over the deterministic runtime's connections: virtual time, no sockets.

use crate::{
    Certifiers, Channel, Config, CutReason, HandshakeLimits, LinkError, LinkReceiver, LinkSender, MutualTls,
    NetworkError, Peer, PeerAddress, PeerKey, Reason, Refusals, Sources, TlsIdentity,
    config::peer_key,
    directory::KnownPeers,
    live::LiveLinks,
    record,
    refusals::Refusal,
    tls::{self, Pending},
};
use civitas_crypto::{
    CertificateRefusal, NodeKeyPair, PkiError,
    pki::{
        AuthorityKey, AuthorityRequest, Certificate, CertificateAuthority, LeafRequest, RevocationPolicy,
        RevocationReason, Revocations, Revoked, TrustAnchors, Validity,
    },
};
use commonware_runtime::{Clock as _, IoBufs, Runner as _, Supervisor as _, deterministic, mocks};
use commonware_stream::{Receiver as _, Sender as _, Upgrader as _};
use commonware_utils::NZUsize;
use std::{
    collections::BTreeSet,
    time::{Duration, SystemTime, UNIX_EPOCH},
};

pub(crate) const CITY: &[u8] = b"riverton";
const BYTES_MAX: u32 = 2 * 1024 * 1024;
const DAY: Duration = Duration::from_secs(86_400);

pub(crate) fn authority(now: SystemTime, days: u32) -> CertificateAuthority {
    CertificateAuthority::create(&AuthorityRequest {
        name: "authority".to_owned(),
        organisation: "city".to_owned(),
        validity: Validity::from_now(now, days).unwrap(),
    })
    .unwrap()
}

pub(crate) fn trust(authorities: &[&CertificateAuthority]) -> TrustAnchors {
    TrustAnchors::from_der(
        authorities
            .iter()
            .map(|a| a.certificate().der().clone())
            .collect(),
    )
    .unwrap()
}

pub(crate) fn key(seed: u8) -> NodeKeyPair {
    NodeKeyPair::from_seed(&[seed; 32]).unwrap()
}

pub(crate) fn leaf(authority: &CertificateAuthority, seed: u8, now: SystemTime, days: u32) -> String {
    authority
        .issue(&LeafRequest {
            name: format!("node{seed}"),
            organisation: "city".to_owned(),
            public_key: key(seed).public_key(),
            alternative_names: Vec::new(),
            validity: Validity::from_now(now, days).unwrap(),
        })
        .unwrap()
        .to_pem()
}

fn identity(authority: &CertificateAuthority, seed: u8, trusted: TrustAnchors) -> TlsIdentity {
    TlsIdentity::new(&key(seed), &leaf(authority, seed, UNIX_EPOCH, 30), trusted).unwrap()
}

fn upgrader(identity: TlsIdentity) -> MutualTls {
    MutualTls::new(
        identity,
        KnownPeers::new(NZUsize!(1)),
        Refusals::default(),
        LiveLinks::default(),
    )
}

pub(crate) fn public(seed: u8) -> PeerKey {
    peer_key(&key(seed).public_key()).unwrap()
}

type Halves = (LinkSender<mocks::Sink>, LinkReceiver<mocks::Stream>);

struct Meeting<'a> {
    dialler: &'a MutualTls,
    listener: &'a MutualTls,
    expected: PeerKey,
    cities: [&'static [u8]; 2],
    limits: [u32; 2],
    admit: bool,
}

impl<'a> Meeting<'a> {
    fn of(dialler: &'a MutualTls, listener: &'a MutualTls) -> Self {
        let expected = listener.public_key();
        Self {
            dialler,
            listener,
            expected,
            cities: [CITY; 2],
            limits: [BYTES_MAX; 2],
            admit: true,
        }
    }

    async fn hold(
        self,
        context: &deterministic::Context,
    ) -> (Result<Halves, LinkError>, Result<(PeerKey, Halves), LinkError>) {
        let (dialler_sink, listener_stream) = mocks::Channel::init();
        let (listener_sink, dialler_stream) = mocks::Channel::init();
        let admit = self.admit;
        let dialler = self.dialler.clone();
        let listener = self.listener.clone();
        let (dial_context, listen_context) = (context.child("dial"), context.child("listen"));
        futures::join!(
            dialler.dial(
                dial_context,
                self.cities[0],
                self.limits[0],
                self.expected,
                dialler_stream,
                dialler_sink
            ),
            async {
                listener
                    .listen(
                        listen_context,
                        self.cities[1],
                        self.limits[1],
                        |_| async move { admit },
                        listener_stream,
                        listener_sink,
                    )
                    .await
                    .map(|(key, sender, receiver)| (key, (sender, receiver)))
            }
        )
    }

    /// Holds the meeting and returns why each end refused.
    async fn refused(self, context: &deterministic::Context) -> [Reason; 2] {
        let (dialled, listened) = self.hold(context).await;
        [
            Reason::of(&dialled.err().unwrap()),
            Reason::of(&listened.err().unwrap()),
        ]
    }
}

#[test]
fn messages_of_all_sizes_pass_both_ways() {
    deterministic::Runner::default().start(|context| async move {
        let city = authority(UNIX_EPOCH, 100);
        let [a, b] = [1, 2].map(|seed| upgrader(identity(&city, seed, trust(&[&city]))));
        let (dialled, listened) = Meeting::of(&a, &b).hold(&context).await;
        let (mut a_out, mut a_in) = dialled.unwrap();
        let (peer, (mut b_out, mut b_in)) = listened.unwrap();
        assert_eq!(peer, public(1));
        for size in [0usize, 1, 3, 16_380, 16_384, 262_140, 1 << 20, BYTES_MAX as usize] {
            let message: Vec<u8> = (0..size).map(|index| (index % 251) as u8).collect();
            // The two ends run together, so that a small socket buffer cannot block them.
            let (sent, got) = futures::join!(a_out.send(message.clone()), b_in.recv());
            sent.unwrap();
            assert_eq!(
                got.unwrap().coalesce().as_ref(),
                message.as_slice(),
                "{size} forth"
            );
            let (sent, got) = futures::join!(b_out.send(message.clone()), a_in.recv());
            sent.unwrap();
            assert_eq!(
                got.unwrap().coalesce().as_ref(),
                message.as_slice(),
                "{size} back"
            );
        }
        let many: Vec<IoBufs> = (0u32..1_000)
            .map(|n| IoBufs::from(n.to_be_bytes().to_vec()))
            .collect();
        let (sent, ()) = futures::join!(a_out.send_many(many), async {
            for expected in 0u32..1_000 {
                assert_eq!(
                    b_in.recv().await.unwrap().coalesce().as_ref(),
                    expected.to_be_bytes()
                );
            }
        });
        sent.unwrap();
        // A link that is cut ends the other end's receiving.
        drop((a_out, a_in));
        assert!(b_in.recv().await.is_err());
    });
}

#[test]
fn lengths_are_bounded_on_both_sides() {
    deterministic::Runner::default().start(|context| async move {
        let city = authority(UNIX_EPOCH, 100);
        let [a, b] = [1, 2].map(|seed| upgrader(identity(&city, seed, trust(&[&city]))));
        let mut meeting = Meeting::of(&a, &b);
        meeting.limits = [1_000, 100];
        let (dialled, listened) = meeting.hold(&context).await;
        let ((mut a_out, _a_in), (_, (_b_out, mut b_in))) = (dialled.unwrap(), listened.unwrap());
        let refused = a_out.send(vec![0; 1_001]).await;
        assert!(matches!(
            refused,
            Err(LinkError::MessageTooLarge {
                bytes: 1_001,
                bytes_max: 1_000
            })
        ));
        // Nothing of it was sent: the link goes on.
        a_out.send(vec![7; 100]).await.unwrap();
        assert_eq!(b_in.recv().await.unwrap().len(), 100);
        a_out.send(vec![0; 101]).await.unwrap();
        let refused = b_in.recv().await;
        assert!(matches!(
            refused,
            Err(LinkError::MessageTooLarge {
                bytes: 101,
                bytes_max: 100
            })
        ));
    });
}

#[test]
fn the_key_exchange_is_post_quantum_and_nothing_is_resumed() {
    deterministic::Runner::default().start(|_| async move {
        let city = authority(UNIX_EPOCH, 100);
        let [a, b] = [1, 2].map(|seed| identity(&city, seed, trust(&[&city])));
        let (mut dialler_sink, mut listener_stream) = mocks::Channel::init();
        let (mut listener_sink, mut dialler_stream) = mocks::Channel::init();
        for _ in 0..2 {
            let Pending {
                connection: mut client,
                ..
            } = tls::dial(&a, CITY, UNIX_EPOCH, b.node()).unwrap();
            let Pending {
                connection: mut server,
                ..
            } = tls::listen(&b, CITY, UNIX_EPOCH).unwrap();
            let (client_done, server_done) = futures::join!(
                record::handshake(&mut client, &mut dialler_stream, &mut dialler_sink),
                record::handshake(&mut server, &mut listener_stream, &mut listener_sink)
            );
            client_done.unwrap();
            server_done.unwrap();
            for connection in [&client, &server] {
                let group = connection.negotiated_key_exchange_group().unwrap();
                assert_eq!(group.name(), rustls::NamedGroup::X25519MLKEM768);
                assert_eq!(
                    connection.protocol_version(),
                    Some(rustls::ProtocolVersion::TLSv1_3)
                );
                assert_eq!(connection.handshake_kind(), Some(rustls::HandshakeKind::Full));
                assert_eq!(connection.alpn_protocol(), Some(tls::protocol(CITY).as_slice()));
            }
        }
    });
}

#[test]
fn strangers_are_refused_with_the_reason() {
    deterministic::Runner::default().start(|context| async move {
        let city = authority(UNIX_EPOCH, 100);
        let other = authority(UNIX_EPOCH, 100);
        let [a, b] = [1, 2].map(|seed| upgrader(identity(&city, seed, trust(&[&city]))));

        // Another authority, the key of a real node; seen by the dialler first, then by the listener.
        let foreign = upgrader(identity(&other, 2, trust(&[&other, &city])));
        let reasons = Meeting::of(&a, &foreign).refused(&context).await;
        assert_eq!(reasons, [Reason::UnknownAuthority, Reason::RefusedByPeer]);
        let foreign = upgrader(identity(&other, 1, trust(&[&other, &city])));
        let reasons = Meeting::of(&foreign, &b).refused(&context).await;
        assert_eq!(reasons, [Reason::RefusedByPeer, Reason::UnknownAuthority]);
        assert_eq!(b.refusals_for_tests().count(Reason::UnknownAuthority), 1);

        // A good certificate, but of another node than the one that was dialled.
        let mut meeting = Meeting::of(&a, &b);
        meeting.expected = public(3);
        assert_eq!(
            meeting.refused(&context).await,
            [Reason::ForeignKey, Reason::RefusedByPeer]
        );

        // A good certificate of a node that is not tracked.
        let mut meeting = Meeting::of(&a, &b);
        meeting.admit = false;
        assert_eq!(
            meeting.refused(&context).await,
            [Reason::Untracked, Reason::Untracked]
        );

        // Another city with the same authority.
        let mut meeting = Meeting::of(&a, &b);
        meeting.cities = [b"riverton", b"hilltown"];
        assert_eq!(
            meeting.refused(&context).await,
            [Reason::ForeignCity, Reason::ForeignCity]
        );
    });
}

#[test]
fn certificates_count_only_in_their_time_and_can_be_renewed() {
    deterministic::Runner::default().start(|context| async move {
        let city = authority(UNIX_EPOCH, 20);
        let trusted = trust(&[&city]);
        let with = |seed, begin, days| {
            let chain = leaf(&city, seed, begin, days);
            TlsIdentity::new(&key(seed), &chain, trusted.clone()).unwrap()
        };
        let lasting = upgrader(with(1, UNIX_EPOCH, 20));
        let short = with(2, UNIX_EPOCH, 2);
        let early = upgrader(with(3, UNIX_EPOCH + 5 * DAY, 2));
        let brief = upgrader(short.clone());

        let (dialled, listened) = Meeting::of(&brief, &lasting).hold(&context).await;
        let ((mut out, _in), (_, (_out, mut back))) = (dialled.unwrap(), listened.unwrap());
        let reasons = Meeting::of(&early, &lasting).refused(&context).await;
        assert_eq!(reasons, [Reason::RefusedByPeer, Reason::NotYetValid]);
        let reasons = Meeting::of(&lasting, &early).refused(&context).await;
        assert_eq!(reasons, [Reason::NotYetValid, Reason::RefusedByPeer]);

        context.sleep(3 * DAY).await;
        let reasons = Meeting::of(&brief, &lasting).refused(&context).await;
        assert_eq!(reasons, [Reason::RefusedByPeer, Reason::Expired]);
        let reasons = Meeting::of(&lasting, &brief).refused(&context).await;
        assert_eq!(reasons, [Reason::Expired, Reason::RefusedByPeer]);
        assert!(short.check(context.current()).is_err());

        // Renewed while running; the link from before is still up.
        assert!(matches!(
            short.replace(&leaf(&city, 9, context.current(), 2), trusted.clone()),
            Err(NetworkError::Refused(_))
        ));
        short
            .replace(&leaf(&city, 2, context.current(), 2), trusted.clone())
            .unwrap();
        short.check(context.current()).unwrap();
        let (dialled, listened) = Meeting::of(&brief, &lasting).hold(&context).await;
        assert!(dialled.is_ok() && listened.is_ok());
        out.send(vec![1, 2, 3]).await.unwrap();
        assert_eq!(back.recv().await.unwrap().len(), 3);

        // The authority's own time is over, too.
        context.sleep(20 * DAY).await;
        let reasons = Meeting::of(&lasting, &brief).refused(&context).await;
        assert!(
            matches!(reasons[0], Reason::UnknownAuthority | Reason::Expired),
            "{reasons:?}"
        );
    });
}

#[test]
fn a_second_authority_can_take_over() {
    deterministic::Runner::default().start(|context| async move {
        let [old, new] = [authority(UNIX_EPOCH, 50), authority(UNIX_EPOCH, 50)];
        let both = trust(&[&old, &new]);
        let [first, second] = [identity(&old, 1, both.clone()), identity(&old, 2, both.clone())];
        let [a, b] = [upgrader(first.clone()), upgrader(second.clone())];
        assert!(Meeting::of(&a, &b).hold(&context).await.0.is_ok());
        first.replace(&leaf(&new, 1, UNIX_EPOCH, 30), both).unwrap();
        assert!(Meeting::of(&a, &b).hold(&context).await.0.is_ok());
        second
            .replace(&leaf(&new, 2, UNIX_EPOCH, 30), trust(&[&new]))
            .unwrap();
        assert!(Meeting::of(&a, &b).hold(&context).await.0.is_ok());
    });
}

#[test]
fn garbage_is_no_tls() {
    let cases: [&[u8]; 5] = [
        b"GET / HTTP/1.1\r\n\r\n",
        &[0; 64],
        &[0x16, 3, 1, 0xff, 0xff, 0, 0, 0],
        &[0x16, 3, 1, 0, 0, 0, 0],
        &[0x16, 3, 1, 0, 5, 1, 0, 0, 1, 0],
    ];
    for garbage in cases {
        deterministic::Runner::default().start(|context| async move {
            let city = authority(UNIX_EPOCH, 100);
            let listener = upgrader(identity(&city, 2, trust(&[&city])));
            let (mut sink, stream) = mocks::Channel::init();
            let (back, _keep) = mocks::Channel::init();
            commonware_runtime::Sink::send(&mut sink, garbage.to_vec())
                .await
                .unwrap();
            let result = listener
                .clone()
                .listen(
                    context.child("listen"),
                    CITY,
                    10,
                    |_| async { true },
                    stream,
                    back,
                )
                .await;
            let reason = Reason::of(&result.err().unwrap());
            assert_eq!(reason, Reason::NotTls, "{garbage:?}");
            assert_eq!(listener.refusals_for_tests().count(Reason::NotTls), 1);
        });
    }
}

#[test]
fn a_silent_handshake_counts_as_timed_out() {
    deterministic::Runner::default().start(|context| async move {
        let city = authority(UNIX_EPOCH, 100);
        let listener = upgrader(identity(&city, 2, trust(&[&city])));
        let (_silent, stream) = mocks::Channel::init();
        let (back, _keep) = mocks::Channel::init();
        let handshake = commonware_stream::utils::Timeout::new(listener.clone(), Duration::from_secs(3));
        let result = handshake
            .listen(
                context.child("listen"),
                CITY,
                10,
                |_| async { true },
                stream,
                back,
            )
            .await;
        assert!(result.is_err());
        assert_eq!(listener.refusals_for_tests().count(Reason::TimedOut), 1);
    });
}

#[test]
fn the_log_is_paced() {
    let refusals = Refusals::default();
    let refuse = |seconds| {
        let now = UNIX_EPOCH + Duration::from_secs(seconds);
        refusals.note(&Refusal {
            reason: Reason::NotTls,
            dialled: None,
            error: None,
            now,
        });
        refusals.due_for_tests(Reason::NotTls, now)
    };
    // The first is logged by `note`, all others within the pause are only counted.
    assert_eq!(refuse(100), None);
    assert_eq!(refuse(129), None);
    // One from each call above, but for the logged one; then a new pause begins.
    assert_eq!(
        refusals.due_for_tests(Reason::NotTls, UNIX_EPOCH + Duration::from_secs(130)),
        Some(3)
    );
    assert_eq!(refusals.count(Reason::NotTls), 2);
}

#[test]
fn settings_are_checked() {
    let city = authority(UNIX_EPOCH, 100);
    let config = || {
        let identity = identity(&city, 1, trust(&[&city]));
        Config::new("127.0.0.1:1".parse().unwrap(), identity, CITY, 1_000)
    };
    assert!(config().check().is_ok());
    let bad: [fn(&mut Config); 5] = [
        |config| config.message_bytes_max = 0,
        |config| config.message_bytes_max = crate::MESSAGE_BYTES_MAX + 1,
        |config| config.namespace.clear(),
        |config| config.timing.ping = Duration::ZERO,
        |config| {
            config.handshakes = HandshakeLimits {
                concurrent: std::num::NonZeroU32::MIN,
                ..HandshakeLimits::default()
            };
        },
    ];
    for spoil in bad {
        let mut config = config();
        spoil(&mut config);
        assert!(matches!(config.check(), Err(NetworkError::Setting { .. })));
    }
    assert!(Channel::new(0, 0, 1).quota().is_err());
    assert!(Channel::new(0, 1, 0).quota().is_err());
    assert!(Channel::new(0, 10_000, 16_384).quota().is_ok());
}

#[test]
fn addresses_are_read() {
    for good in [
        "127.0.0.1:26600",
        "[::1]:26600",
        "node0.city.example:26600",
        "localhost:1",
    ] {
        assert_eq!(good.parse::<PeerAddress>().unwrap().to_string(), good);
    }
    for bad in [
        "",
        "127.0.0.1",
        "node0",
        "node0:0",
        "node0:70000",
        ":26600",
        "no de:1",
    ] {
        assert!(
            matches!(bad.parse::<PeerAddress>(), Err(NetworkError::BadAddress { .. })),
            "{bad}"
        );
    }
    let named = Peer {
        key: key(1).public_key(),
        address: "node0:1".parse().unwrap(),
    };
    assert!(named.entry(Sources::Any).is_ok());
    assert!(matches!(
        named.entry(Sources::Tracked),
        Err(NetworkError::SourceUnknown { .. })
    ));
}

/// Trust in `city` with its revocation list: the number, the days until the next one, whose certificates.
fn listing(city: &CertificateAuthority, number: u64, days: u32, revoked: &[&str]) -> TrustAnchors {
    let revoked: Vec<Revoked> = revoked
        .iter()
        .map(|pem| Revoked {
            serial: Certificate::from_pem(pem).unwrap().serial,
            at: UNIX_EPOCH,
            reason: RevocationReason::KeyCompromise,
        })
        .collect();
    let validity = Validity::from_now(UNIX_EPOCH, days).unwrap();
    let pem = city.revocation_list(number, validity, &revoked).unwrap();
    trust(&[city])
        .with_revocations(Revocations::from_pem(&pem).unwrap(), RevocationPolicy::Required)
        .unwrap()
}

/// A node of `city`, with the link layer's view of its links.
struct Member {
    chain: String,
    identity: TlsIdentity,
    tls: MutualTls,
    live: LiveLinks,
}

impl Member {
    fn new(city: &CertificateAuthority, seed: u8, anchors: TrustAnchors) -> Self {
        let chain = leaf(city, seed, UNIX_EPOCH, 10);
        let identity = TlsIdentity::new(&key(seed), &chain, anchors).unwrap();
        let live = LiveLinks::default();
        let known = KnownPeers::new(NZUsize!(1));
        let tls = MutualTls::new(identity.clone(), known, Refusals::default(), live.clone());
        Self {
            chain,
            identity,
            tls,
            live,
        }
    }
}

/// A link that is up, both ends.
async fn link(context: &deterministic::Context, a: &Member, b: &Member) -> (Halves, Halves) {
    let (dialled, listened) = Meeting::of(&a.tls, &b.tls).hold(context).await;
    (dialled.unwrap(), listened.unwrap().1)
}

#[test]
fn revoked_nodes_are_refused_by_both_ends() {
    deterministic::Runner::default().start(|context| async move {
        let city = authority(UNIX_EPOCH, 100);
        let revoked = Member::new(&city, 2, trust(&[&city]));
        let node = Member::new(&city, 1, listing(&city, 1, 30, &[&revoked.chain]));
        let reasons = Meeting::of(&node.tls, &revoked.tls).refused(&context).await;
        assert_eq!(reasons, [Reason::Revoked, Reason::RefusedByPeer]);
        let reasons = Meeting::of(&revoked.tls, &node.tls).refused(&context).await;
        assert_eq!(reasons, [Reason::RefusedByPeer, Reason::Revoked]);
        // The same key with a new certificate is welcome.
        let chain = leaf(&city, 2, UNIX_EPOCH, 10);
        revoked.identity.replace(&chain, trust(&[&city])).unwrap();
        link(&context, &revoked, &node).await;

        // A list that is out of date refuses everyone, in both directions.
        let other = Member::new(&city, 3, trust(&[&city]));
        let late = Member::new(&city, 4, listing(&city, 1, 2, &[]));
        link(&context, &late, &other).await;
        context.sleep(3 * DAY).await;
        let reasons = Meeting::of(&late.tls, &other.tls).refused(&context).await;
        assert_eq!(reasons, [Reason::Unlisted, Reason::RefusedByPeer]);
        let reasons = Meeting::of(&other.tls, &late.tls).refused(&context).await;
        assert_eq!(reasons, [Reason::RefusedByPeer, Reason::Unlisted]);
        // A new list, and all is well; an older one is not taken.
        let anchors = listing(&city, 2, 9, &[]);
        late.identity.replace(&late.chain, anchors).unwrap();
        link(&context, &late, &other).await;
        let forgetful = late.identity.replace(&late.chain, trust(&[&city]));
        assert!(matches!(
            forgetful,
            Err(NetworkError::Anchors(PkiError::OlderRevocations { .. }))
        ));
    });
}

#[test]
fn a_revocation_cuts_live_links_and_no_others() {
    deterministic::Runner::default().start(|context| async move {
        let city = authority(UNIX_EPOCH, 100);
        let node = Member::new(&city, 1, listing(&city, 1, 30, &[]));
        let bad = Member::new(&city, 2, trust(&[&city]));
        let good = Member::new(&city, 3, trust(&[&city]));
        // One link dialled by each end.
        let ((mut out, mut into), (mut bad_out, mut bad_in)) = link(&context, &node, &bad).await;
        let ((mut good_out, _good_in), (_out, mut good_at)) = link(&context, &good, &node).await;
        assert_eq!(node.live.peers().len(), 2);
        assert_eq!(node.live.review(&node.identity, context.current()), []);

        let anchors = listing(&city, 2, 30, &[&bad.chain]);
        node.identity.replace(&node.chain, anchors).unwrap();
        // The receiving end is waiting for a message when the link is cut.
        let (ended, cut) = futures::join!(into.recv(), async {
            node.live.review(&node.identity, context.current())
        });
        assert_eq!(cut.len(), 1);
        assert_eq!(cut[0].peer, key(2).public_key());
        assert!(matches!(
            &cut[0].reason,
            CutReason::Certificate(CertificateRefusal::Revoked { .. })
        ));
        assert!(matches!(ended, Err(LinkError::Cut { .. })));
        assert!(matches!(out.send(vec![1]).await, Err(LinkError::Cut { .. })));
        // What the other end had sent before is not taken any more.
        bad_out.send(vec![2; 10]).await.unwrap();
        assert!(matches!(into.recv().await, Err(LinkError::Cut { .. })));
        drop((out, into));
        assert!(bad_in.recv().await.is_err());
        assert_eq!(node.live.peers(), [key(3).public_key()]);
        good_out.send(vec![7; 9]).await.unwrap();
        assert_eq!(good_at.recv().await.unwrap().len(), 9);
    });
}

#[test]
fn links_end_with_the_certificate_and_renewal_keeps_traffic_flowing() {
    deterministic::Runner::default().start(|context| async move {
        let city = authority(UNIX_EPOCH, 100);
        let [a, b, c] = [1, 2, 3].map(|seed| Member::new(&city, seed, listing(&city, 1, 90, &[])));
        let with_b = link(&context, &a, &b).await;
        let (with_c, (ca_out, mut ca_in)) = link(&context, &a, &c).await;
        let (mut ac_out, ac_in) = with_c;
        context.sleep(7 * DAY).await;
        let renewed = leaf(&city, 1, context.current(), 10);
        a.identity.replace(&renewed, listing(&city, 1, 90, &[])).unwrap();
        // Nothing is cut by the renewal itself.
        assert_eq!(a.live.review(&a.identity, context.current()), []);
        ac_out.send(vec![1]).await.unwrap();
        ca_in.recv().await.unwrap();
        // One link at a time is made anew; the other one carries traffic meanwhile.
        assert_eq!(a.live.refresh_one(&a.identity), Some(key(2).public_key()));
        assert_eq!(a.live.peers(), [key(3).public_key()]);
        ac_out.send(vec![2]).await.unwrap();
        ca_in.recv().await.unwrap();
        drop(with_b);
        let (_ab, (mut ba_out, _ba_in)) = link(&context, &a, &b).await;
        assert_eq!(a.live.refresh_one(&a.identity), Some(key(3).public_key()));
        drop((ac_out, ac_in, ca_out, ca_in));
        let (_ac, _ca) = link(&context, &a, &c).await;
        assert_eq!(a.live.refresh_one(&a.identity), None);
        assert_eq!(a.live.peers().len(), 2);

        // The certificates of b and c end on day 10; that of a, as the others see it, does not.
        context.sleep(4 * DAY).await;
        assert_eq!(b.live.review(&b.identity, context.current()), []);
        ba_out.send(vec![3]).await.unwrap();
        let cut = a.live.review(&a.identity, context.current());
        assert_eq!(cut.len(), 2);
        for link in cut {
            assert!(matches!(
                link.reason,
                CutReason::Certificate(CertificateRefusal::Expired { .. })
            ));
        }
        let reasons = Meeting::of(&a.tls, &b.tls).refused(&context).await;
        assert_eq!(reasons, [Reason::Expired, Reason::RefusedByPeer]);
    });
}

#[test]
fn a_late_revocation_list_cuts_no_live_link() {
    deterministic::Runner::default().start(|context| async move {
        let city = authority(UNIX_EPOCH, 100);
        let [a, b] = [1, 2].map(|seed| Member::new(&city, seed, listing(&city, 1, 2, &[])));
        let ((mut out, _in), (_out, mut at)) = link(&context, &a, &b).await;
        context.sleep(3 * DAY).await;
        assert_eq!(a.live.review(&a.identity, context.current()), []);
        out.send(vec![1]).await.unwrap();
        assert_eq!(at.recv().await.unwrap().len(), 1);
        let reasons = Meeting::of(&a.tls, &b.tls).refused(&context).await;
        assert_eq!(reasons, [Reason::Unlisted, Reason::RefusedByPeer]);
        // The end of the certificate counts all the same.
        context.sleep(8 * DAY).await;
        assert_eq!(a.live.review(&a.identity, context.current()).len(), 1);
    });
}

/// The authorities in `by` alone may certify the nodes with these seeds.
fn certified(seeds: &[u8], by: &[&CertificateAuthority]) -> Certifiers {
    let keys = by
        .iter()
        .map(|one| AuthorityKey::of(one.certificate().der()).unwrap());
    let permitted: BTreeSet<AuthorityKey> = keys.collect();
    let named = |seed: &u8| (key(*seed).public_key(), permitted.clone());
    seeds.iter().map(named).collect()
}

#[test]
fn only_the_authorities_of_its_organisation_certify_a_node() {
    deterministic::Runner::default().start(|context| async move {
        let [own, other] = [authority(UNIX_EPOCH, 100), authority(UNIX_EPOCH, 100)];
        let both = trust(&[&own, &other]);
        let node = Member::new(&own, 1, both.clone());
        let good = Member::new(&own, 2, both.clone());
        let bad = Member::new(&other, 2, both.clone());
        let links = async |peer: &Member| {
            let mut reasons = Vec::new();
            for (dialler, listener) in [(&node, peer), (peer, &node)] {
                let (dialled, listened) = Meeting::of(&dialler.tls, &listener.tls).hold(&context).await;
                let dialled = dialled.err().map(|error| Reason::of(&error));
                reasons.push([dialled, listened.err().map(|error| Reason::of(&error))]);
            }
            reasons
        };
        let welcome = vec![[None, None]; 2];
        let foreign = vec![
            [Some(Reason::ForeignAuthority), Some(Reason::RefusedByPeer)],
            [Some(Reason::RefusedByPeer), Some(Reason::ForeignAuthority)],
        ];
        // Nobody has said who may certify whom, or only of other nodes: what is trusted counts.
        for certifiers in [Certifiers::new(), certified(&[3], &[&own])] {
            node.identity.set_certifiers(certifiers);
            assert_eq!(links(&good).await, welcome);
            assert_eq!(links(&bad).await, welcome);
        }
        node.identity.set_certifiers(certified(&[2], &[&own]));
        assert_eq!(links(&good).await, welcome);
        assert_eq!(links(&bad).await, foreign);
        node.identity.set_certifiers(certified(&[2], &[&own, &other]));
        assert_eq!(links(&bad).await, welcome);
        // An organisation whose anchors are all unreadable.
        node.identity.set_certifiers(certified(&[2], &[]));
        assert_eq!(links(&good).await, foreign);
        // What the ledger permits has to be trusted here, too.
        node.identity.replace(&node.chain, trust(&[&own])).unwrap();
        node.identity.set_certifiers(certified(&[2], &[&other]));
        assert_eq!(links(&bad).await[0][0], Some(Reason::UnknownAuthority));
        // Break-glass, for what is trusted only; new files leave alone what the ledger said.
        for trusted in [trust(&[&own]), both] {
            let is_trusted = trusted.certificates().count() == 2;
            let recovery = trusted.with_recovery(&other.certificate().to_pem()).unwrap();
            node.identity.replace(&node.chain, recovery).unwrap();
            node.identity.set_certifiers(certified(&[2], &[&own]));
            assert_eq!(links(&bad).await == welcome, is_trusted);
        }
        node.identity
            .replace(&node.chain, trust(&[&own, &other]))
            .unwrap();
        assert_eq!(links(&bad).await, foreign);
    });
}

#[test]
fn an_anchor_that_is_removed_cuts_the_links_of_its_organisation() {
    deterministic::Runner::default().start(|context| async move {
        let [own, other] = [authority(UNIX_EPOCH, 100), authority(UNIX_EPOCH, 100)];
        let trusted = trust(&[&own, &other]);
        // That its list is out of date saves no link.
        let validity = Validity::from_now(UNIX_EPOCH, 2).unwrap();
        let list = other.revocation_list(1, validity, &[]).unwrap();
        let listed = trusted
            .clone()
            .with_revocations(Revocations::from_pem(&list).unwrap(), RevocationPolicy::default())
            .unwrap();
        let node = Member::new(&own, 1, listed);
        let a = Member::new(&other, 2, trusted.clone());
        let b = Member::new(&other, 3, trusted);
        let permitted = || certified(&[2, 3], &[&own, &other]);
        node.identity.set_certifiers(permitted());
        let (_with_a, _) = link(&context, &node, &a).await;
        let ((mut out, _in), (_out, mut at)) = link(&context, &b, &node).await;
        context.sleep(3 * DAY).await;
        node.identity.set_certifiers(permitted());
        assert_eq!(node.live.review(&node.identity, context.current()), []);

        let mut certifiers = certified(&[2], &[&own]);
        certifiers.extend(certified(&[3], &[&other]));
        node.identity.set_certifiers(certifiers);
        let cut = node.live.review(&node.identity, context.current());
        assert_eq!(cut.len(), 1, "{cut:?}");
        assert_eq!(cut[0].peer, key(2).public_key());
        assert_eq!(cut[0].reason.name(), "foreign_authority");
        out.send(vec![1]).await.unwrap();
        assert_eq!(at.recv().await.unwrap().len(), 1);
    });
}

#[test]
fn nodes_that_the_ledger_no_longer_knows_are_cut_and_refused() {
    deterministic::Runner::default().start(|context| async move {
        let city = authority(UNIX_EPOCH, 100);
        let [a, b, c] = [1, 2, 3].map(|seed| Member::new(&city, seed, trust(&[&city])));
        let (_ab, (_ba_out, mut ba_in)) = link(&context, &a, &b).await;
        let ((mut ac_out, _ac_in), (_ca_out, mut ca_in)) = link(&context, &a, &c).await;
        let cut = a.live.set_active([public(1), public(3)].into_iter().collect());
        assert_eq!(cut.len(), 1);
        assert_eq!(
            (cut[0].peer, &cut[0].reason),
            (key(2).public_key(), &CutReason::Inactive)
        );
        drop(_ab);
        assert!(ba_in.recv().await.is_err());
        ac_out.send(vec![1]).await.unwrap();
        ca_in.recv().await.unwrap();
        for (dialler, listener) in [(&a, &b), (&b, &a)] {
            let (dialled, listened) = Meeting::of(&dialler.tls, &listener.tls).hold(&context).await;
            assert!(dialled.is_err() && listened.is_err());
        }
        // Active again, it is welcome.
        a.live
            .set_active([public(1), public(2), public(3)].into_iter().collect());
        link(&context, &b, &a).await;
    });
}

#[test]
fn a_change_between_handshake_and_registration_is_not_missed() {
    deterministic::Runner::default().start(|context| async move {
        let city = authority(UNIX_EPOCH, 100);
        let node = Member::new(&city, 1, listing(&city, 1, 30, &[]));
        let bad = Member::new(&city, 2, trust(&[&city]));
        let (dialler_sink, listener_stream) = mocks::Channel::init();
        let (listener_sink, dialler_stream) = mocks::Channel::init();
        let (dialled, listened) = futures::join!(
            bad.tls.clone().dial(
                context.child("dial"),
                CITY,
                BYTES_MAX,
                public(1),
                dialler_stream,
                dialler_sink
            ),
            node.tls.clone().listen(
                context.child("listen"),
                CITY,
                BYTES_MAX,
                // The certificate was judged already when the new list comes.
                |_| async {
                    let anchors = listing(&city, 2, 30, &[&bad.chain]);
                    node.identity.replace(&node.chain, anchors).unwrap();
                    assert_eq!(node.live.review(&node.identity, UNIX_EPOCH), []);
                    true
                },
                listener_stream,
                listener_sink,
            )
        );
        let reason = Reason::of(&listened.err().unwrap());
        assert_eq!(reason, Reason::Revoked);
        assert!(dialled.is_err());
        assert!(node.live.peers().is_empty());
    });
}
