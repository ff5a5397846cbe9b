//! A main ledger in memory that runs the real system contract, and fails and forgets as a network does.

use alloy_primitives::{Address, B256, Bytes, keccak256};
use alloy_sol_types::{SolCall, SolValue};
use civitas_chain_evm::{Config as EvmConfig, EvmChain};
use civitas_foreign_chain_contract::ethereum::{CHAIN_ID, Ethereum};
use civitas_gateway::{
    Account, Drivers, Fate, Gateway, GatewayError, Intent, MainLedger, Signer, Unsigned, config::ChainConfig,
};
use civitas_ports::{BoxError, BoxFuture, FinalityClass};
use civitas_system_contracts::{
    address::{ANCHORS, CHAINS, GOVERNANCE, ORGANISATIONS},
    anchors::{self, Anchor, Finality, Following, Standing, Terms},
    chains,
    interfaces::{
        IAnchors::{Gateway as Named, amendCall, followCall},
        IChains, IOrganisations,
    },
    memory::MemoryHost,
    organisations,
};
use parking_lot::Mutex;
use std::{collections::BTreeMap, path::Path, sync::Arc, time::Duration};

/// A transaction as the tests encode it: account, nonce, target, input.
type Raw = (Address, u64, Address, Bytes);

#[derive(Default)]
struct State {
    host: MemoryHost,
    nonces: BTreeMap<Address, u64>,
    executed: BTreeMap<B256, bool>,
    /// Sent and not in a block yet.
    waiting: Vec<Bytes>,
    /// Sends that get lost on their way, from now on.
    lost: u32,
    /// Calls until the ledger does not answer; counts down.
    answers: Option<u32>,
    sent: u64,
}

/// What every report uses, and costs.
pub const REPORT_GAS: u64 = 70_000;
pub const REPORT_FEE: u128 = 140_000;

/// Milliseconds that a request to an endpoint may take.
const REQUEST_MS_MAX: u64 = 3_000;

/// Chain id of the main ledger.
pub const LEDGER_ID: u64 = 77;

/// The ledger; clones are the same one.
#[derive(Clone, Default)]
pub struct City {
    state: Arc<Mutex<State>>,
}

pub fn id() -> B256 {
    chains::id_of(&format!("eip155:{CHAIN_ID}"))
}

pub fn account(number: u8) -> Address {
    Address::repeat_byte(number)
}

pub fn terms(threshold: u8, gateways: u8, batch_blocks: u32) -> Terms {
    let named = |number| Named {
        account: account(number),
        organisation: organisations::id_of(&format!("organisation {number}")),
    };
    Terms {
        finality: Finality::Depth,
        depth: 2,
        batchBlocks: batch_blocks,
        threshold,
        gateways: (1..=gateways).map(named).collect(),
    }
}

impl City {
    /// A city that has approved the chain, with its block 0 as the trust root.
    pub fn new(genesis: B256) -> Self {
        let city = Self::default();
        city.state.lock().host.block.height = 100;
        city.state.lock().host.block.timestamp = 1_800_000_000;
        for number in 1..=5 {
            let join = IOrganisations::joinCall {
                name: format!("organisation {number}"),
                kind: IOrganisations::Kind::Business,
                level: 1,
                voting: false,
            };
            city.govern(ORGANISATIONS, &join);
        }
        let info = IChains::ChainInfo {
            caip2: format!("eip155:{CHAIN_ID}"),
            name: "Trade".to_owned(),
            kind: IChains::Kind::Evm,
            purpose: "bills".to_owned(),
            operator: organisations::id_of("organisation 5"),
            company: "Trade Ltd".to_owned(),
            contact: "desk".to_owned(),
            grade: 1,
            consensus: "QBFT".to_owned(),
            endpoint: "http://127.0.0.1".to_owned(),
            documents: B256::ZERO,
        };
        city.govern(CHAINS, &IChains::registerCall { info });
        let add = IChains::addTrustRootCall {
            id: id(),
            kind: IChains::RootKind::BlockHash,
            root: genesis.to_vec().into(),
            validFromHeight: 0,
        };
        city.govern(CHAINS, &add);
        city.govern(CHAINS, &IChains::startReviewCall { id: id() });
        let decide = IChains::decideCall {
            id: id(),
            approve: true,
            evidence: B256::repeat_byte(0xee),
            reason: String::new(),
        };
        city.govern(CHAINS, &decide);
        city
    }

