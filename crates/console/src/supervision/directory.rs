//! Who stands behind accounts, as the index knows it: identities by the accounts that are bound to them.

use civitas_indexer::{
    Error, Reader,
    read::{EntityFilter, EntityKind, PageRequest},
};
use civitas_supervision::{Identity, Party, Text};
use serde_json::Value;
use std::{collections::HashMap, sync::Arc};

use crate::login::did;

/// Kinds of identities by their number in the contract, in the words of rules.
const KINDS: [&str; 5] = ["unknown", "person", "organisation", "node", "thing"];
/// Statuses by their number in the contract.
const STATUSES: [&str; 4] = ["none", "active", "frozen", "cancelled"];
/// Levels of verification: nobody vouches, an organisation does, and it has certified something besides.
const VOUCHED: u8 = 1;
const CERTIFIED: u8 = 2;
/// Entries of one question.
const PAGE: u32 = 200;

/// Identities by account.
#[derive(Debug, Default)]
pub struct Directory {
    /// By account of a chain (CAIP-10, small letters).
    bound: HashMap<String, Arc<Identity>>,
    /// The chain of each ledger (CAIP-2), and for ledgers of the city that of the main ledger: they read its registries.
    chains: HashMap<String, Vec<String>>,
}

/// An account of an identity, where it acts.
pub struct Holding<'a> {
    /// Whose it is.
    pub identity: &'a Arc<Identity>,
    /// The account, in small letters.
    pub account: Text,
    /// The ledger.
    pub ledger: Text,
}

impl Directory {
    /// Reads it from the index.
    ///
    /// # Errors
    /// The index does not answer.
    pub async fn load(index: &Reader) -> Result<Self, Error> {
        let mut directory = Self::default();
        directory.know_ledgers(index).await?;
        let names = organisation_names(index).await?;
        let mut request = PageRequest {
            cursor: None,
            limit: Some(PAGE),
        };
        loop {
            let filter = EntityFilter::default();
            let page = index.entities(EntityKind::Identity, &filter, &request).await?;
            for entity in page.items {
                let identity = Arc::new(identity_of(&entity.id, entity.status, &entity.detail, &names));
                let accounts = entity.detail["accounts"].as_array();
                for account in accounts.into_iter().flatten().filter_map(Value::as_str) {
                    directory
                        .bound
                        .insert(account.to_ascii_lowercase(), Arc::clone(&identity));
                }
            }
            let Some(next) = page.next else {
                return Ok(directory);
            };
            request.cursor = Some(next);
        }
    }

    async fn know_ledgers(&mut self, index: &Reader) -> Result<(), Error> {
        let ledgers = index.ledgers().await?;
        let main = ledgers
            .iter()
            .find(|ledger| ledger.name == "main")
            .map(|ledger| format!("eip155:{}", ledger.chain_id));
        for ledger in ledgers {
            let chains = if ledger.name.contains(':') {
                vec![ledger.name.to_ascii_lowercase()]
            } else {
                let own = format!("eip155:{}", ledger.chain_id);
                std::iter::once(own).chain(main.clone()).collect()
            };
            self.chains.insert(ledger.name, chains);
        }
        Ok(())
    }

    /// Every account that is bound, once for each ledger on which it acts.
    pub fn holdings(&self) -> impl Iterator<Item = Holding<'_>> {
        let mut ledgers: HashMap<&str, Vec<Text>> = HashMap::new();
        for (ledger, chains) in &self.chains {
            for chain in chains {
                ledgers.entry(chain).or_default().push(ledger.as_str().into());
            }
        }
        self.bound.iter().flat_map(move |(bound, identity)| {
            let (chain, account) = bound.rsplit_once(':').unwrap_or_default();
            let ledgers = ledgers.get(chain).cloned().unwrap_or_default();
            ledgers.into_iter().map(move |ledger| Holding {
                identity,
                account: account.into(),
                ledger,
            })
        })
    }

    /// An account of a ledger, with whom it is bound to.
    pub fn party(&self, ledger: &str, account: &str) -> Arc<Party> {
        let chains = self.chains.get(ledger).into_iter().flatten();
        let mut found = chains.filter_map(|chain| self.bound.get(&format!("{chain}:{account}")));
        Arc::new(Party {
            account: account.into(),
            identity: found.next().cloned(),
        })
    }
}

async fn organisation_names(index: &Reader) -> Result<HashMap<String, Text>, Error> {
    let mut names = HashMap::new();
    let mut request = PageRequest {
        cursor: None,
        limit: Some(PAGE),
    };
    loop {
        let filter = EntityFilter::default();
        let page = index
            .entities(EntityKind::Organisation, &filter, &request)
            .await?;
        names.extend(
            page.items
                .into_iter()
                .map(|entity| (entity.id, entity.name.into())),
        );
        let Some(next) = page.next else {
            return Ok(names);
        };
        request.cursor = Some(next);
    }
}

fn number_of(value: &Value) -> usize {
    let number = value.as_u64().or_else(|| value.as_str()?.parse().ok());
    number
        .and_then(|number| usize::try_from(number).ok())
        .unwrap_or_default()
}

fn identity_of(id: &str, status: u64, detail: &Value, names: &HashMap<String, Text>) -> Identity {
    let is_zero = |id: &str| id.trim_start_matches("0x").bytes().all(|byte| byte == b'0');
    let organisation = detail["organisation"].as_str().filter(|id| !is_zero(id));
    let is_certified = detail["commitments"]
        .as_array()
        .is_some_and(|commitments| !commitments.is_empty());
    let status = usize::try_from(status).unwrap_or_default();
    Identity {
        did: id.parse().map(did).unwrap_or_else(|_| id.to_owned()).into(),
        kind: KINDS
            .get(number_of(&detail["kind"]))
            .copied()
            .unwrap_or("unknown")
            .into(),
        level: match (organisation, is_certified) {
            (None, _) => 0,
            (Some(_), false) => VOUCHED,
            (Some(_), true) => CERTIFIED,
        },
        organisation: organisation.map(|id| names.get(id).cloned().unwrap_or_else(|| id.into())),
        attributes: [(
            "status".to_owned(),
            STATUSES.get(status).copied().unwrap_or("none").into(),
        )]
        .into(),
    }
}
