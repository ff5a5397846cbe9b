//! Ledgers on real links: whole networks over the deterministic runtime (virtual time, no sockets), and one over sockets
//! with a runtime and a thread for each ledger.

use super::*;
use crate::{
    ChannelReceiver, ChannelSender, Config, Directory, LedgerClosed, Peer, TlsIdentity,
    config::Timing,
    start,
    tests::{CITY, authority, key, leaf, public, trust},
};
use commonware_macros::select;
use commonware_p2p::{Blocker as _, CheckedSender as _, LimitedSender as _, Provider as _, Recipients};
use commonware_runtime::{
    Handle, Network as RuntimeNetwork, Resolver, Runner as _, Spawner, deterministic, tokio,
};
use commonware_utils::{NZU32, NZUsize};
use rand::CryptoRng;
use std::{net::SocketAddr, thread, time::SystemTime};

const BYTES_MAX: u32 = 64 * 1024;
/// What one ledger may send to one member at once.
const BURST: u32 = 8;
const MEMBERS_MAX: usize = 4;
const BLOCK: Duration = Duration::from_secs(60);

type Wire<E> = ChannelSender<E>;
type Links<E> = LedgerLinks<E, Wire<E>, 2>;

struct Node<E: Clock> {
    main: (Wire<E>, ChannelReceiver),
    /// A shared channel as a node with another program could use it.
    raw: Wire<E>,
    switchboard: Switchboard<E, Wire<E>, 2>,
    directory: Directory,
    handle: Handle<()>,
}

/// Where the nodes of a test listen, and since when their certificates are valid.
struct Place {
    ports: Vec<u16>,
    now: SystemTime,
}

fn switchboard_config(seed: u8) -> SwitchboardConfig<2> {
    SwitchboardConfig {
        own: key(seed).public_key(),
        channels: [Channel::new(32, 100, BURST), Channel::new(33, 100, BURST)],
        ledgers_max: NZU32!(2),
        members_max: NZUsize!(MEMBERS_MAX),
        message_bytes_max: BYTES_MAX,
        block: BLOCK,
    }
}

/// Starts nodes with the seeds 1, 2, ..., and waits until all are linked.
async fn city<E>(context: &E, place: &Place) -> Vec<Node<E>>
where
    E: Spawner + Clock + CryptoRng + RuntimeNetwork + Resolver + Metrics,
{
    let authority = authority(place.now, 100);
    let seeds: Vec<u8> = (1..).take(place.ports.len()).collect();
    let address = |port: &u16| SocketAddr::from(([127, 0, 0, 1], *port));
    let peers: Vec<Peer> = seeds
        .iter()
        .zip(&place.ports)
        .map(|(seed, port)| Peer {
            key: key(*seed).public_key(),
            address: address(port).into(),
        })
        .collect();
    let nodes: Vec<Node<E>> = seeds
        .iter()
        .zip(&place.ports)
        .map(|(seed, port)| {
            let chain = leaf(&authority, *seed, place.now, 30);
            let identity = TlsIdentity::new(&key(*seed), &chain, trust(&[&authority])).unwrap();
            let config = Config {
                peers: peers.clone(),
                timing: Timing {
                    redial: Duration::from_millis(100),
                    ..Timing::default()
                },
                ..Config::new(address(port), identity, CITY, BYTES_MAX)
            };
            let context = context.child("node").with_attribute("seed", *seed);
            let switchboard = switchboard_config(*seed);
            let [first, second] = switchboard.shared().unwrap();
            let channels = [Channel::new(0, 1_000, 64), first, second];
            let running = start(context.child("network"), config, channels).unwrap();
            let [main, first, second] = running.channels;
            let raw = first.0.clone();
            Node {
                main,
                raw,
                switchboard: Switchboard::start(&context, switchboard, [first, second]).unwrap(),
                directory: running.directory,
                handle: running.handle,
            }
        })
        .collect();
    while nodes
        .iter()
        .any(|node| node.directory.linked().len() + 1 < nodes.len())
    {
        context.sleep(Duration::from_millis(50)).await;
    }
    settle(context).await;
    nodes
}

/// Gives every message the time to arrive, and every pace the time to recover.
async fn settle(context: &impl Clock) {
    context.sleep(Duration::from_secs(1)).await;
}

