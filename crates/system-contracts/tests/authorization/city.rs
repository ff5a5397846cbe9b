//! A founded city in which every function has something to act on, and everybody who could try to call it.

use alloy_primitives::{Address, B256, Bytes, eip191_hash_message, keccak256};
use alloy_sol_types::SolCall;
use aws_lc_rs::signature::{Ed25519KeyPair, KeyPair as _};
use civitas_system_contracts::{
    address::{
        ANCHORS, AUDIT, CHAINS, CONTENT, CONTROL, GOVERNANCE, IDENTITIES, LEDGERS, NODES, OFFICES,
        ORGANISATIONS, ROLES,
    },
    fault::Fault,
    genesis::{
        Circumstances, Founding, FoundingNode, GrantEntry, KindName, OrganisationEntry, OrganisationKindName,
        PolicyEntry, RuleEntry,
    },
    governance::Action,
    host::{BlockContext, LedgerKind},
    identities::message::account_message,
    interfaces::{
        IAnchors::{self, Batch, Finality, Gateway, Terms},
        IAudit,
        IChains::{self, ChainInfo},
        IContent, IControl, IGovernance,
        IIdentities::{self, AccountProof, Binding, IdentityProof, KeyType, Method, NewIdentity, Service},
        ILedgers::{self, Parameters},
        INodes::{self, Role},
        IOffices::{self, SealedRecord, Share},
        IOrganisations, IRoles,
    },
    memory::MemoryHost,
    nodes::proofs::{Application, AuditAnchor},
    organisations,
    roles::{self, Scope, builtin::BUILTIN},
};
use secp256k1::{Message, Secp256k1, SecretKey};

pub const LEDGER: u64 = 77;
pub const NOW: u64 = 1_800_000_000;
pub const HEIGHT: u64 = 1_000;
pub const BLOCK_HASH: B256 = B256::repeat_byte(0xbb);
const DAY: u64 = 24 * 3_600;
/// Seconds between the approval of a proposal and its execution.
pub const TIMELOCK: u64 = 100;

/// Holds no role, controls nothing, represents nobody.
pub const STRANGER: Address = Address::repeat_byte(0x99);
pub const NEWCOMER: Address = Address::repeat_byte(0x70);
pub const SUSPECT: Address = Address::repeat_byte(0x71);
pub const FROZEN_ACCOUNT: Address = Address::repeat_byte(0x72);
pub const CONTRACT: Address = Address::repeat_byte(0x73);
pub const FROZEN_CONTRACT: Address = Address::repeat_byte(0x74);

/// The identity that functions are about, one that is frozen, and one that does not exist yet.
pub const ID: B256 = B256::repeat_byte(0x11);
pub const FROZEN_ID: B256 = B256::repeat_byte(0x22);
pub const NEW_ID: B256 = B256::repeat_byte(0x33);

/// Seeds of the keys of nodes: validators are `1..=VALIDATORS`.
pub const VALIDATORS: u8 = 7;
pub const OBSERVER: u8 = 8;
pub const APPLICANT: u8 = 9;
pub const SUSPENDED: u8 = 10;
pub const CANDIDATE: u8 = 11;
pub const NEW_NODE: u8 = 12;

/// The organisation that everything here is about, and one that has nothing to do with it.
pub const CONCERNED: &str = "Works";
const OTHER: &str = "Systems";

/// How far a role reaches that somebody holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Reach {
    /// The whole city.
    City,
    /// The organisation that the call is about.
    Concerned,
    /// Another organisation.
    Other,
}

/// Who may call a function for what they are, not by a role.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Party {
    Controller,
    Recoverer,
    BoundAccount,
    GrantHolder,
    DelegateHolder,
    Proposer,
    Office,
    Contract,
    Gateway,
}

impl Party {
    pub const ALL: [Self; 9] = [
        Self::Controller,
        Self::Recoverer,
        Self::BoundAccount,
        Self::GrantHolder,
        Self::DelegateHolder,
        Self::Proposer,
        Self::Office,
        Self::Contract,
        Self::Gateway,
    ];

    pub fn account(self) -> Address {
        match self {
            Self::BoundAccount => bound_account(),
            Self::Gateway => account_of(&gateway_secret()),
            Self::Contract => CONTRACT,
            other => Address::from_word(keccak256(format!("{other:?}"))),
        }
    }
}

/// Somebody who tries to call a function.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Who {
    Stranger,
    Holder(&'static str, Reach),
    Party(Party),
}

