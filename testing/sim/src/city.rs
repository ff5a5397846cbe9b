//! A simulated city: whole nodes on one deterministic runtime, on a network whose links the plan breaks.
//!
//! A node is what `civitas node` runs, without sockets: store, pool, application, simplex, gossip, and the
//! JSON-RPC methods, through which the clients of the simulation speak to it.

use crate::{
    governor,
    load::{self, CHAIN_ID},
    plan::{LinkPlan, MembershipPlan, Plan},
};
use alloy_primitives::{Address, B256, Bytes, U256};
use alloy_sol_types::SolCall;
use anyhow::Context as _;
use civitas_consensus_simplex::{Channel, Network, PublicKey, VotingStart, message_bytes_max};
use civitas_crypto::NodeKeyPair;
use civitas_evm::{ChainSpec, SystemContracts};
use civitas_node::{
    batch::BATCH_BYTES_MAX,
    config::StorageConfig,
    ledger::{self, Ledger, Links, Setup},
    membership::{self, Membership},
    metrics::LedgerMetrics,
    registry::Follower,
};
use civitas_ports::{BoxFuture, LedgerStore, StoreError};
use civitas_rpc::{Backend, NodeInformation, Sources, SyncProgress};
use civitas_system_contracts::{
    Call,
    address::NODES,
    genesis::{self as founding, Circumstances},
    host::BlockContext,
    interfaces::INodes,
    nodes,
};
use civitas_types::{Block, Epochs, Genesis, Height, LedgerParameters, NodeKey, PayloadLimits, Validator};
use commonware_cryptography::Signer as _;
use commonware_p2p::simulated::{self, Control, Link, Manager, Oracle};
use commonware_runtime::{
    AbortOnDrop, Clock as _, Handle, Quota, Spawner as _, Supervisor as _, deterministic,
};
use commonware_utils::{NZU32, NZUsize, Probability};
use futures::channel::oneshot;
use jsonrpsee::RpcModule;
use serde_json::{Value, json};
use std::{sync::Arc, time::Duration};

/// The runtime of a simulation.
pub type Context = deterministic::Context;

/// The simulated network.
enum Simulated {}

impl Network for Simulated {
    type Sender = simulated::Sender<PublicKey, Context>;
    type Receiver = simulated::Receiver<PublicKey>;
    type Blocker = Control<PublicKey, Context>;
    type Peers = Manager<PublicKey, Context>;
}

/// Channel of transaction batches, behind those of the ordering engine.
const TRANSACTIONS_CHANNEL: u64 = 16;
const TRANSACTION_BATCHES_PER_SECOND: Quota = Quota::per_second(NZU32!(1_024));
/// Who receives the fees of the blocks of node 0; those of the others follow.
const BENEFICIARY_FIRST: usize = 0xbe00_0000;
/// Time that the tasks of a killed node need to let go of their files.
const LET_GO: Duration = Duration::from_millis(5);

/// What stays when all nodes lose power: keys and genesis.
pub struct Plot {
    keys: Vec<NodeKeyPair>,
    genesis: Arc<Genesis>,
    membership: Arc<dyn Membership>,
}

impl Plot {
    /// Keys from fixed seeds, and a genesis that funds the senders of the load.
    pub fn new(plan: &Plan) -> anyhow::Result<Self> {
        let keys = (0..plan.nodes)
            .map(|index| NodeKeyPair::from_seed(&[u8::try_from(index)? + 1; 32]).context("a key"))
            .collect::<anyhow::Result<Vec<_>>>()?;
        let nodes = keys.iter().enumerate().map(|(index, key)| Validator {
            name: format!("node{index}"),
            public_key: key.public_key(),
            beneficiary: beneficiary(index),
        });
        let planned = Planned {
            seed: plan.seed,
            plan: plan.membership,
            nodes: nodes.collect(),
        };
        let funded = alloy_genesis::GenesisAccount::default().with_balance(U256::from(1_u64 << 40));
        let ethereum = alloy_genesis::Genesis {
            config: ChainSpec::osaka_config(CHAIN_ID),
            gas_limit: LedgerParameters::default().block_gas_max,
            base_fee_per_gas: Some(0),
            excess_blob_gas: Some(0),
            blob_gas_used: Some(0),
            alloc: load::senders()
                .into_iter()
                .map(|sender| (sender, funded.clone()))
                .collect(),
            ..alloy_genesis::Genesis::default()
        };
        let mut genesis = Genesis {
            ethereum,
            parameters: LedgerParameters::default(),
            validators: planned.of(0),
        };
        let membership: Arc<dyn Membership> = match plan.membership {
            MembershipPlan::All => Arc::new(planned),
            MembershipPlan::Changing { epoch_blocks } => {
                genesis.parameters.epoch_blocks = epoch_blocks;
                Arc::new(planned)
            }
            MembershipPlan::Voted { epoch_blocks } => {
                genesis.parameters.epoch_blocks = epoch_blocks;
                found(&mut genesis)?;
                membership::of_genesis(&genesis)
            }
        };
        Ok(Self {
            keys,
            genesis: Arc::new(genesis),
            membership,
        })
    }

