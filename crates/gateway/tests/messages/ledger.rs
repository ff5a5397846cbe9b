//! A main ledger in memory that runs the real system contracts, makes a block of every transaction, and freezes and lifts at random, also
//! between a question and what follows from it.

use crate::chain::{Chain, MAILBOX, account_key, address_of, sign};
use alloy_primitives::{Address, B256, Bytes, eip191_hash_message, keccak256};
use alloy_sol_types::{SolCall, SolEvent as _, SolValue as _};
use civitas_gateway::{Account, Fate, GatewayError, Intent, MainLedger, Signer, Unsigned};
use civitas_ports::{BoxError, BoxFuture};
use civitas_system_contracts::{
    Call,
    address::{ANCHORS, CASES, CHAINS, GOVERNANCE, IDENTITIES, MESSAGES, ORGANISATIONS, ROLES},
    anchors::{self, Anchor, Following, Standing},
    chains,
    fault::Fault,
    identities::message::account_message,
    interfaces::{
        IAnchors::{self, Finality, Terms},
        ICases::{self, Action, Level, Order},
        IChains,
        IIdentities::{self, AccountProof, Binding, IdentityProof, KeyType, NewIdentity},
        IMessages, IOrganisations, IRoles,
    },
    memory::MemoryHost,
    messages, organisations, roles, run,
};
use parking_lot::Mutex;
use rand::{RngExt as _, SeedableRng as _, rngs::StdRng};
use secp256k1::SecretKey;
use std::{collections::BTreeMap, sync::Arc};

/// Chain id of the main ledger.
pub const CITY: u64 = 77;
/// Business chains, each with so many accounts that send and take messages.
pub const CHAIN_IDS: [u64; 3] = [101, 102, 103];
pub const ACCOUNTS: u8 = 4;
/// Gateways of each chain; the last one lies. Two must agree.
pub const GATEWAYS: u8 = 3;
pub const THRESHOLD: u8 = 2;

type Raw = (Address, u64, Address, Bytes);

/// Whom an order is about.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Target {
    Chain(u64),
    Account(u64, Address),
    /// The identity that the first account of a chain is bound to.
    Identity(u64),
}

/// When something was frozen.
#[derive(Clone, Copy, Debug)]
pub struct Since {
    pub height: u64,
    pub time: u64,
}

pub struct State {
    pub host: MemoryHost,
    nonces: BTreeMap<Address, u64>,
    executed: BTreeMap<B256, bool>,
    random: StdRng,
    /// Of 100 verdicts, how many are followed by an order before anything else happens.
    pub strikes: u32,
    pub frozen: BTreeMap<Target, Since>,
    /// Orders so far.
    pub orders: u32,
    seen_events: usize,
}

/// The ledger; clones are the same one.
#[derive(Clone)]
pub struct Ledger {
    pub state: Arc<Mutex<State>>,
}

pub fn id(chain: u64) -> B256 {
    chains::id_of(&format!("eip155:{chain}"))
}

pub fn gateway_key(chain: u64, number: u8) -> SecretKey {
    account_key(chain, 0x80 + number)
}

fn regulator(number: u8) -> Address {
    Address::repeat_byte(0xe0 + number)
}

fn owner(number: u8) -> B256 {
    organisations::id_of(&format!("organisation {number}"))
}

impl State {
    fn done(&mut self, caller: Address, contract: Address, call: &impl SolCall) -> Bytes {
        self.host.call(caller, contract, &call.abi_encode()).unwrap()
    }

    fn govern(&mut self, contract: Address, call: &impl SolCall) {
        self.done(GOVERNANCE, contract, call);
    }

    fn next_block(&mut self) {
        self.host.block.height += 1;
        self.host.block.timestamp += 1;
    }

    /// Whether something of a message is frozen, and since when the longest, as the orders of this test say.
    pub fn frozen_since(&self, message: &messages::Message) -> Option<Since> {
        let mut targets = Vec::new();
        for (chain, account) in [
            (message.source, message.sender),
            (message.destination, Address::from_slice(&message.target)),
        ] {
            if let Some(number) = CHAIN_IDS.into_iter().find(|number| id(*number) == chain) {
                targets.extend([Target::Chain(number), Target::Account(number, account)]);
                if account == address_of(&account_key(number, 0)) {
                    targets.push(Target::Identity(number));
                }
            }
        }
        let found = targets.iter().filter_map(|target| self.frozen.get(target));
        found.min_by_key(|since| since.height).copied()
    }