impl Who {
    pub fn account(self) -> Address {
        match self {
            Self::Stranger => STRANGER,
            Self::Holder(role, reach) => Address::from_word(keccak256(format!("{role} {reach:?}"))),
            Self::Party(party) => party.account(),
        }
    }
}

/// Everybody: a stranger, a holder of every built-in role in every scope, and all others with a part in the city.
pub fn everybody() -> Vec<Who> {
    let mut all = vec![Who::Stranger];
    all.extend(Party::ALL.map(Who::Party));
    for role in BUILTIN {
        for reach in [Reach::City, Reach::Concerned, Reach::Other] {
            // Representative is granted for an organisation only.
            if role.name != "Representative" || reach != Reach::City {
                all.push(Who::Holder(role.name, reach));
            }
        }
    }
    all
}

pub fn organisation(name: &str) -> B256 {
    organisations::id_of(name)
}

pub fn concerned() -> B256 {
    organisation(CONCERNED)
}

fn pair(seed: u8) -> Ed25519KeyPair {
    Ed25519KeyPair::from_seed_unchecked(&[seed; 32]).unwrap()
}

/// The public key with this seed.
pub fn key(seed: u8) -> B256 {
    B256::from_slice(pair(seed).public_key().as_ref())
}

pub fn sign(seed: u8, message: &[u8]) -> Bytes {
    Bytes::copy_from_slice(pair(seed).sign(message).as_ref())
}

fn bound_secret() -> SecretKey {
    SecretKey::from_byte_array([0x42; 32]).unwrap()
}

fn gateway_secret() -> SecretKey {
    SecretKey::from_byte_array([0x43; 32]).unwrap()
}

fn account_of(secret: &SecretKey) -> Address {
    let key = secret.public_key(&Secp256k1::new()).serialize_uncompressed();
    Address::from_raw_public_key(&key[1..])
}

pub fn bound_account() -> Address {
    account_of(&bound_secret())
}

fn sign_digest(secret: &SecretKey, digest: B256) -> Bytes {
    let signature = Secp256k1::new().sign_ecdsa_recoverable(Message::from_digest(digest.0), secret);
    let (recovery, compact) = signature.serialize_compact();
    let v = 27 + u8::try_from(i32::from(recovery)).unwrap();
    [compact.as_slice(), &[v]].concat().into()
}

/// The signature of [`Party::Gateway`].
pub fn gateway_sign(digest: B256) -> Bytes {
    sign_digest(&gateway_secret(), digest)
}

/// The signature of [`bound_account`].
pub fn account_proof(text: &str) -> AccountProof {
    AccountProof {
        keyType: KeyType::Secp256k1,
        key: Bytes::new(),
        signature: sign_digest(&bound_secret(), eip191_hash_message(text)),
    }
}

/// What says that [`bound_account`] belongs, or no longer belongs, to [`ID`] on some chain.
pub fn binding(chain: u64, nonce: u64) -> Binding {
    Binding {
        id: ID,
        account: format!("eip155:{chain}:{}", bound_account()),
        ledger: LEDGER,
        nonce,
        issuedAt: NOW,
        expiresAt: NOW + 3_600,
    }
}

pub fn no_consent() -> IdentityProof {
    IdentityProof {
        fragment: String::new(),
        signature: Bytes::new(),
    }
}

pub fn application(seed: u8) -> INodes::registerCall {
    let application = Application {
        chain_id: LEDGER,
        organisation: concerned(),
        name: &format!("node-{seed}"),
        endpoint: "node.example:9000",
        beneficiary: Address::ZERO,
    };
    INodes::registerCall {
        key: key(seed),
        organisation: application.organisation,
        name: application.name.to_owned(),
        endpoint: application.endpoint.to_owned(),
        beneficiary: application.beneficiary,
        signature: sign(seed, application.message().as_slice()),
    }
}

pub fn method(fragment: &str) -> Method {
    Method {
        fragment: fragment.to_owned(),
        keyType: KeyType::Ed25519,
        key: key(1).to_vec().into(),
        purposes: 3,
        validFrom: 0,
        validUntil: 0,
    }
}

pub fn service(fragment: &str) -> Service {
    Service {
        fragment: fragment.to_owned(),
        serviceType: "LinkedDomains".to_owned(),
        endpoint: "https://works.example/".to_owned(),
    }
}

