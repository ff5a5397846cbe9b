//! What the registries of the city hold: organisations, nodes, roles, offices; and the names that follow from them.
//!
//! They are small and asked for by every page, so they are read whole and kept for a moment. Reads go straight to the
//! system contracts: what is shown is what the ledger says.

use crate::problem::Problem;
use alloy_primitives::{Address, B256};
use alloy_sol_types::SolCall;
use civitas_sdk::Node;
use civitas_system_contracts::{
    address::{NODES, OFFICES, ORGANISATIONS, ROLES},
    interfaces::{INodes, IOffices, IOrganisations, IRoles},
};
use std::{
    collections::HashMap,
    sync::Arc,
    time::{Duration, Instant},
};
use tokio::sync::Mutex;

/// How long a reading is shown: a page asks many times within a second.
const FRESH: Duration = Duration::from_secs(2);
/// Entries of one call, the most that the contracts give.
const PAGE: u64 = 100;
/// Calls for one registry, at most: 10,000 entries are more than the contracts admit.
const PAGES_MAX: u64 = 100;

/// Reads the registries, and keeps what it read for a moment.
pub struct Registries {
    node: Node,
    kept: Mutex<Kept>,
}

#[derive(Default)]
struct Kept {
    read: Option<(Instant, Arc<Registry>)>,
    /// When nobody answered last, and what is told about it.
    failed: Option<(Instant, Problem)>,
}

/// What the registries held at one time.
#[derive(Debug, Default)]
pub struct Registry {
    /// Organisations, in the order in which they joined.
    pub organisations: Vec<IOrganisations::Organisation>,
    /// Nodes, in the order of their applications.
    pub nodes: Vec<INodes::Node>,
    /// Roles, in the order of their definition.
    pub roles: Vec<IRoles::Role>,
    /// Offices.
    pub offices: Vec<IOffices::Office>,
    words: HashMap<B256, String>,
    addresses: HashMap<Address, String>,
}

/// Asks a contract.
///
/// # Errors
/// No node answers, or the contract refuses.
pub fn ask<'a, C: SolCall>(
    node: &'a Node,
    to: Address,
    call: &C,
) -> impl Future<Output = Result<C::Return, Problem>> + use<'a, C> {
    let data = call.abi_encode().into();
    async move {
        let output = node.call(to, &data).await?;
        C::abi_decode_returns(&output).map_err(|error| Problem::fault(&error))
    }
}

/// Reads a list in pages, until a page is not full.
macro_rules! whole {
    ($node:expr, $to:expr, $interface:ident :: $call:ident) => {{
        let mut all = Vec::new();
        for page in 0..PAGES_MAX {
            let call = $interface::$call {
                from: page * PAGE,
                count: PAGE,
            };
            let items = ask($node, $to, &call).await?;
            let count = items.len() as u64;
            all.extend(items);
            if count < PAGE {
                break;
            }
        }
        all
    }};
}

impl Registries {
    /// Those of the main ledger that `node` serves.
    pub fn new(node: Node) -> Self {
        Self {
            node,
            kept: Mutex::default(),
        }
    }

    /// What they hold now, or held a moment ago.
    ///
    /// # Errors
    /// No node answers.
    pub async fn now(&self) -> Result<Arc<Registry>, Problem> {
        let mut kept = self.kept.lock().await;
        if let Some((_, registry)) = kept.read.as_ref().filter(|(at, _)| at.elapsed() < FRESH) {
            return Ok(Arc::clone(registry));
        }
        // Those who wait here while nodes do not answer must not each wait for them anew.
        if let Some((_, problem)) = kept.failed.as_ref().filter(|(at, _)| at.elapsed() < FRESH) {
            return Err(problem.clone());
        }
        match Registry::read(&self.node).await {
            Ok(registry) => {
                let registry = Arc::new(registry);
                kept.read = Some((Instant::now(), Arc::clone(&registry)));
                kept.failed = None;
                Ok(registry)
            }
            Err(problem) => {
                kept.failed = Some((Instant::now(), problem.clone()));
                Err(problem)
            }
        }
    }
}

impl Registries {
    /// The same, and if no node answers what was held last: names may be old, but a page without them helps nobody.
    pub async fn known(&self) -> Arc<Registry> {
        if let Ok(registry) = self.now().await {
            return registry;
        }
        let kept = self.kept.lock().await;
        let last = kept.read.as_ref().map(|(_, registry)| Arc::clone(registry));
        last.unwrap_or_else(|| Arc::new(Registry::bare()))
    }
}

impl Registry {
    /// Nothing but the names of system contracts.
    fn bare() -> Self {
        let mut registry = Self::default();
        registry.name_all();
        registry
    }

    async fn read(node: &Node) -> Result<Self, Problem> {
        let (organisations, nodes, roles, offices) = futures::try_join!(
            async { Ok::<_, Problem>(whole!(node, ORGANISATIONS, IOrganisations::organisationsCall)) },
            async { Ok::<_, Problem>(whole!(node, NODES, INodes::nodesCall)) },
            async { Ok::<_, Problem>(whole!(node, ROLES, IRoles::rolesCall)) },
            ask(node, OFFICES, &IOffices::officesCall {}),
        )?;
        let mut registry = Self {
            organisations,
            nodes,
            roles,
            offices,
            ..Self::default()
        };
        registry.name_all();
        Ok(registry)
    }

    fn name_all(&mut self) {
        let words = &mut self.words;
        words.extend(
            self.organisations
                .iter()
                .map(|entry| (entry.id, entry.name.clone())),
        );
        words.extend(self.roles.iter().map(|entry| (entry.id, entry.name.clone())));
        words.extend(self.offices.iter().map(|entry| (entry.id, entry.name.clone())));
        words.extend(self.nodes.iter().map(|entry| (entry.key, entry.name.clone())));
        let contracts = civitas_sdk::contracts::all().iter();
        self.addresses
            .extend(contracts.map(|contract| (contract.address, contract.name.to_owned())));
        // A name that is known stays: whoever registers a node chooses its beneficiary, and must not rename others by it.
        for office in &self.offices {
            for account in &office.accounts {
                self.addresses
                    .entry(*account)
                    .or_insert_with(|| office.name.clone());
            }
        }
        for node in &self.nodes {
            self.addresses
                .entry(node.beneficiary)
                .or_insert_with(|| node.name.clone());
        }
    }

    /// The name of an organisation, role, office or node.
    pub fn word(&self, id: &B256) -> Option<String> {
        self.words.get(id).cloned()
    }

    /// The name of an account: of a system contract, of the node whose fees it receives, of the office that it acts for.
    pub fn account(&self, address: &Address) -> Option<String> {
        self.addresses.get(address).cloned()
    }

    /// An organisation by name or id.
    pub fn organisation(&self, text: &str) -> Option<&IOrganisations::Organisation> {
        self.organisations
            .iter()
            .find(|entry| entry.name == text || is(&entry.id, text))
    }

    /// A node by name or key.
    pub fn node(&self, text: &str) -> Option<&INodes::Node> {
        self.nodes
            .iter()
            .find(|entry| entry.name == text || is(&entry.key, text))
    }

    /// A role by name or id.
    pub fn role(&self, text: &str) -> Option<&IRoles::Role> {
        self.roles
            .iter()
            .find(|entry| entry.name == text || is(&entry.id, text))
    }
}

fn is(id: &B256, text: &str) -> bool {
    text.parse::<B256>().is_ok_and(|parsed| parsed == *id)
}
