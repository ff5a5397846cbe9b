//! Organisations that join, the role of their clerks, and a partition ledger: each by a proposal that passed.

use super::{Circumstances, action, approve, execute, propose, round};
use crate::sample::step::Round;
use alloy_primitives::B256;
use civitas_system_contracts::{
    address::{LEDGERS, ORGANISATIONS, ROLES},
    interfaces::{ILedgers, IOrganisations, IRoles},
};

/// The partition ledger of the sample.
pub const PARTITION: &str = "bills";
/// The role that the sample defines.
pub const CLERK: &str = "LibraryClerk";
pub const LIBRARY: &str = "City Library 市图书馆";
const BANK: &str = "Harbour Bank 港口银行";
const TRAMS: &str = "Tram Works 电车公司";
const LIBRARY_JOINS: &str = "The library joins · 图书馆加入城市";
const COMPANIES_JOIN: &str = "A bank and the trams join · 银行与电车公司加入城市";
const CLERKS: &str = "A role for the clerks of the library · 图书馆职员角色";
const BILLS: &str = "A ledger for bills of lading · 提单账本";

/// What is proposed at once is voted on at once.
pub fn rounds(city: &Circumstances) -> anyhow::Result<Vec<Round>> {
    use IOrganisations::Kind;
    let join = |name: &str, kind, level| {
        let call = IOrganisations::joinCall {
            name: name.to_owned(),
            kind,
            level,
            voting: false,
        };
        action(ORGANISATIONS, &call)
    };
    let clerk = IRoles::defineRoleCall {
        name: CLERK.to_owned(),
        level: 15,
        consequential: false,
        permissions: vec![permission(IRoles::Action::Join), permission(IRoles::Action::Read)],
        excludes: Vec::new(),
    };
    let proposed = [
        (LIBRARY_JOINS, vec![join(LIBRARY, Kind::Supporter, 20)]),
        (
            COMPANIES_JOIN,
            vec![join(BANK, Kind::Business, 40), join(TRAMS, Kind::Business, 30)],
        ),
        (CLERKS, vec![action(ROLES, &clerk)]),
        (BILLS, vec![action(LEDGERS, &create(city))]),
    ];
    let titles = proposed.each_ref().map(|(title, _)| *title);
    Ok(vec![
        round(
            "organisations are proposed",
            proposed
                .into_iter()
                .map(|(title, actions)| propose(title, actions))
                .collect(),
        ),
        round(
            "they are voted on",
            titles.into_iter().flat_map(approve).collect(),
        ),
        round("they join", titles.into_iter().map(execute).collect()),
    ])
}

fn permission(action: IRoles::Action) -> IRoles::Permission {
    IRoles::Permission {
        action,
        target: alloy_primitives::Address::ZERO,
        selector: alloy_primitives::FixedBytes::ZERO,
    }
}

/// All nodes of the city order it; it beats slowly, since it waits for visitors most of the time.
fn create(city: &Circumstances) -> ILedgers::createCall {
    let ordering = match city.nodes.len() {
        1 => ILedgers::Engine::Solo,
        _ => ILedgers::Engine::Simplex,
    };
    ILedgers::createCall {
        name: PARTITION.to_owned(),
        chainId: city.chain_id.saturating_add(1),
        parameters: ILedgers::Parameters {
            ordering,
            stateCommitment: ILedgers::StateCommitment::Qmdb,
            blockGasMax: 60_000_000,
            payloadBytesMax: 1_048_576,
            payloadTransactionsMax: 1_000,
            transactionBytesMax: 65_536,
            baseFee: 0,
            blockIntervalMs: 100,
            heartbeatMs: 5_000,
            leaderTimeoutMs: 6_000,
            epochBlocks: 100,
        },
        access: ILedgers::Access::City,
        genesisHash: B256::ZERO,
        members: city
            .nodes
            .iter()
            .map(|key| ILedgers::Member {
                key: *key,
                role: ILedgers::Role::Validator,
            })
            .collect(),
    }
}
