//! Whole networks over real sockets of this machine, with the tokio runtime.

#![expect(clippy::unwrap_used, reason = "a fixture that fails is a failed test")]

use civitas_crypto::{
    NodeKeyPair,
    pki::{
        AuthorityRequest, Certificate, CertificateAuthority, LeafRequest, RevocationPolicy, RevocationReason,
        Revocations, Revoked, TrustAnchors, Validity,
    },
};
use civitas_network::{
    Channel, ChannelReceiver, ChannelSender, Config, CutReason, Directory, Peer, PeerKey, Reason, Refusals,
    Running, Sources, TlsIdentity, check_listen_address, start,
};
use commonware_cryptography::Signer as _;
use commonware_macros::select;
use commonware_p2p::{Receiver as _, Recipients, Sender as _};
use commonware_runtime::{
    Clock as _, Handle, Metrics as _, Runner as _, Spawner as _, Supervisor as _, tokio,
};
use std::{
    fs,
    io::Write as _,
    net::{SocketAddr, TcpListener, TcpStream},
    process::{Command, Stdio},
    time::{Duration, SystemTime},
};

const CITY: &[u8] = b"riverton";
const BYTES_MAX: u32 = 2 * 1024 * 1024;
const SMALL: Channel = Channel::new(0, 10_000, 1_024);
const LARGE: Channel = Channel::new(1, 1_000, 64);
/// How long to wait before a message that may have been lost is sent again.
const RETRY: Duration = Duration::from_millis(50);

type Sender = ChannelSender<tokio::Context>;

struct Node {
    small: (Sender, ChannelReceiver),
    large: (Sender, ChannelReceiver),
    directory: Directory,
    refusals: Refusals,
    identity: TlsIdentity,
    _handle: Handle<()>,
}

struct City {
    authority: CertificateAuthority,
    addresses: Vec<SocketAddr>,
}

impl City {
    fn new(nodes: usize) -> Self {
        let authority = CertificateAuthority::create(&AuthorityRequest {
            name: "authority".to_owned(),
            organisation: "city".to_owned(),
            validity: Validity::from_now(SystemTime::now(), 100).unwrap(),
        })
        .unwrap();
        // All are held until all are known, so that no port is given twice.
        let held: Vec<_> = (0..nodes)
            .map(|_| TcpListener::bind("127.0.0.1:0").unwrap())
            .collect();
        let addresses = held
            .iter()
            .map(|listener| listener.local_addr().unwrap())
            .collect();
        Self { authority, addresses }
    }

    fn leaf(&self, index: usize) -> String {
        let request = LeafRequest {
            name: format!("node{index}"),
            organisation: "city".to_owned(),
            public_key: key(index).public_key(),
            alternative_names: Vec::new(),
            validity: Validity::from_now(SystemTime::now(), 10).unwrap(),
        };
        self.authority.issue(&request).unwrap().to_pem()
    }

    fn peers(&self, indexes: &[usize]) -> Vec<Peer> {
        let peer = |index: &usize| Peer {
            key: key(*index).public_key(),
            address: self.addresses[*index].into(),
        };
        indexes.iter().map(peer).collect()
    }

    fn start(&self, context: &tokio::Context, index: usize, peers: &[usize], sources: Sources) -> Node {
        let anchors = TrustAnchors::from_pem(self.authority.certificate_pem()).unwrap();
        let identity = TlsIdentity::new(&key(index), &self.leaf(index), anchors).unwrap();
        let mut config = Config::new(self.addresses[index], identity.clone(), CITY, BYTES_MAX);
        config.peers = self.peers(peers);
        config.sources = sources;
        check_listen_address(config.listen).unwrap();
        let context = context.child("node").with_attribute("index", index);
        let Running {
            channels,
            directory,
            refusals,
            handle,
        } = start(context, config, [SMALL, LARGE]).unwrap();
        let [small, large] = channels;
        Node {
            small,
            large,
            directory,
            refusals,
            identity,
            _handle: handle,
        }
    }
}

fn key(index: usize) -> NodeKeyPair {
    NodeKeyPair::from_seed(&[u8::try_from(index).unwrap() + 1; 32]).unwrap()
}

fn public(index: usize) -> PeerKey {
    key(index).signer().public_key()
}

fn run<F, T>(test: F)
where
    F: FnOnce(tokio::Context) -> T,
    T: Future<Output = ()>,
{
    tokio::Runner::new(tokio::Config::new().with_worker_threads(2)).start(test);
}