    pub fn follow(&self, terms: Terms) {
        let (id, start) = (id(), 0);
        let call = followCall {
            id,
            startHeight: start,
            terms,
        };
        self.govern(ANCHORS, &call);
    }

    pub fn amend(&self, terms: Terms) {
        self.govern(ANCHORS, &amendCall { id: id(), terms });
    }

    fn govern(&self, contract: Address, call: &impl SolCall) {
        let answer = self
            .state
            .lock()
            .host
            .call(GOVERNANCE, contract, &call.abi_encode());
        answer.unwrap();
    }

    /// Puts what waits into a block.
    pub fn mine(&self) {
        let mut state = self.state.lock();
        state.host.block.height += 1;
        for raw in std::mem::take(&mut state.waiting) {
            let (account, nonce, to, input) = Raw::abi_decode(&raw).unwrap();
            if state.nonces.get(&account).copied().unwrap_or_default() != nonce {
                continue;
            }
            state.nonces.insert(account, nonce + 1);
            let done = state.host.call(account, to, &input);
            state.executed.insert(keccak256(&raw), done.is_ok());
        }
    }

    /// The next sends get lost on their way.
    pub fn lose(&self, count: u32) {
        self.state.lock().lost = count;
    }

    /// So many answers, and none after them until this is called again.
    pub fn answer(&self, count: Option<u32>) {
        self.state.lock().answers = count;
    }

    pub fn state(&self) -> Following {
        anchors::following(&mut self.state.lock().host, id()).unwrap()
    }

    pub fn anchors(&self) -> Vec<Anchor> {
        let count = self.state().batchCount;
        let page = |from| anchors::anchors(&mut self.state.lock().host, id(), from, 100).unwrap();
        (0..count).step_by(100).flat_map(page).collect()
    }

    pub fn standing(&self, number: u8) -> Standing {
        anchors::standing(&mut self.state.lock().host, id(), account(number)).unwrap()
    }

    /// Transactions of an account that were executed.
    pub fn transactions(&self, number: u8) -> u64 {
        self.state
            .lock()
            .nonces
            .get(&account(number))
            .copied()
            .unwrap_or_default()
    }

    fn ask<T>(&self, what: &'static str, question: impl FnOnce(&mut State) -> T) -> Result<T, GatewayError> {
        let mut state = self.state.lock();
        if let Some(left) = state.answers {
            let left = left.checked_sub(1).ok_or_else(|| GatewayError::Ledger {
                what,
                source: "it is down".into(),
            })?;
            state.answers = Some(left);
        }
        Ok(question(&mut state))
    }
}

fn refused<T>(
    what: &'static str,
    result: Result<T, civitas_system_contracts::fault::Fault>,
) -> Result<T, GatewayError> {
    result.map_err(|fault| GatewayError::Refused {
        what,
        reason: fault.to_string(),
    })
}