    /// Freezes something that is free, or lifts something that is frozen, in a block of its own.
    pub fn strike(&mut self) {
        let chain = CHAIN_IDS[self.random.random_range(0..CHAIN_IDS.len())];
        let account = address_of(&account_key(chain, self.random.random_range(0..ACCOUNTS)));
        let target = match self.random.random_range(0..8) {
            0 => Target::Chain(chain),
            1 | 2 => Target::Identity(chain),
            _ => Target::Account(chain, account),
        };
        let frozen: Vec<Target> = self.frozen.keys().copied().collect();
        // So that messages flow, more is lifted the more is frozen.
        if self.random.random_range(0..6) < frozen.len() {
            let index = self.random.random_range(0..frozen.len());
            self.order(frozen[index]);
        } else {
            self.order(target);
        }
    }

    /// Freezes a target, or lifts it.
    pub fn order(&mut self, target: Target) {
        self.next_block();
        self.orders += 1;
        let is_frozen = self.frozen.contains_key(&target);
        match target {
            Target::Identity(number) => {
                let id = keccak256(number.to_be_bytes());
                let reason = "order".to_owned();
                if is_frozen {
                    self.govern(IDENTITIES, &IIdentities::unfreezeCall { id, reason });
                } else {
                    self.govern(IDENTITIES, &IIdentities::freezeCall { id, reason });
                }
            }
            Target::Chain(number) => {
                let action = if is_frozen {
                    Action::LiftChain
                } else {
                    Action::FreezeChain
                };
                self.command(number, action, Bytes::new());
            }
            Target::Account(number, account) => {
                let is_contract = account[19].is_multiple_of(2);
                let action = match (is_frozen, is_contract) {
                    (false, false) => Action::FreezeAccount,
                    (true, false) => Action::LiftAccount,
                    (false, true) => Action::FreezeContract,
                    (true, true) => Action::LiftContract,
                };
                self.command(number, action, account.to_vec().into());
            }
        }
        if is_frozen {
            self.frozen.remove(&target);
        } else {
            let since = Since {
                height: self.host.block.height,
                time: self.host.block.timestamp,
            };
            self.frozen.insert(target, since);
        }
    }

    fn command(&mut self, chain: u64, action: Action, target: Bytes) {
        let order = Order {
            caseId: 1,
            chain: id(chain),
            action,
            target,
            level: Level::Isolation,
            legalBasis: "Act 9".to_owned(),
            reason: "order".to_owned(),
            deadlineSeconds: 0,
        };
        let answer = self.done(regulator(1), CASES, &ICases::orderCall { order });
        let id = ICases::orderCall::abi_decode_returns(&answer).unwrap();
        self.done(regulator(2), CASES, &ICases::approveCall { id });
    }

    /// A transaction in a block of its own. What passes in it must be free of every order.
    fn execute(&mut self, caller: Address, to: Address, input: &[u8]) -> bool {
        self.next_block();
        let is_done = self.host.call(caller, to, input).is_ok();
        let events: Vec<_> = self.host.events.drain(self.seen_events..).collect();
        self.seen_events = self.host.events.len();
        for (contract, log) in events {
            if contract == MESSAGES
                && let Ok(passed) = IMessages::MessagePassed::decode_log_data(&log)
            {
                let message = messages::message(&mut self.host, passed.id).unwrap();
                let since = self.frozen_since(&message);
                assert!(since.is_none(), "{message:?} passed, frozen since {since:?}");
            }
        }
        is_done
    }

    fn ask(&mut self, to: Address, input: &[u8]) -> Result<Bytes, Fault> {
        self.host.read_only = true;
        let call = Call {
            caller: Address::ZERO,
            value: alloy_primitives::U256::ZERO,
            data: input,
        };
        let answer = run(&mut self.host, to, &call);
        self.host.read_only = false;
        answer
    }
}

impl Ledger {
    /// A city with three chains that have mailboxes, whose first accounts are bound to identities, and two regulators with a case.
    pub fn new(seed: u64) -> Self {
        let mut host = MemoryHost::default();
        host.block.chain_id = CITY;
        host.block.height = 100;
        host.block.timestamp = 1_800_000_000;
        roles::builtin::define_builtin(&mut host).unwrap();
        let mut state = State {
            host,
            nonces: BTreeMap::new(),
            executed: BTreeMap::new(),
            random: StdRng::seed_from_u64(seed),
            strikes: 0,
            frozen: BTreeMap::new(),
            orders: 0,
            seen_events: 0,
        };
        for number in 1..=4_u8 {
            let join = IOrganisations::joinCall {
                name: format!("organisation {number}"),
                kind: IOrganisations::Kind::Governance,
                level: 50,
                voting: false,
            };
            state.govern(ORGANISATIONS, &join);
        }
        for number in [1, 2] {
            let grant = IRoles::grantCall {
                role: roles::id_of("CityRegulator"),
                subject: regulator(number).into_word(),
                scope: roles::Scope::CITY,
                expiry: 0,
                delegable: false,
            };
            state.govern(ROLES, &grant);
        }
        let open = ICases::openCall {
            title: "Layering".to_owned(),
            subject: "eip155:101".to_owned(),
            legalBasis: "Act 9".to_owned(),
        };
        state.done(regulator(1), CASES, &open);
        for number in CHAIN_IDS {
            attach(&mut state, number);
            bind(&mut state, number);
        }
        state.host.events.clear();
        Self {
            state: Arc::new(Mutex::new(state)),
        }
    }