    /// The keys of the nodes.
    pub fn node_keys(&self) -> Vec<NodeKey> {
        self.keys.iter().map(NodeKeyPair::public_key).collect()
    }

    /// How the heights of the ledger are divided into epochs.
    pub fn epochs(&self) -> Epochs {
        self.genesis.parameters.epochs()
    }
}

fn beneficiary(node: usize) -> Address {
    Address::from_word(B256::from(U256::from(BENEFICIARY_FIRST + node)))
}

/// Puts the system contracts into a genesis, with its validators as the first nodes.
fn found(genesis: &mut Genesis) -> anyhow::Result<()> {
    let circumstances = Circumstances {
        block: BlockContext {
            chain_id: CHAIN_ID,
            height: 0,
            timestamp: 0,
            ..BlockContext::default()
        },
        nodes: genesis
            .validators
            .iter()
            .map(|validator| governor::founding_node(&validator.name, validator.public_key))
            .collect(),
        anchors: Vec::new(),
    };
    let founding = governor::founding(genesis.parameters.clone())?;
    let storage = founding
        .carry_out(&circumstances)
        .map_err(|faults| anyhow::anyhow!("{}", faults.join("; ")))?;
    genesis.ethereum.alloc.extend(founding::accounts(&storage));
    Ok(())
}

/// The validators of every epoch, as the plan has them.
struct Planned {
    seed: u64,
    plan: MembershipPlan,
    nodes: Vec<Validator>,
}

impl Planned {
    fn of(&self, epoch: u64) -> Vec<Validator> {
        let members = self
            .plan
            .validators(self.seed, self.nodes.len(), epoch)
            .into_iter();
        members.map(|node| self.nodes[node].clone()).collect()
    }
}

impl Membership for Planned {
    fn validators<'a>(
        &'a self,
        _: &'a dyn LedgerStore,
        epoch: u64,
    ) -> BoxFuture<'a, Result<Vec<Validator>, StoreError>> {
        Box::pin(std::future::ready(Ok(self.of(epoch))))
    }
}

/// A running node.
pub struct Node {
    ledger: Arc<Ledger>,
    methods: RpcModule<Backend>,
    _root: AbortOnDrop<()>,
}

/// What a client reads in a receipt.
#[derive(Clone, Copy, Debug)]
pub struct Receipt {
    /// Height of the block that holds the transaction.
    pub height: Height,
    /// Whether the transaction did what it should.
    pub succeeded: bool,
}

/// The city between two power cuts.
pub struct City<'a> {
    context: Context,
    plot: &'a Plot,
    oracle: Oracle<PublicKey, Context>,
    link: Link,
    network: Handle<()>,
    /// The nodes that run.
    pub nodes: Vec<Option<Node>>,
}

impl<'a> City<'a> {
    /// A network with all links, and no node yet.
    pub async fn new(context: Context, plot: &'a Plot, plan: LinkPlan) -> anyhow::Result<Self> {
        let parameters = &plot.genesis.parameters;
        let limits = PayloadLimits {
            body_bytes_max: parameters.payload_bytes_max,
            transactions_max: parameters.payload_transactions_max,
        };
        let message_bytes = message_bytes_max(limits).max(BATCH_BYTES_MAX);
        let config = simulated::Config {
            max_size: u32::try_from(message_bytes)?,
            max_peers_per_set: NZUsize!(16),
            disconnect_on_block: true,
            tracked_peer_sets: NZUsize!(1),
        };
        let peers: Vec<PublicKey> = plot.keys.iter().map(|key| key.signer().public_key()).collect();
        let (network, oracle) =
            simulated::Network::new_with_peers(context.child("network"), config, peers).await;
        let network = network.start();
        let city = Self {
            nodes: plot.keys.iter().map(|_| None).collect(),
            link: link(plan)?,
            context,
            plot,
            oracle,
            network,
        };
        city.heal().await?;
        Ok(city)
    }

    fn name(&self, node: usize) -> PublicKey {
        self.plot.keys[node].signer().public_key()
    }