pub fn identity(id: B256) -> NewIdentity {
    NewIdentity {
        id,
        kind: IIdentities::Kind::Person,
        organisation: concerned(),
        controllers: vec![Party::Controller.account().into_word()],
        recoverers: vec![Party::Recoverer.account().into_word()],
        recoveryThreshold: 1,
        methods: vec![method("key-1")],
        services: vec![service("site")],
        commitments: Vec::new(),
    }
}

pub fn chain(number: u64) -> ChainInfo {
    ChainInfo {
        caip2: format!("eip155:{number}"),
        name: "Parking".to_owned(),
        kind: IChains::Kind::Evm,
        purpose: "Parking fees of the city".to_owned(),
        operator: concerned(),
        company: "City Parking Ltd".to_owned(),
        contact: "duty@parking.example".to_owned(),
        grade: 2,
        consensus: "QBFT".to_owned(),
        endpoint: "192.0.2.7:8545".to_owned(),
        documents: B256::repeat_byte(0xd0),
    }
}

/// Chains in every status.
pub const REGISTERED: u64 = 1;
pub const UNDER_REVIEW: u64 = 2;
pub const ACTIVE: u64 = 3;
pub const REJECTED: u64 = 4;
pub const FROZEN: u64 = 5;
pub const OVERDUE: u64 = 6;
pub const NEW_CHAIN: u64 = 7;

pub fn chain_id(number: u64) -> B256 {
    keccak256(chain(number).caip2)
}

pub fn ledger(name: &str, chain: u64) -> ILedgers::createCall {
    let member = |seed: u8| ILedgers::Member {
        key: key(seed),
        role: ILedgers::Role::Validator,
    };
    ILedgers::createCall {
        name: name.to_owned(),
        chainId: chain,
        parameters: Parameters {
            ordering: ILedgers::Engine::Simplex,
            stateCommitment: ILedgers::StateCommitment::Mpt,
            blockGasMax: 60_000_000,
            payloadBytesMax: 1_048_576,
            payloadTransactionsMax: 1_000,
            transactionBytesMax: 65_536,
            baseFee: 7,
            blockIntervalMs: 100,
            heartbeatMs: 2_000,
            leaderTimeoutMs: 3_000,
            epochBlocks: 600,
        },
        access: ILedgers::Access::City,
        genesisHash: B256::ZERO,
        members: (2..=5).map(member).collect(),
    }
}

pub fn office(name: &str, account: Address) -> IOffices::setOfficeCall {
    IOffices::setOfficeCall {
        id: keccak256(name),
        organisation: concerned(),
        name: name.to_owned(),
        encryptionKey: keccak256([name, " key"].concat()),
        accounts: vec![account],
    }
}

pub fn sealed_record() -> SealedRecord {
    let ciphertext = Bytes::from(vec![0x5a; 300]);
    let share = |name: &str| Share {
        office: keccak256(name),
        encryptionKey: keccak256([name, " key"].concat()),
        sealedShare: vec![1; civitas_system_contracts::offices::SEALED_SHARE_BYTES].into(),
    };
    SealedRecord {
        commitment: keccak256(&ciphertext),
        ciphertext,
        location: String::new(),
        threshold: 2,
        shares: ["Police", "Court"].map(share).to_vec(),
    }
}

/// The office that has asked for an opening already.
const POLICE: Address = Address::repeat_byte(0xd1);

pub fn join(name: &str) -> IOrganisations::joinCall {
    IOrganisations::joinCall {
        name: name.to_owned(),
        kind: IOrganisations::Kind::Supporter,
        level: 10,
        voting: false,
    }
}

/// The city, and the numbers that it gave.
#[derive(Clone)]
pub struct City {
    pub host: MemoryHost,
    /// A grant that can be delegated, held by [`Party::GrantHolder`].
    pub parent: u64,
    /// One that was delegated from it to [`Party::DelegateHolder`].
    pub delegated: u64,
    /// A proposal of [`Party::Proposer`] that is open.
    pub open: u64,
    /// One that can be executed.
    pub approved: u64,
    /// An opening that waits for an office.
    pub opening: u64,
}