/// Returns every message to its sender.
fn echo(context: &tokio::Context, (mut sender, mut receiver): (Sender, ChannelReceiver)) {
    context.child("echo").spawn(|_| async move {
        while let Ok((peer, message)) = receiver.recv().await {
            sender.send(Recipients::One(peer), message, false);
        }
    });
}

/// Sends until the answer comes: links come up in their own time, and lose what is sent before.
async fn until_echoed(
    context: &tokio::Context,
    (sender, receiver): &mut (Sender, ChannelReceiver),
    peer: usize,
    message: &[u8],
) {
    loop {
        sender.send(Recipients::One(public(peer)), message.to_vec(), false);
        select! {
            answer = receiver.recv() => {
                let (from, answer) = answer.unwrap();
                assert_eq!(from, public(peer));
                if answer.as_ref() == message {
                    return;
                }
            },
            _ = context.sleep(RETRY) => {},
        }
    }
}

#[test]
fn two_nodes_exchange_messages_undisturbed_by_garbage() {
    run(|context| async move {
        let city = City::new(2);
        let mut a = city.start(&context, 0, &[0, 1], Sources::Tracked);
        let b = city.start(&context, 1, &[0, 1], Sources::Any);
        let refusals = b.refusals.clone();
        echo(&context, b.small);
        echo(&context, b.large);
        until_echoed(&context, &mut a.small, 1, b"begin").await;

        let large: Vec<u8> = (0..1usize << 20).map(|index| (index % 251) as u8).collect();
        until_echoed(&context, &mut a.large, 1, &large).await;

        // The link is up, so nothing may be lost or change its order from here on, whatever strangers do.
        let flooded = city.addresses[1];
        let flood = context.child("flood").shared(true).spawn(move |_| async move {
            for round in 0..60u8 {
                let mut socket = TcpStream::connect(flooded).unwrap();
                if round % 2 == 0 {
                    // The other end may have closed already.
                    let _ = socket.write_all(&[round; 4_096]);
                }
            }
        });
        // An echo of an earlier retry may still be under way; numbers tell it from the new ones.
        let mut next = 0u32;
        for batch in 0..10u32 {
            for number in 0..50u32 {
                let message = (batch * 50 + number).to_be_bytes().to_vec();
                let sent = a
                    .small
                    .0
                    .send(Recipients::One(public(1)), message, number % 2 == 0);
                assert_eq!(sent, [public(1)]);
            }
            let mut seen = Vec::new();
            while seen.len() < 50 {
                let (_, message) = a.small.1.recv().await.unwrap();
                if let Ok(number) = <[u8; 4]>::try_from(message.as_ref()) {
                    seen.push(u32::from_be_bytes(number));
                }
            }
            seen.sort_unstable();
            assert_eq!(seen, (next..next + 50).collect::<Vec<_>>());
            next += 50;
        }
        flood.await.unwrap();
        until_echoed(&context, &mut a.small, 1, b"after the flood").await;
        while refusals.count(Reason::NotTls) == 0 || refusals.count(Reason::Disconnected) == 0 {
            context.sleep(RETRY).await;
        }
        assert!(context.encode().contains("refused_handshakes_total{"));
    });
}

#[test]
fn only_tracked_nodes_are_linked_and_tracking_follows_the_sets() {
    run(|context| async move {
        let city = City::new(3);
        let mut a = city.start(&context, 0, &[0, 1], Sources::Any);
        let b = city.start(&context, 1, &[0, 1], Sources::Any);
        let mut c = city.start(&context, 2, &[0, 1, 2], Sources::Any);
        let mut directory = b.directory.clone();
        let refusals = b.refusals.clone();
        echo(&context, b.small);
        until_echoed(&context, &mut a.small, 1, b"begin").await;
        // Node 2 has a good certificate, but the others do not track it.
        while refusals.count(Reason::Untracked) < 2 {
            context.sleep(RETRY).await;
        }
        select! {
            _ = c.small.1.recv() => panic!("an untracked node got a message"),
            _ = until_echoed(&context, &mut a.small, 1, b"still only two") => {},
        }
        // Once it is tracked, it is linked.
        directory.track_peers(1, &city.peers(&[0, 1, 2])).unwrap();
        until_echoed(&context, &mut c.small, 1, b"now three").await;
        assert!(
            directory
                .track_peers(2, &vec![city.peers(&[0])[0].clone(); 200])
                .is_err()
        );
    });
}