    /// Opens every link; an open one stays as it is.
    pub async fn heal(&self) -> anyhow::Result<()> {
        for (from, to) in self.pairs() {
            // An error says that the link is there.
            let _ = self
                .oracle
                .add_link(self.name(from), self.name(to), self.link.clone())
                .await;
        }
        Ok(())
    }

    /// Cuts `isolated` off from the others.
    pub async fn isolate(&self, isolated: &[usize]) {
        for (from, to) in self
            .pairs()
            .filter(|(from, to)| isolated.contains(from) != isolated.contains(to))
        {
            // An error says that the link is cut already.
            let _ = self.oracle.remove_link(self.name(from), self.name(to)).await;
        }
    }

    /// Starts a node on its data, unless it runs. `wiped` is how often its disk was lost.
    pub async fn start(&mut self, node: usize, wiped: u32, voting: VotingStart) -> anyhow::Result<()> {
        if self.nodes[node].is_some() {
            return Ok(());
        }
        let me = self.name(node);
        let links = self.links(&me).await?;
        let setup = Setup {
            genesis: self.plot.genesis.clone(),
            key: self.plot.keys[node].clone(),
            membership: self.plot.membership.clone(),
            voting,
            partition: format!("node{node}-{wiped}"),
            pool: Default::default(),
            metrics: LedgerMetrics::new(),
            main: None,
            shelf: None,
        };
        let (ready, started) = oneshot::channel();
        let root =
            self.context
                .child("node")
                .with_attribute("index", node)
                .spawn(move |context| async move {
                    let ledger = launch(context, setup, links).await;
                    // The simulation waits for it.
                    let _ = ready.send(ledger);
                    std::future::pending().await
                });
        let ledger = Arc::new(started.await.context("the node ended while it started")??);
        let methods = methods(&ledger, self.plot)?;
        self.nodes[node] = Some(Node {
            ledger,
            methods,
            _root: root.abort_on_drop(),
        });
        Ok(())
    }

    /// Kills a node; what it wrote stays as it is.
    pub async fn kill(&mut self, node: usize) {
        self.nodes[node] = None;
        self.context.sleep(LET_GO).await;
    }

    /// Who has cut whom off for breaking the protocol: contradicting votes, forged messages.
    pub async fn blocked(&self) -> anyhow::Result<Vec<(String, String)>> {
        let blocked = self.oracle.blocked().await?;
        Ok(blocked
            .into_iter()
            .map(|(by, whom)| (self.index(&by), self.index(&whom)))
            .collect())
    }

    fn index(&self, key: &PublicKey) -> String {
        let index = (0..self.nodes.len()).find(|index| self.name(*index) == *key);
        index.map_or_else(|| key.to_string(), |index| format!("node{index}"))
    }

    async fn links(&self, me: &PublicKey) -> anyhow::Result<Links<Simulated>> {
        let control = self.oracle.control(me.clone());
        let mut channels = Vec::new();
        for channel in Channel::ALL {
            channels.push(control.register(channel.id, channel.quota()).await?);
        }
        let transactions = control
            .register(TRANSACTIONS_CHANNEL, TRANSACTION_BATCHES_PER_SECOND)
            .await?;
        let [votes, certificates, certificate_fetch, payloads, payload_fetch]: [_; 5] =
            channels
                .try_into()
                .map_err(|_| anyhow::anyhow!("five channels"))?;
        let ordering = civitas_consensus_simplex::Links {
            votes,
            certificates,
            certificate_fetch,
            payloads,
            payload_fetch,
            blocker: control,
            peers: self.oracle.manager(),
        };
        Ok(Links {
            ordering,
            transactions,
        })
    }

    fn pairs(&self) -> impl Iterator<Item = (usize, usize)> + use<> {
        let nodes = self.nodes.len();
        let all = (0..nodes).flat_map(move |from| (0..nodes).map(move |to| (from, to)));
        all.filter(|(from, to)| from != to)
    }

    /// The node that made a block, as its beneficiary says; none knows it where the city votes on its validators.
    pub fn maker(&self, block: &Block) -> Option<usize> {
        (0..self.nodes.len()).find(|node| beneficiary(*node) == block.header.beneficiary)
    }

    /// The runtime of the city.
    pub const fn context(&self) -> &Context {
        &self.context
    }

    /// Ends the network, so that a new one can take its place.
    pub fn end(self) {
        self.network.abort();
    }
}

