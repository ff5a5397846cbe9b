//! Simplex engines on the simulated network: links of 10 ms, small payloads.

use civitas_consensus_simplex::{
    Channel, Config, LedgerIdentity, Link, Links, Network, PublicKey, Simplex, VotingStart,
    message_bytes_max, start, verify_certificate,
};
use civitas_ordering_contract::{Cluster, LEDGER, Membership, Recorder, Sleep};
use civitas_ports::{BoxFuture, Certificate, Ordering};
use civitas_types::{Epochs, PayloadLimits, Validator};
use commonware_cryptography::{Signer as _, ed25519::PrivateKey};
use commonware_p2p::simulated::{self, Control, Manager, Oracle};
use commonware_runtime::{Clock as _, Runner as _, Supervisor as _, deterministic};
use commonware_utils::{NZUsize, Probability, probability};
use futures::FutureExt as _;
use std::{future::Future, num::NonZeroU64, sync::Arc, time::Duration};

/// The runtime of the tests.
pub type Context = deterministic::Context;

/// The simulated network.
pub enum Simulated {}

impl Network for Simulated {
    type Sender = simulated::Sender<PublicKey, Context>;
    type Receiver = simulated::Receiver<PublicKey>;
    type Blocker = Control<PublicKey, Context>;
    type Peers = Manager<PublicKey, Context>;
}

const LIMITS: PayloadLimits = PayloadLimits {
    body_bytes_max: 10_000,
    transactions_max: 10,
};
const LATENCY: Duration = Duration::from_millis(10);
/// Leader timeout of the ledger.
pub const LEADER_TIMEOUT: Duration = Duration::from_millis(1_000);
/// Blocks of an epoch, unless a test says otherwise: more than it makes.
const EPOCH_BLOCKS: u64 = 10_000;
/// Virtual time after which a test has failed.
const TIME_MAX: Duration = Duration::from_secs(1_000);

/// The runtime under a seed.
pub fn runner(seed: u64) -> deterministic::Runner {
    let config = deterministic::Config::new()
        .with_seed(seed)
        .with_timeout(Some(TIME_MAX));
    deterministic::Runner::new(config)
}

/// Runs a test under a seed.
pub fn run<F: Future<Output = ()> + 'static>(seed: u64, test: impl FnOnce(Context) -> F) {
    runner(seed).start(test);
}

/// A cluster of simplex engines.
pub struct SimplexCluster {
    pub context: Context,
    pub oracle: Oracle<PublicKey, Context>,
    keys: Vec<PrivateKey>,
    membership: Membership,
    /// How often each node was wiped: names its storage.
    wipes: Vec<u32>,
    engines: Vec<Option<Arc<Simplex>>>,
}

impl SimplexCluster {
    /// A network with `count` validators.
    pub async fn new(context: Context, count: u8) -> Self {
        Self::with_listener(context, count, None).await
    }

    /// The same, with a further peer that hears everything and says nothing.
    pub async fn with_listener(context: Context, count: u8, listener: Option<PublicKey>) -> Self {
        let keys: Vec<_> = (1..=count)
            .map(|seed| Config::private_key(&[seed; 32]).unwrap())
            .collect();
        let membership = constant(EPOCH_BLOCKS, &keys);
        let peers: Vec<_> = keys.iter().map(|key| key.public_key()).collect();
        let config = simulated::Config {
            max_size: u32::try_from(message_bytes_max(LIMITS)).unwrap(),
            max_peers_per_set: NZUsize!(64),
            disconnect_on_block: true,
            tracked_peer_sets: NZUsize!(3),
        };
        let known = peers.iter().cloned().chain(listener.clone());
        let (network, oracle) =
            simulated::Network::new_with_peers(context.child("network"), config, known).await;
        network.start();
        for from in &peers {
            for to in peers.iter().chain(&listener).filter(|to| *to != from) {
                oracle.add_link(from.clone(), to.clone(), link()).await.unwrap();
            }
        }
        let engines = keys.iter().map(|_| None).collect();
        Self {
            context,
            oracle,
            wipes: vec![0; keys.len()],
            keys,
            membership,
            engines,
        }
    }

    /// The identity of the test ledger.
    pub fn ledger(&self) -> LedgerIdentity {
        LedgerIdentity {
            chain_id: LEDGER,
            genesis: Recorder::genesis_payload().digest(),
            epochs: self.membership.epochs,
        }
    }

    /// Takes the node with the last index out of the validators; it keeps its place in the network.
    pub fn retire(&mut self, node: usize) {
        self.membership = constant(EPOCH_BLOCKS, &self.keys[..node]);
    }

    /// Epochs of so many blocks, ordered by the nodes that `committee` gives.
    pub fn schedule(&mut self, blocks: u64, committee: impl Fn(u64) -> Vec<usize> + Send + Sync + 'static) {
        let all = validators(&self.keys);
        self.membership = Membership {
            epochs: Epochs::new(NonZeroU64::new(blocks).unwrap()),
            validators: Arc::new(move |epoch| {
                let members = committee(epoch).into_iter();
                members.map(|node| all[node].clone()).collect()
            }),
        };
    }