impl City {
    pub fn new() -> Self {
        let mut city = Self {
            host: found(),
            parent: 0,
            delegated: 0,
            open: 0,
            approved: 0,
            opening: 0,
        };
        city.govern(CHAINS, &IChains::registerCall { info: chain(OVERDUE) });
        city.host.block.timestamp = NOW - 2 * TIMELOCK;
        city.approved = city.approve("Library");
        city.host.block.timestamp = NOW;
        city.open = city
            .propose_in_turn(ORGANISATIONS, join("Archive").abi_encode())
            .unwrap();
        city.organisations_and_nodes();
        city.identities();
        city.chains_and_ledgers();
        city.control_and_grants();
        city.offices();
        city.roots_and_anchors();
        city.words();
        city.supervision();
        city.post();
        city.host.events.clear();
        // A node proves its readiness by a block after the one that made it a candidate.
        city.host.block.height = HEIGHT;
        city.host.block_hashes.insert(HEIGHT - 1, BLOCK_HASH);
        city
    }

    /// A call that must succeed.
    pub fn done<C: SolCall>(&mut self, caller: Address, contract: Address, call: &C) -> C::Return {
        let answer = self.host.call(caller, contract, &call.abi_encode());
        let answer = answer.unwrap_or_else(|fault| panic!("{}: {}", C::SIGNATURE, told(&fault)));
        C::abi_decode_returns(&answer).unwrap()
    }

    pub fn govern<C: SolCall>(&mut self, contract: Address, call: &C) -> C::Return {
        self.done(GOVERNANCE, contract, call)
    }

    /// Proposes one call, in the name of the organisation that is not concerned.
    pub fn propose_in_turn(&mut self, target: Address, data: Vec<u8>) -> Result<u64, Fault> {
        let call = IGovernance::proposeCall {
            organisation: organisation("Office"),
            title: "a change".to_owned(),
            actions: vec![Action {
                target,
                data: data.into(),
            }],
        };
        let caller = Party::Proposer.account();
        let answer = self.host.call(caller, GOVERNANCE, &call.abi_encode())?;
        Ok(IGovernance::proposeCall::abi_decode_returns(&answer).unwrap())
    }

    /// Gives a proposal the votes that it needs.
    pub fn vote_for(&mut self, id: u64) {
        for (name, reach) in [(CONCERNED, Reach::Concerned), (OTHER, Reach::Other)] {
            let call = IGovernance::voteCall {
                id,
                organisation: organisation(name),
                approve: true,
                reason: String::new(),
            };
            self.done(Who::Holder("Representative", reach).account(), GOVERNANCE, &call);
        }
    }

    fn approve(&mut self, name: &str) -> u64 {
        let id = self
            .propose_in_turn(ORGANISATIONS, join(name).abi_encode())
            .unwrap();
        self.vote_for(id);
        id
    }

    fn organisations_and_nodes(&mut self) {
        self.govern(ORGANISATIONS, &join("Museum"));
        let anchor = IOrganisations::addAnchorCall {
            id: concerned(),
            certificate: certificate(1),
        };
        self.govern(ORGANISATIONS, &anchor);
        for seed in [OBSERVER, APPLICANT, SUSPENDED, CANDIDATE] {
            self.govern(NODES, &application(seed));
        }
        for seed in [OBSERVER, SUSPENDED, CANDIDATE] {
            let (key, role) = (key(seed), Role::Observer);
            self.govern(NODES, &INodes::admitCall { key, role });
        }
        let key_suspended = key(SUSPENDED);
        self.govern(NODES, &INodes::suspendCall { key: key_suspended });
        let (key, role) = (key(CANDIDATE), Role::Validator);
        self.govern(NODES, &INodes::setRoleCall { key, role });
    }

    fn identities(&mut self) {
        for id in [ID, FROZEN_ID] {
            let identity = identity(id);
            self.govern(IDENTITIES, &IIdentities::createCall { identity });
        }
        let reason = "case 7".to_owned();
        self.govern(
            IDENTITIES,
            &IIdentities::freezeCall {
                id: FROZEN_ID,
                reason,
            },
        );
        let binding = binding(LEDGER, 0);
        let bind = IIdentities::bindCall {
            accountProof: account_proof(&account_message(&binding).unwrap()),
            identityProof: no_consent(),
            binding,
        };
        self.done(Party::Controller.account(), IDENTITIES, &bind);
    }

