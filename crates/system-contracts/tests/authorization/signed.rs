//! A chain whose validators sign its headers, and the client of another such chain.

use crate::{
    city::{ACTIVE, CHAIN_START, City, FROZEN, NOW, chain_id},
    made::{Made, made},
};
use civitas_light::bft::Dialect;
use civitas_system_contracts::{
    address::{CHAINS, HEADERS},
    headers::{Engine, Evidence},
    interfaces::{IChains, IHeaders},
};

/// Above the block from which chains are followed.
const ROOT: u64 = CHAIN_START + 10;
const VALIDATORS: &[u8] = &[1, 2, 3, 4];

/// A header so many blocks above the trust root; another mark, another header.
fn header(above: u64, mark: u8) -> Made {
    Made {
        seconds: NOW - 1_000 + above,
        mark,
        ..made(Dialect::Qbft, ROOT + above, VALIDATORS)
    }
}

fn evidence(header: &Made, signers: &[u8]) -> Evidence {
    Evidence {
        header: header.sealed(signers).into(),
        trustedValidators: Vec::new().into(),
    }
}

/// The client of a chain, from its trust root on.
pub fn open(number: u64) -> IHeaders::openCall {
    IHeaders::openCall {
        id: chain_id(number),
        engine: Engine::Qbft,
        trustingSeconds: 86_400,
        root: evidence(&header(0, 3), &[]),
    }
}

/// A header with the seals of these validators.
pub fn update(signers: &[u8]) -> IHeaders::updateCall {
    IHeaders::updateCall {
        id: chain_id(FROZEN),
        evidence: evidence(&header(5, 3), signers),
    }
}

/// Two headers of one height; the other one has the seals of these validators.
pub fn convict(signers: &[u8]) -> IHeaders::convictCall {
    IHeaders::convictCall {
        id: chain_id(FROZEN),
        one: evidence(&header(5, 3), VALIDATORS),
        other: evidence(&header(5, 9), signers),
    }
}

/// The height from which headers are proven.
pub const PROVEN: u64 = ROOT;

impl City {
    pub fn sign_headers(&mut self) {
        for number in [ACTIVE, FROZEN] {
            let root = IChains::addTrustRootCall {
                id: chain_id(number),
                kind: IChains::RootKind::BlockHash,
                root: header(0, 3).hash().to_vec().into(),
                validFromHeight: ROOT,
            };
            self.govern(CHAINS, &root);
        }
        self.govern(HEADERS, &open(FROZEN));
    }
}