fn on_virtual_links<F, T>(nodes: usize, test: F)
where
    F: FnOnce(deterministic::Context, Vec<Node<deterministic::Context>>) -> T,
    T: Future<Output = ()>,
{
    deterministic::Runner::default().start(|context| async move {
        let place = Place {
            ports: (9_000..).take(nodes).collect(),
            now: SystemTime::UNIX_EPOCH,
        };
        let nodes = city(&context, &place).await;
        test(context, nodes).await;
    });
}

fn keys(seeds: &[u8]) -> Vec<NodeKey> {
    seeds.iter().map(|seed| key(*seed).public_key()).collect()
}

fn open<E: Clock + Supervisor>(node: &Node<E>, chain_id: u64, seeds: &[u8]) -> Links<E> {
    node.switchboard.open(chain_id, &keys(seeds)).unwrap()
}

/// Sends on a channel and says to whom.
fn send<E: Clock>(
    links: &mut Links<E>,
    channel: usize,
    to: Recipients<PeerKey>,
    message: &[u8],
) -> Vec<PeerKey> {
    let mut sent = links.channels[channel].0.send(to, message.to_vec(), true);
    sent.sort();
    sent
}

/// The senders and contents of all messages that wait.
async fn waiting(
    context: &impl Clock,
    receiver: &mut impl Receiver<PublicKey = PeerKey>,
) -> Vec<(PeerKey, Vec<u8>)> {
    let mut messages = Vec::new();
    loop {
        select! {
            message = receiver.recv() => {
                let (peer, message) = message.unwrap();
                messages.push((peer, message.as_ref().to_vec()));
            },
            _ = context.sleep(Duration::from_millis(1)) => return messages,
        }
    }
}

macro_rules! received {
    ($context:expr, $links:expr, $channel:expr) => {
        waiting(&$context, &mut $links.channels[$channel].1).await
    };
}

fn sorted(seeds: &[u8]) -> Vec<PeerKey> {
    let mut keys: Vec<PeerKey> = seeds.iter().map(|seed| public(*seed)).collect();
    keys.sort();
    keys
}

#[test]
fn messages_stay_among_the_members() {
    on_virtual_links(4, |context, nodes| async move {
        let mut seven: Vec<_> = nodes[..3].iter().map(|node| open(node, 7, &[1, 2, 3])).collect();
        // Node 4 takes itself for a member, and opens a ledger that nobody else has.
        let mut intruder = open(&nodes[3], 7, &[1, 2, 3, 4]);
        let mut alone = open(&nodes[3], 9, &[1, 4]);

        assert_eq!(send(&mut seven[0], 0, Recipients::All, b"votes"), sorted(&[2, 3]));
        assert_eq!(
            send(&mut seven[0], 1, Recipients::One(public(2)), b"payload"),
            sorted(&[2])
        );
        assert_eq!(send(&mut seven[0], 0, Recipients::One(public(4)), b"no"), []);
        let some = Recipients::Some(vec![public(1), public(3), public(4)]);
        assert_eq!(send(&mut seven[0], 0, some, b"some"), sorted(&[3]));
        assert_eq!(
            send(&mut intruder, 0, Recipients::All, b"hello"),
            sorted(&[1, 2, 3])
        );
        assert_eq!(send(&mut alone, 0, Recipients::All, b"hello"), sorted(&[1]));
        let mut raw = nodes[3].raw.clone();
        raw.send(Recipients::One(public(1)), vec![0xff; 11], false);
        settle(&context).await;

        let from = public(1);
        assert_eq!(
            received!(context, seven[1], 0),
            [(from.clone(), b"votes".to_vec())]
        );
        assert_eq!(
            received!(context, seven[1], 1),
            [(from.clone(), b"payload".to_vec())]
        );
        let expected = [(from.clone(), b"votes".to_vec()), (from, b"some".to_vec())];
        assert_eq!(received!(context, seven[2], 0), expected);
        assert_eq!(received!(context, seven[2], 1), []);
        assert_eq!(received!(context, seven[0], 0), []);
        assert_eq!(received!(context, intruder, 0), []);
        for (node, links) in nodes.iter().zip(&seven) {
            assert_eq!(links.members.dropped(DropReason::Stranger), 1);
            assert_eq!(node.switchboard.dropped(DropReason::Stranger), 1);
        }
        assert_eq!(nodes[0].switchboard.dropped(DropReason::UnknownLedger), 1);
        assert_eq!(nodes[0].switchboard.dropped(DropReason::Malformed), 1);
        assert_eq!(nodes[1].switchboard.dropped(DropReason::UnknownLedger), 0);
    });
}

