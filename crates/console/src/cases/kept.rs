//! What the desk keeps for a moment, since every page asks for it: the chain id of the main ledger, chains as cases show them, and
//! where hooks carried commands out.
//!
//! Invariant: nothing here is decided by. Who has no answer in here asks; a failure is never kept.

use super::desk::{PAGE, answered};
use crate::{
    api::cases::{CaseChain, CommandExecution},
    ledger_view,
    ledgers::MAIN,
    problem::Problem,
    registries::ask,
    time::iso,
};
use alloy_primitives::{Address, B256, U256, b256};
use civitas_indexer::{
    Reader,
    read::{EventFilter, PAGE_ITEMS_MAX, PageRequest},
};
use civitas_sdk::Node;
use civitas_system_contracts::{
    address::{ANCHORS, CHAINS},
    chains,
    interfaces::{
        IAnchors,
        IChains::{self, RootKind},
    },
};
use std::{
    collections::BTreeMap,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    time::{Duration, Instant},
};

/// How long the chain id of the main ledger is believed: as long as the ledgers that nodes serve.
const LEDGER_FRESH: Duration = Duration::from_secs(15);
/// How long a chain, and what its hook did, is shown as it was: as often as pages of commands look again.
const CHAIN_FRESH: Duration = Duration::from_secs(5);
/// Chains that are kept; a city admits fewer.
const CHAINS_MAX: usize = 1_000;
/// Hooks whose events are kept, and pages of events of one: 5,000 commands of a chain, a megabyte.
const HOOKS_MAX: usize = 64;
const EVENT_PAGES_MAX: usize = 25;
/// Seconds by which the clock of a chain may be behind that of the main ledger.
const CLOCK_SECONDS: u64 = 3_600;
/// `Executed(uint64,uint8,address)` of the supervision hook.
const EXECUTED: B256 = b256!("a86bb7ab0cb5c881b891af6afb612522fb178acc6e340a44ba06a8e25869f2de");

/// A chain, and its hook.
#[derive(Clone, Debug)]
pub struct Known {
    /// As cases show it.
    pub shown: CaseChain,
    /// The contract that carries commands out, if one is registered.
    pub hook: Option<Address>,
}

/// Where a hook carried commands out, by their numbers.
pub type Executions = BTreeMap<u64, CommandExecution>;

/// What was seen of a hook.
struct Seen {
    at: Instant,
    /// Everything from this time on: seconds since 1970.
    since: u64,
    executions: Arc<Executions>,
}

/// What is kept.
#[derive(Default)]
pub struct Kept {
    here: Mutex<Option<(Instant, String)>>,
    chains: Mutex<BTreeMap<B256, (Instant, Known)>>,
    hooks: Mutex<BTreeMap<(String, Address), Seen>>,
}

fn locked<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

impl Kept {
    /// CAIP-2 of the main ledger.
    ///
    /// # Errors
    /// No node answers.
    pub async fn here(&self, main: &Node) -> Result<String, Problem> {
        let kept = locked(&self.here).clone();
        if let Some((at, here)) = kept
            && at.elapsed() < LEDGER_FRESH
        {
            return Ok(here);
        }
        let here = format!("eip155:{}", main.chain_id().await?);
        *locked(&self.here) = Some((Instant::now(), here.clone()));
        Ok(here)
    }

    /// A chain; `here` is the CAIP-2 of the main ledger.
    ///
    /// # Errors
    /// No node answers.
    pub async fn chain(&self, main: &Node, here: &str, id: B256) -> Result<Known, Problem> {
        let kept = locked(&self.chains).get(&id).cloned();
        if let Some((at, known)) = kept
            && at.elapsed() < CHAIN_FRESH
        {
            return Ok(known);
        }
        let known = look(main, here, id).await?;
        let mut chains = locked(&self.chains);
        if chains.len() >= CHAINS_MAX {
            chains.clear();
        }
        chains.insert(id, (Instant::now(), known.clone()));
        Ok(known)
    }