    /// Reports the next block of a chain by its honest gateways.
    pub fn anchor(&self, chain: &Chain, batch: &anchors::Batch) {
        let mut state = self.state.lock();
        for number in 0..THRESHOLD {
            let call = IAnchors::reportCall {
                id: id(chain.number),
                batch: batch.clone(),
            };
            let caller = address_of(&gateway_key(chain.number, number));
            assert!(state.execute(caller, ANCHORS, &call.abi_encode()));
        }
    }

    /// What somebody does who keeps to no rule.
    pub fn try_call(&self, caller: Address, call: &impl SolCall) -> bool {
        self.state.lock().execute(caller, MESSAGES, &call.abi_encode())
    }

    /// Makes another contract the mailbox of a chain.
    pub fn replace_mailbox(&self, number: u64, mailbox: Address) {
        set_mailbox(&mut self.state.lock(), number, mailbox);
    }

    pub fn question<C: SolCall>(&self, call: &C) -> C::Return {
        let answer = self.state.lock().ask(MESSAGES, &call.abi_encode()).unwrap();
        C::abi_decode_returns(&answer).unwrap()
    }

    pub fn messages(&self) -> Vec<messages::Message> {
        let count = self.question(&IMessages::messageCountCall {});
        let page = |from| self.question(&IMessages::messagesCall { from, count: 20 });
        (0..count).step_by(20).flat_map(page).collect()
    }
}

fn attach(state: &mut State, number: u64) {
    let id = id(number);
    let info = IChains::ChainInfo {
        caip2: format!("eip155:{number}"),
        name: format!("Chain {number}"),
        kind: IChains::Kind::Evm,
        purpose: "trade".to_owned(),
        operator: owner(4),
        company: "Trade Ltd".to_owned(),
        contact: "desk".to_owned(),
        grade: 1,
        consensus: "QBFT".to_owned(),
        endpoint: "http://127.0.0.1".to_owned(),
        documents: B256::ZERO,
    };
    state.govern(CHAINS, &IChains::registerCall { info });
    let root = IChains::addTrustRootCall {
        id,
        kind: IChains::RootKind::BlockHash,
        root: B256::repeat_byte(0xc0).to_vec().into(),
        validFromHeight: 0,
    };
    state.govern(CHAINS, &root);
    state.govern(CHAINS, &IChains::startReviewCall { id });
    let decide = IChains::decideCall {
        id,
        approve: true,
        evidence: B256::repeat_byte(0xee),
        reason: String::new(),
    };
    state.govern(CHAINS, &decide);
    let gateways = (0..GATEWAYS).map(|gateway| IAnchors::Gateway {
        account: address_of(&gateway_key(number, gateway)),
        organisation: owner(gateway + 1),
    });
    let terms = Terms {
        finality: Finality::Instant,
        depth: 0,
        batchBlocks: 1,
        threshold: THRESHOLD,
        gateways: gateways.collect(),
    };
    let follow = IAnchors::followCall {
        id,
        startHeight: 0,
        terms,
    };
    state.govern(ANCHORS, &follow);
    set_mailbox(state, number, MAILBOX);
}

fn set_mailbox(state: &mut State, number: u64, mailbox: Address) {
    let set = IMessages::setMailboxCall {
        chain: id(number),
        mailbox,
        fromHeight: 1,
    };
    state.govern(MESSAGES, &set);
}

/// Binds the first account of a chain to an identity.
fn bind(state: &mut State, number: u64) {
    let controller = Address::repeat_byte(0xd0);
    let id = keccak256(number.to_be_bytes());
    let identity = NewIdentity {
        id,
        kind: IIdentities::Kind::Person,
        organisation: owner(1),
        controllers: vec![controller.into_word()],
        recoverers: Vec::new(),
        recoveryThreshold: 0,
        methods: Vec::new(),
        services: Vec::new(),
        commitments: Vec::new(),
    };
    state.govern(IDENTITIES, &IIdentities::createCall { identity });
    let key = account_key(number, 0);
    let now = state.host.block.timestamp;
    let binding = Binding {
        id,
        account: format!("eip155:{number}:{}", address_of(&key).to_checksum(None)),
        ledger: CITY,
        nonce: 0,
        issuedAt: now,
        expiresAt: now + 60,
    };
    let text = account_message(&binding).unwrap();
    let bind = IIdentities::bindCall {
        binding,
        accountProof: AccountProof {
            keyType: KeyType::Secp256k1,
            key: Bytes::new(),
            signature: sign(&key, eip191_hash_message(text)).to_vec().into(),
        },
        identityProof: IdentityProof {
            fragment: String::new(),
            signature: Bytes::new(),
        },
    };
    state.done(controller, IDENTITIES, &bind);
}