async fn launch(context: Context, setup: Setup, links: Links<Simulated>) -> anyhow::Result<Ledger> {
    let storage = StorageConfig::default();
    let store =
        ledger::open_store(context.child("state"), &setup.partition, &setup.genesis, &storage).await?;
    let (genesis, key) = (setup.genesis.clone(), setup.key.clone());
    let ledger = ledger::start_simplex::<_, Simulated>(context.child("ledger"), store, setup, links).await?;
    if ledger.spec.system_contracts() == SystemContracts::Present {
        let follower = Follower {
            clock: context.child("clock"),
            store: ledger.store.clone(),
            pool: ledger.pool.clone(),
            key,
            chain_id: genesis.chain_id(),
            base_fee: genesis.parameters.base_fee,
            configured: Vec::new(),
            // The links of the simulation are those of the plan.
            admit: Box::new(|_| Ok(())),
        };
        let heads = ledger.heads.subscribe();
        context.child("registry").spawn(move |_| follower.run(heads));
    }
    Ok(ledger)
}

fn methods(ledger: &Ledger, plot: &Plot) -> anyhow::Result<RpcModule<Backend>> {
    let sources = Sources {
        store: ledger.store.clone(),
        pool: ledger.pool.clone(),
        ordering: Some(ledger.ordering.clone()),
        spec: ledger.spec.clone(),
        genesis: plot.genesis.clone(),
        heads: ledger.heads.clone(),
        pending: ledger.pool.accepted(),
        node: Arc::new(Quiet {
            peers: plot.keys.len() - 1,
        }),
        client_version: "civitas/simulation".to_owned(),
        limits: civitas_rpc::Limits::default(),
    };
    Ok(civitas_rpc::methods(Arc::new(Backend::new(sources)))?)
}

impl Node {
    /// Blocks and state of the node.
    pub fn store(&self) -> &dyn LedgerStore {
        &*self.ledger.store
    }

    /// Contradicting votes of others that the node has seen.
    pub fn contradictions(&self) -> u64 {
        self.ledger.contradictions()
    }

    /// The newest set of validators, as this node has it.
    pub fn validators(&self) -> anyhow::Result<Vec<NodeKey>> {
        let head = self.ledger.store.head();
        let view = self.ledger.store.view(head.height)?;
        let newest = civitas_evm::ask(&*view, head.timestamp_ms, |host| {
            nodes::validators(host, u64::MAX)
        })?;
        Ok(newest.into_iter().map(|validator| validator.key).collect())
    }

    /// How often the validators have changed.
    pub fn changes(&self) -> anyhow::Result<u64> {
        let head = self.ledger.store.head();
        let view = self.ledger.store.view(head.height)?;
        let data = Bytes::from(INodes::validatorSetCountCall {}.abi_encode());
        let output = civitas_evm::ask(&*view, head.timestamp_ms, |host| {
            let call = Call {
                caller: Address::ZERO,
                value: U256::ZERO,
                data: &data,
            };
            civitas_system_contracts::run(host, NODES, &call)
        })?;
        Ok(INodes::validatorSetCountCall::abi_decode_returns(&output)?.saturating_sub(1))
    }

    /// Sends a transaction as a client does; a refusal is an answer too.
    pub async fn send(&self, raw: &Bytes) -> anyhow::Result<Value> {
        self.call("eth_sendRawTransaction", json!([raw])).await
    }

    /// The receipt of `transaction`, if it is in a block.
    pub async fn receipt(&self, transaction: B256) -> anyhow::Result<Option<Receipt>> {
        let answer = self
            .call("eth_getTransactionReceipt", json!([transaction]))
            .await?;
        let receipt = &answer["result"];
        let Some(height) = receipt["blockNumber"].as_str() else {
            return Ok(None);
        };
        Ok(Some(Receipt {
            height: Height::new(u64::from_str_radix(height.trim_start_matches("0x"), 16)?),
            succeeded: receipt["status"].as_str() == Some("0x1"),
        }))
    }

    async fn call(&self, method: &str, params: Value) -> anyhow::Result<Value> {
        let request = json!({ "jsonrpc": "2.0", "id": 1, "method": method, "params": params }).to_string();
        let (answer, _) = self.methods.raw_json_request(&request, 1).await?;
        Ok(serde_json::from_str(answer.get())?)
    }
}

fn link(plan: LinkPlan) -> anyhow::Result<Link> {
    let kept = 1.0 - f64::from(plan.lost_per_mille) / 1_000.0;
    Ok(Link {
        latency: Duration::from_millis(plan.latency_ms),
        jitter: Duration::from_millis(plan.jitter_ms),
        success_rate: Probability::try_from(kept).map_err(|_| anyhow::anyhow!("{kept} is no probability"))?,
    })
}

/// A simulated node has nothing to say of itself.
struct Quiet {
    peers: usize,
}

impl NodeInformation for Quiet {
    fn peers(&self) -> usize {
        self.peers
    }

    fn syncing(&self) -> Option<SyncProgress> {
        None
    }
}
