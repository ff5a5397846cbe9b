//! Words in transactions: what a ledger refuses by the thesaurus in force, asked before a transaction is ordered.
//!
//! ```text
//!  contract Content (mode, version, hash) ─┐
//!  files of the operator ─▶ Shelf ─────────┴─▶ Words::at(height) ─▶ Check ─▶ refused(transaction)
//!                                               ▲ the pool's door, the leader, every voter
//! ```
//!
//! Invariants:
//! - Execution does not ask: what is final is executed by all nodes alike, whatever they hold (ADR 13).
//! - What is in force at a height is the same in all states of ten blocks before (`content::in_force`), so nodes that
//!   hold the file judge alike.
//! - A node that does not hold the thesaurus in force refuses nothing.

use alloy_consensus::Transaction as _;
use alloy_primitives::B256;
use civitas_ports::{LedgerStore, Refusal, StoreError};
use civitas_supervision::content::{Action, Matcher, texts};
use civitas_system_contracts::content::{self, ACTIVATION_BLOCKS, InForce, Mode};
use civitas_types::{Height, Transaction};
use parking_lot::{Mutex, RwLock};
use std::sync::{
    Arc,
    atomic::{AtomicU64, Ordering},
};

/// Bytes of the call data of a transaction that are searched: as many as a transaction has by default. About 1 ms.
pub const SEARCHED_BYTES_MAX: usize = 128 * 1024;
/// Thesauri that a node holds: the newest file, and the one before it until the ledger changes over.
const HELD_MAX: usize = 2;
/// Heights that are judged at a time: that of the door, and those of a few rounds.
const HEIGHTS_MAX: usize = 8;

/// The thesauri that a node holds, for all its ledgers.
#[derive(Default)]
pub struct Shelf {
    /// Newest first.
    held: RwLock<Vec<Arc<Matcher>>>,
    generation: AtomicU64,
}

impl Shelf {
    /// Adds one; the oldest leaves.
    pub fn put(&self, matcher: Matcher) {
        let mut held = self.held.write();
        held.retain(|known| known.hash() != matcher.hash());
        held.insert(0, Arc::new(matcher));
        held.truncate(HELD_MAX);
        self.generation.fetch_add(1, Ordering::Release);
    }

    /// The one with this hash.
    pub fn find(&self, hash: B256) -> Option<Arc<Matcher>> {
        let held = self.held.read();
        held.iter().find(|matcher| matcher.hash() == hash).cloned()
    }
}

/// What one ledger refuses.
pub struct Words {
    ledger: u64,
    main: Arc<dyn LedgerStore>,
    shelf: Option<Arc<Shelf>>,
    known: Mutex<Vec<Known>>,
}

/// What was found for a height with what the shelf held then.
struct Known {
    height: Height,
    generation: u64,
    check: Check,
}

impl Words {
    /// Of the ledger with this chain id; `main` is the main ledger, whose contract says what is in force. Without a
    /// shelf nothing is ever refused.
    pub fn new(ledger: u64, main: Arc<dyn LedgerStore>, shelf: Option<Arc<Shelf>>) -> Self {
        Self {
            ledger,
            main,
            shelf,
            known: Mutex::default(),
        }
    }

    /// What is refused now, at the door of the pool.
    ///
    /// # Errors
    /// What the store gives.
    pub fn now(&self) -> Result<Check, StoreError> {
        self.at(self.main.head().height.next())
    }

    /// What is refused in payloads that are made at a height of the main ledger.
    ///
    /// # Errors
    /// What the store gives.
    pub fn at(&self, height: Height) -> Result<Check, StoreError> {
        let Some(shelf) = &self.shelf else {
            return Ok(Check(None));
        };
        let generation = shelf.generation.load(Ordering::Acquire);
        let is_same = |known: &&Known| known.height == height && known.generation == generation;
        if let Some(known) = self.known.lock().iter().find(is_same) {
            return Ok(known.check.clone());
        }
        let head = self.main.head();
        let found = in_force(&*self.main, self.ledger, height)?;
        let check = Check(match found.mode {
            Mode::Refuse if found.version > 0 => shelf.find(found.hash),
            _ => None,
        });
        // What a node says that is far behind need not be what it says later.
        if height.above(head.height) < ACTIVATION_BLOCKS {
            let mut known = self.known.lock();
            known.truncate(HEIGHTS_MAX - 1);
            known.insert(
                0,
                Known {
                    height,
                    generation,
                    check: check.clone(),
                },
            );
        }
        Ok(check)
    }
}

/// What counts on a ledger at a height of the main ledger, as far as this node has executed.
///
/// # Errors
/// What the store gives.
pub fn in_force(main: &dyn LedgerStore, ledger: u64, height: Height) -> Result<InForce, StoreError> {
    let head = main.head();
    let view = main.view(head.height)?;
    let found = civitas_evm::ask(&*view, head.timestamp_ms, |host| {
        content::in_force(host, ledger, height.get())
    })?;
    Ok(found)
}

/// What is refused at one height; of nothing where no thesaurus is in force, the node does not hold it, or the ledger
/// refuses no words.
#[derive(Clone)]
pub struct Check(Option<Arc<Matcher>>);

impl Check {
    /// A check by one thesaurus, whatever the ledger says.
    pub const fn by(matcher: Arc<Matcher>) -> Self {
        Self(Some(matcher))
    }

    /// Why a transaction is refused, if it is: the first category that is, by the places of the words. Searches the first
    /// [`SEARCHED_BYTES_MAX`] bytes of its call data.
    pub fn refused(&self, transaction: &Transaction) -> Option<Refusal> {
        let matcher = self.0.as_ref()?;
        let input = transaction.envelope().input();
        let searched = input.get(..SEARCHED_BYTES_MAX).unwrap_or(input);
        texts(searched).find_map(|text| {
            let scan = matcher.scan(text);
            let categories = scan.matches.iter().filter_map(|found| matcher.category(found));
            let mut refused = categories.filter(|(_, category)| category.action == Action::Refuse);
            refused.next().map(|(key, category)| Refusal::Content {
                category: key.to_owned(),
                legal_basis: category.legal_basis.clone(),
            })
        })
    }
}