#[test]
fn openssl_with_a_foreign_certificate_gets_nothing() {
    run(|context| async move {
        let (city, foreign) = (City::new(2), City::new(1));
        let folder = std::env::temp_dir().join(format!("civitas-network-{}", std::process::id()));
        fs::create_dir_all(&folder).unwrap();
        let file = |name: &str| folder.join(name).to_str().unwrap().to_owned();
        fs::write(file("foreign.pem"), foreign.leaf(0)).unwrap();
        fs::write(file("own.pem"), city.leaf(0)).unwrap();
        fs::write(file("node.key"), key(0).to_pkcs8_pem().unwrap().as_bytes()).unwrap();
        let node = city.start(&context, 1, &[0, 1], Sources::Any);
        let address = city.addresses[1].to_string();
        let client = |certificate: Option<String>| {
            let mut command = Command::new("openssl");
            command.args(["s_client", "-quiet", "-tls1_3", "-connect", &address]);
            if let Some(certificate) = certificate {
                command.args(["-cert", &certificate, "-key", &file("node.key")]);
            }
            command.stdin(Stdio::null()).output()
        };
        let cases = [
            (Some(file("foreign.pem")), Reason::UnknownAuthority, "unknown ca"),
            (None, Reason::BadCertificate, "certificate required"),
            // The right certificate, but the city is not named.
            (Some(file("own.pem")), Reason::ForeignCity, ""),
        ];
        for (certificate, reason, alert) in cases {
            // The listener may not be bound yet: a refused connection is no answer.
            let output = loop {
                let Ok(output) = client(certificate.clone()) else {
                    return;
                };
                if node.refusals.count(reason) > 0 {
                    break output;
                }
                context.sleep(RETRY).await;
            };
            assert_eq!(output.stdout, b"", "{reason:?}");
            let said = String::from_utf8_lossy(&output.stderr);
            assert!(said.contains(alert), "{reason:?}: {said}");
        }
        fs::remove_dir_all(&folder).unwrap();
    });
}

/// Waits until `directory` is linked with exactly these nodes.
async fn until_linked(context: &tokio::Context, directory: &Directory, indexes: &[usize]) {
    let mut expected: Vec<_> = indexes.iter().map(|index| key(*index).public_key()).collect();
    expected.sort_unstable();
    loop {
        let mut linked = directory.linked();
        linked.sort_unstable();
        if linked == expected {
            return;
        }
        context.sleep(RETRY).await;
    }
}

#[test]
fn a_revoked_node_is_cut_off_and_the_others_go_on() {
    run(|context| async move {
        let city = City::new(3);
        let all = [0, 1, 2];
        let mut a = city.start(&context, 0, &all, Sources::Any);
        let b = city.start(&context, 1, &all, Sources::Any);
        let bad = city.start(&context, 2, &all, Sources::Any);
        echo(&context, b.small);
        echo(&context, bad.small);
        until_echoed(&context, &mut a.small, 1, b"begin").await;
        until_echoed(&context, &mut a.small, 2, b"begin").await;
        let serial = bad.identity.certificate().unwrap().serial;
        let revoked = Revoked {
            serial: serial.clone(),
            at: SystemTime::now(),
            reason: RevocationReason::KeyCompromise,
        };
        let validity = Validity::from_now(SystemTime::now(), 5).unwrap();
        let pem = city.authority.revocation_list(1, validity, &[revoked]).unwrap();
        for node in [(&a.identity, &a.directory), (&b.identity, &b.directory)] {
            let (identity, directory) = node;
            let anchors = TrustAnchors::from_pem(city.authority.certificate_pem())
                .unwrap()
                .with_revocations(Revocations::from_pem(&pem).unwrap(), RevocationPolicy::Required)
                .unwrap();
            identity
                .replace(&identity.certificate().unwrap().to_pem(), anchors)
                .unwrap();
            let cut = directory.review(SystemTime::now());
            assert!(cut.iter().all(|link| link.peer == key(2).public_key()), "{cut:?}");
        }
        until_linked(&context, &bad.directory, &[]).await;
        while a.refusals.count(Reason::Revoked) + b.refusals.count(Reason::Revoked) < 2 {
            context.sleep(RETRY).await;
        }
        assert_eq!(a.directory.linked(), [key(1).public_key()]);
        until_echoed(&context, &mut a.small, 1, b"the two of us").await;
        assert!(context.encode().contains("links_cut_total{"));
        // A new certificate for the same key, and it is back without a restart.
        let anchors = TrustAnchors::from_pem(city.authority.certificate_pem()).unwrap();
        bad.identity.replace(&city.leaf(2), anchors).unwrap();
        assert_ne!(bad.identity.certificate().unwrap().serial, serial);
        until_linked(&context, &a.directory, &[1, 2]).await;
        until_echoed(&context, &mut a.small, 2, b"again").await;
    });
}