fn refused<T>(what: &'static str, result: Result<T, Fault>) -> Result<T, GatewayError> {
    result.map_err(|fault| GatewayError::Refused {
        what,
        reason: fault.to_string(),
    })
}

impl MainLedger for Ledger {
    fn call<'a>(
        &'a self,
        what: &'static str,
        to: Address,
        input: &'a Bytes,
    ) -> BoxFuture<'a, Result<Bytes, GatewayError>> {
        Box::pin(async move {
            let mut state = self.state.lock();
            let answer = state.ask(to, input);
            let strikes = state.strikes;
            if what == "a verdict" && state.random.random_range(0..100) < strikes {
                state.strike();
            }
            refused(what, answer)
        })
    }

    fn chain_id(&self) -> BoxFuture<'_, Result<u64, GatewayError>> {
        Box::pin(async move { Ok(CITY) })
    }

    fn following(&self, id: B256) -> BoxFuture<'_, Result<Option<Following>, GatewayError>> {
        Box::pin(async move { Ok(anchors::following(&mut self.state.lock().host, id).ok()) })
    }

    fn standing(&self, id: B256, gateway: Address) -> BoxFuture<'_, Result<Standing, GatewayError>> {
        Box::pin(async move {
            refused(
                "standing",
                anchors::standing(&mut self.state.lock().host, id, gateway),
            )
        })
    }

    fn anchor(&self, id: B256, index: u64) -> BoxFuture<'_, Result<Option<Anchor>, GatewayError>> {
        Box::pin(async move {
            let found = anchors::anchors(&mut self.state.lock().host, id, index, 1);
            Ok(refused("anchor", found)?.pop())
        })
    }

    fn prepare<'a>(
        &'a self,
        account: Address,
        intent: &'a Intent,
    ) -> BoxFuture<'a, Result<Unsigned, GatewayError>> {
        Box::pin(async move {
            let state = self.state.lock();
            let tried = state.host.clone().call(account, intent.to, &intent.input);
            refused(intent.what, tried)?;
            Ok(Unsigned {
                chain_id: CITY,
                nonce: state.nonces.get(&account).copied().unwrap_or_default(),
                to: intent.to,
                input: intent.input.clone(),
                gas: 1_000_000,
                gas_price: 0,
            })
        })
    }

    fn send<'a>(&'a self, raw: &'a Bytes) -> BoxFuture<'a, Result<(), GatewayError>> {
        Box::pin(async move {
            let mut state = self.state.lock();
            let (account, nonce, to, input) = Raw::abi_decode(raw).unwrap();
            if state.nonces.get(&account).copied().unwrap_or_default() == nonce {
                state.nonces.insert(account, nonce + 1);
                let is_done = state.execute(account, to, &input);
                state.executed.insert(keccak256(raw), is_done);
            }
            Ok(())
        })
    }

    fn fate(&self, hash: B256) -> BoxFuture<'_, Result<Fate, GatewayError>> {
        Box::pin(async move {
            let found = self.state.lock().executed.get(&hash).copied();
            Ok(found.map_or(Fate::Open, |succeeded| Fate::Executed {
                succeeded,
                gas_used: 0,
                fee: 0,
            }))
        })
    }

    fn nonce(&self, account: Address) -> BoxFuture<'_, Result<u64, GatewayError>> {
        Box::pin(async move {
            Ok(self
                .state
                .lock()
                .nonces
                .get(&account)
                .copied()
                .unwrap_or_default())
        })
    }
}

/// The key of an account.
pub struct Key(pub SecretKey);

impl Signer for Key {
    fn account(&self) -> Address {
        address_of(&self.0)
    }

    fn sign_digest(&self, digest: B256) -> Result<[u8; 65], BoxError> {
        Ok(sign(&self.0, digest))
    }

    fn sign(&self, transaction: &Unsigned) -> Result<(Bytes, B256), BoxError> {
        let raw: Raw = (
            self.account(),
            transaction.nonce,
            transaction.to,
            transaction.input.clone(),
        );
        let raw: Bytes = raw.abi_encode().into();
        let hash = keccak256(&raw);
        Ok((raw, hash))
    }
}

/// The account of a gateway.
pub fn account(chain: u64, number: u8) -> Account {
    Account::new(Arc::new(Key(gateway_key(chain, number))))
}