#[test]
fn members_come_and_go_while_the_ledger_runs() {
    on_virtual_links(3, |context, nodes| async move {
        let mut links: Vec<_> = nodes.iter().map(|node| open(node, 7, &[1, 2])).collect();
        let mut peers = links[0].members.clone();
        let mut subscription = peers.subscribe().await;
        let first = subscription.recv().await.unwrap();
        assert_eq!(
            first.latest.primary.iter().cloned().collect::<Vec<_>>(),
            sorted(&[1, 2])
        );

        send(&mut links[1], 0, Recipients::All, b"early");
        settle(&context).await;
        for links in &links {
            links.members.replace(&keys(&[1, 3])).unwrap();
        }
        let next = subscription.recv().await.unwrap();
        assert!(next.index > first.index);
        assert_eq!(
            next.all.primary.iter().cloned().collect::<Vec<_>>(),
            sorted(&[1, 3])
        );
        assert_eq!(peers.peer_set(next.index).await, Some(next.latest));
        assert_eq!(peers.peer_set(first.index).await, None);
        // The same again is no change.
        links[0].members.replace(&keys(&[3, 1])).unwrap();
        assert!(subscription.try_recv().is_err());

        send(&mut links[2], 0, Recipients::All, b"late");
        assert_eq!(
            send(&mut links[1], 0, Recipients::One(public(1)), b"gone"),
            sorted(&[1])
        );
        settle(&context).await;
        // What node 2 had sent before it left is dropped too, since nobody had read it.
        assert_eq!(received!(context, links[0], 0), [(public(3), b"late".to_vec())]);
        assert_eq!(links[0].members.dropped(DropReason::Stranger), 2);
        assert!(links[0].members.contains(&key(3).public_key()));
        assert!(!links[0].members.contains(&key(2).public_key()));

        let too_many = keys(&[1, 2, 3, 4, 5]);
        assert!(matches!(
            links[0].members.replace(&too_many),
            Err(NetworkError::Setting { .. })
        ));
        // Closed, the subscription ends, and nothing is sent.
        assert!(nodes[0].switchboard.close(7));
        assert!(subscription.recv().await.is_none());
        assert!(peers.subscribe().await.recv().await.is_none());
        assert_eq!(send(&mut links[0], 0, Recipients::All, b"closed"), []);
        assert_eq!(links[0].channels[0].1.recv().await.err(), Some(LedgerClosed));
    });
}

#[test]
fn a_ledger_that_does_not_read_costs_the_others_nothing() {
    on_virtual_links(2, |context, mut nodes| async move {
        let [mut slow, mut slow_there] = [&nodes[0], &nodes[1]].map(|node| open(node, 7, &[1, 2]));
        let [mut good, mut good_there] = [&nodes[0], &nodes[1]].map(|node| open(node, 9, &[1, 2]));
        // Small messages until the queue holds no more of them, large ones until it holds no more bytes.
        let messages_max = MEMBERS_MAX * usize::try_from(BURST).unwrap();
        let largest = vec![5; nodes[0].switchboard.message_bytes_max()];
        for _ in 0..messages_max + 3 {
            assert_eq!(send(&mut slow, 0, Recipients::All, b"small").len(), 1);
            context.sleep(Duration::from_millis(20)).await;
        }
        for _ in 0..QUEUE_LARGEST_MESSAGES + 2 {
            assert_eq!(send(&mut slow, 1, Recipients::All, &largest).len(), 1);
            context.sleep(Duration::from_millis(20)).await;
        }
        settle(&context).await;
        assert_eq!(slow_there.members.dropped(DropReason::QueueFull), 5);

        send(&mut good, 0, Recipients::All, b"good");
        nodes[0].main.0.send(Recipients::All, b"main".to_vec(), true);
        settle(&context).await;
        assert_eq!(received!(context, good_there, 0), [(public(1), b"good".to_vec())]);
        let main = waiting(&context, &mut nodes[1].main.1).await;
        assert_eq!(main, [(public(1), b"main".to_vec())]);
        assert_eq!(good_there.members.dropped(DropReason::QueueFull), 0);

        // Read, the queues take in again, by messages and by bytes.
        assert_eq!(received!(context, slow_there, 0).len(), messages_max);
        assert_eq!(received!(context, slow_there, 1).len(), QUEUE_LARGEST_MESSAGES);
        send(&mut slow, 0, Recipients::All, b"small");
        send(&mut slow, 1, Recipients::All, &largest);
        settle(&context).await;
        assert_eq!(received!(context, slow_there, 0).len(), 1);
        assert_eq!(received!(context, slow_there, 1), [(public(1), largest.clone())]);

        // A byte more than the network carries with the prefix is not sent, and breaks nothing.
        let too_large = [largest.as_slice(), &[5]].concat();
        assert_eq!(send(&mut slow, 1, Recipients::All, &too_large), []);
        assert_eq!(slow.members.dropped(DropReason::TooLarge), 1);
    });
}