    /// Cuts `isolated` off from the others, and joins all others by links that lose some messages of a thousand.
    pub async fn relink(&self, isolated: &[usize], lost_per_mille: u32) {
        let kept = 1.0 - f64::from(lost_per_mille) / 1_000.0;
        let link = simulated::Link {
            success_rate: Probability::try_from(kept).unwrap(),
            ..link()
        };
        let pairs = (0..self.keys.len()).flat_map(|from| (0..self.keys.len()).map(move |to| (from, to)));
        for (from, to) in pairs.filter(|(from, to)| from != to) {
            let names = (self.public_key(from), self.public_key(to));
            // An error says that there is none.
            let _ = self.oracle.remove_link(names.0.clone(), names.1.clone()).await;
            if isolated.contains(&from) == isolated.contains(&to) {
                self.oracle
                    .add_link(names.0, names.1, link.clone())
                    .await
                    .unwrap();
            }
        }
    }

    /// Lets a peer that is no node speak to all nodes.
    pub async fn admit(&self, peer: &PublicKey) {
        for node in 0..self.keys.len() {
            let name = self.public_key(node);
            self.oracle.add_link(peer.clone(), name, link()).await.unwrap();
        }
    }

    /// The name of a node in the network.
    pub fn public_key(&self, node: usize) -> PublicKey {
        self.keys[node].public_key()
    }

    /// Forgets the storage of a stopped node, but not its key.
    pub fn wipe(&mut self, node: usize) {
        self.wipes[node] += 1;
    }

    /// The running engine of a node.
    pub fn engine(&self, node: usize) -> &Simplex {
        self.engines[node].as_ref().unwrap()
    }

    /// Starts a node.
    pub async fn launch(
        &mut self,
        node: usize,
        voting: VotingStart,
        application: Arc<Recorder>,
    ) -> Arc<Simplex> {
        let key = self.keys[node].clone();
        let me = key.public_key();
        let config = Config {
            private_key: key,
            ledger: self.ledger(),
            voting,
            partition_prefix: format!("node-{node}-{}", self.wipes[node]),
            limits: LIMITS,
            leader_timeout: LEADER_TIMEOUT,
        };
        let links = self.links(&me).await;
        let context = self.context.child("node").with_attribute("index", node);
        let engine = start(context, config, links, application).await.unwrap();
        self.engines[node] = Some(engine.clone());
        engine
    }

    async fn links(&self, me: &PublicKey) -> Links<Simulated> {
        Links {
            votes: self.channel(me, Channel::VOTES).await,
            certificates: self.channel(me, Channel::CERTIFICATES).await,
            certificate_fetch: self.channel(me, Channel::CERTIFICATE_FETCH).await,
            payloads: self.channel(me, Channel::PAYLOADS).await,
            payload_fetch: self.channel(me, Channel::PAYLOAD_FETCH).await,
            blocker: self.oracle.control(me.clone()),
            peers: self.oracle.manager(),
        }
    }

    /// Both ends of a channel.
    pub async fn channel(&self, me: &PublicKey, channel: Channel) -> Link<Simulated> {
        self.oracle
            .control(me.clone())
            .register(channel.id, channel.quota())
            .await
            .unwrap()
    }
}

impl Cluster for SimplexCluster {
    fn nodes(&self) -> usize {
        self.keys.len()
    }

    fn sleep(&self) -> Sleep {
        let context = self.context.child("sleep");
        Arc::new(move |duration| context.sleep(duration).boxed())
    }

    fn start(&mut self, node: usize, application: Arc<Recorder>) -> BoxFuture<'_, Arc<dyn Ordering>> {
        async move { self.launch(node, VotingStart::Immediately, application).await as Arc<dyn Ordering> }
            .boxed()
    }

    fn stop(&mut self, node: usize) -> BoxFuture<'_, ()> {
        async move {
            if let Some(engine) = self.engines[node].take() {
                engine.stop().await;
            }
            // The tasks below the aborted one let go of their files when they are polled next.
            self.context.sleep(LATENCY).await;
        }
        .boxed()
    }

    fn membership(&self) -> Membership {
        self.membership.clone()
    }

    fn proves(&self, header: &[u8], certificate: &Certificate) -> bool {
        let validators = (self.membership.validators)(certificate.epoch);
        let verified = verify_certificate(&validators, &self.ledger(), header, &certificate.encoded);
        verified.is_ok_and(|verified| {
            verified.signers == certificate.signers
                && verified.view == certificate.view
                && verified.epoch == certificate.epoch
        })
    }
}

fn constant(blocks: u64, keys: &[PrivateKey]) -> Membership {
    Membership::constant(Epochs::new(NonZeroU64::new(blocks).unwrap()), validators(keys))
}

fn validators(keys: &[PrivateKey]) -> Vec<Validator> {
    let validator = |(index, key): (usize, &PrivateKey)| Validator {
        name: format!("validator-{index}"),
        public_key: civitas_types::NodeKey::from_slice(key.public_key().as_ref()),
        beneficiary: civitas_types::Address::ZERO,
    };
    keys.iter().enumerate().map(validator).collect()
}

fn link() -> simulated::Link {
    simulated::Link {
        latency: LATENCY,
        jitter: Duration::from_millis(1),
        success_rate: probability!(1.0),
    }
}
