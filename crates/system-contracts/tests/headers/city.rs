//! A city with one approved chain that is followed by one gateway.

use alloy_primitives::{Address, B256, Bytes};
use alloy_sol_types::SolCall;
use civitas_system_contracts::{
    address::{ANCHORS, CHAINS, GOVERNANCE, ORGANISATIONS, ROLES},
    anchors::{Finality, Gateway, Terms},
    chains,
    fault::Fault,
    interfaces::{IAnchors, IChains, IOrganisations, IRoles},
    memory::MemoryHost,
    organisations, roles,
};

pub const REVIEWER: Address = Address::repeat_byte(1);
pub const GATEWAY: Address = Address::repeat_byte(2);
pub const STRANGER: Address = Address::repeat_byte(9);

pub fn id() -> B256 {
    chains::id_of("eip155:31337")
}

pub struct City {
    pub host: MemoryHost,
}

impl City {
    /// The chain has this block as its trust root.
    pub fn new(height: u64, hash: B256) -> Self {
        let mut host = MemoryHost::default();
        host.block.chain_id = 77;
        host.block.height = 1_000;
        host.block.timestamp = 1_100;
        roles::builtin::define_builtin(&mut host).unwrap();
        let mut city = Self { host };
        let operator = organisations::id_of("harbour");
        city.govern(
            ORGANISATIONS,
            &IOrganisations::joinCall {
                name: "harbour".to_owned(),
                kind: IOrganisations::Kind::Business,
                level: 1,
                voting: false,
            },
        );
        city.govern(
            ROLES,
            &IRoles::grantCall {
                role: roles::id_of("ChainReviewer"),
                subject: REVIEWER.into_word(),
                scope: roles::Scope::CITY,
                expiry: 0,
                delegable: false,
            },
        );
        let info = IChains::ChainInfo {
            caip2: "eip155:31337".to_owned(),
            name: "Trade".to_owned(),
            kind: IChains::Kind::Evm,
            purpose: "bills".to_owned(),
            operator,
            company: "Trade Ltd".to_owned(),
            contact: "desk".to_owned(),
            grade: 1,
            consensus: "QBFT".to_owned(),
            endpoint: "http://127.0.0.1".to_owned(),
            documents: B256::ZERO,
        };
        city.govern(CHAINS, &IChains::registerCall { info });
        city.add_root(height, hash);
        city.govern(CHAINS, &IChains::startReviewCall { id: id() });
        city.govern(
            CHAINS,
            &IChains::decideCall {
                id: id(),
                approve: true,
                evidence: B256::repeat_byte(0xee),
                reason: String::new(),
            },
        );
        let terms = Terms {
            finality: Finality::Instant,
            depth: 0,
            batchBlocks: 2,
            threshold: 1,
            gateways: vec![Gateway {
                account: GATEWAY,
                organisation: operator,
            }],
        };
        city.govern(
            ANCHORS,
            &IAnchors::followCall {
                id: id(),
                startHeight: height,
                terms,
            },
        );
        city
    }

    pub fn add_root(&mut self, height: u64, hash: B256) {
        self.govern(
            CHAINS,
            &IChains::addTrustRootCall {
                id: id(),
                kind: IChains::RootKind::BlockHash,
                root: hash.to_vec().into(),
                validFromHeight: height,
            },
        );
    }

    fn govern(&mut self, contract: Address, call: &impl SolCall) {
        self.send(GOVERNANCE, contract, call).unwrap();
    }

    pub fn send(&mut self, caller: Address, contract: Address, call: &impl SolCall) -> Result<Bytes, Fault> {
        self.host.call(caller, contract, &call.abi_encode())
    }
}
