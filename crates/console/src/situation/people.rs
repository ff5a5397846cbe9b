//! Who acts where: the ledgers on which identities have accounts.

use crate::supervision::directory::{Directory, Holding};
use civitas_indexer::{Error, Reader};
use civitas_supervision::{Identity, Text};
use std::{
    collections::{BTreeMap, BTreeSet, HashMap},
    sync::Arc,
};

/// Accounts of one identity that are looked at, at most.
const ACCOUNTS_MAX: usize = 64;

/// An identity with its accounts.
#[derive(Clone, Debug)]
pub struct Person {
    /// The identity.
    pub identity: Arc<Identity>,
    /// Its accounts, with the ledgers on which they act.
    pub accounts: Vec<(Text, Text)>,
    /// Those ledgers.
    pub ledgers: Vec<Text>,
}

/// Everybody.
#[derive(Debug, Default)]
pub struct People {
    persons: HashMap<Text, Person>,
    shared: BTreeMap<(Text, Text), u64>,
}

impl People {
    /// From the accounts that are bound.
    pub fn new(directory: &Directory) -> Self {
        let mut persons: HashMap<Text, Person> = HashMap::new();
        for Holding {
            identity,
            account,
            ledger,
        } in directory.holdings()
        {
            let person = persons.entry(identity.did.clone()).or_insert_with(|| Person {
                identity: Arc::clone(identity),
                accounts: Vec::new(),
                ledgers: Vec::new(),
            });
            if person.accounts.len() < ACCOUNTS_MAX {
                person.accounts.push((ledger.clone(), account));
            }
            if !person.ledgers.contains(&ledger) {
                person.ledgers.push(ledger);
            }
        }
        let mut shared: BTreeMap<(Text, Text), u64> = BTreeMap::new();
        for person in persons.values_mut() {
            person.accounts.sort();
            person.ledgers.sort();
            let ledgers: BTreeSet<&Text> = person.ledgers.iter().collect();
            for one in &ledgers {
                for other in ledgers.iter().filter(|other| *other > one) {
                    *shared.entry(((*one).clone(), (*other).clone())).or_default() += 1;
                }
            }
        }
        Self { persons, shared }
    }

    /// The ledgers on which an identity acts.
    pub fn stands(&self, did: &str) -> &[Text] {
        self.persons.get(did).map_or(&[], |person| &person.ledgers)
    }

    /// An identity.
    pub fn person(&self, did: &str) -> Option<&Person> {
        self.persons.get(did)
    }

    /// How many identities act on both of two ledgers; names in order.
    pub const fn shared(&self) -> &BTreeMap<(Text, Text), u64> {
        &self.shared
    }
}

/// People as the index knows them, read again when they change.
#[derive(Debug, Default)]
pub struct Known {
    mark: Option<[i64; 4]>,
    ledgers: usize,
    /// Accounts.
    pub directory: Arc<Directory>,
    /// Identities.
    pub people: Arc<People>,
}

impl Known {
    /// Brings it up to date.
    ///
    /// # Errors
    /// The index does not answer.
    pub async fn refresh(&mut self, index: &Reader) -> Result<(), Error> {
        let mark = index.identities_mark().await?;
        let ledgers = index.ledgers().await?.len();
        if self.mark == Some(mark) && self.ledgers == ledgers {
            return Ok(());
        }
        self.directory = Arc::new(Directory::load(index).await?);
        self.people = Arc::new(People::new(&self.directory));
        (self.mark, self.ledgers) = (Some(mark), ledgers);
        Ok(())
    }
}