#[test]
fn a_ledger_that_floods_leaves_the_others_their_share() {
    on_virtual_links(2, |context, nodes| async move {
        let mut flood = open(&nodes[0], 7, &[1, 2]);
        let mut calm = open(&nodes[0], 9, &[1, 2]);
        let mut calm_there = open(&nodes[1], 9, &[1, 2]);
        let sent = (0..100).filter(|_| !send(&mut flood, 0, Recipients::All, b"flood").is_empty());
        assert_eq!(sent.count(), usize::try_from(BURST).unwrap());
        let retry = flood.channels[0].0.check(Recipients::All).err().unwrap();
        assert!(retry > context.current());
        for _ in 0..BURST {
            assert_eq!(send(&mut calm, 0, Recipients::All, b"calm").len(), 1);
        }
        settle(&context).await;
        assert_eq!(
            received!(context, calm_there, 0).len(),
            usize::try_from(BURST).unwrap()
        );
        // The pace is one of each channel and each member, and recovers.
        assert_eq!(send(&mut flood, 0, Recipients::All, b"again").len(), 1);
    });
}

#[test]
fn who_breaks_the_protocol_of_a_ledger_is_cut_off_from_it_alone() {
    on_virtual_links(2, |context, nodes| async move {
        let mut seven = open(&nodes[0], 7, &[1, 2]);
        let mut seven_there = open(&nodes[1], 7, &[1, 2]);
        let mut nine = open(&nodes[0], 9, &[1, 2]);
        let mut nine_there = open(&nodes[1], 9, &[1, 2]);
        let mut blocked = seven.members.blocked();
        assert!(blocked.recv().await.unwrap().is_empty());
        seven.members.block(public(2));
        seven.members.block(public(3));
        assert_eq!(Vec::from(blocked.recv().await.unwrap()), sorted(&[2]));

        send(&mut seven_there, 0, Recipients::All, b"bad");
        send(&mut nine_there, 0, Recipients::All, b"good");
        assert_eq!(send(&mut seven, 0, Recipients::All, b"none"), []);
        assert_eq!(send(&mut nine, 0, Recipients::All, b"one"), sorted(&[2]));
        settle(&context).await;
        assert_eq!(received!(context, seven, 0), []);
        assert_eq!(seven.members.dropped(DropReason::Blocked), 1);
        assert_eq!(received!(context, nine, 0), [(public(2), b"good".to_vec())]);
        assert_eq!(nodes[0].directory.linked(), keys(&[2]));

        context.sleep(BLOCK).await;
        send(&mut seven_there, 0, Recipients::All, b"better");
        settle(&context).await;
        assert_eq!(received!(context, seven, 0), [(public(2), b"better".to_vec())]);
        assert!(blocked.recv().await.unwrap().is_empty());
    });
}