impl MainLedger for City {
    fn call<'a>(
        &'a self,
        what: &'static str,
        to: Address,
        input: &'a Bytes,
    ) -> BoxFuture<'a, Result<Bytes, GatewayError>> {
        Box::pin(async move {
            let answer = self.ask(what, |state| state.host.clone().call(Address::ZERO, to, input))?;
            refused(what, answer)
        })
    }

    fn chain_id(&self) -> BoxFuture<'_, Result<u64, GatewayError>> {
        Box::pin(async move { Ok(LEDGER_ID) })
    }

    fn following(&self, id: B256) -> BoxFuture<'_, Result<Option<Following>, GatewayError>> {
        Box::pin(async move { self.ask("following", |state| anchors::following(&mut state.host, id).ok()) })
    }

    fn standing(&self, id: B256, gateway: Address) -> BoxFuture<'_, Result<Standing, GatewayError>> {
        Box::pin(async move {
            let found = self.ask("standing", |state| {
                anchors::standing(&mut state.host, id, gateway)
            })?;
            refused("standing", found)
        })
    }

    fn anchor(&self, id: B256, index: u64) -> BoxFuture<'_, Result<Option<Anchor>, GatewayError>> {
        Box::pin(async move {
            let found = self.ask("anchor", |state| anchors::anchors(&mut state.host, id, index, 1))?;
            Ok(refused("anchor", found)?.pop())
        })
    }

    fn prepare<'a>(
        &'a self,
        account: Address,
        intent: &'a Intent,
    ) -> BoxFuture<'a, Result<Unsigned, GatewayError>> {
        Box::pin(async move {
            let (tried, nonce) = self.ask(intent.what, |state| {
                let tried = state.host.clone().call(account, intent.to, &intent.input);
                (tried, state.nonces.get(&account).copied().unwrap_or_default())
            })?;
            refused(intent.what, tried)?;
            Ok(Unsigned {
                chain_id: LEDGER_ID,
                nonce,
                to: intent.to,
                input: intent.input.clone(),
                gas: 1_000_000,
                gas_price: 0,
            })
        })
    }

    fn send<'a>(&'a self, raw: &'a Bytes) -> BoxFuture<'a, Result<(), GatewayError>> {
        Box::pin(async move {
            self.ask("send", |state| {
                state.sent += 1;
                let is_lost = state.lost > 0;
                state.lost = state.lost.saturating_sub(1);
                let is_known = state.executed.contains_key(&keccak256(raw)) || state.waiting.contains(raw);
                if !is_lost && !is_known {
                    state.waiting.push(raw.clone());
                }
            })
        })
    }

    fn fate(&self, hash: B256) -> BoxFuture<'_, Result<Fate, GatewayError>> {
        Box::pin(async move {
            let found = self.ask("fate", |state| state.executed.get(&hash).copied())?;
            Ok(found.map_or(Fate::Open, |succeeded| Fate::Executed {
                succeeded,
                gas_used: REPORT_GAS,
                fee: REPORT_FEE,
            }))
        })
    }

    fn nonce(&self, account: Address) -> BoxFuture<'_, Result<u64, GatewayError>> {
        Box::pin(async move {
            self.ask("nonce", |state| {
                state.nonces.get(&account).copied().unwrap_or_default()
            })
        })
    }
}

struct Key(Address);

impl Signer for Key {
    fn account(&self) -> Address {
        self.0
    }

    fn sign_digest(&self, digest: B256) -> Result<[u8; 65], BoxError> {
        Err(format!("a key of these tests signs reports only, not {digest}").into())
    }

    fn sign(&self, transaction: &Unsigned) -> Result<(Bytes, B256), BoxError> {
        let raw: Raw = (
            self.0,
            transaction.nonce,
            transaction.to,
            transaction.input.clone(),
        );
        let raw: Bytes = raw.abi_encode().into();
        let hash = keccak256(&raw);
        Ok((raw, hash))
    }
}

/// Settings of a driver in these tests.
pub fn driver_config(urls: Vec<String>, finality: FinalityClass) -> EvmConfig {
    EvmConfig {
        rest: Duration::ZERO,
        request_time_max: Duration::from_millis(REQUEST_MS_MAX),
        ..EvmConfig::new(CHAIN_ID, urls, finality)
    }
}

/// Gateway number `number`, over an endpoint of the chain of its own.
pub fn gateway(number: u8, folder: &Path, city: &City, urls: Vec<String>) -> Gateway {
    let drivers: Drivers =
        Arc::new(move |_, finality| Ok(EvmChain::connect(driver_config(urls.clone(), finality))?));
    gateway_with(city, folder, number, drivers)
}

/// Gateway number `number`, with drivers of its own.
pub fn gateway_with(city: &City, folder: &Path, number: u8, drivers: Drivers) -> Gateway {
    let config = ChainConfig {
        chain: format!("eip155:{CHAIN_ID}"),
        urls: vec!["http://127.0.0.1".to_owned()],
        request_ms_max: REQUEST_MS_MAX,
        batches_kept: None,
        foreign_key: None,
        fee_max_gwei: None,
        fabric: None,
    };
    let signer = Account::new(Arc::new(Key(account(number))));
    Gateway::open(config, folder, Arc::new(city.clone()), signer, drivers).unwrap()
}

/// The chain, and a city that knows it.
pub async fn start() -> (Ethereum, City) {
    let chain = Ethereum::start().await;
    let city = City::new(chain.truth(0).hash);
    (chain, city)
}

/// A folder that is gone when the test is over.
pub struct Folder(pub std::path::PathBuf);

impl Folder {
    pub fn new(name: &str) -> Self {
        let path = std::env::temp_dir().join(format!("civitas-gateway-{name}-{}", std::process::id()));
        let _ = std::fs::remove_dir_all(&path);
        std::fs::create_dir_all(&path).unwrap();
        Self(path)
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        let _ = std::fs::remove_dir_all(&self.0);
    }
}