    fn chains_and_ledgers(&mut self) {
        for number in REGISTERED..=FROZEN {
            let info = chain(number);
            let id = self.govern(CHAINS, &IChains::registerCall { info });
            if number == REGISTERED {
                continue;
            }
            self.govern(CHAINS, &IChains::startReviewCall { id });
            if number != UNDER_REVIEW {
                self.govern(CHAINS, &decide(number, number != REJECTED));
            }
        }
        let (id, reason) = (chain_id(FROZEN), String::new());
        self.govern(CHAINS, &IChains::freezeCall { id, reason });
        self.govern(LEDGERS, &ledger("trade", 900));
        let mut add = ILedgers::changeMembersCall {
            name: "trade".to_owned(),
            members: ledger("trade", 900).members,
        };
        add.members.push(ILedgers::Member {
            key: key(CANDIDATE),
            role: ILedgers::Role::Validator,
        });
        self.govern(LEDGERS, &add);
        self.govern(LEDGERS, &ledger("frozen", 901));
        let freeze = ILedgers::freezeCall {
            name: "frozen".to_owned(),
            reason: String::new(),
        };
        self.govern(LEDGERS, &freeze);
    }

    fn control_and_grants(&mut self) {
        let reason = || "fraud".to_owned();
        let freeze = IControl::freezeAccountCall {
            account: FROZEN_ACCOUNT,
            reason: reason(),
        };
        self.govern(CONTROL, &freeze);
        let freeze = IControl::freezeContractCall {
            target: FROZEN_CONTRACT,
            reason: reason(),
        };
        self.govern(CONTROL, &freeze);
        let scope = Scope::organisation(concerned());
        let grant = IRoles::grantCall {
            role: roles::id_of("Developer"),
            subject: Party::GrantHolder.account().into_word(),
            scope: scope.clone(),
            expiry: 0,
            delegable: true,
        };
        self.parent = self.govern(ROLES, &grant);
        let delegate = IRoles::delegateCall {
            parent: self.parent,
            subject: Party::DelegateHolder.account().into_word(),
            scope,
            expiry: 0,
        };
        self.delegated = self.done(Party::GrantHolder.account(), ROLES, &delegate);
    }

    fn offices(&mut self) {
        let offices = [
            ("Police", POLICE),
            ("Court", Party::Office.account()),
            ("Registry", Address::repeat_byte(0xd3)),
        ];
        for (name, account) in offices {
            self.govern(OFFICES, &office(name, account));
        }
        let seal = IOffices::sealCall {
            identity: ID,
            sealedRecord: sealed_record(),
        };
        self.govern(OFFICES, &seal);
        self.opening = self.done(POLICE, OFFICES, &request_opening());
    }

    /// A version of the thesaurus waits, that none of those in the table has published.
    fn words(&mut self) {
        let publisher = Address::repeat_byte(0xd7);
        let grant = IRoles::grantCall {
            role: roles::id_of("CityRegulator"),
            subject: publisher.into_word(),
            scope: Scope::CITY,
            expiry: 0,
            delegable: false,
        };
        self.govern(ROLES, &grant);
        self.done(publisher, CONTENT, &publication());
    }

    fn roots_and_anchors(&mut self) {
        let root = IChains::addTrustRootCall {
            id: chain_id(ACTIVE),
            kind: IChains::RootKind::Certificate,
            root: vec![1].into(),
            validFromHeight: 1,
        };
        self.govern(CHAINS, &root);
        for number in [ACTIVE, FROZEN] {
            let root = IChains::addTrustRootCall {
                id: chain_id(number),
                kind: IChains::RootKind::BlockHash,
                root: CHAIN_ROOT.to_vec().into(),
                validFromHeight: CHAIN_START,
            };
            self.govern(CHAINS, &root);
        }
        self.govern(ANCHORS, &follow(FROZEN));
        self.sign_headers();
        let anchor = anchor(ANCHORED, ANCHORED);
        self.done(STRANGER, AUDIT, &anchor);
    }
}

/// The first version of the thesaurus.
pub fn publication() -> IContent::publishCall {
    IContent::publishCall {
        version: 1,
        hash: B256::repeat_byte(0xaa),
        categories: 3,
        legalBasis: "Decision 9".to_owned(),
        fromHeight: 0,
    }
}

/// Where the following of chains begins: after this height, whose block has this hash.
pub const CHAIN_START: u64 = 100;
const CHAIN_ROOT: B256 = B256::repeat_byte(0xc0);

/// How a chain is followed: by one gateway, two blocks a batch.
pub fn terms() -> Terms {
    Terms {
        finality: Finality::Instant,
        depth: 0,
        batchBlocks: 2,
        threshold: 1,
        gateways: vec![Gateway {
            account: Party::Gateway.account(),
            organisation: concerned(),
        }],
    }
}

pub fn follow(number: u64) -> IAnchors::followCall {
    IAnchors::followCall {
        id: chain_id(number),
        startHeight: CHAIN_START,
        terms: terms(),
    }
}