#[test]
fn ledgers_are_opened_and_closed_again_and_again() {
    on_virtual_links(2, |context, nodes| async move {
        let [here, there] = [&nodes[0], &nodes[1]];
        let refused = |chain_id| here.switchboard.open(chain_id, &keys(&[1, 2])).err();
        let mut sender = open(there, 7, &[1, 2]);
        for round in 0..3u8 {
            let mut links = open(here, 7, &[1, 2]);
            assert!(matches!(
                refused(7),
                Some(NetworkError::LedgerOpen { chain_id: 7 })
            ));
            send(&mut sender, 0, Recipients::All, &[round]);
            settle(&context).await;
            assert_eq!(received!(context, links, 0), [(public(2), vec![round])]);
            let members = links.members.clone();
            if round == 0 {
                assert!(here.switchboard.close(7));
                assert!(!here.switchboard.close(7));
                // Its number is free, and what is left of it does not disturb the next one.
                let mut next = open(here, 7, &[1, 2]);
                drop(links);
                send(&mut sender, 1, Recipients::All, b"next");
                settle(&context).await;
                assert_eq!(received!(context, next, 1).len(), 1);
                assert!(here.switchboard.members(7).is_some());
            } else {
                // As when its thread ends.
                drop(links);
            }
            assert!(members.is_closed());
            assert!(here.switchboard.members(7).is_none());
        }
        let _seven = open(here, 7, &[1, 2]);
        let _nine = open(here, 9, &[1, 2]);
        assert!(matches!(refused(11), Some(NetworkError::LedgersFull { max: 2 })));
    });
}

#[test]
fn ledgers_end_with_the_network() {
    on_virtual_links(2, |context, mut nodes| async move {
        let mut links = open(&nodes[0], 7, &[1, 2]);
        let stopped = nodes.remove(0);
        let switchboard = stopped.switchboard.clone();
        stopped.handle.abort();
        drop(stopped);
        assert_eq!(links.channels[0].1.recv().await.err(), Some(LedgerClosed));
        assert_eq!(links.channels[1].1.recv().await.err(), Some(LedgerClosed));
        settle(&context).await;
        assert!(matches!(
            switchboard.open(9, &keys(&[1])),
            Err(NetworkError::Stopped)
        ));
    });
}

#[test]
fn quotas_above_those_of_a_channel_are_refused() {
    let mut config = switchboard_config(1);
    assert_eq!(config.shared().unwrap()[0], Channel::new(32, 200, 2 * BURST));
    config.ledgers_max = NZU32!(1_001);
    assert!(matches!(config.shared(), Err(NetworkError::Setting { .. })));
}

/// Sends `count` messages and waits for as many, on a thread and a runtime of its own.
fn run_ledger<E: Clock>(links: Links<E>, peer: PeerKey, count: u32) -> thread::JoinHandle<()> {
    thread::spawn(move || {
        tokio::Runner::default().start(|context| async move {
            let [(mut sender, mut receiver), _second] = links.channels;
            let sending = context.child("sending").spawn({
                let peer = peer.clone();
                move |context| async move {
                    for number in 0..count {
                        loop {
                            let retry = match sender.check(Recipients::One(peer.clone())) {
                                Ok(checked) => {
                                    checked.send(number.to_be_bytes().to_vec(), false);
                                    break;
                                }
                                Err(retry) => retry,
                            };
                            context.sleep_until(retry).await;
                        }
                    }
                }
            });
            let mut last = None;
            while last < Some(count - 1) {
                let (from, message) = receiver.recv().await.unwrap();
                let number = u32::from_be_bytes(message.as_ref().try_into().unwrap());
                assert_eq!(from, peer);
                assert!(last < Some(number));
                last = Some(number);
            }
            sending.await.unwrap();
        });
    })
}

#[test]
fn ledgers_run_on_threads_and_runtimes_of_their_own() {
    tokio::Runner::default().start(|context| async move {
        let listeners: Vec<_> = (0..2)
            .map(|_| std::net::TcpListener::bind("127.0.0.1:0").unwrap())
            .collect();
        let ports = listeners
            .iter()
            .map(|listener| listener.local_addr().unwrap().port());
        let place = Place {
            ports: ports.collect(),
            now: SystemTime::now(),
        };
        drop(listeners);
        let nodes = city(&context, &place).await;
        let threads: Vec<_> = [7, 9]
            .into_iter()
            .flat_map(|chain_id| {
                let [here, there] = [&nodes[0], &nodes[1]].map(|node| open(node, chain_id, &[1, 2]));
                [run_ledger(here, public(2), 40), run_ledger(there, public(1), 40)]
            })
            .collect();
        let joined = context
            .child("joined")
            .shared(true)
            .spawn(move |_| async move { threads.into_iter().all(|thread| thread.join().is_ok()) });
        assert!(joined.await.unwrap());
        settle(&context).await;
        // The threads are over, and with them their ledgers.
        assert!(nodes[0].switchboard.members(7).is_none());
        assert!(nodes[1].switchboard.members(9).is_none());
    });
}
