//! Named lists that rules ask: sanctioned accounts, licensed entities, own accounts. They change without a new version
//! of the rules, so each carries a version of its own.

use std::collections::{BTreeMap, HashSet};

/// A list.
#[derive(Clone, Debug, Default)]
pub struct List {
    /// Rises with each change; findings do not name it, the journal of changes does.
    pub version: u32,
    /// Accounts, identities, names.
    pub entries: HashSet<Box<str>>,
}

/// Lists by name. A rule that names another one does not compile.
#[derive(Clone, Debug, Default)]
pub struct Lists(BTreeMap<String, List>);

impl Lists {
    /// None.
    pub fn new() -> Self {
        Self::default()
    }

    /// Adds a list, or replaces it by a newer one.
    pub fn insert<I, T>(&mut self, name: &str, version: u32, entries: I)
    where
        I: IntoIterator<Item = T>,
        T: Into<Box<str>>,
    {
        let entries = entries.into_iter().map(Into::into).collect();
        self.0.insert(name.to_owned(), List { version, entries });
    }

    /// One of them.
    pub fn get(&self, name: &str) -> Option<&List> {
        self.0.get(name)
    }

    /// All names, sorted.
    pub fn names(&self) -> impl Iterator<Item = &str> {
        self.0.keys().map(String::as_str)
    }

    pub(crate) fn has(&self, name: &str, entry: &str) -> bool {
        self.0.get(name).is_some_and(|list| list.entries.contains(entry))
    }
}
