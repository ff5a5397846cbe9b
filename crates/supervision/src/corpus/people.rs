//! Who lives in the city of the corpus: persons, shops, employers, and a licensed exchange, with their accounts.

use super::{Settings, chance::Chance};
use crate::event::{Identity, Party, Text};
use std::sync::Arc;

/// Everybody.
#[derive(Debug)]
pub(crate) struct People {
    /// Nine of ten are bound to an identity.
    pub(crate) persons: Vec<Arc<Party>>,
    /// Persons who let flats: many pay them, once a month.
    pub(crate) landlords: usize,
    /// Persons, the last ones of the list, who do nothing unless something is injected.
    pub(crate) sleepers: usize,
    pub(crate) shops: Vec<Arc<Party>>,
    pub(crate) employers: Vec<Arc<Party>>,
    pub(crate) exchange: Arc<Party>,
    pub(crate) contracts: Vec<Text>,
    pub(crate) nodes: Vec<Text>,
    pub(crate) chains: Vec<Text>,
    pub(crate) assets: Vec<Text>,
}

impl People {
    pub(crate) fn new(settings: &Settings, chance: &mut Chance) -> Self {
        let account = |chance: &mut Chance| -> Text {
            format!(
                "0x{:016x}{:016x}{:08x}",
                chance.next(),
                chance.next(),
                chance.next() >> 32
            )
            .into()
        };
        let party = |chance: &mut Chance, kind: &str, number: usize, level: u8| {
            Arc::new(Party {
                account: account(chance),
                identity: Some(Arc::new(Identity {
                    did: format!("did:civitas:{kind}-{number}").into(),
                    kind: kind.into(),
                    organisation: None,
                    level,
                    attributes: [(
                        "region".to_owned(),
                        if number.is_multiple_of(3) {
                            "北区"
                        } else {
                            "南区"
                        }
                        .into(),
                    )]
                    .into(),
                })),
            })
        };
        let persons: Vec<Arc<Party>> = (0..settings.persons.max(100))
            .map(|number| {
                let level = u8::try_from(1 + chance.index(3)).unwrap_or(1);
                let person = party(chance, "person", number, level);
                let is_unknown = chance.per_mille(100);
                if is_unknown {
                    Arc::new(Party::unknown(&person.account))
                } else {
                    person
                }
            })
            .collect();
        let organisations = |chance: &mut Chance, first: usize, count: usize| -> Vec<Arc<Party>> {
            (first..first + count)
                .map(|number| party(chance, "organisation", number, 3))
                .collect()
        };
        let count = persons.len();
        Self {
            landlords: count / 50,
            sleepers: count / 10,
            shops: organisations(chance, 0, count / 40 + 5),
            employers: organisations(chance, 10_000, count / 60 + 3),
            exchange: party(chance, "organisation", 20_000, 3),
            contracts: (0..20).map(|_| account(chance)).collect(),
            nodes: (0..8).map(|number| format!("node-{number}").into()).collect(),
            chains: ["city", "trade", "logistics"].map(Into::into).to_vec(),
            assets: ["CNYT", "POINT"].map(Into::into).to_vec(),
            persons,
        }
    }

    /// Those who live, without the sleepers.
    pub(crate) fn awake(&self) -> &[Arc<Party>] {
        &self.persons[..self.persons.len() - self.sleepers]
    }

    /// Those who do nothing by themselves.
    pub(crate) fn asleep(&self) -> &[Arc<Party>] {
        &self.persons[self.persons.len() - self.sleepers..]
    }
}