/// The first batch of a followed chain.
pub fn batch() -> Batch {
    Batch {
        fromHeight: CHAIN_START + 1,
        toHeight: CHAIN_START + 2,
        parentHash: CHAIN_ROOT,
        lastHash: B256::repeat_byte(0xc2),
        blocksRoot: B256::repeat_byte(0xc3),
        transactions: 5,
        events: 9,
    }
}

/// A node that has anchored its records.
pub const ANCHORED: u8 = 2;

/// The first records of a node, signed by the key of `signer`.
pub fn anchor(node: u8, signer: u8) -> IAudit::anchorCall {
    let statement = AuditAnchor {
        chain_id: LEDGER,
        from_index: 0,
        to_index: 9,
        head_hash: B256::repeat_byte(0xaa),
    };
    IAudit::anchorCall {
        nodeKey: key(node),
        fromIndex: statement.from_index,
        toIndex: statement.to_index,
        headHash: statement.head_hash,
        signature: sign(signer, statement.message().as_slice()),
    }
}

pub fn request_opening() -> IOffices::requestOpeningCall {
    IOffices::requestOpeningCall {
        identity: ID,
        caseNumber: "2026-117".to_owned(),
        legalBasis: "Code of procedure, section 94".to_owned(),
    }
}

pub fn decide(number: u64, approve: bool) -> IChains::decideCall {
    IChains::decideCall {
        id: chain_id(number),
        approve,
        evidence: B256::repeat_byte(0xee),
        reason: String::new(),
    }
}

pub fn certificate(byte: u8) -> Bytes {
    vec![0x30, 0x82, byte].into()
}

/// A fault in words.
pub fn told(fault: &Fault) -> String {
    match fault {
        Fault::Refused(data) => civitas_system_contracts::describe_error(data),
        other => other.to_string(),
    }
}

/// Three organisations that vote, everybody of [`everybody`] with their roles, and validators.
fn found() -> MemoryHost {
    let block = BlockContext {
        chain_id: LEDGER,
        height: 0,
        timestamp: NOW - 100 * DAY,
        ledger: LedgerKind::Main,
    };
    let voting = |name: &str| OrganisationEntry {
        name: name.to_owned(),
        kind: OrganisationKindName::Governance,
        level: 50,
        voting: true,
    };
    let rule = RuleEntry {
        approval_percent: 60,
        approvals_min: 2,
        voting_seconds: 1_000,
        timelock_seconds: TIMELOCK,
    };
    let founding = Founding {
        parameters: civitas_types::LedgerParameters::default(),
        organisations: ["Office", CONCERNED, OTHER].map(voting).to_vec(),
        rules: KindName::ALL.into_iter().map(|kind| (kind, rule)).collect(),
        grants: grants(),
        policy: PolicyEntry::default(),
        offices: None,
    };
    let node = |seed: u8| FoundingNode {
        key: key(seed),
        organisation: CONCERNED.to_owned(),
        name: format!("node-{seed}"),
        endpoint: "node.example:9000".to_owned(),
        beneficiary: Address::ZERO,
    };
    let circumstances = Circumstances {
        block,
        nodes: (1..=VALIDATORS).map(node).collect(),
        anchors: Vec::new(),
    };
    let mut host = MemoryHost {
        block: BlockContext {
            height: HEIGHT - 2,
            ..block
        },
        ..MemoryHost::default()
    };
    for (contract, slots) in founding.carry_out(&circumstances).unwrap() {
        let slots = slots.into_iter().map(|(slot, value)| ((contract, slot), value));
        host.storage.extend(slots);
    }
    host
}

/// Roles of everybody, and a second representative of each organisation: none of the first is indispensable.
fn grants() -> Vec<GrantEntry> {
    let entry = |role: &str, account: Address, organisation: Option<&str>| GrantEntry {
        role: role.to_owned(),
        account,
        organisation: organisation.map(str::to_owned),
    };
    let mut grants = vec![entry("Representative", Party::Proposer.account(), Some("Office"))];
    for (byte, name) in [(0xe1, "Office"), (0xe2, CONCERNED), (0xe3, OTHER)] {
        grants.push(entry("Representative", Address::repeat_byte(byte), Some(name)));
    }
    for who in everybody() {
        if let Who::Holder(role, reach) = who {
            let organisation = match reach {
                Reach::City => None,
                Reach::Concerned => Some(CONCERNED),
                Reach::Other => Some(OTHER),
            };
            grants.push(entry(role, who.account(), organisation));
        }
    }
    grants
}