    /// Where a hook carried out commands that were approved since a time: one look at its events for all of them. Those that the
    /// index has not seen are not in it.
    pub async fn executed(&self, index: &Reader, caip2: &str, hook: Address, since: u64) -> Arc<Executions> {
        let key = (caip2.to_owned(), hook);
        let kept = locked(&self.hooks)
            .get(&key)
            .filter(|seen| seen.at.elapsed() < CHAIN_FRESH && seen.since <= since)
            .map(|seen| Arc::clone(&seen.executions));
        if let Some(executions) = kept {
            return executions;
        }
        let mut found = Executions::new();
        let is_answered = read(index, caip2, hook, since, &mut found).await;
        let executions = Arc::new(found);
        if is_answered {
            let mut hooks = locked(&self.hooks);
            if hooks.len() >= HOOKS_MAX {
                hooks.clear();
            }
            let seen = Seen {
                at: Instant::now(),
                since,
                executions: Arc::clone(&executions),
            };
            hooks.insert(key, seen);
        }
        executions
    }
}

/// Reads the events of a hook, newest first, back to a time; whether the index answered.
async fn read(index: &Reader, caip2: &str, hook: Address, since: u64, found: &mut Executions) -> bool {
    let filter = EventFilter {
        contract: Some(hook),
        topic: Some(EXECUTED),
        subject: None,
    };
    let mut request = PageRequest {
        cursor: None,
        limit: Some(PAGE_ITEMS_MAX),
    };
    for _ in 0..EVENT_PAGES_MAX {
        let Ok(page) = index.events(caip2, &filter, &request).await else {
            return false;
        };
        let is_over = page
            .items
            .last()
            .is_some_and(|event| event.time.saturating_add(CLOCK_SECONDS) < since);
        for event in page.items {
            let number = event.topics.get(1).map(|topic| U256::from_be_bytes(topic.0));
            if let Some(number) = number.and_then(|number| u64::try_from(number).ok()) {
                let execution = CommandExecution {
                    ledger: caip2.to_owned(),
                    block: event.block,
                    transaction: event.transaction.to_string(),
                    at: iso(event.time),
                };
                found.insert(number, execution);
            }
        }
        request.cursor = page.next;
        if is_over || request.cursor.is_none() {
            break;
        }
    }
    true
}

/// What cases call a partition ledger: the id of its CAIP-2 name, as of every chain.
pub fn partition_id(chain_id: u64) -> B256 {
    chains::id_of(&format!("eip155:{chain_id}"))
}

/// Asks the ledger for a chain.
async fn look(main: &Node, here: &str, id: B256) -> Result<Known, Problem> {
    let mut shown = CaseChain {
        id: id.to_string(),
        caip2: here.to_owned(),
        name: MAIN.to_owned(),
        is_main: id.is_zero(),
        is_partition: false,
        has_hook: false,
        threshold: 0,
    };
    if shown.is_main {
        return Ok(Known { shown, hook: None });
    }
    let roots = IChains::trustRootsCall {
        id,
        kind: RootKind::Contract,
        from: 0,
        count: PAGE,
    };
    let (entry, roots, following) = futures::try_join!(
        async { answered(ask(main, CHAINS, &IChains::chainCall { id }).await) },
        async { answered(ask(main, CHAINS, &roots).await) },
        async { answered(ask(main, ANCHORS, &IAnchors::followingCall { id }).await) },
    )?;
    let Some(entry) = entry else {
        let ledgers = ledger_view::of_registry(main).await?;
        let ledger = ledgers
            .into_iter()
            .find(|ledger| partition_id(ledger.chainId) == id);
        shown.is_partition = ledger.is_some();
        (shown.caip2, shown.name) = match ledger {
            Some(ledger) => (format!("eip155:{}", ledger.chainId), ledger.name),
            None => (String::new(), id.to_string()),
        };
        return Ok(Known { shown, hook: None });
    };
    shown.caip2 = entry.info.caip2;
    shown.name = entry.info.name;
    // The address of the hook is the first word of the newest root.
    let roots = roots.unwrap_or_default();
    let newest = roots.iter().max_by_key(|root| (root.validFromHeight, root.at));
    let hook = newest
        .and_then(|root| root.root.get(12..32))
        .map(Address::from_slice);
    shown.has_hook = hook.is_some() && following.is_some();
    shown.threshold = following.map_or(0, |following| following.terms.threshold);
    Ok(Known { shown, hook })
}