#[test]
fn a_renewed_node_makes_its_links_anew_one_by_one() {
    run(|context| async move {
        let city = City::new(3);
        let all = [0, 1, 2];
        let mut a = city.start(&context, 0, &all, Sources::Any);
        let b = city.start(&context, 1, &all, Sources::Any);
        let c = city.start(&context, 2, &all, Sources::Any);
        echo(&context, b.small);
        echo(&context, c.small);
        until_linked(&context, &a.directory, &[1, 2]).await;
        assert_eq!(a.directory.refresh_one(), None);
        let anchors = TrustAnchors::from_pem(city.authority.certificate_pem()).unwrap();
        let renewed = city.leaf(0);
        a.identity.replace(&renewed, anchors).unwrap();
        assert_eq!(
            a.identity.certificate().unwrap(),
            Certificate::from_pem(&renewed).unwrap()
        );
        let mut refreshed = Vec::new();
        while let Some(peer) = a.directory.refresh_one() {
            let other = if peer == key(1).public_key() { 2 } else { 1 };
            until_echoed(&context, &mut a.small, other, &[u8::try_from(other).unwrap(); 9]).await;
            until_linked(&context, &a.directory, &[1, 2]).await;
            refreshed.push(peer);
        }
        refreshed.sort_unstable();
        let mut expected = [key(1).public_key(), key(2).public_key()];
        expected.sort_unstable();
        assert_eq!(refreshed, expected);
        until_echoed(&context, &mut a.small, 1, b"after").await;
        until_echoed(&context, &mut a.small, 2, b"after").await;
    });
}

#[test]
fn only_nodes_that_are_active_on_the_ledger_are_linked() {
    run(|context| async move {
        let city = City::new(3);
        // Nobody is tracked until the ledger has said who is active, and two sets are kept.
        let mut a = city.start(&context, 0, &[], Sources::Any);
        let mut b = city.start(&context, 1, &[0, 1, 2], Sources::Any);
        let c = city.start(&context, 2, &[0, 1, 2], Sources::Any);
        assert_eq!(a.directory.admit_only(&city.peers(&[0, 1, 2])).unwrap(), []);
        echo(&context, b.small);
        echo(&context, c.small);
        until_linked(&context, &a.directory, &[1, 2]).await;
        until_echoed(&context, &mut a.small, 2, b"begin").await;
        b.directory.admit_only(&city.peers(&[0, 1, 2])).unwrap();
        // The third one is retired. Its links are down at once although its set is still kept.
        for directory in [&mut a.directory, &mut b.directory] {
            let cut = directory.admit_only(&city.peers(&[0, 1])).unwrap();
            assert!(
                cut.iter().all(|link| link.reason == CutReason::Inactive),
                "{cut:?}"
            );
            assert!(!directory.linked().contains(&key(2).public_key()));
            assert_eq!(directory.admit_only(&city.peers(&[0, 1])).unwrap(), []);
        }
        until_linked(&context, &c.directory, &[]).await;
        let refusals = a.refusals.clone();
        while refusals.count(Reason::Untracked) < 2 {
            context.sleep(RETRY).await;
        }
        assert!(c.directory.linked().is_empty());
        until_echoed(&context, &mut a.small, 1, b"still two").await;
        // It is admitted again.
        for directory in [&mut a.directory, &mut b.directory] {
            directory.admit_only(&city.peers(&[0, 1, 2])).unwrap();
        }
        until_linked(&context, &a.directory, &[1, 2]).await;
        until_echoed(&context, &mut a.small, 2, b"again").await;
        assert!(
            a.directory
                .admit_only(&vec![city.peers(&[0])[0].clone(); 200])
                .is_err()
        );
    });
}
